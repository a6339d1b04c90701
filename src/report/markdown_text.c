/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escaping for Markdown (CommonMark 0.30, section 2.5; GitHub's extensions: tables, autolinks,
 * strikethrough, mentions; GitLab's references). In: bytes of any origin; out: inert HTML. A back
 * tick span would not do: inside of a table its escaping of "|" differs between parsers.
 */
#include "report/markdown_text.h"

#include <stdbool.h>
#include <string.h>

/* Letters, digits and what means nothing inside of a line; all else is referred to by number. */
static bool is_inert(const char *text, size_t i)
{
	char c = text[i];

	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	if ((unsigned char)c >= 0x80)
		return true;
	/* "www." starts an autolink. */
	if (c == '.')
		return i == 0 || (text[i - 1] != 'w' && text[i - 1] != 'W');
	return strchr(" /,-=+%;?", c) != NULL;
}

/* Character references are inert everywhere: in tables, in links, in HTML. */
static void escape(struct writer *writer, const char *text, size_t size)
{
	size_t plain = 0;

	for (size_t i = 0; i < size; i++) {
		/* Control characters are the writer's to escape. */
		if (is_inert(text, i) || (unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			continue;
		writer_text_n(writer, text + plain, i - plain);
		writer_printf(writer, "&#%d;", text[i]);
		plain = i + 1;
	}
	writer_text_n(writer, text + plain, size - plain);
}

void markdown_code(struct writer *writer, const char *text)
{
	if (!text || !*text)
		return;
	writer_puts(writer, "<code>");
	escape(writer, text, strlen(text));
	writer_puts(writer, "</code>");
}

void markdown_pre(struct writer *writer, const char *text)
{
	writer_puts(writer, "<pre>");
	for (size_t length; *text; text += length) {
		length = strcspn(text, "\n");
		escape(writer, text, length);
		if (text[length] == '\n') {
			writer_puts(writer, "\n");
			length++;
		}
	}
	writer_puts(writer, "</pre>\n");
}
