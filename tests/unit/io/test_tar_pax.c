/* SPDX-License-Identifier: Apache-2.0 */
/* PAX records: their grammar, what they override, extended attributes, caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oom.h"
#include "tar_build.h"

static void test_number(void **state)
{
	static const struct {
		const char *text;
		bool holds;
		int64_t value;
	} rows[] = {
		{"0", true, 0},
		{"-0", true, 0},
		{"+7", true, 7},
		{"007", true, 7},
		{"000000000000000000000000000000001", true, 1},
		{"9223372036854775807", true, INT64_MAX},
		{"9223372036854775808", false, 0},
		{"-9223372036854775808", true, INT64_MIN},
		{"-9223372036854775809", false, 0},
		{"99999999999999999999", false, 0},
		{"", false, 0},
		{"-", false, 0},
		{"+", false, 0},
		{"--1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"1_0", false, 0},
		{"0x1", false, 0},
		{"1.0", false, 0},
		{"1/", false, 0},
		{"1:", false, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t value = 42;
		bool holds = tar_pax_number(rows[i].text, strlen(rows[i].text), &value);

		if (holds != rows[i].holds || (holds && value != rows[i].value))
			fail_msg("%s: %d %" PRId64, rows[i].text, holds, value);
	}
}

/* Blocks of records, and whether they are well-formed. */
static void test_grammar(void **state)
{
	static const struct {
		const char *text;
		size_t size; /* 0: strlen */
		bool holds;
	} rows[] = {
		{"", 0, true},
		{"6 a=b\n", 0, true},
		{"06 a=b\n", 0, false},
		{"07 a=b\n", 0, true},
		{"+7 a=b\n", 0, true},
		{"5 a=\n", 0, true},
		{"6 a=b\n6 c=d\n", 0, true},
		{"6 a=b\n6 c=d", 0, false},
		{"6 a=b", 0, false},
		{"6 a=b\n\n", 0, false},
		{"5 a=b\n", 0, false},
		{"7 a=b\n", 0, false},
		{"7 a=b\n\n", 0, true},
		{"7 a=\n\n\n", 0, true},
		{"4 =\n", 0, false},
		{"5 =b\n", 0, false},
		{"5 ab\n", 0, false},
		{"3 \n", 0, false},
		{"2 ", 0, false},
		{"-6 a=b\n", 0, false},
		{" 6 a=b\n", 0, false},
		{"a=b\n", 0, false},
		{"6", 0, false},
		{"99999999999999999999 a=b\n", 0, false},
		{"9223372036854775807 a=b\n", 0, false},
		{"000000000000000000005 =\n", 0, false},
		{"8 a=\nb=\n", 0, true},
		{"6 a=\0\n", 6, true},
		{"8 a\0b=c\n", 8, false},
		{"\0\0\0", 3, false},
		{"9 path=a\n", 0, true},
		{"9 path=\0\n", 9, false},
		{"11 path=a\0\n", 11, false},
		{"11 path=\0a\n", 11, false},
		{"14 linkpath=\0\n", 14, false},
		{"11 uname=\0\n", 11, false},
		{"11 gname=\0\n", 11, false},
		{"9 uid=\0a\n", 9, true}, /* wrong, but not as a record */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = rows[i].size ? rows[i].size : strlen(rows[i].text);
		struct tar_pax pax = {.sparse_map.max = 1000};
		struct error err = {};
		char *data = malloc(size + 1);
		int r;

		assert_non_null(data);
		memcpy(data, rows[i].text, size);
		data[size] = '\0';
		r = tar_pax_parse(&pax, data, size, &limits_default, &err);
		if (r != (rows[i].holds ? 0 : -EBADMSG))
			print_error("row %zu: %d %s\n", i, r, err.message);
		assert_int_equal(r, rows[i].holds ? 0 : -EBADMSG);
		tar_pax_clear(&pax);
		free(data);
	}
}

/* Records given as pairs, before a member that has other values. */
static void check_override(const char *const *pairs, const char *expected)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	add_pax(&archive, 'x', pairs);
	ADD(&archive, .type = '2', .name = "name", .link = "link");
	assert_reads(&archive, expected);
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_overrides(void **state)
{
	static const char plain[] = "2 name>link 644 1000:100 0 \"\"\nend";

	check_override(PAIRS("path", "other"), "2 other>link 644 1000:100 0 \"\"\nend");
	check_override(PAIRS("linkpath", "other"), "2 name>other 644 1000:100 0 \"\"\nend");
	check_override(PAIRS("uid", "0"), "2 name>link 644 0:100 0 \"\"\nend");
	check_override(PAIRS("uid", "4294967296"), "2 name>link 644 4294967296:100 0 \"\"\nend");
	check_override(PAIRS("gid", "-1"), "2 name>link 644 1000:-1 0 \"\"\nend");
	check_override(PAIRS("path", "a b\nc=d"),
		       "2 a\\x20b\\x0ac=d>link 644 1000:100 0 \"\"\nend");
	/* The last of a key counts, and an empty one gives the header's value back. */
	check_override(PAIRS("uid", "x", "uid", "7"), "2 name>link 644 7:100 0 \"\"\nend");
	check_override(PAIRS("path", "a", "path", "b"), "2 b>link 644 1000:100 0 \"\"\nend");
	check_override(PAIRS("path", "a", "path", ""), plain);
	check_override(PAIRS("uid", "", "gid", "", "size", "", "mtime", "", "linkpath", ""), plain);
	/* Keys are taken literally; a mode cannot be overridden. */
	check_override(PAIRS("Path", "a", "paths", "b", "pat", "c", "mode", "4755"), plain);
	check_override(PAIRS("comment", "\xff\xfe", "uname", "root", "gname", "root"), plain);
	/* A link has no body: its size is not even asked to be positive. */
	check_override(PAIRS("size", "-5"), plain);
	check_override(PAIRS("size", "5"), plain);
}

static void test_malformed_values(void **state)
{
	static const char *const keys[] = {"uid", "gid", "size", "mtime", "atime", "ctime"};
	static const char *const values[] = {"x", " 1", "1 ", "0x1", "1e3", "99999999999999999999"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			struct strbuf archive = STRBUF_INIT(SIZE_MAX);
			char *text;

			PAX(&archive, keys[i], values[k]);
			ADD(&archive, .name = "name");
			text = describe_pieces(&archive, SIZE_MAX, NULL);
			if (strncmp(text, "error", 5) != 0)
				fail_msg("%s=%s: %s", keys[i], values[k], text);
			free(text);
			strbuf_clear(&archive);
		}
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{"0", true},
		{"-1", true},
		{"1.", true},
		{"1.5", true},
		{"-1.5", true},
		{"+1.5", true},
		{"1.000000000000000", true},
		{".5", false},
		{"1.x", false},
		{"1.5.", false},
		{"1.-5", false},
		{".", false},
		{"1.5 ", false},
		{"1,5", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf archive = STRBUF_INIT(SIZE_MAX);

		PAX(&archive, "mtime", rows[i].text);
		ADD(&archive, .name = "name");
		assert_reads(&archive,
			     rows[i].holds ? "0 name 644 1000:100 0 \"\"\nend"
					   : "error 74: malformed PAX header: a time is no number");
	}
}

static void test_size(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	PAX(&archive, "size", "5");
	ADD(&archive, .name = "a", .body = "hello", .size_field = "00000000000");
	ADD(&archive, .name = "b", .body = "x");
	assert_reads(&archive, "0 a 644 1000:100 5 \"hello\"\n0 b 644 1000:100 1 \"x\"\nend");
	PAX(&archive, "size", "-1");
	ADD(&archive, .name = "a");
	assert_reads(&archive, "error 74: size of the member is negative");
	PAX(&archive, "size", "9223372036854775807");
	ADD(&archive, .name = "a");
	assert_reads(&archive, "0 a 644 1000:100 9223372036854775807 \"\"\n"
			       "error 74: archive ends inside a member");
}

static void test_xattrs(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX), records = STRBUF_INIT(SIZE_MAX);

	add_record(&records, "SCHILY.xattr.user.mine", "no", 2);
	add_record(&records, "SCHILY.xattr.security.capability", "\0=\n\xff", 4);
	add_record(&records, "SCHILY.xattr.security.a", "first", 5);
	add_record(&records, "SCHILY.xattr.system.posix_acl_default", "acl", 3);
	add_record(&records, "SCHILY.xattr.security.a", "second", 6);
	add_record(&records, "SCHILY.xattr.security.empty", "", 0);
	add_record(&records, "SCHILY.xattr.security.gone", "x", 1);
	add_record(&records, "SCHILY.xattr.security.gone", "", 0);
	add_record(&records, "SCHILY.xattr.", "x", 1);
	add_record(&records, "SCHILY.xattr.Security.b", "x", 1);
	add_record(&records, "SCHILY.xattr.system.posix", "x", 1);
	add_record(&records, "schily.xattr.security.c", "x", 1);
	ADD(&archive, .type = 'x', .body = records.data, .size = records.len);
	ADD(&archive, .name = "a");
	ADD(&archive, .name = "b");
	/* An empty value is one: runtimes set what PAXRecords holds. */
	assert_reads(&archive,
		     "0 a 644 1000:100 0 security.a=second "
		     "security.capability=\\x00=\\x0a\\xff security.empty= security.gone= "
		     "system.posix_acl_default=acl \"\"\n"
		     "0 b 644 1000:100 0 \"\"\nend");
	strbuf_clear(&records);
}

/* Names beyond counting are told apart in time that does not square. */
static void test_many_xattrs(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX), records = STRBUF_INIT(SIZE_MAX);
	struct pieces pieces;
	struct tar_reader *tar;
	const struct tar_entry *entry;
	size_t count = 0;

	for (int i = 0; i < 30000; i++) {
		char name[64], value[16];

		snprintf(name, sizeof(name), "SCHILY.xattr.security.%d", i % 10000);
		snprintf(value, sizeof(value), "%d", i / 10000);
		add_record(&records, name, value, 1);
	}
	ADD(&archive, .type = 'x', .body = records.data, .size = records.len);
	ADD(&archive, .name = "a");
	pieces = pieces_of(&archive, SIZE_MAX);
	assert_int_equal(tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	for (const struct tar_xattr *xattr = entry->xattrs; xattr; xattr = xattr->next) {
		assert_int_equal(xattr->value[0], '2');
		count++;
	}
	assert_int_equal(count, 10000);
	tar_reader_free(tar);
	strbuf_clear(&records);
	strbuf_clear(&archive);
}

static void test_xattr_cap(void **state)
{
	struct limits limits = limits_default;
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	char *text;

	PAX(&archive, "SCHILY.xattr.security.a", "12345", "SCHILY.xattr.user.b", "123456789");
	ADD(&archive, .name = "a");
	limits.xattr_bytes = 5;
	text = describe_pieces(&archive, SIZE_MAX, &limits);
	assert_string_equal(text, "0 a 644 1000:100 0 security.a=12345 \"\"\nend");
	free(text);
	limits.xattr_bytes = 4;
	text = describe_pieces(&archive, SIZE_MAX, &limits);
	assert_string_equal(text, "error 7: extended attribute security.a is over the limit "
				  "xattr-bytes");
	free(text);
	strbuf_clear(&archive);
}

static void test_pax_cap(void **state)
{
	struct limits limits = limits_default;
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	char *text;

	PAX(&archive, "path", "12345");
	ADD(&archive, .name = "a");
	limits.pax_bytes = 14;
	text = describe_pieces(&archive, SIZE_MAX, &limits);
	assert_string_equal(text, "0 12345 644 1000:100 0 \"\"\nend");
	free(text);
	limits.pax_bytes = 13;
	text = describe_pieces(&archive, SIZE_MAX, &limits);
	assert_string_equal(text, "error 7: extended header is over the limit pax-bytes");
	free(text);
	strbuf_clear(&archive);
}

/* The last extended header counts as a whole, and only for the next member. */
static void test_scope(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	PAX(&archive, "uid", "1", "path", "first");
	PAX(&archive, "gid", "2");
	ADD(&archive, .name = "a");
	ADD(&archive, .name = "b");
	assert_reads(&archive, "0 a 644 1000:2 0 \"\"\n0 b 644 1000:100 0 \"\"\nend");

	/* An empty one takes the earlier one away, too. */
	PAX(&archive, "uid", "1");
	ADD(&archive, .type = 'x', .name = "x");
	ADD(&archive, .name = "a");
	assert_reads(&archive, "0 a 644 1000:100 0 \"\"\nend");

	/* With nothing behind it, it is forgotten. */
	ADD(&archive, .name = "a");
	PAX(&archive, "uid", "1");
	add_end(&archive);
	assert_reads(&archive, "0 a 644 1000:100 0 \"\"\nend");
}

/* A global header is a member of its own, changes nobody, and parts what it stands between. */
static void test_global(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	PAX(&archive, "uid", "1");
	add_pax(&archive, 'g', PAIRS("uid", "2", "path", "global", "SCHILY.xattr.security.a", "x"));
	ADD(&archive, .name = "a");
	assert_reads(&archive, "g global 644 1000:100 0 \"\"\n0 a 644 1000:100 0 \"\"\nend");
	add_pax(&archive, 'g', PAIRS("uid", "no number"));
	assert_reads(&archive, "g PaxHeaders/x 644 1000:100 0 \"\"\nend");
	ADD(&archive, .type = 'g', .body = "garbage");
	assert_reads(&archive, "error 74: malformed PAX header: wrong length of a record");
}

static int read_once(const struct strbuf *archive)
{
	struct pieces pieces = pieces_of(archive, 600);
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	int r = tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL);

	while (r >= 0) {
		r = tar_reader_next(tar, &entry, NULL);
		if (r == 0)
			break;
	}
	return r;
}

static void test_oom(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	PAX(&archive, "path", "a", "SCHILY.xattr.security.a", "x", "GNU.sparse.offset", "0",
	    "GNU.sparse.numbytes", "1", "GNU.sparse.numblocks", "1", "GNU.sparse.size", "1");
	ADD(&archive, .body = "x");
	ADD(&archive, .type = 'L', .body = "long");
	ADD(&archive, .type = 'K', .body = "long");
	ADD(&archive, .name = "b");
	OOM_SWEEP(read_once(&archive), (void)0);
	strbuf_clear(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),    cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_overrides), cmocka_unit_test(test_malformed_values),
		cmocka_unit_test(test_times),     cmocka_unit_test(test_size),
		cmocka_unit_test(test_xattrs),    cmocka_unit_test(test_many_xattrs),
		cmocka_unit_test(test_xattr_cap), cmocka_unit_test(test_pax_cap),
		cmocka_unit_test(test_scope),     cmocka_unit_test(test_global),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
