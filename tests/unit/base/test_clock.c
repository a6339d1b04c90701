/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar dates: only real days, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/macro.h"

static void test_known_dates(void **state)
{
	static const struct {
		const char *text;
		int32_t days;
	} rows[] = {
		{"1970-01-01", 0},       {"1970-01-02", 1},     {"1969-12-31", -1},
		{"2000-02-29", 11016},   {"2027-01-31", 20849}, {"0000-03-01", -719468},
		{"9999-12-31", 2932896},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int32_t days;
		char buf[11];

		assert_true(date_parse(rows[i].text, &days));
		assert_int_equal(days, rows[i].days);
		date_format(days, buf);
		assert_string_equal(buf, rows[i].text);
	}
}

static void test_no_dates(void **state)
{
	static const char *const rows[] = {
		"",           "2027-1-31",  "2027-01-32",  "2027-00-01",
		"2027-13-01", "2023-02-29", "1900-02-29",  "2027-04-31",
		"2027/01/31", "27-01-31",   "2027-01-31 ", " 2027-01-31",
		"2027-01-3x", "tomorrow",   "2027-01-00",
	};
	int32_t days;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_false(date_parse(rows[i], &days));
}

static void test_every_day_round_trips(void **state)
{
	for (int32_t day = -1000; day < 60000; day++) {
		char buf[11];
		int32_t again;

		date_format(day, buf);
		assert_true(date_parse(buf, &again));
		assert_int_equal(again, day);
	}
}

static void test_clocks(void **state)
{
	uint64_t before = clock_monotonic_usec();

	assert_in_range(clock_today(), time(NULL) / 86400 - 1, time(NULL) / 86400 + 1);
	assert_true(clock_monotonic_usec() >= before);
	assert_in_range(clock_realtime_usec() / 1000000, time(NULL) - 1, time(NULL) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_dates),
		cmocka_unit_test(test_no_dates),
		cmocka_unit_test(test_every_day_round_trips),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
