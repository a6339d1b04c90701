/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 decoding for renderers. In: bytes of any origin; out: code points. Never reads past the
 * end; overlong forms, surrogates and values above U+10FFFF are invalid (RFC 3629, section 3).
 */
#include "report/codepoint.h"

#include <assert.h>

/* Bytes of the sequence that a lead byte announces; 0: it can lead none. */
static size_t sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

/* On invalid input one byte is consumed: the next may start a sequence. */
uint32_t codepoint_next(const char **at, const char *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *bytes = (const uint8_t *)*at;
	size_t length = sequence_length(bytes[0]);
	uint32_t value;

	assert(*at < end);
	(*at)++;
	if (length < 2)
		return length == 1 ? bytes[0] : CODEPOINT_REPLACEMENT;
	if (length - 1 > (size_t)(end - *at))
		return CODEPOINT_REPLACEMENT;
	value = bytes[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return CODEPOINT_REPLACEMENT;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return CODEPOINT_REPLACEMENT;
	*at += length - 1;
	return value;
}

/* XML 1.0, section 2.2 (Char): control characters cannot even be escaped there. */
bool codepoint_is_xml(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xd7ff) ||
	       (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

/* Lead bytes, that is: invalid bytes count as one each, unless they look like continuations. */
size_t codepoint_count(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += ((uint8_t)text[i] & 0xc0) != 0x80;
	return count;
}
