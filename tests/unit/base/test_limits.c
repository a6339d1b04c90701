/* SPDX-License-Identifier: Apache-2.0 */
/* The table of limits, and --limit NAME=VALUE. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

static void test_table(void **state)
{
	assert_true(n_limit_rows * sizeof(uint64_t) == sizeof(struct limits));
	for (size_t i = 0; i < n_limit_rows; i++) {
		const struct limit_row *row = &limit_rows[i];
		uint64_t value;

		memcpy(&value, (const char *)&limits_default + row->offset, sizeof(value));
		assert_int_equal(value, row->value);
		assert_true(value > 0);
		assert_int_equal(strspn(row->option, "abcdefghijklmnopqrstuvwxyz-"),
				 strlen(row->option));
		assert_true(strlen(row->help) > 5);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(row->option, limit_rows[k].option);
	}
}

static void test_set(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{"layers=1", 1},           {"layers=007", 7},
		{"layers=2K", 2048},       {"layers=2KiB", 2048},
		{"layers=3M", 3 << 20},    {"layers=1G", 1 << 30},
		{"layers=1T", 1ull << 40}, {"layers=18446744073709551615", UINT64_MAX},
	};
	static const char *const bad[] = {
		"layers",
		"layers=",
		"layers=0",
		"layers=-1",
		"layers= 1",
		"layers=1x",
		"layers=1KB",
		"layers=K",
		"layer=1",
		"layersx=1",
		"=1",
		"",
		"layers=0x10",
		"layers=1.5",
		"layers=+1",
		"layers=99999999999999999999",
		"layers=99999999999T",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct limits limits = limits_default;

		assert_int_equal(limits_set(&limits, good[i].text, NULL), 0);
		assert_true(limits.layers == good[i].value);
		assert_true(limits.entries == limits_default.entries);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct limits limits = limits_default;
		struct error err = {};

		if (limits_set(&limits, bad[i], &err) != -EINVAL)
			fail_msg("%s was taken", bad[i]);
		assert_true(err.message[0] != '\0');
		assert_memory_equal(&limits, &limits_default, sizeof(limits));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
