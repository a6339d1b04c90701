/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts are written, and commands read back in one line: words in brackets, "$" marks expansion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/shell_words.h"
#include "oom.h"

static const struct row {
	const char *script, *expected;
} rows[] = {
	/* words, quotes */
	{"", ""},
	{" \t\n\n", ""},
	{"exec gosu redis \"$0\" \"$@\"", "1:[exec][gosu][redis][$0]$[$@]$"},
	{"a 'b c' \"d e\" f\\ g", "1:[a][b c][d e][f g]"},
	{"a '$x' \"\\$x\" \\$x", "1:[a][$x][$x][$x]"},
	{"a $x ${x:-y} `id -u` $(id -u)", "1:[a][$x]$[${x:-y}]$[`id -u`]$[$(id -u)]$"},
	{"a \"$x\"'y'z", "1:[a][$xyz]$"},
	{"a $ \"$\" b$", "1:[a][$][$][b$]"},
	{"a $x\"$\"", "1:[a][$x$]$"},
	{"a '' \"\"", "1:[a][][]"},
	{"a $'b\\'c d' $\"e f\"", "1:[a][b'c d][e f]"},
	{"a \"b \\n \\\\ \\\" \\` c\"", "1:[a][b \\n \\ \" ` c]"},
	{"a 'b\nc' d\ne", "1:[a][b\nc][d] 3:[e]"},
	{"a # b\n#c\nd#e f", "1:[a] 3:[d#e][f]"},
	{"a \\\n  b\\\nc \\\nd", "1:[a][bc][d]"},
	{"\\\na", "2:[a]"},
	{"a\r\nb\r\n", "1:[a] 2:[b]"},
	/* unterminated */
	{"a 'b c", "1:[a][b c]"},
	{"a \"b c", "1:[a][b c]"},
	{"a $(b c", "1:[a][$(b c]$"},
	{"a `b", "1:[a][`b]$"},
	{"a ${b", "1:[a][${b]$"},
	{"a \\", "1:[a][\\]"},
	{"a <", "1:[a]"},
	{"a <<EOF\nb", "1:[a]"},
	{"case a in b", ""},
	{"for", ""},
	/* separators */
	{"a; b & c && d || e | f |& g", "1:[a] 1:[b] 1:[c] 1:[d] 1:[e] 1:[f] 1:[g]"},
	{"a;b&c&&d||e|f", "1:[a] 1:[b] 1:[c] 1:[d] 1:[e] 1:[f]"},
	{"(a; (b)) ; { c; }", "1:[a] 1:[b] 1:[c]"},
	{"a &&\n\n b", "1:[a] 3:[b]"},
	/* nested expansions stay whole */
	{"a $(b \"$(c ')')\" ')') d", "1:[a][$(b \"$(c ')')\" ')')]$[d]"},
	{"a \"$(b \"c d\" (e))\" f", "1:[a][$(b \"c d\" (e))]$[f]"},
	{"a $((1 + (2)))x b", "1:[a][$((1 + (2)))x]$[b]"},
	{"a ${x:-\"}\"} ${y#'}'} b", "1:[a][${x:-\"}\"}]$[${y#'}'}]$[b]"},
	{"a \"${x:-it's}\" b", "1:[a][${x:-it's}]$[b]"},
	{"a $(b # c ) '\n) d", "1:[a][$(b # c ) '\n)]$[d]"},
	{"a $(echo $#) b", "1:[a][$(echo $#)]$[b]"},
	{"a $(b \\)) `c \\` d` e", "1:[a][$(b \\))]$[`c \\` d`]$[e]"},
	{"a $(b `c )`) d", "1:[a][$(b `c )`)]$[d]"},
	/* assignments and redirections */
	{"A=b C+=d e F=g", "1:[e][F=g]"},
	{"A=\"b c\" d", "1:[d]"},
	{"A=b", ""},
	{"A=$(b c) d", "1:[d]"},
	{"A=(b 'c )' d) e", "1:[e]"},
	{"1A=b c", "1:[1A=b][c]"},
	{"=b c", "1:[=b][c]"},
	{"a >b 2>&1 <c 3<>d >|e &>f >>g 2>>h i", "1:[a][i]"},
	{">b a <&- c", "1:[a][c]"},
	{"a 2 >b", "1:[a][2]"},
	{"a <<<\"b c\" d", "1:[a][d]"},
	{"a <(b c) > >(d e) f", "1:[a][<(b c)]$[f]"},
	/* here-documents */
	{"a <<EOF b\nexec gosu x\nEOF\nc", "1:[a][b] 4:[c]"},
	{"a <<'E F' && b\n c\nE F\nd", "1:[a] 1:[b] 4:[d]"},
	{"a <<-EOF\n\tb\n\tEOF\nc", "1:[a] 4:[c]"},
	{"a <<EOF\n\tEOF\nEOF\nc", "1:[a] 4:[c]"},
	{"a <<A <<B\n1\nA\n2\nB\nc", "1:[a] 6:[c]"},
	{"a <<\\EOF\n$(\nEOF\nc", "1:[a] 4:[c]"},
	/* reserved words */
	{"if a; then b; elif c; then d; else e; fi", "1:[a] 1:[b] 1:[c] 1:[d] 1:[e]"},
	{"if [ \"$1\" = x ]; then\n\texec gosu redis \"$@\"\nfi",
	 "1:[[][$1]$[=][x][]] 2:[exec][gosu][redis][$@]$"},
	{"while ! a; do b; done < c; until d; do e; done", "1:[a] 1:[b] 1:[d] 1:[e]"},
	{"! time a | b", "1:[a] 1:[b]"},
	{"for x in a b; do c $x; done", "1:[c][$x]$"},
	{"for x\ndo c\ndone", "2:[c]"},
	{"for x do c; done", "1:[c]"},
	{"for ((i=0; i<3; i++)); do c; done", "1:[c]"},
	{"select x in a; do b; done", "1:[b]"},
	{"echo if then; 'if' a; \\fi b", "1:[echo][if][then] 1:[if][a] 1:[fi][b]"},
	{"{ a; }; {b", "1:[a] 1:[{b]"},
	/* functions */
	{"f() { gosu a b; }\nf", "1:[gosu][a][b] 2:[f]"},
	{"f ( )\n{\n a\n}", "3:[a]"},
	{"function f { a; }", "1:[a]"},
	{"function f() { a; }", "1:[a]"},
	{"f() (a)", "1:[a]"},
	/* case */
	{"case \"$1\" in\n a|b) c;;\n (d) e ;;\n *) f\nesac\ng", "2:[c] 3:[e] 4:[f] 6:[g]"},
	{"case x in esac; a", "1:[a]"},
	{"case x\nin\na)\nb\n;&\nc) d;;& e) esac | f", "4:[b] 6:[d] 6:[f]"},
	{"case x in a) case y in b) c;; esac;; d) e;; esac; f", "1:[c] 1:[e] 1:[f]"},
	{"case x in 'a)'|\"b)\") c;; esac", "1:[c]"},
	{"case x in a) if b; then c; fi;; esac", "1:[b] 1:[c]"},
	{"echo esac; esac", "1:[echo][esac] 1:[esac]"},
	{"a ;; b", "1:[a] 1:[b]"},
	/* as images have it */
	{"#!/bin/sh\nset -e\n[ \"$(id -u)\" = '0' ] && exec su-exec app \"$0\" \"$@\"\nexec \"$@\"",
	 "2:[set][-e] 3:[[][$(id -u)]$[=][0][]] 3:[exec][su-exec][app][$0]$[$@]$ "
	 "4:[exec][$@]$"},
};

static char *describe(const struct shell_command *commands, size_t n)
{
	struct strbuf text = STRBUF_INIT(1 << 20);

	for (size_t i = 0; i < n; i++) {
		assert_true(commands[i].n_words > 0);
		assert_int_equal(strbuf_printf(&text, "%s%u:", i ? " " : "", commands[i].line), 0);
		for (size_t j = 0; j < commands[i].n_words; j++)
			assert_int_equal(strbuf_printf(&text, "[%s]%s", commands[i].words[j].text,
						       commands[i].words[j].expands ? "$" : ""),
					 0);
	}
	return strbuf_take(&text);
}

static void check(const char *script, size_t size, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);
	_cleanup_free_ char *exact = malloc(size ? size : 1); /* so that ASan sees an over-read */
	_cleanup_free_ char *got = NULL;
	struct shell_command *commands;
	size_t n;

	assert_non_null(arena);
	assert_non_null(exact);
	memcpy(exact, script, size);
	assert_int_equal(shell_split(exact, size, arena, &commands, &n, NULL), 0);
	got = describe(commands, n);
	assert_string_equal(got, expected);
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(rows[i].script, strlen(rows[i].script), rows[i].expected);
}

/* Every prefix of every script ends somewhere odd: no crash, no over-read, no endless loop. */
static void test_prefixes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t len = 0; len < strlen(rows[i].script); len++) {
			_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);
			_cleanup_free_ char *exact = malloc(len + 1);
			struct shell_command *commands;
			size_t n = SIZE_MAX;

			memcpy(exact, rows[i].script, len);
			assert_int_equal(shell_split(exact, len, arena, &commands, &n, NULL), 0);
			assert_true(n <= len);
		}
}

static void test_nul_bytes(void **state)
{
	static const char script[] = "go\0su a\0 \0 $\0\n\0b";

	check(script, sizeof(script) - 1, "1:[gosu][a][$] 2:[b]");
}

static void test_deep_nesting(void **state)
{
	struct strbuf script = STRBUF_INIT(1 << 20);
	_cleanup_free_ char *text = NULL;
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);
	struct shell_command *commands;
	size_t n;

	assert_int_equal(strbuf_puts(&script, "a "), 0);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(strbuf_puts(&script, i % 2 ? "\"$(" : "${"), 0);
	text = strbuf_take(&script);
	assert_int_equal(shell_split(text, strlen(text), arena, &commands, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(commands[0].n_words, 2);
}

static void test_here_documents_cap(void **state)
{
	/* The seventeenth is not remembered: its body is read as commands, a false alarm at worst.
	 */
	for (int n = 16; n <= 17; n++) {
		struct strbuf script = STRBUF_INIT(4096);
		_cleanup_free_ char *text = NULL;

		assert_int_equal(strbuf_puts(&script, "a"), 0);
		for (int i = 0; i < n; i++)
			assert_int_equal(strbuf_puts(&script, " <<E"), 0);
		for (int i = 0; i < n; i++)
			assert_int_equal(strbuf_puts(&script, "\nbody\nE"), 0);
		text = strbuf_take(&script);
		check(text, strlen(text), n == 16 ? "1:[a]" : "1:[a] 34:[body] 35:[E]");
	}
}

static void test_arena_cap(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(64);
	struct shell_command *commands;
	struct error err = {};
	size_t n;

	assert_int_equal(shell_split("a b c d e f g h i j", 19, arena, &commands, &n, &err),
			 -E2BIG);
	assert_int_equal(err.code, -E2BIG);
	assert_true(strlen(err.message) > 0);
}

static int split_once(struct arena **ret)
{
	static const char script[] =
		"a <<E $(b 'c' d); e f g h i j k l m n\nE\ncase x in y) z;; esac";
	struct arena *arena = arena_new(UINT64_MAX);
	struct shell_command *commands;
	size_t n;
	int r;

	if (!arena)
		return -ENOMEM;
	r = shell_split(script, sizeof(script) - 1, arena, &commands, &n, NULL);
	if (r < 0)
		arena_free(arena);
	else
		*ret = arena;
	return r;
}

static void test_oom(void **state)
{
	struct arena *arena = NULL;

	OOM_SWEEP(split_once(&arena), arena_free(arena));
}

static void test_quote(void **state)
{
	static const struct {
		const char *word, *quoted;
	} words[] = {
		{"abc", "abc"},
		{"/usr/bin/x-1.2_3@a%b+c=d:e,f", "/usr/bin/x-1.2_3@a%b+c=d:e,f"},
		{"", "''"},
		{"a b", "'a b'"},
		{"$x", "'$x'"},
		{"it's", "'it'\\''s'"},
		{"~", "'~'"},
		{"'", "''\\'''"},
		{"a\nb", "'a\nb'"},
		{"*", "'*'"},
		{"\xc3\xa4", "'\xc3\xa4'"},
	};
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 16);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct shell_command *commands;
		size_t n;

		assert_string_equal(shell_quote(words[i].word, arena), words[i].quoted);
		/* And back. */
		assert_int_equal(shell_split(words[i].quoted, strlen(words[i].quoted), arena,
					     &commands, &n, NULL),
				 0);
		assert_int_equal(n, 1);
		assert_int_equal(commands[0].n_words, 1);
		assert_string_equal(commands[0].words[0].text, words[i].word);
		assert_false(commands[0].words[0].expands);
	}
}

static int quote_once(struct arena **ret)
{
	struct arena *arena = arena_new(UINT64_MAX);
	char *quoted = arena ? shell_quote("a b", arena) : NULL;

	*ret = arena;
	if (quoted)
		return 0;
	arena_free(arena);
	return -ENOMEM;
}

static void test_quote_oom(void **state)
{
	struct arena *arena = NULL;

	OOM_SWEEP(quote_once(&arena), arena_free(arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),      cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_nul_bytes), cmocka_unit_test(test_deep_nesting),
		cmocka_unit_test(test_arena_cap), cmocka_unit_test(test_here_documents_cap),
		cmocka_unit_test(test_oom),       cmocka_unit_test(test_quote),
		cmocka_unit_test(test_quote_oom),
	};

	return cmocka_run_group_tests_name("shell_words", tests, NULL, NULL);
}
