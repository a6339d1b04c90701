/* SPDX-License-Identifier: Apache-2.0 */
/* Growing by doubling; one byte is always kept for the NUL. */
#include "base/strbuf.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void strbuf_clear(struct strbuf *buf)
{
	free(buf->data);
	*buf = STRBUF_INIT(buf->max);
}

/* Room for size more bytes and the NUL. The maximum is checked before memory is asked for, so that
 * a hostile length costs nothing. */
static int reserve(struct strbuf *buf, size_t size)
{
	size_t need, cap;
	char *data;

	assert(!buf->data || buf->len < buf->cap);
	if (__builtin_add_overflow(buf->len, size, &need) || need > buf->max)
		return -E2BIG;
	if (__builtin_add_overflow(need, (size_t)1, &need))
		return -E2BIG;
	if (need <= buf->cap)
		return 0;
	cap = MAX(buf->cap, (size_t)64);
	while (cap < need) {
		if (__builtin_mul_overflow(cap, (size_t)2, &cap))
			return -ENOMEM;
	}
	data = realloc(buf->data, cap);
	if (!data)
		return -ENOMEM;
	buf->data = data;
	buf->cap = cap;
	buf->data[buf->len] = '\0';
	return 0;
}

int strbuf_add(struct strbuf *buf, const void *data, size_t size)
{
	int r = reserve(buf, size);

	assert(data || size == 0);
	if (r < 0)
		return r;
	if (size > 0)
		memcpy(buf->data + buf->len, data, size);
	buf->len += size;
	buf->data[buf->len] = '\0';
	return 0;
}

int strbuf_puts(struct strbuf *buf, const char *string)
{
	return strbuf_add(buf, string, strlen(string));
}

int strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
	va_list again;
	int len, r;

	assert(format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return -EINVAL;
	r = reserve(buf, (size_t)len);
	if (r < 0)
		return r;
	if (vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args) != len)
		return -EINVAL;
	buf->len += (size_t)len;
	return 0;
}

int strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = strbuf_vprintf(buf, format, args);
	va_end(args);
	return r;
}

void strbuf_reset(struct strbuf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

const char *strbuf_string(const struct strbuf *buf)
{
	return buf->data ? buf->data : "";
}

char *strbuf_take(struct strbuf *buf)
{
	char *data;

	/* Nothing was ever added: the caller gets an empty string and not NULL. */
	if (reserve(buf, 0) < 0)
		return NULL;
	data = buf->data;
	*buf = STRBUF_INIT(buf->max);
	return data;
}
