/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where reports go. Errors are sticky: write on, ask once at the end. Text that comes from input is
 * always written with writer_text(), which escapes what could speak to a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/macro.h"
#include "base/strbuf.h"

struct writer {
	FILE *file; /* one of file and buf */
	struct strbuf *buf;
	bool color;         /* ANSI colours are welcome */
	unsigned int width; /* columns of the terminal, 0 = unknown */
	int status;         /* first error, negative errno */
};

#define WRITER_FILE(stream)   ((struct writer){.file = (stream)})
#define WRITER_BUFFER(strbuf) ((struct writer){.buf = (strbuf)})

void writer_write(struct writer *writer, const void *data, size_t size);
void writer_puts(struct writer *writer, const char *string); /* our own words only */
void writer_printf(struct writer *writer, const char *format, ...) _printf_(2, 3);

/* Input text for people: UTF-8 is kept; control characters (C0, DEL, C1), bidirectional overrides,
 * line and paragraph separators and invalid bytes become \xNN or \u{NNNN}. NULL writes nothing. */
void writer_text(struct writer *writer, const char *string);
void writer_text_n(struct writer *writer, const char *string, size_t size);
/* A piece of JSON text (valid UTF-8, made by a JSON writer): the same characters become \uNNNN, so
 * that a report shown on a terminal does it no harm and says the same to a parser. */
void writer_json(struct writer *writer, const char *piece, size_t size);
/* True for the code points that writer_text() escapes. */
bool writer_escapes(uint32_t c);
/* Display columns that writer_text() would use (a code point counts as one). */
size_t writer_text_width(const char *string);

/* 0 or the first error, after flushing. */
int writer_finish(struct writer *writer, struct error *err);
