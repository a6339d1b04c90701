/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operational errors: filled once where they are born, wrapped where knowledge is added, printed
 * once, at the top. The struct lives on the caller's stack and never allocates.
 *
 * Codes are negative errno values with these meanings: -ENOMEM memory; -E2BIG one of our limits;
 * -EBADMSG malformed or unverifiable input; -ENOENT absent; -EACCES/-EPERM refused; -EIO transport;
 * -ETIMEDOUT; -ECANCELED interrupted; -EOPNOTSUPP not built in or not in this kernel; -EINVAL the
 * caller's mistake.
 */
#pragma once

#include <errno.h>
#include <stdint.h>

#include "base/macro.h"

struct error {
	int code;              /* negative errno, 0 = none */
	uint32_t line, column; /* 1-based position in the input, 0 = none */
	char message[480];     /* truncated with "..." at the end when too long; raw input bytes */
};

/* Fills err and returns code (which must be negative). err may be NULL: then only the code. */
int error_set(struct error *err, int code, const char *format, ...) _printf_(3, 4);
int error_set_at(struct error *err, int code, uint32_t line, uint32_t column, const char *format,
		 ...) _printf_(5, 6);

/* The usual -ENOMEM. */
int error_oom(struct error *err);

/* "cannot open x: No such file" from an errno value (positive or negative). Returns it negative. */
int error_errno(struct error *err, int errnum, const char *format, ...) _printf_(3, 4);

/* Puts "context: " before the message that is there; returns code. */
int error_wrap(struct error *err, int code, const char *format, ...) _printf_(3, 4);

/*
 * Analyzers look at one file at a time and cannot know that these never return 0 or more: without
 * this they walk on, after each error, into paths that do not exist. error.c asserts what this
 * says.
 */
static inline int error_negative(int code)
{
	return code < 0 ? code : -EINVAL;
}

#define error_set(...)    error_negative((error_set)(__VA_ARGS__))
#define error_set_at(...) error_negative((error_set_at)(__VA_ARGS__))
#define error_oom(err)    error_negative((error_oom)(err))
#define error_errno(...)  error_negative((error_errno)(__VA_ARGS__))
#define error_wrap(...)   error_negative((error_wrap)(__VA_ARGS__))
