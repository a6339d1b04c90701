/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd, group and shadow as the runtimes parse them (moby/sys/user): lines are trimmed, blank
 * ones skipped, fields split at ':', numbers that do not parse become 0. Bytes, not text; a NUL is
 * an ordinary byte to Go and ends the line's string here with a flag.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct passwd_line {
	const char *name, *password, *gecos, *home, *shell; /* never NULL */
	int64_t uid, gid;                                   /* Go's int: not yet cast to 32 bits */
	uint32_t line;                                      /* 1-based */
	bool malformed;   /* fields missing, or a number that did not parse */
	const char *text; /* the whole line */
};

struct group_line {
	const char *name, *password;
	int64_t gid;
	const char **members;
	size_t n_members;
	uint32_t line;
	bool malformed;
	const char *text;
};

struct shadow_line {
	const char *name, *password;
	uint32_t line;
	bool malformed;
};

/* All results in the arena. -ENOMEM, -E2BIG (the arena's cap). */
int passwd_parse(const char *data, size_t size, struct arena *arena, struct passwd_line **ret,
		 size_t *ret_len, struct error *err);
int group_parse(const char *data, size_t size, struct arena *arena, struct group_line **ret,
		size_t *ret_len, struct error *err);
int shadow_parse(const char *data, size_t size, struct arena *arena, struct shadow_line **ret,
		 size_t *ret_len, struct error *err);

/* Go's strconv.Atoi and ParseInt(s, 10, 64): optional sign, digits, no spaces. Out of 64 bits:
 * false with *ret saturated and *ret_range (may be NULL) set. */
bool go_atoi(const char *text, int64_t *ret, bool *ret_range);
