/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte string with a maximum; always NUL-terminated, may contain NUL bytes. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/macro.h"

struct strbuf {
	char *data; /* NULL until something is added */
	size_t len, cap, max;
};

#define STRBUF_INIT(maximum) ((struct strbuf){.max = (maximum)})

void strbuf_clear(struct strbuf *buf); /* frees; the buffer may be used again */

/* All: 0, -ENOMEM, or -E2BIG past max (then nothing was added). */
int strbuf_add(struct strbuf *buf, const void *data, size_t size);
int strbuf_puts(struct strbuf *buf, const char *string);
int strbuf_printf(struct strbuf *buf, const char *format, ...) _printf_(2, 3);
int strbuf_vprintf(struct strbuf *buf, const char *format, va_list args) _printf_(2, 0);

/* Keeps the memory, drops the content. */
void strbuf_reset(struct strbuf *buf);
/* The content, never NULL. */
const char *strbuf_string(const struct strbuf *buf);
/* Hands over the malloc'ed content (NULL when memory is short). */
char *strbuf_take(struct strbuf *buf);
