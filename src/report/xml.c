/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML escaping (XML 1.0, sections 2.2 and 2.4). In: bytes of any origin; out: well-formed UTF-8
 * character data. Control characters other than tab and line ends have no form in XML 1.0 at all,
 * not even as references. What would speak to a terminal is written as a reference.
 */
#include "report/xml.h"

#include <string.h>

#include "report/codepoint.h"

static const char *reference(uint32_t c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	case CODEPOINT_REPLACEMENT:
		return "\xef\xbf\xbd";
	default:
		return codepoint_is_xml(c) ? NULL : "\xef\xbf\xbd";
	}
}

void xml_text(struct writer *writer, const char *text)
{
	const char *at = text, *end = text ? text + strlen(text) : NULL;

	while (at < end) {
		const char *from = at, *instead;
		uint32_t c = codepoint_next(&at, end);

		instead = reference(c);
		if (instead)
			writer_puts(writer, instead);
		else if (writer_escapes(c))
			writer_printf(writer, "&#%u;", c);
		else
			writer_write(writer, from, (size_t)(at - from));
	}
}

void xml_attribute(struct writer *writer, const char *name, const char *value)
{
	if (!value)
		return;
	writer_printf(writer, " %s=\"", name);
	xml_text(writer, value);
	writer_puts(writer, "\"");
}
