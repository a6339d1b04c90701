/* SPDX-License-Identifier: Apache-2.0 */
/* Good headers, cut and flipped ones, and one for each way to lie in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oom.h"
#include "rpm_blob.h"

static const struct header_row {
	const char *what;
	struct tag tags[TAGS_MAX];
	int result;
	const char *expected;
} header_rows[] = {
	{"no tags", {}, 0, ""},
	{"no files", {STRINGS(1000, 6, 1, "x")}, 0, ""},
	{"no name",
	 {STRINGS(1117, 8, 1, "b"), STRINGS(1118, 8, 1, "/"), INDEXES(1, "\0\0\0\0")},
	 0,
	 ""},
	{"no files in lists",
	 {STRINGS(1000, 6, 1, "x"), INDEXES(0, "\0\0\0\0"), STRINGS(1117, 8, 0, ""),
	  STRINGS(1118, 8, 0, "")},
	 0,
	 ""},
	{"empty base name",
	 {STRINGS(1000, 6, 1, "x"), INDEXES(2, "\0\0\0\0\0\0\0\0"), STRINGS(1117, 8, 2, "\0b"),
	  STRINGS(1118, 8, 1, "/d/")},
	 0,
	 "x|d/b\n"},
	{"relative directory",
	 {STRINGS(1000, 6, 1, "x"), INDEXES(1, "\0\0\0\0"), STRINGS(1117, 8, 1, "b"),
	  STRINGS(1118, 8, 1, "d/")},
	 0,
	 "x|d/b\n"},
	{"name of the wrong type", {STRINGS(1000, 8, 1, "x")}, -EBADMSG, ""},
	{"indexes of the wrong type",
	 {STRINGS(1000, 6, 1, "x"), STRINGS(1116, 3, 1, "\0\0\0\0"), STRINGS(1117, 8, 1, "b"),
	  STRINGS(1118, 8, 1, "/")},
	 -EBADMSG,
	 ""},
	{"directory index past the end",
	 {STRINGS(1000, 6, 1, "x"), INDEXES(2, "\0\0\0\0\0\0\0\1"), STRINGS(1117, 8, 2, "b\0c"),
	  STRINGS(1118, 8, 1, "/d/")},
	 -EBADMSG,
	 "x|d/b\n"},
	{"fewer indexes than files",
	 {STRINGS(1000, 6, 1, "x"), INDEXES(1, "\0\0\0\0"), STRINGS(1117, 8, 2, "b\0c"),
	  STRINGS(1118, 8, 1, "/d/")},
	 -EBADMSG,
	 ""},
	{"indexes past the data",
	 {STRINGS(1000, 6, 1, "x"), STRINGS(1117, 8, 2, "b\0c"), STRINGS(1118, 8, 1, "/d/"),
	  INDEXES(2, "\0\0\0\0")},
	 -EBADMSG,
	 ""},
	{"more base names claimed than there are",
	 {STRINGS(1000, 6, 1, "x"), STRINGS(1118, 8, 1, "/"),
	  INDEXES(3, "\0\0\0\0\0\0\0\0\0\0\0\0"), STRINGS(1117, 8, 3, "b\0c")},
	 -EBADMSG,
	 "x|b\nx|c\n"},
	{"more directories claimed than there are",
	 {STRINGS(1000, 6, 1, "x"), STRINGS(1117, 8, 1, "b"), INDEXES(1, "\0\0\0\0"),
	  STRINGS(1118, 8, 2, "/")},
	 -EBADMSG,
	 ""},
	{"more directories than bytes",
	 {STRINGS(1000, 6, 1, "x"), STRINGS(1117, 8, 1, "b"), INDEXES(1, "\0\0\0\0"),
	  STRINGS(1118, 8, 0xffffffff, "/")},
	 -EBADMSG,
	 ""},
	{"more files than the limit",
	 {STRINGS(1000, 6, 1, "x"), STRINGS(1117, 8, OWNER_RPM_FILES_MAX + 1, "b"),
	  INDEXES(0xffffffff, "\0\0\0\0"), STRINGS(1118, 8, 1, "/")},
	 -E2BIG,
	 ""},
	{"name does not end",
	 {STRINGS(1117, 8, 1, "b"),
	  INDEXES(1, "\0\0\0\0"),
	  STRINGS(1118, 8, 1, "/"),
	  {1000, 6, 1, "xyz", 3}},
	 -EBADMSG,
	 ""},
};

/* From an allocation of the exact size, so that ASan sees an over-read. */
static int parse(const char *blob, size_t size, struct sink *sink, struct error *err)
{
	_cleanup_free_ char *exact = malloc(size ? size : 1);
	uint64_t emitted = 0;

	assert_non_null(exact);
	memcpy(exact, blob, size);
	return owner_rpm_header(exact, size, gather, sink, &emitted, err);
}

static void test_header(void **state)
{
	struct strbuf blob = STRBUF_INIT(65536);
	struct sink sink = {.text = STRBUF_INIT(65536)};

	put_header(&blob, shadow_utils);
	assert_int_equal(parse(blob.data, blob.len, &sink, NULL), 0);
	assert_string_equal(strbuf_string(&sink.text), SHADOW_UTILS);
	strbuf_clear(&sink.text);
	/* Cut anywhere: never a row, always an error. */
	for (size_t len = 0; len < blob.len; len++) {
		struct error err = {};

		assert_int_equal(parse(blob.data, len, &sink, &err), -EBADMSG);
		assert_int_equal(err.code, -EBADMSG);
	}
	assert_int_equal(sink.text.len, 0);
	strbuf_clear(&blob);
}

static void test_header_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(header_rows); i++) {
		struct strbuf blob = STRBUF_INIT(65536);
		struct sink sink = {.text = STRBUF_INIT(65536)};
		struct error err = {};

		put_header(&blob, header_rows[i].tags);
		if (parse(blob.data, blob.len, &sink, &err) != header_rows[i].result)
			fail_msg("%s: %s", header_rows[i].what, err.message);
		assert_string_equal(strbuf_string(&sink.text), header_rows[i].expected);
		assert_int_equal(err.code, header_rows[i].result);
		strbuf_clear(&blob);
		strbuf_clear(&sink.text);
	}
}

/* Each byte turned to each of a few values: an error or rows, never more. */
static void test_header_flipped(void **state)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct strbuf blob = STRBUF_INIT(65536);

	put_header(&blob, shadow_utils);
	for (size_t at = 0; at < blob.len; at++)
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			struct sink sink = {.text = STRBUF_INIT(65536)};
			char was = blob.data[at];
			int r;

			blob.data[at] = (char)values[i];
			r = parse(blob.data, blob.len, &sink, NULL);
			assert_true(r == 0 || r == -EBADMSG || r == -E2BIG);
			assert_true(sink.rows <= 3);
			blob.data[at] = was;
			strbuf_clear(&sink.text);
		}
	strbuf_clear(&blob);
}

static void test_path_caps(void **state)
{
	for (size_t over = 0; over < 2; over++) {
		struct strbuf blob = STRBUF_INIT(1 << 20);
		char base[OWNER_PATH_MAX + 1];
		struct tag tags[TAGS_MAX];
		size_t rows = 0;
		uint64_t emitted = 0;

		memcpy(tags, tiny, sizeof(tags));
		memset(base, 'b', sizeof(base));
		base[OWNER_PATH_MAX - 2 + over] = '\0';
		tags[1].data = base;
		tags[1].size = OWNER_PATH_MAX - 1 + over;
		tags[2].data = "/d/"; /* two bytes without the slash in front */
		tags[2].size = 4;
		put_header(&blob, tags);
		assert_int_equal(owner_rpm_header(blob.data, blob.len, count, &rows, &emitted,
						  NULL),
				 0);
		assert_int_equal(rows, over ? 0 : 1);
		assert_int_equal(emitted, over ? 0 : OWNER_PATH_MAX);
		strbuf_clear(&blob);
	}
}

static void test_text_cap(void **state)
{
	struct strbuf blob = STRBUF_INIT(65536);

	put_header(&blob, tiny);
	for (uint64_t over = 0; over < 2; over++) {
		uint64_t emitted = OWNER_TEXT_MAX - 1 + over;
		size_t rows = 0;

		assert_int_equal(owner_rpm_header(blob.data, blob.len, count, &rows, &emitted,
						  NULL),
				 over ? -E2BIG : 0);
		assert_int_equal(rows, over ? 0 : 1);
	}
	strbuf_clear(&blob);
}

static int parse_once(const struct strbuf *blob)
{
	uint64_t emitted = 0;
	size_t rows = 0;

	return owner_rpm_header(blob->data, blob->len, count, &rows, &emitted, NULL);
}

static void test_oom(void **state)
{
	struct strbuf blob = STRBUF_INIT(65536);

	put_header(&blob, shadow_utils);
	OOM_SWEEP(parse_once(&blob), (void)0);
	strbuf_clear(&blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),         cmocka_unit_test(test_header_rows),
		cmocka_unit_test(test_header_flipped), cmocka_unit_test(test_path_caps),
		cmocka_unit_test(test_text_cap),       cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests_name("owner_rpm_header", tests, NULL, NULL);
}
