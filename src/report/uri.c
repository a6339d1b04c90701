/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent-encoding (RFC 3986, section 2). In: bytes; out: a reference that cannot be mistaken for
 * one with a scheme, an authority or a query, whatever the bytes are.
 */
#include "report/uri.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

static char *encode(const char *text, const char *keep, struct arena *arena)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t length = strlen(text), size;
	char *uri, *to;

	if (__builtin_mul_overflow(length, (size_t)3, &size) || size + 1 == 0)
		return NULL;
	uri = to = arena_bytes(arena, size + 1);
	if (!uri)
		return NULL;
	for (; *text; text++) {
		uint8_t byte = (uint8_t)*text;

		if (is_unreserved(*text) || strchr(keep, *text)) {
			*to++ = *text;
			continue;
		}
		*to++ = '%';
		*to++ = hex[byte >> 4];
		*to++ = hex[byte & 15];
	}
	*to = '\0';
	return uri;
}

char *uri_of_path(const char *path, struct arena *arena)
{
	path += strspn(path, "/");
	return *path ? encode(path, "/", arena) : arena_strdup(arena, ".");
}

char *uri_of_name(const char *name, struct arena *arena)
{
	return *name ? encode(name, "", arena) : arena_strdup(arena, ".");
}
