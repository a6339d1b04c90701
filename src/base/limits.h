/* SPDX-License-Identifier: Apache-2.0 */
/* Caps on everything that is taken from input; limits.def is the one list of them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct limits {
#define LIMIT(field, option, value, unit, help) uint64_t field;
#include "base/limits.def"
#undef LIMIT
};

struct limit_row {
	const char *option; /* kebab-case name for --limit NAME=VALUE */
	size_t offset;      /* of the uint64_t in struct limits */
	uint64_t value;     /* the default */
	const char *unit;   /* "bytes" or "" */
	const char *help;
};

extern const struct limits limits_default;
extern const struct limit_row limit_rows[];
extern const size_t n_limit_rows;

/* Sets one limit from "name=value"; value is decimal with an optional K, M, G or T (powers of 1024)
 * suffix. -EINVAL on an unknown name or a malformed or zero value. */
int limits_set(struct limits *limits, const char *assignment, struct error *err);
