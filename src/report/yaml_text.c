/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Double-quoted YAML scalars (YAML 1.2.2, sections 5.1, 5.7 and 7.3.1; the same in 1.1). In: bytes
 * of any origin; out: printable UTF-8 between quotes. Quoting always saves knowing which plain
 * words a reader takes for numbers, dates or booleans.
 */
#include "report/yaml_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "report/codepoint.h"

/* Printable by section 5.1, but for line separators and the byte order mark, which readers fold or
 * drop, and for bidirectional controls, which would lie to whoever looks at the file. */
static bool is_printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f))
		return false;
	return c != 0xfeff && (c < 0xfffe || c > 0xffff) && c <= 0x10ffff;
}

static void escape(struct writer *writer, uint32_t c)
{
	if (c == '"' || c == '\\')
		writer_printf(writer, "\\%c", (char)c);
	else if (c == '\n')
		writer_puts(writer, "\\n");
	else if (c == '\t')
		writer_puts(writer, "\\t");
	else if (c < 0x100)
		writer_printf(writer, "\\x%02" PRIx32, c);
	else
		writer_printf(writer, "\\u%04" PRIx32, c);
}

void yaml_text(struct writer *writer, const char *text)
{
	const char *at = text, *end = text ? text + strlen(text) : NULL;

	if (!text) {
		writer_puts(writer, "null");
		return;
	}
	writer_puts(writer, "\"");
	while (at < end) {
		const char *from = at;
		uint32_t c = codepoint_next(&at, end);

		if (c == CODEPOINT_REPLACEMENT)
			writer_puts(writer, "\xef\xbf\xbd");
		else if (c == '"' || c == '\\' || !is_printable(c))
			escape(writer, c);
		else
			writer_write(writer, from, (size_t)(at - from));
	}
	writer_puts(writer, "\"");
}
