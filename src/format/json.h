/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values (the only file that knows jansson). Reading follows Go's encoding/json where the
 * runtimes do: keys match without regard to case. What Go would resolve by accident (the same key
 * twice, also in two spellings) is an error here: no verdict may hang on it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "base/writer.h"

struct json; /* reference-counted value */

void json_unref(struct json *json);
DEFINE_FREEP(struct json, json_unref)

/* Containers and commas in one text: what a small text may cost in memory stays bounded. */
#define JSON_MAX_VALUES (1 << 19)

/* Parses one value and nothing behind it (RFC 8259). -EBADMSG with line and column: malformed, a
 * byte order mark, invalid UTF-8, \u0000, a key that occurs twice, an integer beyond 64 bits.
 * -E2BIG: containers nested deeper than max_depth, or more than JSON_MAX_VALUES. */
int json_parse(const char *text, size_t size, uint64_t max_depth, struct json **ret,
	       struct error *err);

enum json_type {
	JSON_TYPE_NULL,
	JSON_TYPE_BOOL,
	JSON_TYPE_NUMBER,
	JSON_TYPE_STRING,
	JSON_TYPE_ARRAY,
	JSON_TYPE_OBJECT,
};
enum json_type json_type_of(const struct json *json); /* NULL counts as null */

/* Reading: borrowed results. Getters by key: 1 and *ret, 0 when absent or null, -EBADMSG when the
 * key is ambiguous or the type is wrong (message names the key and both types). A json of NULL or
 * JSON null has no keys, so that optional objects chain. Keys are ASCII. */
int json_get_object(const struct json *json, const char *key, const struct json **ret,
		    struct error *err);
int json_get_array(const struct json *json, const char *key, const struct json **ret,
		   struct error *err);
int json_get_string(const struct json *json, const char *key, const char **ret, struct error *err);
int json_get_int(const struct json *json, const char *key, int64_t *ret, struct error *err);
int json_get_bool(const struct json *json, const char *key, bool *ret, struct error *err);
size_t json_array_len(const struct json *array);
const struct json *json_array_at(const struct json *array, size_t index);
const char *json_text(const struct json *json); /* a string's text; NULL: not a string */
/* Walks an object's members in the order of the text: *at starts as NULL. */
bool json_object_next(const struct json *object, void **at, const char **ret_key,
		      const struct json **ret_value);

/* Building: members keep their order; setters take over the value and are sticky on -ENOMEM: build
 * on, ask json_dump(). Strings that are not UTF-8 are written with U+FFFD. */
struct json *json_object_new(void);
struct json *json_array_new(void);
struct json *json_set(struct json *object, const char *key, struct json *value); /* -> value */
void json_set_string(struct json *object, const char *key, const char *value);   /* NULL -> null */
void json_set_int(struct json *object, const char *key, int64_t value);
void json_set_bool(struct json *object, const char *key, bool value);
void json_set_null(struct json *object, const char *key);
struct json *json_append(struct json *array, struct json *value); /* -> value */
void json_append_string(struct json *array, const char *value);
void json_append_int(struct json *array, int64_t value);

/* Two-space indent, one trailing newline. -ENOMEM when any setter failed. json may be NULL. */
int json_dump(const struct json *json, struct writer *writer, struct error *err);
