/* SPDX-License-Identifier: Apache-2.0 */
/* rpm headers, written byte by byte, and a sink that writes the rows down. Include after cmocka.h.
 */
#pragma once

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/owner_rpm.h"

struct sink {
	struct strbuf text;
	size_t rows, fail_at;
};

static inline int gather(void *data, const struct owner_path *row)
{
	struct sink *sink = data;

	if (++sink->rows == sink->fail_at)
		return -ECANCELED;
	return strbuf_printf(&sink->text, "%s|%.*s\n", row->package, (int)row->path_len, row->path);
}

static inline int count(void *data, const struct owner_path *row)
{
	(*(size_t *)data)++;
	return 0;
}

static inline void put_be32(struct strbuf *to, uint32_t value)
{
	const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
				 (uint8_t)(value >> 8), (uint8_t)value};

	assert_int_equal(strbuf_add(to, bytes, 4), 0);
}

static inline void put_zeros(struct strbuf *to, size_t n)
{
	for (; n > 0; n--)
		assert_int_equal(strbuf_add(to, "", 1), 0);
}

#define TAGS_MAX 6

struct tag {
	uint32_t tag, type, count;
	const char *data;
	size_t size;
};

#define STRINGS(tag_number, tag_type, n, literal)                 \
	{                                                         \
		tag_number, tag_type, n, literal, sizeof(literal) \
	}
#define INDEXES(n, literal)                              \
	{                                                \
		1116, 4, n, literal, sizeof(literal) - 1 \
	}

static inline void put_header(struct strbuf *to, const struct tag *tags)
{
	size_t n = 0, size = 0, offset = 0;

	for (; n < TAGS_MAX && tags[n].tag; n++)
		size += tags[n].size;
	put_be32(to, (uint32_t)n);
	put_be32(to, (uint32_t)size);
	for (size_t i = 0; i < n; i++) {
		put_be32(to, tags[i].tag);
		put_be32(to, tags[i].type);
		put_be32(to, (uint32_t)offset);
		put_be32(to, tags[i].count);
		offset += tags[i].size;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(strbuf_add(to, tags[i].data, tags[i].size), 0);
}

static const struct tag shadow_utils[TAGS_MAX] = {
	{63, 7, 16, "region trailer..", 16},     STRINGS(1000, 6, 1, "shadow-utils"),
	INDEXES(3, "\0\0\0\0\0\0\0\1\0\0\0\0"),  STRINGS(1117, 8, 3, "su\0shadow\0passwd"),
	STRINGS(1118, 8, 2, "/usr/bin/\0/etc/"),
};
#define SHADOW_UTILS \
	"shadow-utils|usr/bin/su\nshadow-utils|etc/shadow\nshadow-utils|usr/bin/passwd\n"

static const struct tag tiny[TAGS_MAX] = {
	STRINGS(1000, 6, 1, "tiny"),
	STRINGS(1117, 8, 1, "t"),
	STRINGS(1118, 8, 1, "/"),
	INDEXES(1, "\0\0\0\0"),
};
#define TINY "tiny|t\n"
