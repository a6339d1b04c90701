/* SPDX-License-Identifier: Apache-2.0 */
/* Greedy filling, a word at a time; words are counted in code points. */
#include "cmd/prose.h"

#include <assert.h>
#include <string.h>

#define DEFAULT_WIDTH 80u
#define MIN_WIDTH     40u
#define MAX_WIDTH     100u
#define ITEM_INDENT   2

struct fill {
	struct writer *writer;
	unsigned int indent, width;
	size_t column; /* 0: at the start of a line, nothing written */
};

unsigned int prose_width(const struct writer *writer)
{
	if (writer->width == 0)
		return DEFAULT_WIDTH;
	if (writer->width < MIN_WIDTH)
		return MIN_WIDTH;
	return MIN(MAX_WIDTH, writer->width);
}

/* Our own texts: no control characters, nothing wide. */
static size_t columns_of(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

static void end_line(struct fill *fill)
{
	if (fill->column > 0)
		writer_puts(fill->writer, "\n");
	fill->column = 0;
}

static void put_word(struct fill *fill, const char *word, size_t len)
{
	size_t columns = columns_of(word, len);

	if (fill->column > fill->indent && fill->column + 1 + columns > fill->width)
		end_line(fill);
	if (fill->column == 0) {
		writer_printf(fill->writer, "%*s", (int)fill->indent, "");
		fill->column = fill->indent;
	} else if (fill->column > fill->indent) {
		writer_puts(fill->writer, " ");
		fill->column++;
	}
	writer_write(fill->writer, word, len);
	fill->column += columns;
}

static void put_words(struct fill *fill, const char *line, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = strcspn(line + i, " \n");

		if (n > len - i)
			n = len - i;
		if (n > 0)
			put_word(fill, line + i, n);
		i += n + 1;
	}
}

/* Lines that begin with a blank are code: never filled, never broken. */
static void put_code(struct fill *fill, const char *line, size_t len)
{
	end_line(fill);
	writer_printf(fill->writer, "%*s", (int)fill->indent, "");
	writer_write(fill->writer, line, len);
	writer_puts(fill->writer, "\n");
}

/* A blank line ends a paragraph. */
static void put_text(struct fill *fill, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len == 0) {
			end_line(fill);
			writer_puts(fill->writer, "\n");
		} else if (*text == ' ' || *text == '\t') {
			put_code(fill, text, len);
		} else {
			put_words(fill, text, len);
		}
		text += len + (text[len] == '\n');
	}
	end_line(fill);
}

void prose_write(struct writer *writer, const char *text, unsigned int indent, unsigned int width)
{
	struct fill fill = {.writer = writer, .indent = indent, .width = width};

	assert(text);
	put_text(&fill, text);
}

void prose_item(struct writer *writer, const char *term, unsigned int column, const char *text,
		unsigned int width)
{
	struct fill fill = {.writer = writer, .indent = column, .width = width};
	size_t len = ITEM_INDENT + columns_of(term, strlen(term));

	assert(text);
	writer_printf(writer, "%*s%s", ITEM_INDENT, "", term);
	if (len + 2 > column) {
		writer_puts(writer, "\n");
	} else {
		writer_printf(writer, "%*s", (int)(column - len), "");
		fill.column = column;
	}
	put_text(&fill, text);
}
