/* SPDX-License-Identifier: Apache-2.0 */
/* Each database is fed whole, byte by byte, and in two pieces cut everywhere: the same rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/owner_db.h"
#include "oom.h"

struct sink {
	struct strbuf text;
	size_t rows, fail_at; /* fail_at: 1-based row on which to return -ECANCELED */
};

static int gather(void *data, const struct owner_path *row)
{
	struct sink *sink = data;

	if (++sink->rows == sink->fail_at)
		return -ECANCELED;
	assert_true(row->path_len > 0 && row->path_len <= OWNER_PATH_MAX);
	return strbuf_printf(&sink->text, "%s|%.*s\n", row->package, (int)row->path_len, row->path);
}

static int count(void *data, const struct owner_path *row)
{
	size_t *rows = data;

	(*rows)++;
	return 0;
}

static const struct row {
	enum owner_format format;
	const char *package, *text, *expected;
} rows[] = {
	{OWNER_DPKG_LIST, "passwd", "/.\n/usr\n/usr/bin\n/usr/bin/passwd\n",
	 "passwd|usr\npasswd|usr/bin\npasswd|usr/bin/passwd\n"},
	{OWNER_DPKG_LIST, "libc6:amd64", "/usr/lib/a b\n\nrelative\n//x\n/\n/last",
	 "libc6:amd64|usr/lib/a b\nlibc6:amd64|x\nlibc6:amd64|last\n"},
	{OWNER_DPKG_LIST, "p", "", ""},
	{OWNER_DPKG_MD5SUMS, "base-files",
	 "d41d8cd98f00b204e9800998ecf8427e  etc/debian_version\n"
	 "D41D8CD98F00B204E9800998ECF8427E */usr/x\n"
	 "d41d8cd98f00b204e9800998ecf8427  short\n"
	 "g41d8cd98f00b204e9800998ecf8427e  nohex\n"
	 "d41d8cd98f00b204e9800998ecf8427e\n"
	 "d41d8cd98f00b204e9800998ecf8427e  \n"
	 "d41d8cd98f00b204e9800998ecf8427e  last one",
	 "base-files|etc/debian_version\nbase-files|usr/x\nbase-files|last one\n"},
	{OWNER_APK, NULL,
	 "C:Q1xxx=\nP:busybox\nV:1.36\nF:\nR:init\nF:bin\nM:0:0:1777\nR:busybox\na:0:0:755\n"
	 "Z:Q1\nR:sh\nF:etc/x\nR:y\n\nP:musl\nR:lost\nF:lib\nR:ld\n",
	 "busybox|init\nbusybox|bin/busybox\nbusybox|bin/sh\nbusybox|etc/x/y\nmusl|lib/ld\n"},
	{OWNER_APK, NULL, "F:a\nR:b\n\nP:\nF:a\nR:b\n\nP:c\nF:d\nR:\nR\nx\n:\nR:e", "c|d/e\n"},
};

static struct owner_parser *new_parser(const struct row *row, owner_sink sink, void *data)
{
	struct owner_parser *parser;

	assert_int_equal(owner_parser_new(row->format, row->package, sink, data, &parser, NULL), 0);
	return parser;
}

/* From an allocation of the exact size, so that ASan sees an over-read. */
static void feed(struct owner_parser *parser, const char *text, size_t size)
{
	_cleanup_free_ char *exact = malloc(size ? size : 1);

	assert_non_null(exact);
	memcpy(exact, text, size);
	assert_int_equal(owner_parser_feed(parser, exact, size), 0);
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = strlen(rows[i].text);

		for (size_t cut = 0; cut <= size; cut++) {
			struct sink sink = {.text = STRBUF_INIT(65536)};
			_cleanup_(owner_parser_freep) struct owner_parser *parser =
				new_parser(&rows[i], gather, &sink);

			feed(parser, rows[i].text, cut);
			feed(parser, rows[i].text + cut, size - cut);
			assert_int_equal(owner_parser_end(parser), 0);
			assert_string_equal(strbuf_string(&sink.text), rows[i].expected);
			strbuf_clear(&sink.text);
		}
	}
}

static void test_bytewise(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sink sink = {.text = STRBUF_INIT(65536)};
		_cleanup_(owner_parser_freep) struct owner_parser *parser =
			new_parser(&rows[i], gather, &sink);

		for (const char *at = rows[i].text; *at; at++)
			feed(parser, at, 1);
		assert_int_equal(owner_parser_end(parser), 0);
		assert_string_equal(strbuf_string(&sink.text), rows[i].expected);
		strbuf_clear(&sink.text);
	}
}

/* A line of md5sums may be longer than any path is, up to OWNER_LINE_MAX. */
static void feed_long(size_t path_len, size_t piece, size_t *ret_rows)
{
	_cleanup_(owner_parser_freep) struct owner_parser *parser =
		new_parser(&rows[0], count, ret_rows);
	size_t size = path_len + 1;
	_cleanup_free_ char *text = malloc(size);

	memset(text, 'a', size);
	text[0] = '/';
	text[size - 1] = '\n';
	*ret_rows = 0;
	for (size_t at = 0; at < size; at += piece)
		assert_int_equal(owner_parser_feed(parser, text + at, MIN(piece, size - at)), 0);
	feed(parser, "/next\n", 6);
	assert_int_equal(owner_parser_end(parser), 0);
}

static void test_long_lines(void **state)
{
	static const struct {
		size_t path_len, rows;
	} expected[] = {
		{OWNER_PATH_MAX + 1, 2}, /* the slash does not count */
		{OWNER_PATH_MAX + 2, 1}, {OWNER_LINE_MAX, 1},
		{OWNER_LINE_MAX + 1, 1}, {4 * OWNER_LINE_MAX, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		static const size_t pieces[] = {1, 1000, OWNER_LINE_MAX, 1 << 20};

		for (size_t j = 0; j < ARRAY_SIZE(pieces); j++) {
			size_t got;

			feed_long(expected[i].path_len, pieces[j], &got);
			assert_int_equal(got, expected[i].rows);
		}
	}
}

/* Whole, or in pieces: the line at the cap is read, the one past it is not. */
static void test_line_cap(void **state)
{
	for (size_t over = 0; over < 2; over++)
		for (size_t piece = 100; piece <= 1 << 20; piece *= 100) {
			size_t size = OWNER_LINE_MAX + over;
			_cleanup_free_ char *text = malloc(size + 1);
			struct sink sink = {.text = STRBUF_INIT(1 << 20)};
			_cleanup_(owner_parser_freep) struct owner_parser *parser =
				new_parser(&rows[4], gather, &sink);

			memset(text, 'p', size);
			memcpy(text, "P:", 2);
			text[size] = '\n';
			for (size_t at = 0; at < size + 1; at += piece)
				assert_int_equal(owner_parser_feed(parser, text + at,
								   MIN(piece, size + 1 - at)),
						 0);
			feed(parser, "F:a\nR:b\n", 8);
			assert_int_equal(sink.rows, over ? 0 : 1);
			strbuf_clear(&sink.text);
		}
}

static void test_apk_long_paths(void **state)
{
	static const struct {
		size_t directory, name, rows;
	} expected[] = {
		{OWNER_PATH_MAX - 2, 1, 1},   {OWNER_PATH_MAX - 1, 1, 0},
		{OWNER_PATH_MAX, 1, 0},       {10, OWNER_PATH_MAX - 11, 1},
		{10, OWNER_PATH_MAX - 10, 0}, {0, OWNER_PATH_MAX, 1},
		{0, OWNER_PATH_MAX + 1, 0},   {60000, 60000, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		struct sink sink = {.text = STRBUF_INIT(1 << 20)};
		_cleanup_(owner_parser_freep) struct owner_parser *parser =
			new_parser(&rows[4], gather, &sink);
		_cleanup_free_ char *text = malloc(1 << 18);
		size_t at = 0;

		memset(text, 'a', 1 << 18);
		memcpy(text, "P:p\nF:", 6);
		at = 6 + expected[i].directory;
		memcpy(text + at, "\nR:", 3);
		at += 3 + expected[i].name;
		memcpy(text + at, "\nF:x\nR:y\n", 9);
		feed(parser, text, at + 9);
		assert_int_equal(sink.rows, expected[i].rows + 1);
		strbuf_clear(&sink.text);
	}
}

/* Four bytes of input that stand for four thousand of paths, again and again. */
static void test_text_cap(void **state)
{
	size_t got = 0, fed = 0;
	_cleanup_(owner_parser_freep) struct owner_parser *parser =
		new_parser(&rows[4], count, &got);
	char directory[4001];
	int r = 0;

	memset(directory, 'd', sizeof(directory));
	feed(parser, "P:p\nF:", 6);
	feed(parser, directory, sizeof(directory));
	feed(parser, "\n", 1);
	while (r == 0 && fed < 1000000) {
		r = owner_parser_feed(parser, "R:f\n", 4);
		fed++;
	}
	assert_int_equal(r, -E2BIG);
	assert_int_equal(got, OWNER_TEXT_MAX / 4003);
	assert_int_equal(owner_parser_feed(parser, "R:f\n", 4), -E2BIG);
	assert_int_equal(owner_parser_end(parser), -E2BIG);
	assert_int_equal(got, OWNER_TEXT_MAX / 4003);
}

static void test_sink_error(void **state)
{
	struct sink sink = {.text = STRBUF_INIT(65536), .fail_at = 2};
	_cleanup_(owner_parser_freep) struct owner_parser *parser =
		new_parser(&rows[0], gather, &sink);

	assert_int_equal(owner_parser_feed(parser, "/a\n/b\n/c\n", 9), -ECANCELED);
	assert_int_equal(owner_parser_feed(parser, "/d\n", 3), -ECANCELED);
	assert_int_equal(owner_parser_end(parser), -ECANCELED);
	assert_string_equal(strbuf_string(&sink.text), "passwd|a\n");
	assert_int_equal(sink.rows, 2);
	strbuf_clear(&sink.text);
}

static int parse_once(const struct row *row)
{
	_cleanup_(owner_parser_freep) struct owner_parser *parser = NULL;
	size_t n = 0, half = strlen(row->text) / 2;
	int r = owner_parser_new(row->format, row->package, count, &n, &parser, NULL);

	if (r == 0)
		r = owner_parser_feed(parser, row->text, half);
	if (r == 0)
		r = owner_parser_feed(parser, row->text + half, strlen(row->text) - half);
	return r == 0 ? owner_parser_end(parser) : r;
}

static void test_oom(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		OOM_SWEEP(parse_once(&rows[i]), (void)0);
	owner_parser_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),       cmocka_unit_test(test_bytewise),
		cmocka_unit_test(test_long_lines), cmocka_unit_test(test_line_cap),
		cmocka_unit_test(test_text_cap),   cmocka_unit_test(test_apk_long_paths),
		cmocka_unit_test(test_sink_error), cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests_name("owner_db", tests, NULL, NULL);
}
