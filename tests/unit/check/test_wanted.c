/* SPDX-License-Identifier: Apache-2.0 */
/* Which bodies the checks ask for, before and after the tree is there. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../oom.h"

static const char *wanted_text(struct fixture *fixture)
{
	static char text[4096];
	struct wanted_body *bodies;
	size_t n;

	assert_int_equal(check_wanted_bodies(fixture->image, &bodies, &n, &fixture->err), 0);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s@%u",
			 i > 0 ? " " : "", bodies[i].path, bodies[i].layer);
	return text;
}

static void add_script(struct fixture *fixture, const char *path)
{
	fixture_file(fixture, path, 0755, 0, 0, NULL)->flags |= INODE_SCRIPT;
}

static void test_account_files(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "usr/lib/passwd", 0644, 0, 0, NULL);
	fixture_symlink(&fixture, "etc/passwd", "/usr/lib/passwd");
	fixture_file(&fixture, "etc/group", 0644, 0, 0, "root:x:0:\n");
	fixture_file(&fixture, "etc/shadow", 0644, 0, 0, NULL);
	fixture_done(&fixture);
	assert_string_equal(wanted_text(&fixture), "/usr/lib/passwd@0 /etc/shadow@0");
	fixture_clear(&fixture);
}

/* Absent, special, empty and too large files are not asked for again. */
static void test_not_wanted(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_directory(&fixture, "etc/passwd", 0755);
	fixture_file(&fixture, "etc/group", 0644, 0, 0, NULL)->size = (10 << 20) + 1;
	fixture_file(&fixture, "etc/shadow", 0644, 0, 0, "x")->body->kind = BODY_TOO_LARGE;
	fixture_done(&fixture);
	assert_string_equal(wanted_text(&fixture), "");
	fixture_clear(&fixture);

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/group", 0644, 0, 0, NULL)->size = 0;
	fixture_symlink(&fixture, "etc/passwd", "passwd");
	fixture_done(&fixture);
	assert_string_equal(wanted_text(&fixture), "");
	fixture_clear(&fixture);
}

static const struct {
	const char *entrypoint[6], *cmd[6];
	const char *wanted;
} starts[] = {
	{{"/e.sh"}, {}, "/e.sh@0"},
	{{}, {"/e.sh"}, "/e.sh@0"},
	{{"/e.sh"}, {"/f.sh"}, "/e.sh@0 /f.sh@0"},
	{{"/e.sh"}, {"/e.sh"}, "/e.sh@0"},
	{{"link"}, {}, "/e.sh@0"},
	{{"tini", "-g", "--", "/e.sh"}, {}, "/e.sh@0"},
	{{"/bin/sh", "-c", "f.sh a && exec /e.sh"}, {}, "/f.sh@0 /e.sh@0"},
	{{"sh", "/e.sh"}, {}, "/e.sh@0"},
	{{"/binary"}, {}, ""},
	{{"/nothing"}, {}, ""},
	{{"/"}, {}, ""},
	{{""}, {}, ""},
	{{}, {}, ""},
};

static void test_scripts(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		struct fixture fixture;

		fixture_init(&fixture);
		add_script(&fixture, "e.sh");
		add_script(&fixture, "f.sh");
		fixture_symlink(&fixture, "bin/link", "/e.sh");
		fixture_file(&fixture, "binary", 0755, 0, 0, NULL);
		fixture_list(&fixture, &fixture.image->config.entrypoint, starts[i].entrypoint);
		fixture_list(&fixture, &fixture.image->config.cmd, starts[i].cmd);
		fixture_list(&fixture, &fixture.image->config.env, LIST("PATH=/nope:/bin:/"));
		fixture_done(&fixture);
		if (strcmp(wanted_text(&fixture), starts[i].wanted) != 0)
			fail_msg("start %zu: %s", i, wanted_text(&fixture));
		fixture_clear(&fixture);
	}
}

static void test_kept_scripts(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "e.sh", 0755, 0, 0, "#!/bin/sh\n")->body->kind = BODY_CLEAN;
	fixture_list(&fixture, &fixture.image->config.entrypoint, LIST("/e.sh"));
	fixture_done(&fixture);
	assert_string_equal(wanted_text(&fixture), "");
	fixture_clear(&fixture);
}

static const char *names_text(struct fixture *fixture)
{
	static char text[8192];
	const char **names;
	size_t n;

	assert_int_equal(check_script_names(fixture->image, &names, &n, &fixture->err), 0);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? " " : "",
			 names[i]);
	return text;
}

static void test_names(void **state)
{
	static const struct {
		const char *entrypoint[6], *names;
	} rows[] = {
		{{"/usr/bin/docker-entrypoint.sh", "x"}, "docker-entrypoint.sh"},
		{{"tini", "--", "e.sh"}, "e.sh"},
		{{"/bin/sh", "-c", "a; exec env X=1 /b/c d"}, "a c"},
		{{"bash", "-e", "/x/y.sh"}, "y.sh"},
		{{"sh", "-c", "/x/a; /y/a"}, "a"},
		{{"/"}, ""},
		{{}, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture fixture;

		fixture_init(&fixture);
		fixture_list(&fixture, &fixture.image->config.entrypoint, rows[i].entrypoint);
		assert_string_equal(names_text(&fixture), rows[i].names);
		fixture_clear(&fixture);
	}
}

/* 64 names and 64 bodies at most. */
static void test_caps(void **state)
{
	struct wanted_body *bodies;
	struct fixture fixture;
	char text[2048] = "";
	const char **names;
	size_t n;

	fixture_init(&fixture);
	for (unsigned int i = 0; i < 70; i++) {
		char path[16];

		snprintf(path, sizeof(path), "s%u", i);
		add_script(&fixture, path);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "/s%u\n", i);
	}
	fixture_list(&fixture, &fixture.image->config.cmd, LIST("sh", "-c", text));
	assert_int_equal(check_script_names(fixture.image, &names, &n, &fixture.err), 0);
	assert_int_equal(n, 64);
	fixture_done(&fixture);
	assert_int_equal(check_wanted_bodies(fixture.image, &bodies, &n, &fixture.err), 0);
	assert_int_equal(n, 64);
	fixture_clear(&fixture);
}

/* No process has arguments as long as that: what is in them is not looked for. */
static void test_long_text(void **state)
{
	static const struct {
		size_t size;
		const char *names;
	} rows[] = {{(128 << 10) - 1, "run.sh"}, {128 << 10, ""}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = malloc(rows[i].size + 1);
		struct fixture fixture;

		memset(text, ' ', rows[i].size);
		memcpy(text, "run.sh", 6);
		text[rows[i].size] = '\0';
		fixture_init(&fixture);
		fixture_list(&fixture, &fixture.image->config.cmd, LIST("sh", "-c", text));
		assert_string_equal(names_text(&fixture), rows[i].names);
		fixture_clear(&fixture);
		free(text);
	}
}

/* Of a command line only the first 4096 words are looked at. */
static void test_many_words(void **state)
{
	static const char *words[4098];

	for (size_t i = 0; i < 2; i++) {
		struct fixture fixture;

		for (size_t n = 0; n < ARRAY_SIZE(words) - 1; n++)
			words[n] = n == 0 ? "env" : "A=b";
		words[4095 + i] = "run.sh";
		fixture_init(&fixture);
		fixture_list(&fixture, &fixture.image->config.entrypoint, words);
		assert_string_equal(names_text(&fixture), i == 0 ? "run.sh" : "env");
		fixture_clear(&fixture);
	}
}

static void test_without_tree(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_list(&fixture, &fixture.image->config.cmd, LIST("/x"));
	assert_string_equal(wanted_text(&fixture), "");
	fixture_clear(&fixture);
}

static void test_allocation_failures(void **state)
{
	struct wanted_body *bodies;
	struct fixture fixture;
	const char **names;
	size_t n;

	fixture_init(&fixture);
	add_script(&fixture, "e.sh");
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, NULL);
	fixture_list(&fixture, &fixture.image->config.cmd, LIST("sh", "-c", "e.sh; f"));
	fixture_list(&fixture, &fixture.image->config.env, LIST("PATH=/x:/"));
	fixture_done(&fixture);
	OOM_SWEEP(check_wanted_bodies(fixture.image, &bodies, &n, &fixture.err), );
	OOM_SWEEP(check_script_names(fixture.image, &names, &n, &fixture.err), );
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_account_files), cmocka_unit_test(test_not_wanted),
		cmocka_unit_test(test_scripts),       cmocka_unit_test(test_kept_scripts),
		cmocka_unit_test(test_names),         cmocka_unit_test(test_caps),
		cmocka_unit_test(test_long_text),     cmocka_unit_test(test_many_words),
		cmocka_unit_test(test_without_tree),  cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
