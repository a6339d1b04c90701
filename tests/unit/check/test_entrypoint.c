/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over what a container runs: which commands it meets, and where it says they are. */
#include "check/entrypoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../oom.h"
#include "fixture.h"

struct trace {
	char text[2048];
	int answer; /* what the visitors return */
};

static int on_command(void *data, const struct entry_origin *origin, const struct shell_word *words,
		      size_t n_words)
{
	struct trace *trace = data;
	size_t len = strlen(trace->text);

	assert_true(n_words > 0);
	assert_non_null(origin->field);
	assert_int_equal(origin->script != NULL, origin->line != 0);
	if (origin->script)
		snprintf(trace->text + len, sizeof(trace->text) - len, "%s:%u ", words[0].text,
			 origin->line);
	else
		snprintf(trace->text + len, sizeof(trace->text) - len, "%s ", words[0].text);
	return trace->answer;
}

static int on_script(void *data, const struct file_node *node)
{
	struct trace *trace = data;
	size_t len = strlen(trace->text);

	snprintf(trace->text + len, sizeof(trace->text) - len, "<%s> ", node->name);
	return trace->answer;
}

#define MAX_WORDS 8

static const struct {
	const char *entrypoint[MAX_WORDS], *cmd[MAX_WORDS];
	const char *trace;
} rows[] = {
	{{}, {}, ""},
	{{"a"}, {}, "a "},
	{{"a"}, {"b"}, "a b "},
	{{}, {"b", "c"}, "b "},
	{{"exec", "env", "A=1", "nice", "-n", "3", "b"}, {}, "b "},
	{{"sh", "-c", "a; b && c | d"}, {}, "sh a b c d "},
	{{"sh", "-c", "if a; then b; fi"}, {}, "sh a b "},
	{{"sh", "-xc", "a"}, {}, "sh a "},
	{{"sh", "-o", "errexit", "-c", "a"}, {}, "sh a "},
	{{"bash", "-eo", "pipefail", "-c", "a"}, {}, "bash a "},
	{{"bash", "+x", "-c", "a"}, {}, "bash a "},
	{{"bash", "--posix", "-c", "a"}, {}, "bash a "},
	{{"sh", "-c"}, {}, "sh "},
	{{"sh"}, {"-c", "a"}, "sh a -c "},
	{{"sh", "-c", ""}, {}, "sh "},
	{{"sh", "-s", "run"}, {}, "sh <run> one:2 two:3 "},
	{{"run"}, {}, "run <run> one:2 two:3 "},
	{{"/usr/bin/run"}, {}, "/usr/bin/run <run> one:2 two:3 "},
	{{"sh", "-c", "x; run"}, {}, "sh x run <run> one:2 two:3 "},
	{{"sh", "run", "-c", "no"}, {}, "sh <run> one:2 two:3 "},
	{{"outer"}, {}, "outer <outer> run:1 sh:2 three:2 "},
	{{"dir"}, {}, "dir "},
	{{"sh", "-c", "sh -c 'sh -c \"sh -c a\"'"}, {}, "sh sh sh sh a "},
	{{""}, {}, " "},
};

static void start(struct fixture *fixture)
{
	fixture_init(fixture);
	fixture_file(fixture, "usr/bin/run", 0755, 0, 0, "#!/bin/sh\none\ntwo\n");
	fixture_file(fixture, "usr/bin/outer", 0755, 0, 0, "run\nsh -c 'three'\n");
	fixture_directory(fixture, "usr/bin/dir", 0755);
	fixture_done(fixture);
}

static void test_walks(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trace trace = {};
		const struct entry_visitor visitor = {.command = on_command,
						      .script = on_script,
						      .data = &trace};
		struct fixture fixture;

		start(&fixture);
		fixture_list(&fixture, &fixture.image->config.entrypoint, rows[i].entrypoint);
		fixture_list(&fixture, &fixture.image->config.cmd, rows[i].cmd);
		assert_int_equal(entry_walk(fixture.image, fixture.arena, &visitor, &fixture.err),
				 0);
		if (strcmp(trace.text, rows[i].trace) != 0)
			fail_msg("row %zu: \"%s\"", i, trace.text);
		fixture_clear(&fixture);
	}
}

/* What a visitor answers ends the walk. */
static void test_visitor_errors(void **state)
{
	static const struct {
		bool command;
		const char *trace;
	} stops[] = {{true, "sh "}, {false, "<run> "}};

	for (size_t i = 0; i < ARRAY_SIZE(stops); i++) {
		struct trace trace = {.answer = -EIO};
		const struct entry_visitor visitor = {.command =
							      stops[i].command ? on_command : NULL,
						      .script = on_script,
						      .data = &trace};
		struct fixture fixture;

		start(&fixture);
		fixture_list(&fixture, &fixture.image->config.entrypoint,
			     LIST("sh", "-c", "run; run"));
		assert_int_equal(entry_walk(fixture.image, fixture.arena, &visitor, &fixture.err),
				 -EIO);
		assert_string_equal(trace.text, stops[i].trace);
		fixture_clear(&fixture);
	}
}

static void test_environment(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_list(&fixture, &fixture.image->config.env,
		     LIST("PATHS=no", "PATH=/a:/b", "EMPTY=", "BARE", "PATH=late"));
	assert_string_equal(entry_env(fixture.image, "PATH", 4), "/a:/b");
	assert_string_equal(entry_env(fixture.image, "EMPTY", 5), "");
	assert_null(entry_env(fixture.image, "BARE", 4));
	assert_null(entry_env(fixture.image, "PAT", 3));
	fixture_clear(&fixture);
}

/* 64 directories of PATH are searched. */
static void test_path_cap(void **state)
{
	char path[512] = "PATH=";

	for (size_t i = 0; i < 2; i++) {
		struct trace trace = {};
		const struct entry_visitor visitor = {.script = on_script, .data = &trace};
		struct fixture fixture;

		strncpy(path, "PATH=", sizeof(path));
		for (size_t n = 0; n < 63 + i; n++)
			strncat(path, "/x:", sizeof(path) - strlen(path) - 1);
		strncat(path, "/usr/bin", sizeof(path) - strlen(path) - 1);
		start(&fixture);
		fixture_list(&fixture, &fixture.image->config.env, LIST(path));
		fixture_list(&fixture, &fixture.image->config.cmd, LIST("run"));
		assert_int_equal(entry_walk(fixture.image, fixture.arena, &visitor, &fixture.err),
				 0);
		assert_string_equal(trace.text, i == 0 ? "<run> " : "");
		fixture_clear(&fixture);
	}
}

static void test_arena_cap(void **state)
{
	struct trace trace = {};
	const struct entry_visitor visitor = {.script = on_script, .data = &trace};
	struct arena *arena = arena_new(64);
	struct fixture fixture;

	start(&fixture);
	fixture_list(&fixture, &fixture.image->config.cmd, LIST("sh", "-c", "a b c d e f g run"));
	assert_int_equal(entry_walk(fixture.image, arena, &visitor, &fixture.err), -E2BIG);
	OOM_SWEEP(entry_walk(fixture.image, fixture.arena, &visitor, &fixture.err), );
	arena_free(arena);
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks),       cmocka_unit_test(test_visitor_errors),
		cmocka_unit_test(test_environment), cmocka_unit_test(test_path_cap),
		cmocka_unit_test(test_arena_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
