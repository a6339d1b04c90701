/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping for XML, YAML and Markdown, and the line of counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/macro.h"
#include "report/markdown_text.h"
#include "report/summary_line.h"
#include "report/xml.h"
#include "report/yaml_text.h"

struct row {
	const char *text, *expected;
};

static void expect_rows(void (*write)(struct writer *writer, const char *text),
			const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct strbuf buf = STRBUF_INIT(1 << 16);
		struct writer writer = WRITER_BUFFER(&buf);

		write(&writer, rows[i].text);
		assert_string_equal(strbuf_string(&buf), rows[i].expected);
		strbuf_clear(&buf);
	}
}

#define REPLACEMENT "\xef\xbf\xbd"

static void test_xml(void **state)
{
	static const struct row rows[] = {
		{NULL, ""},
		{"", ""},
		{"plain \xc3\xa4", "plain \xc3\xa4"},
		{"<a b=\"c\">&amp;'", "&lt;a b=&quot;c&quot;&gt;&amp;amp;'"},
		{"]]>", "]]&gt;"},
		{"\t\n\r", "&#9;&#10;&#13;"},
		{"\001\033\x7f", REPLACEMENT REPLACEMENT "&#127;"},
		{"\xc2\x9b"
		 "31m",
		 "&#155;31m"},
		{"\xe2\x80\xae", "&#8238;"},
		{"a\xff\xc0\x80z", "a" REPLACEMENT REPLACEMENT REPLACEMENT "z"},
		{"\xef\xbf\xbe", REPLACEMENT},
		{"\xed\xa0\x80", REPLACEMENT REPLACEMENT REPLACEMENT},
		{"\xf0\x9f\x90\x84", "\xf0\x9f\x90\x84"},
	};

	expect_rows(xml_text, rows, ARRAY_SIZE(rows));
}

static void test_xml_attribute(void **state)
{
	struct strbuf buf = STRBUF_INIT(4096);
	struct writer writer = WRITER_BUFFER(&buf);

	xml_attribute(&writer, "name", "a\"\nb");
	xml_attribute(&writer, "absent", NULL);
	xml_attribute(&writer, "empty", "");
	assert_string_equal(strbuf_string(&buf), " name=\"a&quot;&#10;b\" empty=\"\"");
	strbuf_clear(&buf);
}

static void test_yaml(void **state)
{
	static const struct row rows[] = {
		{NULL, "null"},
		{"", "\"\""},
		{"no", "\"no\""},
		{"a: b # c", "\"a: b # c\""},
		{"\"\\", "\"\\\"\\\\\""},
		{"a\nb\tc\rd", "\"a\\nb\\tc\\x0dd\""},
		{"\033\x7f", "\"\\x1b\\x7f\""},
		{"\xc2\x85\xc2\xa0", "\"\\x85\xc2\xa0\""},
		{"\xe2\x80\xae\xe2\x80\xa8", "\"\\u202e\\u2028\""},
		{"\xef\xbb\xbf\xef\xbf\xbe", "\"\\ufeff\\ufffe\""},
		{"a\xffz", "\"a" REPLACEMENT "z\""},
		{"\xf0\x9f\x90\x84", "\"\xf0\x9f\x90\x84\""},
	};

	expect_rows(yaml_text, rows, ARRAY_SIZE(rows));
}

static void test_markdown_code(void **state)
{
	static const struct row rows[] = {
		{NULL, ""},
		{"", ""},
		{"/usr/bin/su", "<code>/usr/bin/su</code>"},
		{"a|b", "<code>a&#124;b</code>"},
		{"`x` *y* _z_", "<code>&#96;x&#96; &#42;y&#42; &#95;z&#95;</code>"},
		{"</code><b>", "<code>&#60;/code&#62;&#60;b&#62;</code>"},
		{"[l](u)", "<code>&#91;l&#93;&#40;u&#41;</code>"},
		{"http://e.example", "<code>http&#58;//e.example</code>"},
		{"www.e.example", "<code>www&#46;e.example</code>"},
		{"@team #1 !2 &3", "<code>&#64;team &#35;1 &#33;2 &#38;3</code>"},
		{"a\n\n# b\r", "<code>a\\x0a\\x0a&#35; b\\x0d</code>"},
		{"\\|", "<code>&#92;&#124;</code>"},
		{"\xc3\xa4\xff", "<code>\xc3\xa4\\xff</code>"},
	};

	expect_rows(markdown_code, rows, ARRAY_SIZE(rows));
}

static void test_markdown_pre(void **state)
{
	static const struct row rows[] = {
		{"", "<pre></pre>\n"},
		{"RUN a\nRUN b", "<pre>RUN a\nRUN b</pre>\n"},
		{"a\n\n</pre>\n", "<pre>a\n\n&#60;/pre&#62;\n</pre>\n"},
		{"```\n\033", "<pre>&#96;&#96;&#96;\n\\x1b</pre>\n"},
	};

	expect_rows(markdown_pre, rows, ARRAY_SIZE(rows));
}

/* Counts by hand: one target a letter of the verdicts' order, findings as severities. */
static void expect_summary(const char *targets, const char *severities, size_t n_waived,
			   size_t n_errors, const char *expected)
{
	static const struct waived waived = {"r", "o", "2027-01-31"};
	struct strbuf buf = STRBUF_INIT(4096);
	struct writer writer = WRITER_BUFFER(&buf);
	struct report *report;

	assert_int_equal(report_new(&report, NULL), 0);
	for (; *targets; targets++) {
		struct target *target = arena_alloc(report->arena, sizeof(*target));

		target->verdict = (enum verdict)(*targets - '0');
		assert_int_equal(vec_push(&report->targets, target), 0);
	}
	for (size_t i = 0; i < strlen(severities) + n_waived; i++) {
		struct finding *finding = arena_alloc(report->arena, sizeof(*finding));

		if (i < strlen(severities))
			finding->severity = (enum severity)(severities[i] - '0');
		else
			finding->waived = &waived;
		assert_int_equal(vec_push(&report->targets.items[0]->findings, finding), 0);
	}
	for (size_t i = 0; i < n_errors; i++) {
		struct report_error error = {.message = "m"};

		assert_int_equal(vec_push(&report->errors, error), 0);
	}
	summary_line(report, &writer);
	assert_string_equal(strbuf_string(&buf), expected);
	strbuf_clear(&buf);
	report_free(report);
}

static void test_summary_line(void **state)
{
	expect_summary("", "", 0, 0, "0 targets; 0 findings");
	expect_summary("", "", 0, 1, "0 targets; 0 findings; 1 error");
	expect_summary("0", "", 0, 0, "1 target: 1 pass; 0 findings");
	expect_summary("01", "33", 1, 0,
		       "2 targets: 1 pass, 1 fail; 2 findings (2 high), 1 waived");
	expect_summary("43210", "01234", 0, 2,
		       "5 targets: 1 pass, 1 fail, 1 wont-start, 1 unknown, 1 not-applicable; "
		       "5 findings (1 critical, 1 high, 1 medium, 1 low, 1 info); 2 errors");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml),          cmocka_unit_test(test_xml_attribute),
		cmocka_unit_test(test_yaml),         cmocka_unit_test(test_markdown_code),
		cmocka_unit_test(test_markdown_pre), cmocka_unit_test(test_summary_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
