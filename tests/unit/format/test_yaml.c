/* SPDX-License-Identifier: Apache-2.0 */
/* YAML: trees and their positions, what is refused and where, caps, aliases, no memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "format/yaml.h"
#include "oom.h"

#define DEPTH 64

struct fixture {
	struct arena *arena;
	struct yaml_node **documents;
	size_t n;
	struct error err;
};

static void fixture_clear(struct fixture *fixture)
{
	arena_free(fixture->arena);
	*fixture = (struct fixture){};
}

static int parse_n(struct fixture *fixture, const char *text, size_t size, uint64_t depth)
{
	fixture_clear(fixture);
	fixture->arena = arena_new(UINT64_MAX);
	assert_non_null(fixture->arena);
	return yaml_parse(text, size, depth, fixture->arena, &fixture->documents, &fixture->n,
			  &fixture->err);
}

static int parse(struct fixture *fixture, const char *text)
{
	return parse_n(fixture, text, strlen(text), DEPTH);
}

/* Writes a tree as [a,b], {k=v}, 'quoted', plain. Test trees are small. */
static void write_tree(struct strbuf *buf, const struct yaml_node *node)
{
	const char *quote = node->quoted ? "'" : "";

	if (node->type == YAML_SCALAR) {
		assert_int_equal(strbuf_printf(buf, "%s%s%s", quote, node->value, quote), 0);
		assert_int_equal(node->value[node->size], '\0');
		return;
	}
	strbuf_puts(buf, node->type == YAML_SEQUENCE ? "[" : "{");
	for (size_t i = 0; i < node->n_items; i++) {
		if (i > 0)
			strbuf_puts(buf, node->type == YAML_MAPPING && i % 2 == 1 ? "=" : ",");
		write_tree(buf, node->items[i]);
	}
	strbuf_puts(buf, node->type == YAML_SEQUENCE ? "]" : "}");
}

static void test_trees(void **state)
{
	static const struct {
		const char *text, *tree; /* documents separated by | */
	} rows[] = {
		{"", ""},
		{"# nothing\n", ""},
		{"---\n", ""},
		{"---\n---\n", "|"},
		{"a\n...\n", "a"},
		{"a: 1\nb:\n  - x\n  - 'y'\n  - \"z\"\n", "{a=1,b=[x,'y','z']}"},
		{"{a: [], b: {}, c: }", "{a=[],b={},c=}"},
		{"[a, b]\n---\nc\n---\nd: e", "[a,b]|c|{d=e}"},
		{"- |\n  x\n  y\n- >\n  p\n  q\n", "['x\ny\n','p q\n']"},
		{"- &a x\n- *a\n- *a\n", "[x,x,x]"},
		{"a: &a {x: 1}\nb: *a\n", "{a={x=1},b={x=1}}"},
		{"- &a 1\n- &a 2\n- *a\n", "[1,2,2]"},
		{"base: &b {x: 1}\nc:\n  <<: *b\n  y: 2\n", "{base={x=1},c={<<={x=1},y=2}}"},
		{"&k key: 1\nother: *k", "{key=1,other=key}"},
		{"- !!str 1\n- ! 2\n- !!int 3\n- !!str\n", "['1','2',3,'']"},
		{"{\"a\":\"b\",\"c\":[1,null]}", "{'a'='b','c'=[1,null]}"},
		{"a: {b: 1}\nb: {b: 1}\n", "{a={b=1},b={b=1}}"},
		{"\xef\xbb\xbf"
		 "a: 1",
		 "{a=1}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(fixture_clear) struct fixture fixture = {};
		struct strbuf buf = STRBUF_INIT(1000);

		if (parse(&fixture, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].text, fixture.err.message);
		for (size_t n = 0; n < fixture.n; n++) {
			strbuf_puts(&buf, n > 0 ? "|" : "");
			write_tree(&buf, fixture.documents[n]);
		}
		assert_string_equal(strbuf_string(&buf), rows[i].tree);
		strbuf_clear(&buf);
	}
}

static void test_positions(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};
	const struct yaml_node *root, *list, *value;

	assert_int_equal(parse(&fixture, "# \xc3\xa9\n\xc3\xa9: x\nlist:\n  - 1\n  - {k: \"v\"}\n"),
			 0);
	root = fixture.documents[0];
	assert_int_equal(root->line, 2);
	assert_int_equal(root->column, 1);
	value = yaml_get(root, "\xc3\xa9");
	assert_int_equal(value->line, 2);
	assert_int_equal(value->column, 4); /* characters, not bytes */
	list = yaml_get(root, "list");
	assert_int_equal(list->line, 4);
	assert_int_equal(list->column, 3);
	assert_int_equal(list->items[0]->column, 5);
	value = yaml_get(list->items[1], "k");
	assert_int_equal(value->line, 5);
	assert_int_equal(value->column, 9);
}

static void test_aliases_share(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};

	assert_int_equal(parse(&fixture, "a: &x [1]\nb: *x\n"), 0);
	assert_ptr_equal(yaml_get(fixture.documents[0], "a"), yaml_get(fixture.documents[0], "b"));
}

static void test_nul_in_a_scalar(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};

	assert_int_equal(parse(&fixture, "\"a\\0b\": \"c\\0\"\n"), 0);
	assert_int_equal(fixture.documents[0]->items[0]->size, 3);
	assert_int_equal(fixture.documents[0]->items[1]->size, 2);
	assert_null(yaml_get(fixture.documents[0], "a"));
}

static void test_refused(void **state)
{
#define ROW(text, line, column, part)                      \
	{                                                  \
		text, sizeof(text) - 1, line, column, part \
	}
	static const struct {
		const char *text;
		size_t size;
		uint32_t line, column;
		const char *part; /* of the message */
	} rows[] = {
		ROW("a: 1\nb: 2\na: 3\n", 3, 1, "\"a\" is there twice, first on line 1"),
		ROW("a: 1\n\"a\": 2\n", 2, 1, "twice"),
		ROW("{x: {y: 1, z: 2, y: 3}}", 1, 18, "\"y\""),
		ROW("- a: 1\n  b: 1\n  c: 1\n  b: 1\n", 4, 3, "first on line 2"),
		ROW("&k a: 1\n*k : 2\n", 1, 1, "\"a\""),
		ROW("<<: {a: 1}\n<<: {b: 1}\n", 2, 1, "<<"),
		ROW("? [a]\n: b\n", 1, 3, "not a scalar"),
		ROW("{{a: b}: c}", 1, 2, "not a scalar"),
		ROW("x: &l [a]\n*l : b\n", 2, 1, "not a scalar"),
		ROW("a: *b\n", 1, 4, "without an anchor"),
		ROW("a: &x 1\n---\nb: *x\n", 3, 4, "without an anchor"),
		ROW("&a [*a]", 1, 5, "stands in"),
		ROW("a: &x\n  b:\n    - c: *x\n", 3, 10, "stands in"),
		ROW("&a {k: *a}", 1, 8, "stands in"),
		ROW("- &a [1]\n- &a [*a]\n", 2, 7, "stands in"),
		ROW("a: [1, 2\n", 2, 1, "did not find expected"),
		ROW("a: b: c\n", 1, 5, "mapping values are not allowed"),
		ROW("a:\n\tb: 1\n", 2, 1, "cannot start any token"),
		ROW("'a", 1, 3, "unexpected end of stream"),
		ROW("a: \"\\q\"\n", 1, 5, "unknown escape"),
		ROW("a: @x\n", 1, 4, "cannot start any token"),
		ROW("x: !t!y z\n", 1, 4, "undefined tag handle"),
		ROW("%YAML 2.0\n---\na\n", 1, 1, "incompatible"),
		ROW("a: b\nc: \xff\n", 2, 4, "UTF-8"),
		ROW("a: b\0\n", 1, 5, "control characters"),
		ROW("a: \x01\n", 1, 4, "control characters"),
	};
#undef ROW

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(fixture_clear) struct fixture fixture = {};
		int r = parse_n(&fixture, rows[i].text, rows[i].size, DEPTH);
		const struct error *err = &fixture.err;

		if (r != -EBADMSG || err->line != rows[i].line || err->column != rows[i].column ||
		    !strstr(err->message, rows[i].part))
			fail_msg("%s: %d at %u:%u: %s", rows[i].text, r, err->line, err->column,
				 err->message);
		assert_null(fixture.documents);
		assert_int_equal(fixture.n, 0);
	}
}

/* Every prefix of a text ends in 0 or an error, and none is read past its end. */
static void test_truncated(void **state)
{
	static const char text[] = "a: &x {b: \"\\u00e9\", c: ['d', 1]}\n? e\n: *x\n--- |\n  f\n";

	for (size_t size = 0; size < sizeof(text); size++) {
		_cleanup_(fixture_clear) struct fixture fixture = {};
		char *copy = malloc(size > 0 ? size : 1);
		int r;

		assert_non_null(copy);
		memcpy(copy, text, size);
		r = parse_n(&fixture, copy, size, DEPTH);
		assert_true(r == 0 || r == -EBADMSG);
		free(copy);
	}
}

/* before, then n times piece, then after. */
static int parse_repeated(struct fixture *fixture, const char *before, const char *piece, size_t n,
			  const char *after, uint64_t depth)
{
	struct strbuf buf = STRBUF_INIT(64 << 20);
	int r = strbuf_puts(&buf, before);

	for (size_t i = 0; i < n; i++)
		r |= strbuf_puts(&buf, piece);
	assert_int_equal(r | strbuf_puts(&buf, after), 0);
	r = parse_n(fixture, buf.data, buf.len, depth);
	strbuf_clear(&buf);
	return r;
}

static void test_depth(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};

	assert_int_equal(parse(&fixture, "[[[[1]]]]"), 0);
	assert_int_equal(parse_n(&fixture, "[[[[1]]]]", 9, 4), 0);
	assert_int_equal(parse_n(&fixture, "[[[[1]]]]", 9, 3), -E2BIG);
	assert_int_equal(fixture.err.column, 4);
	assert_int_equal(parse_n(&fixture, "a:\n b:\n  - 1\n", 13, 3), 0);
	assert_int_equal(parse_n(&fixture, "a:\n b:\n  - 1\n", 13, 2), -E2BIG);
	assert_int_equal(fixture.err.line, 3);
	assert_int_equal(parse_n(&fixture, "1", 1, 0), 0);
	assert_int_equal(parse_n(&fixture, "[]", 2, 0), -E2BIG);
	assert_int_equal(parse_repeated(&fixture, "", "- ", 256, "x", 256), 0);
	assert_int_equal(parse_repeated(&fixture, "", "- ", 257, "x", 256), -E2BIG);
	assert_int_equal(parse_repeated(&fixture, "", "[", 100000, "", 256), -E2BIG);
	assert_int_equal(parse_repeated(&fixture, "", "{a: ", 100000, "", 256), -E2BIG);
	assert_int_equal(parse_repeated(&fixture, "", "- ", 100000, "", 256), -E2BIG);
	assert_int_equal(parse_repeated(&fixture, "", "? ", 100000, "", 256), -E2BIG);
}

static void test_number_of_nodes(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};

	/* The sequence and its items. */
	assert_int_equal(parse_repeated(&fixture, "", "- \n", YAML_MAX_NODES - 1, "", 8), 0);
	assert_int_equal(fixture.documents[0]->n_items, YAML_MAX_NODES - 1);
	assert_int_equal(parse_repeated(&fixture, "", "- \n", YAML_MAX_NODES, "", 8), -E2BIG);
	assert_int_equal(fixture.err.line, YAML_MAX_NODES);
}

static void test_number_of_anchors(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};

	assert_int_equal(parse_repeated(&fixture, "", "- &a\n", YAML_MAX_ANCHORS, "", 8), 0);
	assert_int_equal(parse_repeated(&fixture, "", "- &a\n", YAML_MAX_ANCHORS + 1, "", 8),
			 -E2BIG);
	/* They are counted by document. */
	assert_int_equal(parse_repeated(&fixture, "", "--- &a\n", YAML_MAX_ANCHORS + 1, "", 8), 0);
}

static void test_number_of_directives(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};

	/* The same handle twice is an error of its own, so count them in a comment as well. */
	assert_int_equal(parse(&fixture, "%TAG !a! x\n--- !a!b c\n"), 0);
	assert_int_equal(parse(&fixture, "%TAG !a! x\n%TAG !a! x\n--- c\n"), -EBADMSG);
	assert_int_equal(parse_repeated(&fixture, "#", "%TAG", YAML_MAX_DIRECTIVES, "", 8), 0);
	assert_int_equal(parse_repeated(&fixture, "#", "%%TAG", YAML_MAX_DIRECTIVES, "", 8), 0);
	assert_int_equal(parse_repeated(&fixture, "#", "%TAG", YAML_MAX_DIRECTIVES + 1, "", 8),
			 -E2BIG);
	assert_int_equal(parse_repeated(&fixture, "#", "%%TAG", YAML_MAX_DIRECTIVES + 1, "", 8),
			 -E2BIG);
	assert_int_equal(parse_repeated(&fixture, "#", "%TA", 10000, "G", 8), 0);
}

/* PowerShell writes such files, and Go's YAML reads them. */
static void test_utf16(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};
	static const char text[] = "\xff\xfe"
				   "a\0:\0 \0\xe9\0\n";

	assert_int_equal(parse_n(&fixture, text, sizeof(text), DEPTH), 0);
	assert_string_equal(yaml_get(fixture.documents[0], "a")->value, "\xc3\xa9");
}

/* Each level ten times the one before it: a billion from a few hundred bytes. */
static void test_billion_laughs(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};
	struct strbuf buf = STRBUF_INIT(10000);

	strbuf_puts(&buf, "a0: &a0 lol\n");
	for (int level = 1; level <= 9; level++) {
		strbuf_printf(&buf, "a%d: &a%d [", level, level);
		for (int i = 0; i < 10; i++)
			strbuf_printf(&buf, "%s*a%d", i > 0 ? ", " : "", level - 1);
		strbuf_puts(&buf, "]\n");
	}
	assert_int_equal(parse_n(&fixture, buf.data, buf.len, DEPTH), -E2BIG);
	assert_int_equal(fixture.err.line, 6);
	assert_non_null(strstr(fixture.err.message, "aliases"));
	strbuf_clear(&buf);
}

/* The cap itself: a list of 100 scalars (weight 101) and n aliases of it. */
static void test_expansion_cap(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};

	for (int past = 0; past <= 1; past++) {
		struct strbuf buf = STRBUF_INIT(1 << 20);
		size_t n = 0, nodes = 2 + 100, size;
		int r = strbuf_puts(&buf, "- &a [x");

		for (size_t i = 1; i < 100; i++)
			r |= strbuf_puts(&buf, ",x");
		r |= strbuf_puts(&buf, "]\n");
		/* As many as fit: 5 bytes each, which raise the cap by 10 themselves. */
		size = buf.len;
		while (nodes + (n + 1) * 101 <= 2 * (size + (n + 1) * 5) + YAML_FREE_EXPANSION)
			n++;
		n += (size_t)past;
		for (size_t i = 0; i < n; i++)
			r |= strbuf_puts(&buf, "- *a\n");
		assert_int_equal(r, 0);
		r = parse_n(&fixture, buf.data, buf.len, DEPTH);
		assert_int_equal(r, past ? -E2BIG : 0);
		strbuf_clear(&buf);
	}
}

/* Many keys and one of them twice: found, and in no quadratic time. */
static void test_many_keys(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};
	struct strbuf buf = STRBUF_INIT(16 << 20);
	int r = 0;

	for (unsigned int i = 0; i < 100000; i++)
		r |= strbuf_printf(&buf, "k%u:\n", i * 7919 % 100000);
	assert_int_equal(r, 0);
	assert_int_equal(parse_n(&fixture, buf.data, buf.len, DEPTH), 0);
	assert_int_equal(fixture.documents[0]->n_items, 200000);
	assert_int_equal(strbuf_puts(&buf, "k7919:\n"), 0);
	assert_int_equal(parse_n(&fixture, buf.data, buf.len, DEPTH), -EBADMSG);
	assert_int_equal(fixture.err.line, 100001);
	assert_non_null(strstr(fixture.err.message, "first on line 2"));
	strbuf_clear(&buf);
}

static void test_get(void **state)
{
	_cleanup_(fixture_clear) struct fixture fixture = {};
	const struct yaml_node *root;

	assert_int_equal(parse(&fixture, "a: 1\n'b': 2\nA: 3\n'': 4\nl: [a, b]\n"), 0);
	root = fixture.documents[0];
	assert_string_equal(yaml_get(root, "a")->value, "1");
	assert_string_equal(yaml_get(root, "b")->value, "2");
	assert_string_equal(yaml_get(root, "A")->value, "3");
	assert_string_equal(yaml_get(root, "")->value, "4");
	assert_null(yaml_get(root, "c"));
	assert_null(yaml_get(root, "aa"));
	assert_null(yaml_get(yaml_get(root, "l"), "a"));
	assert_null(yaml_get(yaml_get(root, "a"), "1"));
	assert_null(yaml_get(NULL, "a"));
}

static void test_null(void **state)
{
	static const struct {
		const char *text;
		bool null;
	} rows[] = {
		{"a:", true},      {"a: ~", true},      {"a: null", true},     {"a: Null", true},
		{"a: NULL", true}, {"a: nULL", false},  {"a: ''", false},      {"a: \"\"", false},
		{"a: '~'", false}, {"a: nil", false},   {"a: 0", false},       {"a: []", false},
		{"a: {}", false},  {"a: !!str", false}, {"a: \"\\0\"", false}, {"a: |\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(fixture_clear) struct fixture fixture = {};

		assert_int_equal(parse(&fixture, rows[i].text), 0);
		if (yaml_is_null(yaml_get(fixture.documents[0], "a")) != rows[i].null)
			fail_msg("%s", rows[i].text);
	}
	assert_false(yaml_is_null(NULL));
}

static const char sweep_text[] =
	"a: &x {b: 1, c: [d, e, f, g, h, i, j, k, l]}\nm: *x\nn: &y z\no: *y\n--- p\n";

static int parse_once(void)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct yaml_node **documents;
	struct error err = {};
	size_t n;
	int r;

	if (!arena)
		return -ENOMEM;
	r = yaml_parse(sweep_text, strlen(sweep_text), DEPTH, arena, &documents, &n, &err);
	assert_int_equal(err.code, r);
	return r;
}

static void test_no_memory(void **state)
{
	OOM_SWEEP(parse_once(), );
}

static void test_arena_cap(void **state)
{
	uint64_t needed;
	_cleanup_(fixture_clear) struct fixture fixture = {};

	assert_int_equal(parse(&fixture, sweep_text), 0);
	needed = arena_used(fixture.arena);
	for (uint64_t max = 0; max <= needed; max++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(max);
		struct yaml_node **documents;
		size_t n;
		int r = yaml_parse(sweep_text, strlen(sweep_text), DEPTH, arena, &documents, &n,
				   NULL);

		assert_int_equal(r, max < needed ? -E2BIG : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_aliases_share),
		cmocka_unit_test(test_nul_in_a_scalar),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_number_of_nodes),
		cmocka_unit_test(test_number_of_anchors),
		cmocka_unit_test(test_billion_laughs),
		cmocka_unit_test(test_number_of_directives),
		cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_expansion_cap),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_arena_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
