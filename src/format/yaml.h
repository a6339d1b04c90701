/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML 1.1 documents as trees with positions (the only file that knows libyaml). Aliases share
 * their node and are counted: a document may not expand to more than a fixed multiple of itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum yaml_type {
	YAML_SCALAR,
	YAML_SEQUENCE,
	YAML_MAPPING
};

struct yaml_node {
	enum yaml_type type;
	uint32_t line, column; /* 1-based */
	const char *value;     /* scalars: text (may be ""); quoted tells "" from null */
	size_t size;
	bool quoted;
	struct yaml_node **items; /* sequences: items; mappings: key, value, key, value, ... */
	size_t n_items;
};

#define YAML_MAX_NODES      (1 << 20) /* of all documents */
#define YAML_MAX_ANCHORS    1024      /* of one document */
#define YAML_MAX_DIRECTIVES 256       /* "%TAG", wherever it stands */
#define YAML_FREE_EXPANSION 65536     /* nodes that aliases may add, besides two for each byte */

/*
 * One stream, all documents; none when there are only comments. -EBADMSG with position: malformed,
 * a key twice in one mapping (by its text, however quoted), a key that is no scalar, an alias
 * without an anchor or inside of the collection that it names. -E2BIG: nesting beyond max_depth
 * collections, the caps above, the arena's. -ENOMEM. Tags are not kept, but !!str and ! make a
 * plain scalar count as quoted; merge keys (<<) are ordinary keys.
 */
int yaml_parse(const char *text, size_t size, uint64_t max_depth, struct arena *arena,
	       struct yaml_node ***ret_documents, size_t *ret_len, struct error *err);

/* Value of a scalar key in a mapping, or NULL (also when mapping is NULL or none). */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);
/* Scalar that YAML 1.1's core schema reads as null: plain and empty, ~, null. Not for NULL. */
bool yaml_is_null(const struct yaml_node *node);
