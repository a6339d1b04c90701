/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to a FILE or a string, and the escaping of input text for people's eyes. */
#include "base/writer.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

void writer_write(struct writer *writer, const void *data, size_t size)
{
	int r = 0;

	assert(writer->file || writer->buf);
	assert(data || size == 0);
	if (writer->status < 0 || size == 0)
		return;
	if (writer->buf)
		r = strbuf_add(writer->buf, data, size);
	else if (fwrite(data, 1, size, writer->file) != size)
		r = errno ? -errno : -EIO;
	if (r < 0)
		writer->status = r;
}

void writer_puts(struct writer *writer, const char *string)
{
	writer_write(writer, string, strlen(string));
}

void writer_printf(struct writer *writer, const char *format, ...)
{
	va_list args;
	int r;

	assert(writer->file || writer->buf);
	if (writer->status < 0)
		return;
	va_start(args, format);
	if (writer->buf)
		r = strbuf_vprintf(writer->buf, format, args);
	else
		r = vfprintf(writer->file, format, args) < 0 ? (errno ? -errno : -EIO) : 0;
	va_end(args);
	if (r < 0)
		writer->status = r;
}

/* Decodes one UTF-8 sequence (RFC 3629: shortest form, no surrogates). 0: invalid. */
static size_t decode(const uint8_t *at, size_t left, uint32_t *ret)
{
	/* The smallest value that needs so many bytes: what is below has a shorter form. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	uint32_t value;

	if (len == 0 || len > left || at[0] > 0xf4)
		return 0;
	value = len == 1 ? at[0] : at[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*ret = value;
	return len;
}

/* What could move the cursor, reorder text or end a line. */
bool writer_escapes(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

/* Length of the sequence at `at`, and its escaped form ("" when it may stay). */
static size_t escape(const uint8_t *at, size_t left, char buf[16])
{
	uint32_t c;
	size_t len = decode(at, left, &c);

	buf[0] = '\0';
	if (len == 0 || (len == 1 && writer_escapes(c)))
		snprintf(buf, 16, "\\x%02x", at[0]);
	else if (writer_escapes(c))
		snprintf(buf, 16, "\\u{%x}", c);
	return MAX(len, (size_t)1);
}

/* Runs that may stay as they are go out in one piece; most text is one run. */
void writer_text_n(struct writer *writer, const char *string, size_t size)
{
	const uint8_t *at = (const uint8_t *)string;
	size_t plain = 0;
	char buf[16];

	for (size_t i = 0, len; i < size; i += len) {
		len = escape(at + i, size - i, buf);
		if (buf[0] == '\0')
			continue;
		writer_write(writer, at + plain, i - plain);
		writer_puts(writer, buf);
		plain = i + len;
	}
	writer_write(writer, at + plain, size - plain);
}

void writer_text(struct writer *writer, const char *string)
{
	if (string)
		writer_text_n(writer, string, strlen(string));
}

void writer_json(struct writer *writer, const char *piece, size_t size)
{
	const uint8_t *at = (const uint8_t *)piece;
	size_t plain = 0;

	for (size_t i = 0, len; i < size; i += len) {
		uint32_t c = 0;

		len = MAX(decode(at + i, size - i, &c), (size_t)1);
		/* Line ends and indentation are JSON's own: in strings they are escaped already. */
		if (c < 0x20 || !writer_escapes(c))
			continue;
		writer_write(writer, at + plain, i - plain);
		if (c > 0xffff)
			writer_printf(writer, "\\u%04X\\u%04X", 0xd7c0 + (c >> 10),
				      0xdc00 + (c & 0x3ff));
		else
			writer_printf(writer, "\\u%04X", c);
		plain = i + len;
	}
	writer_write(writer, at + plain, size - plain);
}

/* By code points: wide and combining characters are rare in paths, and a table that is off by one
 * column harms nobody. */
size_t writer_text_width(const char *string)
{
	const uint8_t *at = (const uint8_t *)string;
	size_t size = string ? strlen(string) : 0, width = 0;
	char buf[16];

	for (size_t i = 0; i < size;) {
		i += escape(at + i, size - i, buf);
		width += buf[0] == '\0' ? 1 : strlen(buf);
	}
	return width;
}

int writer_finish(struct writer *writer, struct error *err)
{
	assert(writer->file || writer->buf);
	if (writer->status == 0 && writer->file && fflush(writer->file) != 0)
		writer->status = -errno;
	if (writer->status < 0)
		return error_errno(err, writer->status, "cannot write the report");
	return 0;
}
