/* SPDX-License-Identifier: Apache-2.0 */
/* Words, colours and columns for the text that people read in a terminal. */
#pragma once

#include <stddef.h>

#include "base/writer.h"
#include "model/report.h"

enum layout_style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARN,
};

/* Our own words in a colour; without writer->color just the words. */
void layout_style(struct writer *writer, enum layout_style style, const char *words);

/* "PASS", "FAIL", "WON'T START", ... in colour, padded to `width` columns. */
void layout_verdict(struct writer *writer, enum verdict verdict, size_t width);
#define LAYOUT_VERDICT_WIDTH 11
/* "HIGH" in colour, padded to `width` columns. */
void layout_severity(struct writer *writer, enum severity severity, size_t width);
#define LAYOUT_SEVERITY_WIDTH 8

/* Columns that a line may take: the terminal's within reason, 100 where there is none. */
size_t layout_width(const struct writer *writer);

void layout_pad(struct writer *writer, size_t columns);

/* Input text in lines: words wrapped at layout_width(), each line after `indent` columns, the first
 * one behind the `used` columns that already stand there. Ends with a newline. */
void layout_wrap(struct writer *writer, const char *text, size_t indent, size_t used);

/* Length of the first sentence, with its period. */
size_t layout_sentence(const char *text);

#define LAYOUT_COLUMNS 5

/* Raw input text; NULL is an empty cell. */
struct layout_row {
	const char *cells[LAYOUT_COLUMNS];
};

/* Columns are as wide as their widest cell up to a cap; wider cells push what follows aside. */
struct layout_table {
	size_t indent;
	size_t widths[LAYOUT_COLUMNS];
};

void layout_measure(struct layout_table *table, const struct layout_row *row);
/* Writes one line; the last column is cut with "..." where the line would grow too long. */
void layout_row(const struct layout_table *table, struct writer *writer,
		const struct layout_row *row);
