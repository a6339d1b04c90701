/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and columns: alignment by display width, wrapping, cutting, colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/macro.h"
#include "report/layout.h"

struct page {
	struct strbuf buf;
	struct writer writer;
};

static void page_open(struct page *page, bool color, unsigned int width)
{
	page->buf = STRBUF_INIT(1 << 16);
	page->writer = WRITER_BUFFER(&page->buf);
	page->writer.color = color;
	page->writer.width = width;
}

static void page_expect(struct page *page, const char *expected)
{
	assert_string_equal(strbuf_string(&page->buf), expected);
	strbuf_clear(&page->buf);
}

static void test_width(void **state)
{
	static const struct {
		unsigned int columns;
		size_t width;
	} rows[] = {{0, 100}, {1, 60}, {59, 60}, {60, 60}, {80, 80}, {160, 160}, {161, 160}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct writer writer = {.width = rows[i].columns};

		assert_int_equal(layout_width(&writer), rows[i].width);
	}
}

static void test_style(void **state)
{
	struct page page;

	page_open(&page, false, 0);
	layout_style(&page.writer, STYLE_BAD, "no");
	page_expect(&page, "no");
	page_open(&page, true, 0);
	layout_style(&page.writer, STYLE_BAD, "no");
	layout_style(&page.writer, STYLE_PLAIN, "yes");
	page_expect(&page, "\033[1;31mno\033[0myes");
}

static void test_words_are_padded(void **state)
{
	struct page page;

	page_open(&page, false, 0);
	for (size_t i = 0; i < N_VERDICTS; i++) {
		layout_verdict(&page.writer, (enum verdict)i, LAYOUT_VERDICT_WIDTH);
		writer_puts(&page.writer, "|");
	}
	for (size_t i = 0; i <= SEVERITY_CRITICAL; i++) {
		layout_severity(&page.writer, (enum severity)i, LAYOUT_SEVERITY_WIDTH);
		writer_puts(&page.writer, "|");
	}
	page_expect(&page, "PASS       |FAIL       |WON'T START|UNKNOWN    |N/A        |"
			   "INFO    |LOW     |MEDIUM  |HIGH    |CRITICAL|");
}

static void test_sentence(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} rows[] = {
		{"", 0},          {"One", 3},       {"One.", 4},
		{"One. Two.", 4}, {"One.\nTwo", 4}, {"v1.2 is. It", 8},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(layout_sentence(rows[i].text), rows[i].length);
}

#define TEN "123456789 "

static void test_wrap(void **state)
{
	struct page page;

	page_open(&page, false, 60);
	layout_wrap(&page.writer, TEN TEN TEN TEN TEN "1234567890", 0, 0);
	page_expect(&page, TEN TEN TEN TEN TEN "1234567890\n");
	page_open(&page, false, 60);
	layout_wrap(&page.writer, TEN TEN TEN TEN TEN "12345678901", 4, 2);
	page_expect(&page, "  " TEN TEN TEN TEN "123456789\n    12345678901\n");
	page_open(&page, false, 60);
	layout_wrap(&page.writer, "  a \n\n b\tc\r\n", 1, 0);
	page_expect(&page, " a b c\n");
	page_open(&page, false, 60);
	layout_wrap(&page.writer, "\033[2J a\xff", 0, 0);
	page_expect(&page, "\\x1b[2J a\\xff\n");
	page_open(&page, false, 60);
	layout_wrap(&page.writer, "", 0, 0);
	page_expect(&page, "\n");
}

static void write_rows(struct page *page, const struct layout_row *rows, size_t n)
{
	struct layout_table table = {.indent = 2};

	for (size_t i = 0; i < n; i++)
		layout_measure(&table, &rows[i]);
	for (size_t i = 0; i < n; i++)
		layout_row(&table, &page->writer, &rows[i]);
}

static void test_columns(void **state)
{
	static const struct layout_row rows[] = {
		{{"4755", "0:0", "/a", NULL, "x"}},
		{{"4755", "0:12", "/\xc3\xa4\xc3\xa4", NULL, "y"}},
		{{"0755", NULL, "/a\033", NULL, NULL}},
		{{NULL, NULL, NULL, NULL, "z"}},
	};
	struct page page;

	page_open(&page, false, 60);
	write_rows(&page, rows, ARRAY_SIZE(rows));
	page_expect(&page, "  4755  0:0   /a      x\n"
			   "  4755  0:12  /\xc3\xa4\xc3\xa4     y\n"
			   "  0755        /a\\x1b\n"
			   "                      z\n");
}

/* A very long cell stands out, and does not push the others. */
static void test_long_cell(void **state)
{
	static const struct layout_row rows[] = {
		{{"/" TEN TEN TEN TEN "123", "a", NULL, NULL, NULL}},
		{{"/" TEN TEN TEN TEN "1234", "b", NULL, NULL, NULL}},
		{{"/", "c", NULL, NULL, NULL}},
	};
	struct page page;

	page_open(&page, false, 80);
	write_rows(&page, rows, ARRAY_SIZE(rows));
	page_expect(&page, "  /" TEN TEN TEN TEN "123  a\n"
			   "  /" TEN TEN TEN TEN "1234  b\n"
			   "  /                                             c\n");
}

static void test_last_cell_is_cut(void **state)
{
	static const struct layout_row rows[] = {
		{{"123456", NULL, NULL, NULL, TEN TEN TEN TEN TEN}},
		{{"1", NULL, NULL, NULL, TEN TEN TEN TEN TEN "1"}},
	};
	struct page page;

	page_open(&page, false, 60);
	write_rows(&page, rows, ARRAY_SIZE(rows));
	page_expect(&page, "  123456  " TEN TEN TEN TEN TEN "\n"
			   "  1       " TEN TEN TEN TEN "1234567...\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_style),
		cmocka_unit_test(test_words_are_padded),
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_long_cell),
		cmocka_unit_test(test_last_cell_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
