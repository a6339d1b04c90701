/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 decoding: every boundary of RFC 3629, and what lies past each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/macro.h"
#include "report/codepoint.h"

static const struct {
	const char *bytes;
	uint32_t first;
	size_t used;
} rows[] = {
	{"a", 'a', 1},
	{"\x7f", 0x7f, 1},
	{"\xc2\x80", 0x80, 2},
	{"\xdf\xbf", 0x7ff, 2},
	{"\xe0\xa0\x80", 0x800, 3},
	{"\xed\x9f\xbf", 0xd7ff, 3},
	{"\xee\x80\x80", 0xe000, 3},
	{"\xef\xbf\xbf", 0xffff, 3},
	{"\xf0\x90\x80\x80", 0x10000, 4},
	{"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
	/* one past each, overlong, cut off, wrong continuation, surrogates */
	{"\x80", CODEPOINT_REPLACEMENT, 1},
	{"\xc1\xbf", CODEPOINT_REPLACEMENT, 1},
	{"\xc2", CODEPOINT_REPLACEMENT, 1},
	{"\xc2\x41", CODEPOINT_REPLACEMENT, 1},
	{"\xe0\x9f\xbf", CODEPOINT_REPLACEMENT, 1},
	{"\xe2\x82", CODEPOINT_REPLACEMENT, 1},
	{"\xe2\x82\x41", CODEPOINT_REPLACEMENT, 1},
	{"\xed\xa0\x80", CODEPOINT_REPLACEMENT, 1},
	{"\xed\xbf\xbf", CODEPOINT_REPLACEMENT, 1},
	{"\xf0\x8f\xbf\xbf", CODEPOINT_REPLACEMENT, 1},
	{"\xf4\x90\x80\x80", CODEPOINT_REPLACEMENT, 1},
	{"\xf5\x80\x80\x80", CODEPOINT_REPLACEMENT, 1},
	{"\xff", CODEPOINT_REPLACEMENT, 1},
};

static void test_next(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *at = rows[i].bytes, *end = at + strlen(at);
		uint32_t c = codepoint_next(&at, end);

		if (c != rows[i].first || (size_t)(at - rows[i].bytes) != rows[i].used)
			fail_msg("row %zu: U+%04X after %zu bytes", i, c,
				 (size_t)(at - rows[i].bytes));
	}
}

static void test_end_is_respected(void **state)
{
	const char *text = "\xe2\x82\xac", *at = text;

	assert_int_equal(codepoint_next(&at, text + 2), CODEPOINT_REPLACEMENT);
	assert_ptr_equal(at, text + 1);
}

static void test_is_xml(void **state)
{
	static const uint32_t good[] = {'\t',   '\n',   '\r',   ' ',     0x7f,
					0xd7ff, 0xe000, 0xfffd, 0x10000, 0x10ffff};
	static const uint32_t bad[] = {0,    1,      8,      0xb,    0xc,    0xe,     0x1b,
				       0x1f, 0xd800, 0xdfff, 0xfffe, 0xffff, 0x110000};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(codepoint_is_xml(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(codepoint_is_xml(bad[i]));
}

static void test_count(void **state)
{
	assert_int_equal(codepoint_count("", 0), 0);
	assert_int_equal(codepoint_count("abc", 3), 3);
	assert_int_equal(codepoint_count("\xc3\xa4\xe7\x8c\xab", 5), 2);
	assert_int_equal(codepoint_count("\xc3\xa4\xe7\x8c\xab", 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_end_is_respected),
		cmocka_unit_test(test_is_xml),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
