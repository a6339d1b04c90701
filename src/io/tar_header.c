/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One header block -> its fields. In: 512 bytes that may be hostile; out: a struct tar_header whose
 * strings are its own. Layouts: POSIX.1-1988 ustar, GNU tar manual "Basic Tar Format", star(5);
 * what each field may hold, and which mistakes are forgiven, as Go's archive/tar does.
 */
#include "io/tar_internal.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

/* Places in the block. */
enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_CHECKSUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_DEV_MAJOR = 329,
	AT_DEV_MINOR = 337,
	AT_PREFIX = 345,
	AT_GNU_ATIME = 345,
	AT_GNU_CTIME = 357,
	AT_STAR_ATIME = 476,
	AT_STAR_CTIME = 488,
	AT_STAR_TRAILER = 508,
};

#define STAR_PREFIX_MAX 131
#define CHECKSUM_SIZE   8

#define BYTES_OF(byte)  (UINT64_MAX / 255 * (byte))

static uint64_t load64(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

/* Eight lanes of two bytes each; the 32 words cannot overflow them. */
typedef uint16_t sum_lanes __attribute__((vector_size(16)));

static int64_t sum_unsigned(const uint8_t *block)
{
	sum_lanes lanes = {}, word;
	int64_t sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i += sizeof(word)) {
		memcpy(&word, block + i, sizeof(word));
		lanes += (word & 0xff) + word / 256;
	}
	for (size_t i = 0; i < sizeof(lanes) / sizeof(lanes[0]); i++)
		sum += lanes[i];
	return sum;
}

/* The sum of eight bytes: pairs first, then the multiplication adds the four of them up on top. */
static int64_t sum_word(uint64_t word)
{
	const uint64_t even = 0x00ff00ff00ff00ff;

	return (int64_t)(((word & even) + ((word >> 8) & even)) * 0x0001000100010001 >> 48);
}

/* How far the sum of signed bytes, which old Sun tars stated, lies below that of unsigned ones. */
static int64_t signed_difference(const uint8_t *block)
{
	int64_t high = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++) {
		if (i < AT_CHECKSUM || i >= AT_CHECKSUM + CHECKSUM_SIZE)
			high += block[i] >> 7;
	}
	return high * 256;
}

/* Spaces and NULs around the number are padding; a NUL within ends it, a space within does not. */
static bool parse_octal(const uint8_t *field, size_t size, int64_t *ret)
{
	uint64_t value = 0;
	size_t at = 0;

	while (at < size && (field[at] == ' ' || field[at] == '\0'))
		at++;
	while (size > at && (field[size - 1] == ' ' || field[size - 1] == '\0'))
		size--;
	for (; at < size && field[at] != '\0'; at++) {
		if (field[at] < '0' || field[at] > '7')
			return false;
		value = value << 3 | (uint64_t)(field[at] - '0');
	}
	*ret = (int64_t)value;
	return true;
}

/* Big-endian two's complement below the first bit; the second bit is the sign. */
static bool parse_base256(const uint8_t *field, size_t size, int64_t *ret)
{
	uint8_t flip = (field[0] & 0x40) ? 0xff : 0;
	uint64_t value = (field[0] ^ flip) & 0x7f;

	assert(size > 0);
	for (size_t i = 1; i < size; i++) {
		if (value >> 55)
			return false;
		value = value << 8 | (uint8_t)(field[i] ^ flip);
	}
	*ret = flip ? ~(int64_t)value : (int64_t)value;
	return true;
}

/* Eight octal digits, the first in the lowest byte: neighbours are joined three times. */
static uint64_t join_digits(uint64_t word)
{
	word = (word & 0x0007000700070007) << 3 | ((word >> 8) & 0x0007000700070007);
	word = (word & 0x0000003f0000003f) << 6 | ((word >> 16) & 0x0000003f0000003f);
	return (word & 0xfff) << 12 | word >> 32;
}

/* What nearly every writer writes: nothing, or digits up to a last NUL or space, or to two. */
static bool parse_common(const uint8_t *field, size_t size, int64_t *ret)
{
	uint64_t word = load64(field), tail;

	if (size == 8) {
		if ((word & 0xdff8f8f8f8f8f8f8) == 0x0030303030303030)
			*ret = (int64_t)join_digits(word << 8);
		else if ((word & 0xdfdff8f8f8f8f8f8) == 0x0000303030303030)
			*ret = (int64_t)join_digits(word << 16);
		else if (word == 0)
			*ret = 0;
		else
			return false;
		return true;
	}
	tail = load64(field + 4) >> 32;
	if ((word & BYTES_OF(0xf8)) != BYTES_OF('0') || (tail & 0xdff8f8f8) != 0x00303030)
		return false;
	*ret = (int64_t)(join_digits(word) << 9 | join_digits(tail << 40));
	return true;
}

bool tar_header_number(const uint8_t *field, size_t size, int64_t *ret)
{
	assert(size == 8 || size == 12);
	if (parse_common(field, size, ret))
		return true;
	if (field[0] & 0x80)
		return parse_base256(field, size, ret);
	return parse_octal(field, size, ret);
}

bool tar_header_checksum_holds(const uint8_t *block)
{
	const uint8_t *field = block + AT_CHECKSUM;
	int64_t stated, sum;

	if (!parse_common(field, CHECKSUM_SIZE, &stated) &&
	    !parse_octal(field, CHECKSUM_SIZE, &stated))
		return false;
	/* The field itself counts as spaces. */
	sum = sum_unsigned(block) - sum_word(load64(field)) + sum_word(BYTES_OF(' '));
	return stated == sum || stated == sum - signed_difference(block);
}

bool tar_header_is_zero(const uint8_t *block)
{
	for (size_t i = 0; i < TAR_BLOCK; i += sizeof(uint64_t)) {
		if (load64(block + i) != 0)
			return false;
	}
	return true;
}

/* The magic and the version that follows it; "ustar" with any version is a PAX-capable header. */
static enum tar_format format_of(const uint8_t *block)
{
	if (memcmp(block + AT_MAGIC, "ustar", 6) == 0)
		return memcmp(block + AT_STAR_TRAILER, "tar", 4) == 0 ? TAR_STAR : TAR_USTAR;
	if (memcmp(block + AT_MAGIC, "ustar  ", 8) == 0)
		return TAR_GNU;
	return TAR_V7;
}

/* True when an unset (leading NUL) or well-formed time stands there. */
static bool gnu_time_holds(const uint8_t *field)
{
	int64_t ignored;

	return field[0] == '\0' || tar_header_number(field, 12, &ignored);
}

static bool is_ascii(const uint8_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] >= 0x80)
			return false;
	}
	return true;
}

/*
 * How many bytes of the path stand in the prefix field. GNU has no such field, but Go's writer
 * before 1.8 used one: Go still honours it where the times that belong there make no sense.
 */
static size_t prefix_size(const uint8_t *block, enum tar_format format)
{
	const char *prefix = (const char *)block + AT_PREFIX;
	size_t size;

	switch (format) {
	case TAR_USTAR:
		return strnlen(prefix, TAR_PREFIX_MAX);
	case TAR_STAR:
		return strnlen(prefix, STAR_PREFIX_MAX);
	case TAR_GNU:
		if (gnu_time_holds(block + AT_GNU_ATIME) && gnu_time_holds(block + AT_GNU_CTIME))
			return 0;
		size = strnlen(prefix, TAR_PREFIX_MAX);
		return is_ascii(block + AT_PREFIX, size) ? size : 0;
	case TAR_V7:
	default:
		return 0;
	}
}

/* Both fields may be full, and then have no NUL. */
static void copy_path(const uint8_t *block, struct tar_header *header)
{
	size_t prefix = prefix_size(block, header->format);
	size_t name = strnlen((const char *)block + AT_NAME, TAR_NAME_MAX);
	char *at = header->path_buffer;

	assert(prefix <= TAR_PREFIX_MAX && name <= TAR_NAME_MAX);
	if (prefix > 0) {
		memcpy(at, block + AT_PREFIX, prefix);
		at += prefix;
		*at++ = '/';
	}
	memcpy(at, block + AT_NAME, name);
	at[name] = '\0';
	header->path = header->path_buffer;
}

/* The field may be full, and then has no NUL. */
static void copy_link(const uint8_t *block, struct tar_header *header)
{
	size_t size = strnlen((const char *)block + AT_LINK, TAR_NAME_MAX);

	memcpy(header->link_buffer, block + AT_LINK, size);
	header->link_buffer[size] = '\0';
	header->link = header->link_buffer;
}

/* Times are read for nothing but their syntax: Go refuses a header over them. */
static const char *parse_numbers(const uint8_t *block, struct tar_header *header)
{
	int64_t ignored;

	if (!tar_header_number(block + AT_SIZE, 12, &header->size))
		return "size";
	if (!tar_header_number(block + AT_MODE, 8, &header->mode))
		return "mode";
	if (!tar_header_number(block + AT_UID, 8, &header->uid))
		return "uid";
	if (!tar_header_number(block + AT_GID, 8, &header->gid))
		return "gid";
	if (!tar_header_number(block + AT_MTIME, 12, &ignored))
		return "mtime";
	header->dev_major = header->dev_minor = 0;
	if (header->format == TAR_V7)
		return NULL;
	if (!tar_header_number(block + AT_DEV_MAJOR, 8, &header->dev_major))
		return "devmajor";
	if (!tar_header_number(block + AT_DEV_MINOR, 8, &header->dev_minor))
		return "devminor";
	if (header->format != TAR_STAR)
		return NULL;
	if (!tar_header_number(block + AT_STAR_ATIME, 12, &ignored))
		return "atime";
	if (!tar_header_number(block + AT_STAR_CTIME, 12, &ignored))
		return "ctime";
	return NULL;
}

int tar_header_parse(const uint8_t *block, struct tar_header *header, struct error *err)
{
	const char *wrong;

	if (!tar_header_checksum_holds(block))
		return error_set(err, -EBADMSG, "not a tar header: checksum is wrong");
	header->format = format_of(block);
	header->type = (char)block[AT_TYPE];
	wrong = parse_numbers(block, header);
	if (wrong)
		return error_set(err, -EBADMSG, "malformed %s field in tar header", wrong);
	copy_path(block, header);
	copy_link(block, header);
	return 0;
}
