/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminal text. In: words and raw input; out: lines of aligned columns. Everything that comes from
 * input goes through writer_text(), so that no escape sequence of an image reaches the terminal.
 */
#include "report/layout.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"
#include "report/codepoint.h"

#define WIDTH_DEFAULT 100
#define WIDTH_LEAST   60
#define WIDTH_MOST    160
#define CELL_MOST     44 /* a longer cell does not widen its column */
#define LAST_LEAST    16 /* columns that the last cell gets at least */

static const char *const style_codes[] = {
	[STYLE_PLAIN] = "",        [STYLE_BOLD] = "\033[1m",   [STYLE_DIM] = "\033[2m",
	[STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[1;31m", [STYLE_WARN] = "\033[33m",
};

static const struct {
	const char *words;
	enum layout_style style;
} verdict_words[N_VERDICTS] = {
	[VERDICT_PASS] = {"PASS", STYLE_GOOD},
	[VERDICT_FAIL] = {"FAIL", STYLE_BAD},
	[VERDICT_WONT_START] = {"WON'T START", STYLE_BAD},
	[VERDICT_UNKNOWN] = {"UNKNOWN", STYLE_WARN},
	[VERDICT_NOT_APPLICABLE] = {"N/A", STYLE_DIM},
};

static const struct {
	const char *words;
	enum layout_style style;
} severity_words[] = {
	[SEVERITY_INFO] = {"INFO", STYLE_DIM},         [SEVERITY_LOW] = {"LOW", STYLE_PLAIN},
	[SEVERITY_MEDIUM] = {"MEDIUM", STYLE_WARN},    [SEVERITY_HIGH] = {"HIGH", STYLE_BAD},
	[SEVERITY_CRITICAL] = {"CRITICAL", STYLE_BAD},
};

void layout_style(struct writer *writer, enum layout_style style, const char *words)
{
	bool colored = writer->color && style != STYLE_PLAIN;

	assert((size_t)style < ARRAY_SIZE(style_codes));
	if (colored)
		writer_puts(writer, style_codes[style]);
	writer_puts(writer, words);
	if (colored)
		writer_puts(writer, "\033[0m");
}

void layout_pad(struct writer *writer, size_t columns)
{
	writer_printf(writer, "%*s", (int)MIN(columns, (size_t)WIDTH_MOST), "");
}

/* The colour ends before the padding, so that nothing of it is underlined or highlighted. */
static void padded(struct writer *writer, enum layout_style style, const char *words, size_t width)
{
	size_t length = strlen(words);

	layout_style(writer, style, words);
	layout_pad(writer, length < width ? width - length : 0);
}

void layout_verdict(struct writer *writer, enum verdict verdict, size_t width)
{
	assert((size_t)verdict < N_VERDICTS);
	padded(writer, verdict_words[verdict].style, verdict_words[verdict].words, width);
}

void layout_severity(struct writer *writer, enum severity severity, size_t width)
{
	assert((size_t)severity < ARRAY_SIZE(severity_words));
	padded(writer, severity_words[severity].style, severity_words[severity].words, width);
}

size_t layout_width(const struct writer *writer)
{
	if (writer->width == 0)
		return WIDTH_DEFAULT;
	return MAX((size_t)WIDTH_LEAST, MIN((size_t)writer->width, (size_t)WIDTH_MOST));
}

void layout_wrap(struct writer *writer, const char *text, size_t indent, size_t used)
{
	size_t width = layout_width(writer), column = MAX(used, indent);
	bool first = true;

	assert(text);
	layout_pad(writer, column - used);
	for (size_t length; text += strspn(text, " \t\r\n"), *text; text += length) {
		size_t columns;

		length = strcspn(text, " \t\r\n");
		columns = codepoint_count(text, length);
		if (!first && column + 1 + columns > width) {
			writer_puts(writer, "\n");
			layout_pad(writer, indent);
			column = indent;
		} else if (!first) {
			writer_puts(writer, " ");
			column++;
		}
		writer_text_n(writer, text, length);
		column += columns;
		first = false;
	}
	writer_puts(writer, "\n");
}

size_t layout_sentence(const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '.' && (text[i + 1] == ' ' || text[i + 1] == '\n' || !text[i + 1]))
			return i + 1;
	}
	return strlen(text);
}

void layout_measure(struct layout_table *table, const struct layout_row *row)
{
	for (size_t i = 0; i < LAYOUT_COLUMNS; i++) {
		size_t width = writer_text_width(row->cells[i]);

		if (width <= CELL_MOST)
			table->widths[i] = MAX(table->widths[i], width);
	}
}

/* Bytes of the text that make at most `columns` code points. */
static size_t cut(const char *text, size_t columns)
{
	const char *at = text, *end = text + strlen(text);

	while (at < end && columns-- > 0)
		codepoint_next(&at, end);
	return (size_t)(at - text);
}

/* Cut rather than wrapped: the whole text stands in the other formats, and with --verbose. */
static void last_cell(struct writer *writer, const char *text, size_t column)
{
	size_t width = layout_width(writer), left = LAST_LEAST;

	if (width > column + LAST_LEAST)
		left = width - column;
	if (writer_text_width(text) <= left) {
		writer_text(writer, text);
		return;
	}
	writer_text_n(writer, text, cut(text, left - 3));
	writer_puts(writer, "...");
}

void layout_row(const struct layout_table *table, struct writer *writer,
		const struct layout_row *row)
{
	size_t column = table->indent, owed = 0;

	layout_pad(writer, table->indent);
	for (size_t i = 0; i < LAYOUT_COLUMNS; i++) {
		const char *cell = row->cells[i] ? row->cells[i] : "";
		size_t width = writer_text_width(cell);

		/* A column that is empty in all rows takes no room; padding waits for a successor.
		 */
		if (width > 0) {
			layout_pad(writer, owed);
			column += owed;
			owed = 0;
			if (i == LAYOUT_COLUMNS - 1)
				last_cell(writer, cell, column);
			else
				writer_text(writer, cell);
			column += width;
		}
		if (table->widths[i] > 0 || width > 0)
			owed += 2 + (table->widths[i] > width ? table->widths[i] - width : 0);
	}
	writer_puts(writer, "\n");
}
