/* SPDX-License-Identifier: Apache-2.0 */
/* Building JSON: what json_dump() writes, strings that are not UTF-8, sticky failures. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "format/json.h"
#include "oom.h"

static struct json *parse(const char *text)
{
	struct json *json = NULL;
	struct error err = {};

	if (json_parse(text, strlen(text), 256, &json, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	return json;
}

/* The text that json_dump() writes; the caller frees. */
static char *dump(const struct json *json)
{
	struct strbuf buf = STRBUF_INIT(1 << 20);
	struct writer writer = WRITER_BUFFER(&buf);

	assert_int_equal(json_dump(json, &writer, NULL), 0);
	return strbuf_take(&buf);
}

static void build(struct json *root)
{
	struct json *list, *inner;

	json_set_string(root, "z", "text");
	json_set_int(root, "a", INT64_MIN);
	json_set_bool(root, "yes", true);
	json_set_null(root, "none");
	json_set_string(root, "null", NULL);
	list = json_set(root, "list", json_array_new());
	json_append_string(list, "one");
	json_append_int(list, 2);
	inner = json_append(list, json_object_new());
	json_set_bool(inner, "no", false);
	json_set(root, "empty", json_object_new());
}

static void test_dump(void **state)
{
	_cleanup_(json_unrefp) struct json *root = json_object_new();
	_cleanup_free_ char *text = NULL;

	build(root);
	text = dump(root);
	assert_string_equal(text, "{\n"
				  "  \"z\": \"text\",\n"
				  "  \"a\": -9223372036854775808,\n"
				  "  \"yes\": true,\n"
				  "  \"none\": null,\n"
				  "  \"null\": null,\n"
				  "  \"list\": [\n"
				  "    \"one\",\n"
				  "    2,\n"
				  "    {\n"
				  "      \"no\": false\n"
				  "    }\n"
				  "  ],\n"
				  "  \"empty\": {}\n"
				  "}\n");
}

static void test_set_replaces(void **state)
{
	_cleanup_(json_unrefp) struct json *root = json_object_new();
	_cleanup_free_ char *text = NULL;

	json_set_int(root, "a", 1);
	json_set(root, "b", json_object_new());
	json_set_int(root, "b", 2);
	text = dump(root);
	assert_string_equal(text, "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
}

#define FFFD "\xef\xbf\xbd"

/* Values and keys from hostile input: what is written is always UTF-8, and parses again. */
static void test_strings_that_are_not_utf8(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"plain \"\\/\t\x01\x7f", "plain \"\\/\t\x01\x7f"},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
		 "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"},
		{"\xef\xbf\xbe", "\xef\xbf\xbe"}, /* a noncharacter is UTF-8 */
		{"\xff", FFFD},
		{"a\x80\x62", "a" FFFD "b"},
		{"\xc3", FFFD},
		{"\xc3\xa9\xc3", "\xc3\xa9" FFFD},
		{"\xe2\x82", FFFD FFFD},
		{"\xe2\x82\x41", FFFD FFFD "A"},
		{"\xf0\x9f\x98", FFFD FFFD FFFD},
		{"\xc0\x80", FFFD FFFD},
		{"\xe0\x9f\xbf", FFFD FFFD FFFD},
		{"\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD},
		{"\xed\xa0\x80", FFFD FFFD FFFD},
		{"\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD},
		{"\xf5\x80", FFFD FFFD},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(json_unrefp) struct json *root = json_object_new(), *back = NULL;
		_cleanup_free_ char *text = NULL;
		const struct json *list = NULL;
		const char *value = NULL, *key = NULL;
		void *at = NULL;

		json_set_string(root, "v", rows[i].in);
		json_append_string(json_set(root, "l", json_array_new()), rows[i].in);
		json_set_null(root, rows[i].in);
		text = dump(root);
		back = parse(text);
		assert_int_equal(json_get_string(back, "v", &value, NULL), 1);
		assert_string_equal(value, rows[i].out);
		assert_int_equal(json_get_array(back, "l", &list, NULL), 1);
		assert_string_equal(json_text(json_array_at(list, 0)), rows[i].out);
		while (json_object_next(back, &at, &key, &list))
			;
		/* The last key is the one that was set last. */
		at = NULL;
		for (size_t n = 0; n < 3; n++)
			assert_true(json_object_next(back, &at, &key, &list));
		assert_string_equal(key, rows[i].out);
	}
}

static void test_dump_to_a_full_writer(void **state)
{
	_cleanup_(json_unrefp) struct json *root = json_object_new();
	struct error err = {};

	build(root);
	for (size_t max = 0; max < 100; max += 9) {
		struct strbuf buf = STRBUF_INIT(max);
		struct writer writer = WRITER_BUFFER(&buf);

		assert_int_equal(json_dump(root, &writer, &err), -E2BIG);
		assert_int_equal(err.code, -E2BIG);
		strbuf_clear(&buf);
	}
}

static void test_dump_of_nothing(void **state)
{
	struct strbuf buf = STRBUF_INIT(100);
	struct writer writer = WRITER_BUFFER(&buf);
	struct error err = {};

	assert_int_equal(json_dump(NULL, &writer, &err), -ENOMEM);
	assert_int_equal(err.code, -ENOMEM);
	assert_int_equal(buf.len, 0);
}

/* Everything on nothing is quiet and leaks nothing. */
static void test_building_on_nothing(void **state)
{
	assert_null(json_set(NULL, "a", json_object_new()));
	assert_null(json_append(NULL, json_array_new()));
	json_set_string(NULL, "a", "b");
	json_set_int(NULL, "a", 1);
	json_append_string(NULL, "\xff");
	json_unref(NULL);
}

/* A tree that lost a part is never written, wherever the part was. */
static void test_sticky(void **state)
{
	for (int where = 0; where < 5; where++) {
		_cleanup_(json_unrefp) struct json *root = json_object_new(),
						   *sound = json_object_new();
		struct json *list = json_set(root, "list", json_array_new());
		struct json *inner = json_append(list, json_object_new());
		struct json *into[] = {root, inner};
		struct strbuf buf = STRBUF_INIT(1000);
		struct writer writer = WRITER_BUFFER(&buf);

		if (where < 2)
			assert_null(json_set(into[where], "x", NULL));
		else if (where == 2)
			assert_null(json_append(list, NULL));
		else if (where == 3)
			json_set(inner, "x", NULL), json_set_int(root, "list", 1);
		else
			json_set(sound, "x", NULL), json_set(root, "y", TAKE(sound));
		json_set_int(root, "later", 1);
		assert_int_equal(json_dump(root, &writer, NULL), -ENOMEM);
		assert_int_equal(buf.len, 0);

		/* Others are not concerned. */
		if (!sound)
			sound = json_object_new();
		build(sound);
		assert_int_equal(json_dump(sound, &writer, NULL), 0);
		strbuf_clear(&buf);
	}
}

static int build_once(char **ret)
{
	_cleanup_(json_unrefp) struct json *root = json_object_new();
	struct strbuf buf = STRBUF_INIT(1 << 16);
	struct writer writer = WRITER_BUFFER(&buf);
	int r;

	build(root);
	build(json_set(root, "\xff", json_object_new()));
	json_set_string(root, "bad", "\xff\xfe");
	for (int i = 0; i < 20; i++) {
		char key[2] = {(char)('A' + i)};

		json_set_int(root, key, i);
		json_append_int(json_set(root, key, json_array_new()), i);
	}
	r = json_dump(root, &writer, NULL);
	if (r == 0)
		*ret = strbuf_take(&buf);
	strbuf_clear(&buf);
	return r < 0 ? r : *ret ? 0 : -ENOMEM;
}

/* Whichever allocation fails: the whole text or -ENOMEM, never a text with a hole. */
static void test_build_without_memory(void **state)
{
	_cleanup_free_ char *whole = NULL;
	char *text = NULL;

	assert_int_equal(build_once(&whole), 0);
	OOM_SWEEP(build_once(&text), {
		assert_string_equal(text, whole);
		free(TAKE(text));
	});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_set_replaces),
		cmocka_unit_test(test_strings_that_are_not_utf8),
		cmocka_unit_test(test_dump_to_a_full_writer),
		cmocka_unit_test(test_dump_of_nothing),
		cmocka_unit_test(test_building_on_nothing),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_build_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
