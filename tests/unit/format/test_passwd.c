/* SPDX-License-Identifier: Apache-2.0 */
/* Expected rows were printed by moby/sys/user v0.5.0 for the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "format/passwd.h"
#include "oom.h"

#define FILE_TEXT(literal) (literal), sizeof(literal) - 1

static void test_atoi(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
		bool good, range;
	} rows[] = {
		{"0", 0, true, false},
		{"00", 0, true, false},
		{"+0", 0, true, false},
		{"-0", 0, true, false},
		{"00000000000000000000", 0, true, false},
		{"000000000000000000000000000005", 5, true, false},
		{"08", 8, true, false},
		{"+5", 5, true, false},
		{"-1", -1, true, false},
		{"2147483648", 2147483648, true, false},
		{"4294967296", 4294967296, true, false},
		{"9223372036854775807", INT64_MAX, true, false},
		{"9223372036854775808", INT64_MAX, false, true},
		{"+9223372036854775808", INT64_MAX, false, true},
		{"-9223372036854775808", INT64_MIN, true, false},
		{"-9223372036854775809", INT64_MIN, false, true},
		{"18446744073709551615", INT64_MAX, false, true},
		{"18446744073709551616", INT64_MAX, false, true},
		{"99999999999999999999", INT64_MAX, false, true},
		{"-99999999999999999999", INT64_MIN, false, true},
		/* Rubbish behind digits counts only as long as these fit. */
		{"99999999999999999999x", INT64_MAX, false, true},
		{"9223372036854775808x", 0, false, false},
		{"", 0, false, false},
		{"+", 0, false, false},
		{"-", 0, false, false},
		{"+-1", 0, false, false},
		{" 1000", 0, false, false},
		{"1000 ", 0, false, false},
		{"1_000", 0, false, false},
		{"0x0", 0, false, false},
		{"0b0", 0, false, false},
		{"abc", 0, false, false},
		{"1\xc0\x80", 0, false, false},
		{"\xef\xbc\x90", 0, false, false}, /* a full-width zero */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool range = !rows[i].range;
		int64_t value = 42;

		assert_int_equal(go_atoi(rows[i].text, &value, &range), rows[i].good);
		assert_true(value == rows[i].value);
		assert_int_equal(range, rows[i].range);
		assert_int_equal(go_atoi(rows[i].text, &value, NULL), rows[i].good);
	}
}

static const char passwd_text[] = "root:x:0:0\r\n"
				  "\n"
				  "a:x:4294967296:99999999999999999999\n"
				  "b:x:-99999999999999999999:-1\n"
				  "c:x:+5:0x0\n"
				  "d:x:1_000: 1000\n"
				  " \t\v\f\r\n"
				  "\xc2\x85"
				  "f:x:1:2\xc2\xa0\n"
				  "n\0m:x:1\0:2\n"
				  "\xe2\x80\x83g:x:+:-:\xe3\x80\x80\n"
				  " #c:x:1:1\n"
				  ":::\n"
				  "\xffh:x:-0:+0:a:b:c:d:e\xff\n"
				  "\x1fz:x:1:1\x1c\n"
				  "\xa0q\x85:x:1:1:\xa0\n"
				  "short\n"
				  "short2:x\n"
				  "empty:x::100\n"
				  "bad:x:abc:100\n"
				  "j:x:7:8:\xc2\x85\xef\xbb\xbf\n"
				  "last:x:0:5:G:/h:/s";

static const struct passwd_line passwd_rows[] = {
	{"root", "x", "", "", "", 0, 0, 1, false, "root:x:0:0"},
	{"a", "x", "", "", "", 4294967296, INT64_MAX, 3, true,
	 "a:x:4294967296:99999999999999999999"},
	{"b", "x", "", "", "", INT64_MIN, -1, 4, true, "b:x:-99999999999999999999:-1"},
	{"c", "x", "", "", "", 5, 0, 5, true, "c:x:+5:0x0"},
	{"d", "x", "", "", "", 0, 0, 6, true, "d:x:1_000: 1000"},
	{"f", "x", "", "", "", 1, 2, 8, false, "f:x:1:2"},
	{"n\xc0\x80m", "x", "", "", "", 0, 2, 9, true, "n\xc0\x80m:x:1\xc0\x80:2"},
	{"g", "x", "", "", "", 0, 0, 10, true, "g:x:+:-:"},
	{"#c", "x", "", "", "", 1, 1, 11, false, "#c:x:1:1"},
	{"", "", "", "", "", 0, 0, 12, true, ":::"},
	{"\xffh", "x", "a", "b", "c", 0, 0, 13, false, "\xffh:x:-0:+0:a:b:c:d:e\xff"},
	{"\x1fz", "x", "", "", "", 1, 0, 14, true, "\x1fz:x:1:1\x1c"},
	{"\xa0q\x85", "x", "\xa0", "", "", 1, 1, 15, false, "\xa0q\x85:x:1:1:\xa0"},
	{"short", "", "", "", "", 0, 0, 16, true, "short"},
	{"short2", "x", "", "", "", 0, 0, 17, true, "short2:x"},
	{"empty", "x", "", "", "", 0, 100, 18, true, "empty:x::100"},
	{"bad", "x", "", "", "", 0, 100, 19, true, "bad:x:abc:100"},
	{"j", "x", "\xc2\x85\xef\xbb\xbf", "", "", 7, 8, 20, false, "j:x:7:8:\xc2\x85\xef\xbb\xbf"},
	{"last", "x", "G", "/h", "/s", 0, 5, 21, false, "last:x:0:5:G:/h:/s"},
};

static void test_passwd(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);
	struct passwd_line *rows;
	size_t n;

	assert_int_equal(passwd_parse(FILE_TEXT(passwd_text), arena, &rows, &n, NULL), 0);
	assert_int_equal(n, ARRAY_SIZE(passwd_rows));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(rows[i].name, passwd_rows[i].name);
		assert_string_equal(rows[i].password, passwd_rows[i].password);
		assert_string_equal(rows[i].gecos, passwd_rows[i].gecos);
		assert_string_equal(rows[i].home, passwd_rows[i].home);
		assert_string_equal(rows[i].shell, passwd_rows[i].shell);
		assert_string_equal(rows[i].text, passwd_rows[i].text);
		assert_true(rows[i].uid == passwd_rows[i].uid);
		assert_true(rows[i].gid == passwd_rows[i].gid);
		assert_int_equal(rows[i].line, passwd_rows[i].line);
		assert_int_equal(rows[i].malformed, passwd_rows[i].malformed);
	}
}

/* What the runtimes trim, one by one, and what only looks like it. */
static void test_trim(void **state)
{
	static const char *const spaces[] = {
		"\t",           "\v",           "\f",           "\r",           " ",
		"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
		"\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
		"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
	};
	static const char *const others[] = {
		"\x85", "\xa0", "\x1c", "\x1f", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2\x80",
	};

	for (size_t i = 0; i < ARRAY_SIZE(spaces) + ARRAY_SIZE(others); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 16);
		bool trimmed = i < ARRAY_SIZE(spaces);
		const char *space = trimmed ? spaces[i] : others[i - ARRAY_SIZE(spaces)];
		char *text = arena_printf(arena, "%s%sa:x:1:1%s%s\n%s\n", space, space, space,
					  space, space);
		struct passwd_line *rows;
		size_t n;

		assert_int_equal(passwd_parse(text, strlen(text), arena, &rows, &n, NULL), 0);
		assert_int_equal(n, trimmed ? 1 : 2);
		assert_int_equal(strcmp(rows[0].name, "a") == 0, trimmed);
		assert_true(rows[0].gid == trimmed);
	}
}

static void test_group(void **state)
{
	static const char text[] = "g:x:0:\n"
				   "#c:x:1:a\n"
				   "  # d\n"
				   " h:x:1:a,,b, c\n"
				   "i:x:2:,\r\n"
				   "j:x:z:a:b\n"
				   "k\n"
				   "l:x:-1:root";
	static const struct {
		const char *name, *password, *members;
		int64_t gid;
		size_t n_members;
		uint32_t line;
		bool malformed;
	} expected[] = {
		{"g", "x", "", 0, 0, 1, false},     {"h", "x", "[a][][b][ c]", 1, 4, 4, false},
		{"i", "x", "[][]", 2, 2, 5, false}, {"j", "x", "[a]", 0, 1, 6, true},
		{"k", "", "", 0, 0, 7, true},       {"l", "x", "[root]", -1, 1, 8, false},
	};
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 16);
	struct group_line *rows;
	size_t n;

	assert_int_equal(group_parse(FILE_TEXT(text), arena, &rows, &n, NULL), 0);
	assert_int_equal(n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < n; i++) {
		const char *members = "";

		for (size_t j = 0; j < rows[i].n_members; j++)
			members = arena_printf(arena, "%s[%s]", members, rows[i].members[j]);
		assert_string_equal(rows[i].name, expected[i].name);
		assert_string_equal(rows[i].password, expected[i].password);
		assert_string_equal(members, expected[i].members);
		assert_true(rows[i].gid == expected[i].gid);
		assert_int_equal(rows[i].n_members, expected[i].n_members);
		assert_int_equal(rows[i].line, expected[i].line);
		assert_int_equal(rows[i].malformed, expected[i].malformed);
		assert_non_null(rows[i].text);
	}
}

static void test_shadow(void **state)
{
	static const char text[] = "root:*:19000:0:99999:7:::\n"
				   "\n"
				   "locked:!:19000:0:99999:7:::\n"
				   " \tempty::19000:0:99999:7:::\n"
				   "space: :19000:0:99999:7:::\n"
				   "# x::1:1:1\n"
				   "old::1:2:3\n"
				   "short:\n"
				   "name\n"
				   "four::1:2";
	static const struct shadow_line expected[] = {
		{"root", "*", 1, false},  {"locked", "!", 3, false}, {"empty", "", 4, false},
		{"space", " ", 5, false}, {"old", "", 7, false},     {"short", "", 8, true},
		{"name", "", 9, true},    {"four", "", 10, true},
	};
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 16);
	struct shadow_line *rows;
	size_t n;

	assert_int_equal(shadow_parse(FILE_TEXT(text), arena, &rows, &n, NULL), 0);
	assert_int_equal(n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(rows[i].name, expected[i].name);
		assert_string_equal(rows[i].password, expected[i].password);
		assert_int_equal(rows[i].line, expected[i].line);
		assert_int_equal(rows[i].malformed, expected[i].malformed);
	}
}

static void test_empty(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 16);
	struct passwd_line *users;
	struct group_line *groups;
	struct shadow_line *shadows;
	size_t n = 9;

	assert_int_equal(passwd_parse("", 0, arena, &users, &n, NULL), 0);
	assert_int_equal(n, 0);
	assert_int_equal(group_parse("\n\n#x\n", 5, arena, &groups, &n, NULL), 0);
	assert_int_equal(n, 0);
	assert_int_equal(shadow_parse("\n \n", 3, arena, &shadows, &n, NULL), 0);
	assert_int_equal(n, 0);
}

/* A first good line, then one of `len` bytes, ended or not. */
static char *long_file(size_t len, bool newline, size_t *ret_size)
{
	static const char first[] = "root:x:0:0\n";
	size_t size = sizeof(first) - 1 + len + newline;
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, 'a', size);
	memcpy(text, first, sizeof(first) - 1);
	if (newline)
		text[size - 1] = '\n';
	*ret_size = size;
	return text;
}

static void test_too_long(void **state)
{
	for (int newline = 0; newline < 2; newline++)
		for (size_t over = 0; over < 2; over++) {
			_cleanup_free_ char *users = NULL, *groups = NULL;
			size_t size;

			users = long_file(65535 + over, newline, &size);
			assert_int_equal(passwd_too_long(users, size), over ? 2 : 0);
			assert_int_equal(group_too_long(users, size), 0);
			groups = long_file(1048575 + over, newline, &size);
			assert_int_equal(group_too_long(groups, size), over ? 2 : 0);
			assert_int_equal(passwd_too_long(groups, size), 2);
		}
}

/* Other readers of passwd have no such limit: the rows are all there. */
static void test_long_lines_are_rows(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);
	_cleanup_free_ char *text = NULL;
	struct passwd_line *rows;
	size_t size, n;

	text = long_file(65536, true, &size);
	assert_int_equal(passwd_parse(text, size, arena, &rows, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(strlen(rows[1].name), 65536);
}

static void test_arena_cap(void **state)
{
	struct passwd_line *users;
	struct group_line *groups;
	struct shadow_line *shadows;
	size_t n;

	for (uint64_t cap = 1; cap < 200; cap += 7) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(cap);
		struct error err = {};

		assert_int_equal(passwd_parse("a:b:1:2\nb:c:1:2\nc:d:e:f\n", 24, arena, &users, &n,
					      &err),
				 -E2BIG);
		assert_int_equal(group_parse("a:b:1:c,d,e,f\nb\nc\nd\n", 20, arena, &groups, &n,
					     &err),
				 -E2BIG);
	}
	for (uint64_t cap = 1; cap < 56; cap++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(cap);
		struct error err = {};

		assert_int_equal(shadow_parse("a:b\nb:c\n", 8, arena, &shadows, &n, &err), -E2BIG);
		assert_int_equal(err.code, -E2BIG);
	}
}

static int parse_all(void)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	static const char text[] = "a:b:1:c,d\ne\0f:g:2:h,i,j:k\n";
	struct passwd_line *users;
	struct group_line *groups;
	struct shadow_line *shadows;
	size_t n;
	int r;

	if (!arena)
		return -ENOMEM;
	r = passwd_parse(FILE_TEXT(passwd_text), arena, &users, &n, NULL);
	if (r == 0)
		r = group_parse(FILE_TEXT(text), arena, &groups, &n, NULL);
	if (r == 0)
		r = shadow_parse(FILE_TEXT(text), arena, &shadows, &n, NULL);
	return r;
}

static void test_oom(void **state)
{
	OOM_SWEEP(parse_all(), (void)0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_atoi),      cmocka_unit_test(test_passwd),
		cmocka_unit_test(test_trim),      cmocka_unit_test(test_group),
		cmocka_unit_test(test_shadow),    cmocka_unit_test(test_empty),
		cmocka_unit_test(test_too_long),  cmocka_unit_test(test_long_lines_are_rows),
		cmocka_unit_test(test_arena_cap), cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests_name("passwd", tests, NULL, NULL);
}
