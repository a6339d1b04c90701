/* SPDX-License-Identifier: Apache-2.0 */
/* Paragraphs of our own prose, wrapped to a width. */
#pragma once

#include "base/writer.h"

/* Columns for prose: the writer's width, but neither narrower than 40 nor wider than 100. */
unsigned int prose_width(const struct writer *writer);

/*
 * Writes text with every line indented. Newlines inside a paragraph are blanks; a blank line parts
 * paragraphs; lines that start with a blank or tab are code and stay as they are.
 */
void prose_write(struct writer *writer, const char *text, unsigned int indent, unsigned int width);

/* "  TERM      text", the text wrapped at its column; a long term has a line of its own. */
void prose_item(struct writer *writer, const char *term, unsigned int column, const char *text,
		unsigned int width);
