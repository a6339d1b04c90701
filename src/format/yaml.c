/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML text -> trees of nodes in the caller's arena, from libyaml's events (YAML 1.1); the only
 * file that knows it. No recursion: open collections are a stack, whose height is the depth. An
 * alias becomes a second pointer to its node; what the tree would be without that sharing is
 * counted as it grows. libyaml's marks are 0-based, ours 1-based.
 */
#include "format/yaml.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/hash.h"
#include "base/vec.h"

struct anchor {
	uint64_t hash; /* of the name: most comparisons end here */
	const char *name;
	struct yaml_node *node;
	uint64_t weight; /* nodes below and including it, aliases counted in full */
	bool open;       /* a collection whose end has not come yet */
};

/* A collection that is being read. */
struct frame {
	struct yaml_node *node;
	VEC(struct yaml_node *) items;
	uint64_t weight;
	size_t anchor; /* index + 1, 0: none */
};

struct reader {
	struct arena *arena;
	struct error *err;
	uint64_t max_depth;
	uint64_t nodes;                  /* made so far, all documents */
	uint64_t expanded, max_expanded; /* the same with aliases counted in full */
	VEC(struct frame) stack;
	VEC(struct anchor) anchors; /* of this document */
	VEC(struct yaml_node *) documents;
};

static void reader_clear(struct reader *reader)
{
	struct frame *frame;

	VEC_FOREACH (&reader->stack, frame) {
		vec_clear(&frame->items);
	}
	vec_clear(&reader->stack);
	vec_clear(&reader->anchors);
	vec_clear(&reader->documents);
}

/* Saturates: a position beyond 2^32 is of no use to anyone. */
static uint32_t from_zero(size_t value)
{
	return value < UINT32_MAX ? (uint32_t)value + 1 : UINT32_MAX;
}

static int fail_at(const struct reader *reader, int code, const yaml_mark_t *mark, const char *why)
{
	return error_set_at(reader->err, code, from_zero(mark->line), from_zero(mark->column),
			    "YAML: %s", why);
}

/* The arena's cap is a limit; memory is not. */
static int no_memory(const struct reader *reader)
{
	if (arena_full(reader->arena))
		return error_set(reader->err, -E2BIG, "YAML: needs more memory than its limit");
	return error_oom(reader->err);
}

static int node_new(struct reader *reader, enum yaml_type type, const yaml_mark_t *mark,
		    struct yaml_node **ret)
{
	struct yaml_node *node;

	assert(mark && ret);
	if (reader->nodes >= YAML_MAX_NODES)
		return fail_at(reader, -E2BIG, mark, "too many nodes");
	node = arena_alloc(reader->arena, sizeof(*node));
	if (!node)
		return no_memory(reader);
	node->type = type;
	node->line = from_zero(mark->line);
	node->column = from_zero(mark->column);
	reader->nodes++;
	reader->expanded++;
	*ret = node;
	return 0;
}

/* Anchors are few, but a hostile file may look one up a hundred thousand times. */
static uint64_t hash_name(const char *name)
{
	return hash_bytes(0, name, strlen(name));
}

/* A name may be given anew: the last one before the alias counts. */
static int anchor_add(struct reader *reader, const yaml_char_t *name, struct yaml_node *node,
		      bool open, const yaml_mark_t *mark)
{
	struct anchor anchor = {.node = node, .weight = 1, .open = open};

	if (!name)
		return 0;
	if (reader->anchors.len >= YAML_MAX_ANCHORS)
		return fail_at(reader, -E2BIG, mark, "too many anchors");
	anchor.hash = hash_name((const char *)name);
	anchor.name = arena_strdup(reader->arena, (const char *)name);
	if (!anchor.name)
		return no_memory(reader);
	return vec_push(&reader->anchors, anchor) < 0 ? error_oom(reader->err) : 0;
}

static const struct anchor *anchor_find(const struct reader *reader, const char *name)
{
	uint64_t hash = hash_name(name);

	assert(name);
	for (size_t i = reader->anchors.len; i > 0; i--) {
		const struct anchor *anchor = &reader->anchors.items[i - 1];

		if (anchor->hash == hash && strcmp(anchor->name, name) == 0)
			return anchor;
	}
	return NULL;
}

/* Puts a finished node where it belongs: into the innermost open collection, or as a document. */
static int place(struct reader *reader, struct yaml_node *node, uint64_t weight,
		 const yaml_mark_t *mark)
{
	struct frame *frame;
	int r;

	assert(reader->stack.len == 0 || weight > 0);
	if (reader->stack.len == 0) {
		r = vec_push(&reader->documents, node);
		return r < 0 ? error_oom(reader->err) : 0;
	}
	frame = &reader->stack.items[reader->stack.len - 1];
	if (frame->node->type == YAML_MAPPING && frame->items.len % 2 == 0 &&
	    node->type != YAML_SCALAR)
		return fail_at(reader, -EBADMSG, mark, "a mapping's key is not a scalar");
	frame->weight += weight;
	r = vec_push(&frame->items, node);
	return r < 0 ? error_oom(reader->err) : 0;
}

/* "!!str" and "!" make a string of what would otherwise be null or a number. */
static bool is_string_tag(const yaml_char_t *tag)
{
	return tag && (strcmp((const char *)tag, YAML_STR_TAG) == 0 ||
		       strcmp((const char *)tag, "!") == 0);
}

static int on_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct yaml_node *node = NULL;
	int r = node_new(reader, YAML_SCALAR, &event->start_mark, &node);

	if (!node)
		return r;
	node->size = event->data.scalar.length;
	node->value =
		arena_strndup(reader->arena, (const char *)event->data.scalar.value, node->size);
	if (!node->value)
		return no_memory(reader);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
		       is_string_tag(event->data.scalar.tag);
	r = anchor_add(reader, event->data.scalar.anchor, node, false, &event->start_mark);
	return r < 0 ? r : place(reader, node, 1, &event->start_mark);
}

/* Depth is checked before anything is made. */
static int on_start(struct reader *reader, enum yaml_type type, const yaml_char_t *anchor,
		    const yaml_mark_t *mark)
{
	struct frame frame = {.weight = 1};
	int r;

	if (reader->stack.len >= reader->max_depth)
		return fail_at(reader, -E2BIG, mark, "nested too deeply");
	r = node_new(reader, type, mark, &frame.node);
	if (r < 0)
		return r;
	r = anchor_add(reader, anchor, frame.node, true, mark);
	if (r < 0)
		return r;
	if (anchor)
		frame.anchor = reader->anchors.len;
	return vec_push(&reader->stack, frame) < 0 ? error_oom(reader->err) : 0;
}

/* By text, then by place. */
static int compare_keys(const void *left, const void *right)
{
	const struct yaml_node *a = *(const struct yaml_node *const *)left;
	const struct yaml_node *b = *(const struct yaml_node *const *)right;
	int order;

	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	order = memcmp(a->value, b->value, a->size);
	if (order != 0)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

/* Sorted, so that a mapping of a hundred thousand keys costs no square of that. */
static int check_keys(const struct reader *reader, const struct yaml_node *mapping)
{
	_cleanup_free_ const struct yaml_node **keys = NULL;
	size_t n = mapping->n_items / 2;

	assert(mapping->type == YAML_MAPPING);
	if (n < 2)
		return 0;
	keys = calloc(n, sizeof(const struct yaml_node *));
	if (!keys)
		return error_oom(reader->err);
	for (size_t i = 0; i < n; i++)
		keys[i] = mapping->items[2 * i];
	qsort(keys, n, sizeof(const struct yaml_node *), compare_keys);
	for (size_t i = 1; i < n; i++) {
		const struct yaml_node *a = keys[i - 1], *b = keys[i];

		if (a->size == b->size && memcmp(a->value, b->value, a->size) == 0)
			return error_set_at(reader->err, -EBADMSG, b->line, b->column,
					    "YAML: key \"%s\" is there twice, first on line %u",
					    b->value, a->line);
	}
	return 0;
}

static int on_end(struct reader *reader)
{
	struct frame *frame;
	struct yaml_node *node;
	yaml_mark_t mark;
	uint64_t weight;
	int r;

	assert(reader->stack.len > 0);
	frame = &reader->stack.items[reader->stack.len - 1];
	node = frame->node;
	weight = frame->weight;
	mark = (yaml_mark_t){.line = node->line - 1, .column = node->column - 1};
	if (frame->items.len > 0) {
		node->items = arena_memdup(reader->arena, frame->items.items,
					   frame->items.len * sizeof(struct yaml_node *));
		if (!node->items)
			return no_memory(reader);
		node->n_items = frame->items.len;
	}
	if (node->type == YAML_MAPPING) {
		r = check_keys(reader, node);
		if (r < 0)
			return r;
	}
	if (frame->anchor > 0) {
		reader->anchors.items[frame->anchor - 1].weight = weight;
		reader->anchors.items[frame->anchor - 1].open = false;
	}
	vec_clear(&frame->items);
	reader->stack.len--;
	return place(reader, node, weight, &mark);
}

static int on_alias(struct reader *reader, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = anchor_find(reader, name);

	assert(name);
	if (!anchor)
		return fail_at(reader, -EBADMSG, &event->start_mark, "alias without an anchor");
	if (anchor->open)
		return fail_at(reader, -EBADMSG, &event->start_mark,
			       "alias of a collection that it stands in");
	reader->expanded += anchor->weight;
	if (reader->expanded > reader->max_expanded)
		return fail_at(reader, -E2BIG, &event->start_mark,
			       "aliases make it many times larger than it is");
	return place(reader, anchor->node, anchor->weight, &event->start_mark);
}

/* 1: go on, 0: the stream is at its end. */
static int on_event(struct reader *reader, const yaml_event_t *event)
{
	int r = 0;

	switch (event->type) {
	case YAML_STREAM_END_EVENT:
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		reader->anchors.len = 0;
		break;
	case YAML_SCALAR_EVENT:
		r = on_scalar(reader, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		r = on_start(reader, YAML_SEQUENCE, event->data.sequence_start.anchor,
			     &event->start_mark);
		break;
	case YAML_MAPPING_START_EVENT:
		r = on_start(reader, YAML_MAPPING, event->data.mapping_start.anchor,
			     &event->start_mark);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r = on_end(reader);
		break;
	case YAML_ALIAS_EVENT:
		r = on_alias(reader, event);
		break;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return r < 0 ? r : 1;
}

/* libyaml's reader knows only a byte's offset. */
static yaml_mark_t mark_of_offset(const char *text, size_t size, size_t offset)
{
	yaml_mark_t mark = {};

	for (size_t i = 0; i < MIN(offset, size); i++) {
		mark.column++;
		if (text[i] != '\n')
			continue;
		mark.line++;
		mark.column = 0;
	}
	return mark;
}

static int parser_failure(const struct reader *reader, const yaml_parser_t *parser,
			  const char *text, size_t size)
{
	yaml_mark_t mark = parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return error_oom(reader->err);
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of_offset(text, size, parser->problem_offset);
	return error_set_at(reader->err, -EBADMSG, from_zero(mark.line), from_zero(mark.column),
			    "YAML: %s%s%s", parser->context ? parser->context : "",
			    parser->context ? ": " : "",
			    parser->problem ? parser->problem : "malformed");
}

/* libyaml compares each %TAG directive with all before it, and does so before the first event: what
 * looks like one is counted in the text itself. NULs between the letters are UTF-16. */
static bool has_too_many_directives(const char *text, size_t size)
{
	static const char name[] = "%TAG";
	size_t matched = 0, found = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\0')
			continue;
		matched = text[i] == name[matched] ? matched + 1 : text[i] == name[0];
		if (matched < strlen(name))
			continue;
		matched = 0;
		if (++found > YAML_MAX_DIRECTIVES)
			return true;
	}
	return false;
}

/* One event at a time; libyaml keeps no tree. */
static int read_events(struct reader *reader, yaml_parser_t *parser, const char *text, size_t size)
{
	yaml_event_t event;
	int r = 1;

	while (r > 0) {
		if (!yaml_parser_parse(parser, &event))
			return parser_failure(reader, parser, text, size);
		r = on_event(reader, &event);
		yaml_event_delete(&event);
	}
	return r;
}

/* The list moves from the heap to the arena with everything else. */
static int hand_over(const struct reader *reader, struct yaml_node ***ret_documents,
		     size_t *ret_len)
{
	struct yaml_node **documents;

	documents = arena_memdup(reader->arena, reader->documents.items,
				 reader->documents.len * sizeof(struct yaml_node *));
	if (!documents)
		return no_memory(reader);
	*ret_documents = documents;
	*ret_len = reader->documents.len;
	return 0;
}

int yaml_parse(const char *text, size_t size, uint64_t max_depth, struct arena *arena,
	       struct yaml_node ***ret_documents, size_t *ret_len, struct error *err)
{
	_cleanup_(reader_clear) struct reader reader = {.arena = arena,
							.err = err,
							.max_depth = max_depth};
	_cleanup_(yaml_parser_delete) yaml_parser_t parser = {};
	int r;

	assert(text || size == 0);
	if (__builtin_mul_overflow((uint64_t)size, 2, &reader.max_expanded) ||
	    __builtin_add_overflow(reader.max_expanded, YAML_FREE_EXPANSION, &reader.max_expanded))
		return error_set(err, -E2BIG, "YAML: too long");
	if (has_too_many_directives(text, size))
		return error_set(err, -E2BIG, "YAML: too many %%TAG directives");
	if (!yaml_parser_initialize(&parser))
		return error_oom(err);
	yaml_parser_set_input_string(&parser, (const unsigned char *)(size > 0 ? text : ""), size);
	r = read_events(&reader, &parser, text, size);
	if (r < 0)
		return r;
	return hand_over(&reader, ret_documents, ret_len);
}

const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
	size_t size = strlen(key);

	assert(key);
	if (!mapping || mapping->type != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i + 1 < mapping->n_items; i += 2) {
		const struct yaml_node *name = mapping->items[i];

		if (name->size == size && memcmp(name->value, key, size) == 0)
			return mapping->items[i + 1];
	}
	return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
	static const char *const names[] = {"", "~", "null", "Null", "NULL"};

	if (!node || node->type != YAML_SCALAR || node->quoted)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(node->value, names[i]) == 0)
			return true;
	}
	return false;
}
