/* SPDX-License-Identifier: Apache-2.0 */
/* The table of limits and the parser of --limit NAME=VALUE. */
#include "base/limits.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

const struct limits limits_default = {
#define LIMIT(field, option, value, unit, help) .field = (value),
#include "base/limits.def"
#undef LIMIT
};

const struct limit_row limit_rows[] = {
#define LIMIT(field, option, value, unit, help) \
	{option, offsetof(struct limits, field), (value), unit, help},
#include "base/limits.def"
#undef LIMIT
};

const size_t n_limit_rows = ARRAY_SIZE(limit_rows);

/* "", "K" or "KiB" and so on: how far to shift, or -1. Powers of 1024 only; "KB" would be
 * ambiguous. */
static int suffix_shift(const char *suffix)
{
	static const char letters[] = "KMGT";
	const char *at;

	if (suffix[0] == '\0')
		return 0;
	at = strchr(letters, suffix[0]);
	if (!at || (suffix[1] != '\0' && strcmp(suffix + 1, "iB") != 0))
		return -1;
	return (int)(at - letters + 1) * 10;
}

/* Zero is refused: a limit of nothing would refuse every input with a message about that input. */
static int parse_value(const char *text, uint64_t *ret)
{
	uint64_t value = 0;
	const char *at = text;
	int shift;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return -EINVAL;
	}
	shift = suffix_shift(at);
	if (at == text || value == 0 || shift < 0 || (shift > 0 && value >> (64 - shift) != 0))
		return -EINVAL;
	*ret = value << shift;
	return 0;
}

int limits_set(struct limits *limits, const char *assignment, struct error *err)
{
	size_t len = strcspn(assignment, "=");

	assert(limits);
	for (size_t i = 0; i < n_limit_rows; i++) {
		const struct limit_row *row = &limit_rows[i];
		uint64_t value;

		if (strlen(row->option) != len || strncmp(row->option, assignment, len) != 0)
			continue;
		if (assignment[len] != '=' || parse_value(assignment + len + 1, &value) < 0)
			return error_set(err, -EINVAL,
					 "limit %s wants a positive number, like %s=%llu or "
					 "%s=64M, not \"%s\"",
					 row->option, row->option, (unsigned long long)row->value,
					 row->option, assignment);
		/* memcpy: offsets come from a table, and the compiler may not know of the store. */
		memcpy((char *)limits + row->offset, &value, sizeof(value));
		return 0;
	}
	return error_set(err, -EINVAL, "there is no limit named \"%.*s\"", (int)len, assignment);
}
