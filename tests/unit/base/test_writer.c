/* SPDX-License-Identifier: Apache-2.0 */
/* What input text may do to a terminal: nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/writer.h"

static void test_text(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"plain ~ text", "plain ~ text"},
		{"\x1b[31mred", "\\x1b[31mred"},
		{"a\nb\rc\td", "a\\x0ab\\x0dc\\x09d"},
		{"\x7f", "\\x7f"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
		{"\xc2\x9b"
		 "31m",
		 "\\u{9b}31m"},
		{"\xe2\x80\xae"
		 "evil",
		 "\\u{202e}evil"},
		{"\xe2\x80\xa8", "\\u{2028}"},
		{"\xef\xbb\xbf", "\\u{feff}"},
		{"\xff\xfe", "\\xff\\xfe"},
		{"\xc0\x80", "\\xc0\\x80"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"cut \xe2\x82", "cut \\xe2\\x82"},
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf buf = STRBUF_INIT(1000);
		struct writer writer = WRITER_BUFFER(&buf);

		writer_text(&writer, rows[i].in);
		assert_string_equal(strbuf_string(&buf), rows[i].out);
		assert_int_equal(writer_finish(&writer, NULL), 0);
		strbuf_clear(&buf);
	}
}

static void test_json(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"{\n  \"a\\u001b\": 1\n}", "{\n  \"a\\u001b\": 1\n}"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\x7f", "\\u007F"},
		{"\xc2\x9b"
		 "31m",
		 "\\u009B31m"},
		{"a\xe2\x80\xae"
		 "b",
		 "a\\u202Eb"},
		{"\xe2\x80\xa8", "\\u2028"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
		{"\xf3\xa0\x80\x81", "\\uDB40\\uDC01"},
		{"cut \xe2\x82", "cut \xe2\x82"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf buf = STRBUF_INIT(1000);
		struct writer writer = WRITER_BUFFER(&buf);

		writer_json(&writer, rows[i].in, strlen(rows[i].in));
		assert_string_equal(strbuf_string(&buf), rows[i].out);
		assert_int_equal(writer_finish(&writer, NULL), 0);
		strbuf_clear(&buf);
	}
}

static void test_width(void **state)
{
	assert_int_equal(writer_text_width("abc"), 3);
	assert_int_equal(writer_text_width("\xc3\xbc\xc3\xbc"), 2);
	assert_int_equal(writer_text_width("\n"), 4);
	assert_int_equal(writer_text_width(""), 0);
	assert_int_equal(writer_text_width(NULL), 0);
}

static void test_errors_stick(void **state)
{
	struct strbuf buf = STRBUF_INIT(4);
	struct writer writer = WRITER_BUFFER(&buf);
	struct error err;

	writer_puts(&writer, "abcd");
	writer_puts(&writer, "e");
	writer_puts(&writer, "");
	writer_printf(&writer, "%d", 1);
	assert_string_equal(strbuf_string(&buf), "abcd");
	assert_int_equal(writer_finish(&writer, &err), -E2BIG);
	strbuf_clear(&buf);
}

static void test_full_disk(void **state)
{
	FILE *file = fopen("/dev/full", "w");
	struct writer writer = WRITER_FILE(file);
	struct error err;

	writer_text(&writer, "lost");
	assert_int_equal(writer_finish(&writer, &err), -ENOSPC);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),      cmocka_unit_test(test_json),
		cmocka_unit_test(test_width),     cmocka_unit_test(test_errors_stick),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
