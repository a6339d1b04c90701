/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON: what is refused, Go's key matching, the getters' types, caps, no memory. */
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

static void test_types(void **state)
{
	static const struct {
		const char *text;
		enum json_type type;
	} rows[] = {
		{"null", JSON_TYPE_NULL},     {"true", JSON_TYPE_BOOL},
		{" false\n", JSON_TYPE_BOOL}, {"0", JSON_TYPE_NUMBER},
		{"-1.5e3", JSON_TYPE_NUMBER}, {"\"\"", JSON_TYPE_STRING},
		{"\t[]\r", JSON_TYPE_ARRAY},  {"{}", JSON_TYPE_OBJECT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(json_unrefp) struct json *json = parse(rows[i].text);

		assert_int_equal(json_type_of(json), rows[i].type);
	}
	assert_int_equal(json_type_of(NULL), JSON_TYPE_NULL);
}

static void test_malformed(void **state)
{
#define ROW(text, line, column)                      \
	{                                            \
		text, sizeof(text) - 1, line, column \
	}
	static const struct {
		const char *text;
		size_t size;
		uint32_t line, column; /* 0: wherever */
	} rows[] = {
		ROW("", 1, 0),
		ROW(" ", 1, 0),
		ROW("{", 1, 1),
		ROW("[1,]", 1, 4),
		ROW("{\"a\":1,}", 1, 8),
		ROW("{\n \"a\" 1}", 2, 6),
		ROW("{a:1}", 1, 0),
		ROW("{'a':1}", 1, 0),
		ROW("[1] [2]", 1, 5),
		ROW("[1]x", 1, 4),
		ROW("]", 1, 1),
		ROW("[1}", 1, 3),
		ROW("nul", 1, 0),
		ROW("NaN", 1, 0),
		ROW("01", 1, 0),
		ROW("+1", 1, 0),
		ROW(".5", 1, 0),
		ROW("1.", 1, 0),
		ROW("\"a", 1, 0),
		ROW("\"a\n\"", 1, 0),
		ROW("\"\\x\"", 1, 0),
		ROW("\"\\u12\"", 1, 0),
		ROW("\"\\u0000\"", 1, 0),
		ROW("{\"\\u0000\":1}", 1, 0),
		ROW("\"\\ud800\"", 1, 0),
		ROW("\"\0\"", 1, 0),
		ROW("1\0", 1, 2),
		ROW("{}\0{\"User\":\"0\"}", 1, 3),
		ROW("[1,\n\0 2]", 2, 1),
		ROW("\"\xff\"", 1, 0),
		ROW("\"\xc0\x80\"", 1, 0),
		ROW("\"\xed\xa0\x80\"", 1, 0),
		ROW("\"\\", 1, 0),
		ROW("// x\n1", 1, 0),
		ROW("\xef\xbb\xbf{}", 1, 1),
		ROW("\xff\xfe{\0}\0", 1, 0),
		ROW("9223372036854775808", 1, 0),
		ROW("-9223372036854775809", 1, 0),
		ROW("1e999", 1, 0),
		ROW("{\"a\":1,\"a\":1}", 1, 0),
		ROW("{\"a\":1,\"\\u0061\":1}", 1, 0),
		ROW("{\"x\":[{\"a\":null,\"b\":1,\"a\":null}]}", 1, 0),
	};
#undef ROW

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json *json = NULL;
		struct error err = {};
		int r = json_parse(rows[i].text, rows[i].size, 256, &json, &err);

		if (r != -EBADMSG || json)
			fail_msg("%zu '%s': %d", i, rows[i].text, r);
		if (err.line != rows[i].line ||
		    (rows[i].column > 0 && err.column != rows[i].column))
			fail_msg("%zu '%s': %u:%u: %s", i, rows[i].text, err.line, err.column,
				 err.message);
		assert_true(strncmp(err.message, "JSON: ", 6) == 0);
	}
}

static void test_byte_order_mark_is_named(void **state)
{
	struct json *json;
	struct error err = {};

	assert_int_equal(json_parse("\xef\xbb\xbf{}", 5, 8, &json, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "byte order mark"));
}

/* Every proper prefix of a text is an error and none reads past its end. */
static void test_truncated(void **state)
{
	static const char text[] =
		"{\"a\\n\\u00e9\\\"\":[1,-2.5e1,true,null,\"\xc3\xa9\"],\"b\":{}}";

	for (size_t size = 0; size <= sizeof(text) - 1; size++) {
		struct json *json = NULL;
		char *copy = malloc(size + 1); /* exactly as long, for the sanitizer */
		int r;

		assert_non_null(copy);
		memcpy(copy, text, size);
		copy = realloc(copy, size > 0 ? size : 1);
		r = json_parse(copy, size, 8, &json, NULL);
		assert_int_equal(r, size < sizeof(text) - 1 ? -EBADMSG : 0);
		json_unref(json);
		free(copy);
	}
}

static int parse_depth(size_t depth, const char *open, const char *close, uint64_t max,
		       struct error *err)
{
	struct strbuf buf = STRBUF_INIT(1 << 24);
	struct json *json = NULL;
	int r = 0;

	for (size_t i = 0; i < depth; i++)
		r |= strbuf_puts(&buf, open);
	r |= strbuf_puts(&buf, "1");
	for (size_t i = 0; i < depth; i++)
		r |= strbuf_puts(&buf, close);
	assert_int_equal(r, 0);
	r = json_parse(buf.data, buf.len, max, &json, err);
	json_unref(json);
	strbuf_clear(&buf);
	return r;
}

static void test_depth(void **state)
{
	struct error err = {};

	assert_int_equal(parse_depth(5, "[", "]", 5, &err), 0);
	assert_int_equal(parse_depth(6, "[", "]", 5, &err), -E2BIG);
	assert_int_equal(err.column, 6);
	assert_int_equal(parse_depth(5, "{\"a\":", "}", 5, &err), 0);
	assert_int_equal(parse_depth(6, "\n{\"a\":", "}", 5, &err), -E2BIG);
	assert_int_equal(err.line, 7);
	assert_int_equal(err.column, 1);
	assert_int_equal(parse_depth(256, "[", "]", 256, &err), 0);
	assert_int_equal(parse_depth(257, "[", "]", 256, &err), -E2BIG);
	assert_int_equal(parse_depth(1, "[", "]", 0, &err), -E2BIG);
	/* jansson's own limit is ours as well. */
	assert_int_equal(parse_depth(100000, "[", "]", UINT64_MAX, &err), -E2BIG);
	/* Brackets in strings are text. */
	assert_int_equal(parse_depth(1, "[\"[[[[\\\"[[{{\",", "]", 1, &err), 0);
	assert_int_equal(parse_depth(1, "[\"\\\\\",[", "]]", 1, &err), -E2BIG);
}

static int parse_values(size_t commas, struct error *err)
{
	struct strbuf buf = STRBUF_INIT(1 << 24);
	struct json *json = NULL;
	int r = strbuf_puts(&buf, "[\",,,,\"");

	for (size_t i = 0; i < commas; i++)
		r |= strbuf_puts(&buf, ",1");
	assert_int_equal(r | strbuf_puts(&buf, "]"), 0);
	r = json_parse(buf.data, buf.len, 8, &json, err);
	if (r == 0)
		assert_int_equal(json_array_len(json), commas + 1);
	json_unref(json);
	strbuf_clear(&buf);
	return r;
}

static void test_number_of_values(void **state)
{
	struct error err = {};

	assert_int_equal(parse_values(JSON_MAX_VALUES - 1, &err), 0);
	assert_int_equal(parse_values(JSON_MAX_VALUES, &err), -E2BIG);
	assert_non_null(strstr(err.message, "values"));
}

/* What Go's encoding/json takes for the key "Mask" (fold.go), and what it does not. */
static void test_key_folding(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{"{\"Mask\":7}", 1},
		{"{\"mask\":7}", 1},
		{"{\"MASK\":7}", 1},
		{"{\"mA\\u017fk\":7}", 1},
		{"{\"Mas\\u212a\":7}", 1},
		{"{\"ma\xc5\xbf\xe2\x84\xaa\":7}", 1},
		{"{\"Mas\":7}", 0},
		{"{\"Maska\":7}", 0},
		{"{\"\":7}", 0},
		{"{\"Mask \":7}", 0},
		{"{\"M\\u00e4sk\":7}", 0},
		{"{\"Mas\\u03ba\":7}", 0},      /* kappa */
		{"{\"Ma\xef\xbd\x93k\":7}", 0}, /* full-width s */
		{"{\"Mask\":null}", 0},
		{"{\"Mask\":7,\"mask\":7}", -EBADMSG},
		{"{\"Mask\":null,\"mask\":7}", -EBADMSG},
		{"{\"mask\":7,\"x\":1,\"ma\\u017fk\":null}", -EBADMSG},
		{"{\"Mask\":\"7\"}", -EBADMSG},
		{"{\"x\":{\"Mask\":7,\"mask\":8}}", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(json_unrefp) struct json *json = parse(rows[i].text);
		struct error err = {};
		int64_t value = -1;
		int r = json_get_int(json, "Mask", &value, &err);

		if (r != rows[i].result)
			fail_msg("%s: %d: %s", rows[i].text, r, err.message);
		assert_int_equal(value, r == 1 ? 7 : -1);
		if (r < 0)
			assert_non_null(strstr(err.message, "\"Mask\""));
	}
}

static void test_ambiguity_names_both(void **state)
{
	_cleanup_(json_unrefp) struct json *json = parse("{\"user\":\"\",\"USER\":\"0\"}");
	const char *text = "untouched";
	struct error err = {};

	assert_int_equal(json_get_string(json, "User", &text, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "\"user\""));
	assert_non_null(strstr(err.message, "\"USER\""));
	assert_string_equal(text, "untouched");
}

enum getter {
	GET_OBJECT,
	GET_ARRAY,
	GET_STRING,
	GET_INT,
	GET_BOOL
};

static int get_any(const struct json *json, enum getter getter, const char *key, struct error *err)
{
	const struct json *value;
	const char *text;
	int64_t number;
	bool truth;

	switch (getter) {
	case GET_OBJECT:
		return json_get_object(json, key, &value, err);
	case GET_ARRAY:
		return json_get_array(json, key, &value, err);
	case GET_STRING:
		return json_get_string(json, key, &text, err);
	case GET_INT:
		return json_get_int(json, key, &number, err);
	case GET_BOOL:
		return json_get_bool(json, key, &truth, err);
	}
	return -EINVAL;
}

/* Each getter against each type: only its own is taken, null is absent, all else is named. */
static void test_getter_types(void **state)
{
	static const struct {
		const char *key, *name;
		int getter; /* -1: none */
	} rows[] = {
		{"object", "an object", GET_OBJECT},
		{"array", "an array", GET_ARRAY},
		{"string", "a string", GET_STRING},
		{"int", "a number", GET_INT},
		{"yes", "a boolean", GET_BOOL},
		{"no", "a boolean", GET_BOOL},
		{"real", "a number with a fraction", -1},
		{"exponent", "a number with a fraction or exponent", -1},
	};
	_cleanup_(json_unrefp) struct json *json =
		parse("{\"object\":{},\"array\":[],\"string\":\"\",\"int\":1,\"yes\":true,"
		      "\"no\":false,\"real\":1.0,\"exponent\":1e3,\"null\":null}");

	for (int getter = GET_OBJECT; getter <= GET_BOOL; getter++) {
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			struct error err = {};
			int r = get_any(json, (enum getter)getter, rows[i].key, &err);

			assert_int_equal(r, getter == rows[i].getter ? 1 : -EBADMSG);
			if (r < 0) {
				assert_non_null(strstr(err.message, rows[i].key));
				assert_non_null(strstr(err.message, rows[i].name));
			}
		}
		assert_int_equal(get_any(json, (enum getter)getter, "null", NULL), 0);
		assert_int_equal(get_any(json, (enum getter)getter, "absent", NULL), 0);
		assert_int_equal(get_any(NULL, (enum getter)getter, "absent", NULL), 0);
	}
}

static void test_getter_values(void **state)
{
	_cleanup_(json_unrefp) struct json *json =
		parse("{\"t\":true,\"f\":false,\"s\":\"\\u00e9\\n\",\"min\":-9223372036854775808,"
		      "\"max\":9223372036854775807,\"o\":{\"k\":[10,\"x\",null]}}");
	const struct json *object = NULL, *array = NULL;
	const char *text = NULL;
	int64_t number;
	bool truth;

	assert_int_equal(json_get_bool(json, "t", &truth, NULL), 1);
	assert_true(truth);
	assert_int_equal(json_get_bool(json, "f", &truth, NULL), 1);
	assert_false(truth);
	assert_int_equal(json_get_string(json, "s", &text, NULL), 1);
	assert_string_equal(text, "\xc3\xa9\n");
	assert_int_equal(json_get_int(json, "min", &number, NULL), 1);
	assert_true(number == INT64_MIN);
	assert_int_equal(json_get_int(json, "max", &number, NULL), 1);
	assert_true(number == INT64_MAX);
	assert_int_equal(json_get_object(json, "o", &object, NULL), 1);
	assert_int_equal(json_get_array(object, "k", &array, NULL), 1);
	assert_int_equal(json_array_len(array), 3);
	assert_null(json_text(json_array_at(array, 0)));
	assert_string_equal(json_text(json_array_at(array, 1)), "x");
	assert_int_equal(json_type_of(json_array_at(array, 2)), JSON_TYPE_NULL);
	assert_null(json_array_at(array, 3));
	assert_int_equal(json_array_len(object), 0);
	assert_int_equal(json_array_len(NULL), 0);
	assert_null(json_text(NULL));
}

static void test_getter_on_no_object(void **state)
{
	static const char *const texts[] = {"[]", "[{\"a\":1}]", "1", "\"a\"", "true"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(json_unrefp) struct json *json = parse(texts[i]);
		struct error err = {};
		int64_t number;

		assert_int_equal(json_get_int(json, "a", &number, &err), -EBADMSG);
		assert_non_null(strstr(err.message, "\"a\""));
	}
}

static void test_walk_in_order(void **state)
{
	_cleanup_(json_unrefp) struct json *json =
		parse("{\"z\":0,\"a\":1,\"Z\":2,\"\":3,\"m\":4}");
	static const char *const keys[] = {"z", "a", "Z", "", "m"};
	const struct json *value;
	const char *key;
	void *at = NULL;
	size_t n = 0;

	while (json_object_next(json, &at, &key, &value)) {
		assert_true(n < ARRAY_SIZE(keys));
		assert_string_equal(key, keys[n++]);
		assert_int_equal(json_type_of(value), JSON_TYPE_NUMBER);
	}
	assert_int_equal(n, ARRAY_SIZE(keys));
	at = NULL;
	assert_false(json_object_next(NULL, &at, &key, &value));
	assert_false(json_object_next(value, &at, &key, &value));
}

static int parse_once(const char *text, struct json **ret)
{
	struct error err = {};
	int r = json_parse(text, strlen(text), 8, ret, &err);

	assert_int_equal(err.code, r);
	return r;
}

static void test_parse_without_memory(void **state)
{
	static const char text[] =
		"{\"User\":\"0123456789012345678901234567890123456789\",\"n\":[1234567890123456789,"
		"1.5,true,null,\"\\u00e9\"],\"o\":{\"a\":{},\"b\":[[]],\"c\":\"\",\"d\":0,\"e\":0,"
		"\"f\":0,\"g\":0,\"h\":0,\"i\":0}}";
	struct json *json = NULL;

	OOM_SWEEP(parse_once(text, &json), json_unref(TAKE(json)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_byte_order_mark_is_named),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_number_of_values),
		cmocka_unit_test(test_key_folding),
		cmocka_unit_test(test_ambiguity_names_both),
		cmocka_unit_test(test_getter_types),
		cmocka_unit_test(test_getter_values),
		cmocka_unit_test(test_getter_on_no_object),
		cmocka_unit_test(test_walk_in_order),
		cmocka_unit_test(test_parse_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
