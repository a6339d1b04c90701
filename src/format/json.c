/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text <-> values, by jansson (RFC 8259); the only file that knows it. A `struct json` is a
 * json_t under another name, owned by its parent or by whoever made it. Depth and number of values
 * are bounded before jansson sees the text. Keys match as in Go's encoding/json (fold.go).
 */
#include "format/json.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/*
 * A container whose setter failed carries this bit in its reference count, which nothing else can
 * reach: a mark has to be put without an allocation. It is taken off before jansson counts down.
 */
#define POISON ((size_t)1 << (sizeof(size_t) * 8 - 2))

/* jansson drops some allocation failures (a text buffer that cannot grow loses bytes). */
static _Thread_local bool out_of_memory;
static atomic_bool ever_poisoned;
static pthread_once_t allocator_once = PTHREAD_ONCE_INIT;

/* jansson's own allocations, all of them. */
static void *watched_malloc(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		out_of_memory = true;
	return memory;
}

static void watch_allocator(void)
{
	json_set_alloc_funcs(watched_malloc, free);
}

/* The opaque type of json.h and jansson's are one. */
static json_t *value_of(const struct json *json)
{
	return (json_t *)json;
}

static struct json *json_of(json_t *value)
{
	return (struct json *)value;
}

static bool is_container(const json_t *value)
{
	return json_is_object(value) || json_is_array(value);
}

static void poison(json_t *container)
{
	assert(is_container(container));
	container->refcount |= POISON;
	atomic_store(&ever_poisoned, true);
}

/* True when there is a mark in the tree; clear takes them all off. As deep as the tree, which
 * json_parse() or the builder's code bounds. */
static bool is_poisoned(json_t *value, bool clear)
{
	bool found;
	json_t *child;
	const char *key;
	size_t i;

	if (!is_container(value))
		return false;
	found = value->refcount & POISON;
	if (clear)
		value->refcount &= ~POISON;
	json_array_foreach(value, i, child)
	{
		found |= is_poisoned(child, clear);
	}
	json_object_foreach(value, key, child)
	{
		found |= is_poisoned(child, clear);
	}
	return found;
}

void json_unref(struct json *json)
{
	if (json && atomic_load(&ever_poisoned))
		is_poisoned(value_of(json), true);
	json_decref(value_of(json));
}

/* Where a scan of the text is, for positions in messages. */
struct scan {
	const char *text;
	size_t size, at;
	uint32_t line, column; /* of text[at] */
};

static void scan_next(struct scan *scan)
{
	unsigned char c = (unsigned char)scan->text[scan->at++];

	if (c == '\n') {
		scan->line++;
		scan->column = 1;
	} else if (scan->at == scan->size || ((unsigned char)scan->text[scan->at] & 0xc0) != 0x80) {
		scan->column++;
	}
}

/* From the opening quote to the closing one, or to the end. */
static void scan_string(struct scan *scan)
{
	scan_next(scan);
	while (scan->at < scan->size && scan->text[scan->at] != '"') {
		if (scan->text[scan->at] == '\\' && scan->at + 1 < scan->size)
			scan_next(scan);
		scan_next(scan);
	}
}

/* Counts brackets and values without judging the grammar, which is jansson's work. */
static int check_caps(const char *text, size_t size, uint64_t max_depth, struct error *err)
{
	struct scan scan = {.text = text, .size = size, .line = 1, .column = 1};
	uint64_t depth = 0, values = 0;

	for (; scan.at < size; scan_next(&scan)) {
		char c = text[scan.at];

		if (c == '"')
			scan_string(&scan);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
		if (c == '{' || c == '[' || c == ',')
			values++;

		/* jansson takes a NUL for the end of the text, whatever comes behind it. */
		if (c == '\0')
			return error_set_at(err, -EBADMSG, scan.line, scan.column,
					    "JSON: a NUL byte");
		if (depth > max_depth)
			return error_set_at(err, -E2BIG, scan.line, scan.column,
					    "JSON is nested deeper than %llu levels",
					    (unsigned long long)max_depth);
		if (values > JSON_MAX_VALUES)
			return error_set_at(err, -E2BIG, scan.line, scan.column,
					    "JSON has more than %d values", JSON_MAX_VALUES);
		if (scan.at >= size)
			break;
	}
	return 0;
}

static int parse_failure(const json_error_t *what, struct error *err)
{
	uint32_t line = what->line > 0 ? (uint32_t)what->line : 0;
	uint32_t column = what->column > 0 ? (uint32_t)what->column : 0;
	const char *text = what->text[0] ? what->text : "malformed";

	if (json_error_code(what) == json_error_stack_overflow)
		return error_set_at(err, -E2BIG, line, column, "JSON: %s", text);
	return error_set_at(err, -EBADMSG, line, column, "JSON: %s", text);
}

int json_parse(const char *text, size_t size, uint64_t max_depth, struct json **ret,
	       struct error *err)
{
	json_error_t what = {};
	json_t *value;
	int r;

	pthread_once(&allocator_once, watch_allocator);
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return error_set_at(err, -EBADMSG, 1, 1, "JSON: starts with a byte order mark");
	r = check_caps(text, size, max_depth, err);
	if (r < 0)
		return r;

	out_of_memory = false;
	value = json_loadb(size > 0 ? text : "", size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
			   &what);
	if (out_of_memory) {
		json_decref(value);
		return error_oom(err);
	}
	if (!value)
		return parse_failure(&what, err);
	*ret = json_of(value);
	return 0;
}

enum json_type json_type_of(const struct json *json)
{
	if (!json)
		return JSON_TYPE_NULL;
	switch (json_typeof(value_of(json))) {
	case JSON_OBJECT:
		return JSON_TYPE_OBJECT;
	case JSON_ARRAY:
		return JSON_TYPE_ARRAY;
	case JSON_STRING:
		return JSON_TYPE_STRING;
	case JSON_INTEGER:
	case JSON_REAL:
		return JSON_TYPE_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_TYPE_BOOL;
	case JSON_NULL:
		break;
	}
	return JSON_TYPE_NULL;
}

static const char *type_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_TYPE_NULL] = "null",       [JSON_TYPE_BOOL] = "a boolean",
		[JSON_TYPE_NUMBER] = "a number", [JSON_TYPE_STRING] = "a string",
		[JSON_TYPE_ARRAY] = "an array",  [JSON_TYPE_OBJECT] = "an object",
	};

	if (json_is_real(value))
		return "a number with a fraction or exponent";
	return names[json_type_of((const struct json *)value)];
}

/* One character of a key: upper case for what folds to an ASCII letter. Unicode has just two
 * others that do: U+017F (long s) and U+212A (Kelvin sign). */
static unsigned char fold_next(const char **at)
{
	unsigned char c = (unsigned char)**at;

	if (strncmp(*at, "\xc5\xbf", 2) == 0) {
		*at += 2;
		return 'S';
	}
	if (strncmp(*at, "\xe2\x84\xaa", 3) == 0) {
		*at += 3;
		return 'K';
	}
	*at += 1;
	return c >= 'a' && c <= 'z' ? (unsigned char)(c - 'a' + 'A') : c;
}

static bool key_matches(const char *key, const char *wanted)
{
	while (*key && *wanted) {
		if (fold_next(&key) != fold_next(&wanted))
			return false;
	}
	return !*key && !*wanted;
}

/* 1 and the value, 0 when absent or null. Which of two spellings a runtime takes depends on their
 * order and types: nobody should have to know. */
static int find(const struct json *json, const char *wanted, const json_t **ret, struct error *err)
{
	const char *key, *found_as = NULL;
	json_t *object = value_of(json), *value;
	const json_t *found = NULL;

	if (!object || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return error_set(err, -EBADMSG, "%s where an object with \"%s\" is wanted",
				 type_name(object), wanted);
	json_object_foreach(object, key, value)
	{
		if (!key_matches(key, wanted))
			continue;
		if (found)
			return error_set(err, -EBADMSG,
					 "key \"%s\" is there twice, as \"%s\" and as \"%s\"",
					 wanted, found_as, key);
		found = value;
		found_as = key;
	}
	if (!found || json_is_null(found))
		return 0;
	*ret = found;
	return 1;
}

static int wrong_type(const json_t *value, const char *key, const char *wanted, struct error *err)
{
	return error_set(err, -EBADMSG, "key \"%s\" is %s, not %s", key, type_name(value), wanted);
}

/* As find(), of one type; name is that type's in messages. */
static int find_typed(const struct json *json, const char *key, enum json_type type,
		      const char *name, const json_t **ret, struct error *err)
{
	const json_t *value = NULL;
	int r = find(json, key, &value, err);

	if (r <= 0)
		return r;
	if (json_type_of((const struct json *)value) != type)
		return wrong_type(value, key, name, err);
	*ret = value;
	return 1;
}

static int get_value(const struct json *json, const char *key, enum json_type type,
		     const char *name, const struct json **ret, struct error *err)
{
	const json_t *value = NULL;
	int r = find_typed(json, key, type, name, &value, err);

	if (r > 0)
		*ret = (const struct json *)value;
	return r;
}

int json_get_object(const struct json *json, const char *key, const struct json **ret,
		    struct error *err)
{
	return get_value(json, key, JSON_TYPE_OBJECT, "an object", ret, err);
}

int json_get_array(const struct json *json, const char *key, const struct json **ret,
		   struct error *err)
{
	return get_value(json, key, JSON_TYPE_ARRAY, "an array", ret, err);
}

int json_get_string(const struct json *json, const char *key, const char **ret, struct error *err)
{
	const json_t *value = NULL;
	int r = find_typed(json, key, JSON_TYPE_STRING, "a string", &value, err);

	if (r > 0)
		*ret = json_string_value(value);
	return r;
}

int json_get_int(const struct json *json, const char *key, int64_t *ret, struct error *err)
{
	const json_t *value = NULL;
	int r = find_typed(json, key, JSON_TYPE_NUMBER, "an integer", &value, err);

	if (r <= 0)
		return r;
	/* Go reads an integer field with ParseInt: 1.0 and 1e3 are errors. */
	if (!json_is_integer(value))
		return wrong_type(value, key, "an integer", err);
	*ret = json_integer_value(value);
	return 1;
}

int json_get_bool(const struct json *json, const char *key, bool *ret, struct error *err)
{
	const json_t *value = NULL;
	int r = find_typed(json, key, JSON_TYPE_BOOL, "a boolean", &value, err);

	if (r > 0)
		*ret = json_is_true(value);
	return r;
}

size_t json_array_len(const struct json *array)
{
	return json_array_size(value_of(array));
}

const struct json *json_array_at(const struct json *array, size_t index)
{
	return json_of(json_array_get(value_of(array), index));
}

const char *json_text(const struct json *json)
{
	return json_string_value(value_of(json));
}

bool json_object_next(const struct json *object, void **at, const char **ret_key,
		      const struct json **ret_value)
{
	json_t *value = value_of(object);

	*at = *at ? json_object_iter_next(value, *at) : json_object_iter(value);
	if (!*at)
		return false;
	*ret_key = json_object_iter_key(*at);
	*ret_value = json_of(json_object_iter_value(*at));
	return true;
}

/* Bytes of the UTF-8 sequence that starts here (RFC 3629), 0 when there is none. */
static size_t utf8_sequence(const unsigned char *at)
{
	unsigned char least = 0x80, most = 0xbf;
	size_t len;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	len = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	/* The second byte rules out longer spellings, surrogates and what is past U+10FFFF. */
	if (at[0] == 0xe0)
		least = 0xa0;
	else if (at[0] == 0xf0)
		least = 0x90;
	else if (at[0] == 0xed)
		most = 0x9f;
	else if (at[0] == 0xf4)
		most = 0x8f;
	if (at[1] < least || at[1] > most)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80) /* the terminator ends it as well */
			return 0;
	}
	return len;
}

/* NULL when memory is short; else the text with U+FFFD for each byte that is not UTF-8. *ret_owned
 * is set when it is a copy. */
static const char *utf8_text(const char *text, char **ret_owned)
{
	static const char replacement[3] = "\xef\xbf\xbd";
	const unsigned char *at = (const unsigned char *)text;
	size_t size = strlen(text), max, len, sequence;
	char *copy;

	for (; *at; at += sequence) {
		sequence = utf8_sequence(at);
		if (sequence == 0)
			break;
	}
	if (!*at)
		return text;

	if (__builtin_mul_overflow(size, sizeof(replacement), &max) || max == SIZE_MAX)
		return NULL;
	copy = malloc(max + 1);
	if (!copy)
		return NULL;
	len = (size_t)(at - (const unsigned char *)text);
	memcpy(copy, text, len);
	for (; *at; at += MAX(sequence, (size_t)1)) {
		size_t add;

		sequence = utf8_sequence(at);
		add = sequence > 0 ? sequence : sizeof(replacement);
		memcpy(copy + len, sequence > 0 ? (const char *)at : replacement, add);
		len += add;
	}
	copy[len] = '\0';
	*ret_owned = copy;
	return copy;
}

struct json *json_object_new(void)
{
	pthread_once(&allocator_once, watch_allocator);
	return json_of(json_object());
}

struct json *json_array_new(void)
{
	pthread_once(&allocator_once, watch_allocator);
	return json_of(json_array());
}

/* Before jansson may let go of a value: what marks it bears go over to the container. */
static void hand_marks_to(json_t *container, json_t *value)
{
	if (value && atomic_load(&ever_poisoned) && is_poisoned(value, true))
		poison(container);
}

struct json *json_set(struct json *object, const char *key, struct json *value)
{
	_cleanup_free_ char *owned = NULL;
	const char *name = utf8_text(key, &owned);

	if (!object || !name) {
		json_unref(value);
		value = NULL;
	}
	if (!object)
		return NULL;
	assert(json_is_object(value_of(object)));
	hand_marks_to(value_of(object), value_of(value));
	if (name)
		hand_marks_to(value_of(object), json_object_get(value_of(object), name));
	if (!value || json_object_set_new_nocheck(value_of(object), name, value_of(value)) < 0) {
		poison(value_of(object));
		return NULL;
	}
	return value;
}

struct json *json_append(struct json *array, struct json *value)
{
	if (!array) {
		json_unref(value);
		return NULL;
	}
	assert(json_is_array(value_of(array)));
	hand_marks_to(value_of(array), value_of(value));
	if (!value || json_array_append_new(value_of(array), value_of(value)) < 0) {
		poison(value_of(array));
		return NULL;
	}
	return value;
}

static struct json *string_new(const char *text)
{
	_cleanup_free_ char *owned = NULL;
	const char *clean;

	if (!text)
		return json_of(json_null());
	clean = utf8_text(text, &owned);
	return clean ? json_of(json_string_nocheck(clean)) : NULL;
}

void json_set_string(struct json *object, const char *key, const char *value)
{
	json_set(object, key, string_new(value));
}

void json_set_int(struct json *object, const char *key, int64_t value)
{
	json_set(object, key, json_of(json_integer(value)));
}

void json_set_bool(struct json *object, const char *key, bool value)
{
	json_set(object, key, json_of(json_boolean(value)));
}

void json_set_null(struct json *object, const char *key)
{
	json_set(object, key, json_of(json_null()));
}

void json_append_string(struct json *array, const char *value)
{
	json_append(array, string_new(value));
}

void json_append_int(struct json *array, int64_t value)
{
	json_append(array, json_of(json_integer(value)));
}

static int dump_piece(const char *piece, size_t size, void *data)
{
	struct writer *writer = data;

	writer_json(writer, piece, size);
	return writer->status < 0 ? -1 : 0;
}

int json_dump(const struct json *json, struct writer *writer, struct error *err)
{
	json_t *value = value_of(json);
	int r;

	if (!value || (atomic_load(&ever_poisoned) && is_poisoned(value, false)))
		return error_oom(err);
	r = json_dump_callback(value, dump_piece, writer, JSON_INDENT(2) | JSON_ENCODE_ANY);
	if (r == 0)
		writer_puts(writer, "\n");
	if (writer->status < 0)
		return error_errno(err, writer->status, "cannot write JSON");
	/* Nothing else is left: the values are ours and have no cycles. */
	return r == 0 ? 0 : error_oom(err);
}
