/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping of prose: paragraphs, code, long words, hanging items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/prose.h"

static const struct {
	const char *text;
	unsigned int indent, width;
	const char *expected;
} cases[] = {
	{"", 0, 20, ""},
	{"one two three four five", 0, 10, "one two\nthree four\nfive\n"},
	{"one two three four five", 2, 12, "  one two\n  three four\n  five\n"},
	{"exactly10c x", 0, 10, "exactly10c\nx\n"},
	{"a\nb", 0, 10, "a b\n"},
	{"a\n\nb", 0, 10, "a\n\nb\n"},
	{"a  b", 0, 10, "a b\n"},
	{"averyveryverylongword b", 0, 8, "averyveryverylongword\nb\n"},
	{"do:\n    rm  -f x\nthen", 2, 12, "  do:\n      rm  -f x\n  then\n"},
	{"do:\n\n\tcode of any length at all\n\nend", 0, 12,
	 "do:\n\n\tcode of any length at all\n\nend\n"},
	{"\303\244\303\244 \303\266\303\266 x", 0, 5, "\303\244\303\244 \303\266\303\266\nx\n"},
	{"ends with newline\n", 0, 40, "ends with newline\n"},
};

static void test_write(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strbuf buf = STRBUF_INIT(4096);
		struct writer writer = WRITER_BUFFER(&buf);

		prose_write(&writer, cases[i].text, cases[i].indent, cases[i].width);
		assert_string_equal(strbuf_string(&buf), cases[i].expected);
		strbuf_clear(&buf);
	}
}

static const struct {
	const char *term, *text, *expected;
} items[] = {
	{"-q", "verdicts only", "  -q      verdicts only\n"},
	{"-q", "verdicts only please", "  -q      verdicts only\n          please\n"},
	{"--long-term", "text", "  --long-term\n          text\n"},
	{"123456", "fits", "  123456  fits\n"},
	{"1234567", "fits not", "  1234567\n          fits not\n"},
};

static void test_items(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		struct strbuf buf = STRBUF_INIT(4096);
		struct writer writer = WRITER_BUFFER(&buf);

		prose_item(&writer, items[i].term, 10, items[i].text, 25);
		assert_string_equal(strbuf_string(&buf), items[i].expected);
		strbuf_clear(&buf);
	}
}

static void test_width(void **state)
{
	static const unsigned int widths[][2] = {{0, 80},  {1, 40},    {40, 40},
						 {77, 77}, {100, 100}, {300, 100}};

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		struct writer writer = {.width = widths[i][0]};

		assert_int_equal(prose_width(&writer), widths[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
