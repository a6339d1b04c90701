/* SPDX-License-Identifier: Apache-2.0 */
/* Header blocks: number fields, checksums, formats and what each makes of the prefix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tar_build.h"

static void test_numbers(void **state)
{
	static const struct {
		const char *field;
		size_t size;
		bool holds;
		int64_t value;
	} rows[] = {
		{"0000644", 8, true, 0644},
		{"0000644 ", 8, true, 0644},
		{"000644 ", 8, true, 0644},
		{"000644  ", 8, true, 0644},
		{"    644", 8, true, 0644},
		{"    644 ", 8, true, 0644},
		{"644\0\0\0\0", 8, true, 0644},
		{"644 \0\0\0", 8, true, 0644},
		{"644\0 \0 ", 8, true, 0644},
		{" \0 644\0", 8, true, 0644},
		{"77777777", 8, true, 077777777},
		{"\0\0\0\0\0\0\0", 8, true, 0},
		{"        ", 8, true, 0},
		{" \0 \0 \0 ", 8, true, 0},
		/* A NUL within the number ends it, and what is behind it does not matter; but the
		 * padding is only taken from the very ends. */
		{"644\0xyz", 8, true, 0644},
		{"644 \0xy", 8, false, 0},
		{"64 4\0\0\0", 8, false, 0},
		{"0000648", 8, false, 0},
		{"0000/44", 8, false, 0},
		{"-000644", 8, false, 0},
		{"+000644", 8, false, 0},
		{"0x00644", 8, false, 0},
		{"00000001000", 12, true, 01000},
		{"77777777777", 12, true, 077777777777},
		{"00000001000 ", 12, true, 01000},
		{"777777777777", 12, true, 0777777777777},
		{"0000000100:", 12, false, 0},
		{"1000       ", 12, true, 01000},
		{"\0\0\0\0\0\0\0\0\0\0\0", 12, true, 0},
		/* Base 256: two's complement, the first bit is the mark and the second the sign. */
		{"\x80\0\0\0\0\0\0\x01", 8, true, 1},
		{"\x80\0\0\x01\0\0\0\0", 8, true, INT64_C(1) << 32},
		{"\xbf\xff\xff\xff\xff\xff\xff\xff", 8, true, (INT64_C(1) << 62) - 1},
		{"\xff\xff\xff\xff\xff\xff\xff\xff", 8, true, -1},
		{"\xff\xff\xff\xff\xff\xff\xff\xfe", 8, true, -2},
		{"\xc0\0\0\0\0\0\0\0", 8, true, -(INT64_C(1) << 62)},
		{"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12, true, INT64_MAX},
		{"\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, false, 0},
		{"\x80\0\0\x01\0\0\0\0\0\0\0\0", 12, false, 0},
		{"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", 12, true, INT64_MIN},
		{"\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 12, false, 0},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, true, -1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t value = 42;
		bool holds =
			tar_header_number((const uint8_t *)rows[i].field, rows[i].size, &value);

		if (holds != rows[i].holds || (holds && value != rows[i].value))
			fail_msg("row %zu: %d %" PRId64, i, holds, value);
	}
}

/* The forms that writers use; false behind the last one. */
static bool write_number(char field[32], size_t form, unsigned int number)
{
	memset(field, 0, 32);
	switch (form) {
	case 0:
		return snprintf(field, 32, "%07o", number) > 0;
	case 1:
		return snprintf(field, 32, "%06o ", number) > 0;
	case 2:
		return snprintf(field, 32, "%06o%c ", number, 0) > 0;
	case 3:
		return snprintf(field, 32, "%7o ", number) > 0;
	case 4:
		return snprintf(field, 32, "%8o", number) > 0;
	case 5:
		return snprintf(field, 32, "%08o", number) > 0;
	case 6:
		return snprintf(field, 32, "%o", number) > 0;
	case 7:
		return snprintf(field, 32, "%-8o", number) > 0;
	default:
		return false;
	}
}

/* Every number that fits, in every common form, is read as it was written. */
static void test_numbers_round_trip(void **state)
{
	for (unsigned int number = 0; number < 01000000; number += 1 + number / 50) {
		char field[32];
		int64_t value;

		for (size_t form = 0; write_number(field, form, number); form++) {
			assert_true(tar_header_number((uint8_t *)field, 8, &value));
			assert_int_equal(value, number);
		}
	}
}

static void test_checksum(void **state)
{
	char block[TAR_BLOCK];
	struct member member = {.name = "name"};

	make_header(block, &member, 0);
	assert_true(tar_header_checksum_holds((uint8_t *)block));
	assert_false(tar_header_is_zero((uint8_t *)block));
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		/* The field's second space is padding, its leading zero worth nothing. */
		if (i == 148 || i == 154 || i == 155)
			continue;
		block[i] ^= 1;
		if (tar_header_checksum_holds((uint8_t *)block))
			fail_msg("byte %zu is not part of the checksum", i);
		block[i] ^= 1;
	}
}

static void test_checksum_extremes(void **state)
{
	char block[TAR_BLOCK];

	/* The largest sum: no lane may overflow. */
	memset(block, 0xff, sizeof(block));
	put_checksum(block);
	assert_true(tar_header_checksum_holds((uint8_t *)block));
	memset(block, 0, sizeof(block));
	assert_false(tar_header_checksum_holds((uint8_t *)block));
	put_checksum(block);
	assert_true(tar_header_checksum_holds((uint8_t *)block));
}

/* Sun's tar summed signed bytes. */
static void test_checksum_signed(void **state)
{
	char block[TAR_BLOCK], text[32];
	struct member member = {.name = "\xe4\xf6\xfc"};
	unsigned int sum;

	make_header(block, &member, 0);
	assert_int_equal(sscanf(block + 148, "%o", &sum), 1);
	snprintf(text, sizeof(text), "%06o", sum - 3 * 256);
	memcpy(block + 148, text, 7);
	assert_true(tar_header_checksum_holds((uint8_t *)block));
	snprintf(text, sizeof(text), "%06o", sum - 2 * 256);
	memcpy(block + 148, text, 7);
	assert_false(tar_header_checksum_holds((uint8_t *)block));
}

static void test_checksum_forms(void **state)
{
	char block[TAR_BLOCK], text[32];
	struct member member = {};
	unsigned int sum;

	make_header(block, &member, 0);
	assert_int_equal(sscanf(block + 148, "%o", &sum), 1);
	for (size_t form = 0; write_number(text, form, sum); form++) {
		memcpy(block + 148, text, 8);
		assert_true(tar_header_checksum_holds((uint8_t *)block));
	}
	/* Base 256 is not for checksums. */
	memcpy(block + 148, "\x80\0\0\0\0\0\0\0", 8);
	block[154] = (char)(sum >> 8);
	block[155] = (char)sum;
	assert_false(tar_header_checksum_holds((uint8_t *)block));
}

static void test_looks_like(void **state)
{
	char block[TAR_BLOCK] = {};
	struct member member = {};

	assert_true(tar_looks_like((uint8_t *)block, sizeof(block)));
	assert_false(tar_looks_like((uint8_t *)block, sizeof(block) - 1));
	assert_false(tar_looks_like((uint8_t *)block, 0));
	block[511] = 1;
	assert_false(tar_looks_like((uint8_t *)block, sizeof(block)));
	make_header(block, &member, 0);
	assert_true(tar_looks_like((uint8_t *)block, sizeof(block)));
	block[0] ^= 1;
	assert_false(tar_looks_like((uint8_t *)block, sizeof(block)));
}

struct format_row {
	const char *magic, *prefix;
	const char *trailer; /* at 508 */
	enum tar_format format;
	const char *path;
};

static void check_format(const struct format_row *row)
{
	struct member member = {.name = "name", .magic = row->magic, .prefix = row->prefix};
	char block[TAR_BLOCK];
	struct tar_header header;

	make_header(block, &member, 0);
	if (row->trailer)
		memcpy(block + 508, row->trailer, 4);
	put_checksum(block);
	assert_int_equal(tar_header_parse((uint8_t *)block, &header, NULL), 0);
	assert_int_equal(header.format, row->format);
	assert_string_equal(header.path, row->path);
	assert_string_equal(header.link, "");
}

static void test_formats(void **state)
{
	static const struct format_row rows[] = {
		{"ustar\00000", NULL, NULL, TAR_USTAR, "name"},
		{"ustar\00000", "pre/fix", NULL, TAR_USTAR, "pre/fix/name"},
		{"ustar\0xx", "pre/fix", NULL, TAR_USTAR, "pre/fix/name"},
		{"ustar\00000", "pre", "tar", TAR_STAR, "pre/name"},
		{"ustar  \0", "pre", NULL, TAR_GNU, "pre/name"},
		/* A GNU prefix that could be a time is one. */
		{"ustar  \0", "0000000000000000000000000", NULL, TAR_GNU, "name"},
		{"ustar  \0", "pr\xc3\xa9", NULL, TAR_GNU, "name"},
		{"ustar \0\0", "pre", NULL, TAR_V7, "name"},
		{"USTAR\00000", "pre", NULL, TAR_V7, "name"},
		{V7_MAGIC, "pre", NULL, TAR_V7, "name"},
		{V7_MAGIC, "pre", "tar", TAR_V7, "name"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_format(&rows[i]);
}

/* Full fields have no NUL behind them. */
static void test_full_fields(void **state)
{
	char name[101], prefix[156], expected[300], block[TAR_BLOCK];
	struct member member = {.name = name, .prefix = prefix, .link = name, .type = '2'};
	struct tar_header header;

	memset(name, 'n', 100);
	memset(prefix, 'p', 155);
	name[100] = prefix[155] = '\0';
	make_header(block, &member, 0);
	assert_int_equal(tar_header_parse((uint8_t *)block, &header, NULL), 0);
	snprintf(expected, sizeof(expected), "%s/%s", prefix, name);
	assert_string_equal(header.path, expected);
	assert_string_equal(header.link, name);

	/* star's prefix is shorter: its times follow, and must be times. */
	memset(block + 345 + 131, 0, 24);
	memcpy(block + 508, "tar", 4);
	put_checksum(block);
	assert_int_equal(tar_header_parse((uint8_t *)block, &header, NULL), 0);
	prefix[131] = '\0';
	snprintf(expected, sizeof(expected), "%s/%s", prefix, name);
	assert_string_equal(header.path, expected);
}

/* Each number field makes the header fail, with its name in the message. */
static void test_malformed_fields(void **state)
{
	static const struct {
		size_t at;
		const char *name, *trailer;
		const char *magic;
		bool fails;
	} rows[] = {
		{100, "mode", "", "ustar\00000", true},
		{108, "uid", "", "ustar\00000", true},
		{116, "gid", "", "ustar\00000", true},
		{124, "size", "", "ustar\00000", true},
		{136, "mtime", "", "ustar\00000", true},
		{136, "mtime", "", V7_MAGIC, true},
		{329, "devmajor", "", "ustar\00000", true},
		{337, "devminor", "", "ustar\00000", true},
		{329, "devmajor", "", GNU_MAGIC, true},
		{476, "atime", "tar", "ustar\00000", true},
		{488, "ctime", "tar", "ustar\00000", true},
		/* Fields that the format does not have. */
		{329, "devmajor", "", V7_MAGIC, false},
		{337, "devminor", "", V7_MAGIC, false},
		{476, "atime", "", "ustar\00000", false},
		{345, "atime", "", GNU_MAGIC, false},
		{357, "ctime", "", GNU_MAGIC, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct member member = {.magic = rows[i].magic};
		char block[TAR_BLOCK];
		struct tar_header header;
		struct error err = {};
		int r;

		make_header(block, &member, 0);
		memcpy(block + rows[i].at, "9", 1);
		memcpy(block + 508, rows[i].trailer, strlen(rows[i].trailer));
		put_checksum(block);
		r = tar_header_parse((uint8_t *)block, &header, &err);
		assert_int_equal(r, rows[i].fails ? -EBADMSG : 0);
		if (rows[i].fails)
			assert_non_null(strstr(err.message, rows[i].name));
	}
}

static void test_values(void **state)
{
	struct member member = {.type = '4',
				.mode = "0104755",
				.uid = "\xff\xff\xff\xff\xff\xff\xff\xfe",
				.gid = "0000000",
				.size_field = "00000001000",
				.dev_major = "0000010",
				.dev_minor = "0000001"};
	char block[TAR_BLOCK];
	struct tar_header header;

	make_header(block, &member, 0);
	assert_int_equal(tar_header_parse((uint8_t *)block, &header, NULL), 0);
	assert_int_equal(header.type, '4');
	assert_int_equal(header.mode, 0104755);
	assert_int_equal(header.uid, -2);
	assert_int_equal(header.gid, 0);
	assert_int_equal(header.size, 512);
	assert_int_equal(header.dev_major, 8);
	assert_int_equal(header.dev_minor, 1);
	block[100] ^= 1;
	assert_int_equal(tar_header_parse((uint8_t *)block, &header, NULL), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),         cmocka_unit_test(test_numbers_round_trip),
		cmocka_unit_test(test_checksum),        cmocka_unit_test(test_checksum_extremes),
		cmocka_unit_test(test_checksum_signed), cmocka_unit_test(test_checksum_forms),
		cmocka_unit_test(test_looks_like),      cmocka_unit_test(test_formats),
		cmocka_unit_test(test_full_fields),     cmocka_unit_test(test_malformed_fields),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
