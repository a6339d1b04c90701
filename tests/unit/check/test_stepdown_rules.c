/* SPDX-License-Identifier: Apache-2.0 */
/* image-drops-root: in entrypoint, command, texts for shells, and the entrypoint's script. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../oom.h"

static void start(struct fixture *fixture, const char *user)
{
	fixture_init(fixture);
	fixture->image->config.user = user;
	fixture_file(fixture, "etc/passwd", 0644, 0, 0, "root:x:0:0\ntoor:x:0:0\napp:x:999:998\n");
	fixture_file(fixture, "etc/group", 0644, 0, 0, "app:x:998:\nweb:x:33:\n");
}

static const char *const no_words[] = {NULL};

#define MAX_WORDS 8

static const struct {
	const char *entrypoint[MAX_WORDS], *cmd[MAX_WORDS];
	const char *drop; /* NULL: no finding */
	const char *remedy, *field;
} rows[] = {
	{{"gosu", "app", "nginx"},
	 {},
	 "drops to app (UID 999) with gosu",
	 "USER 999:998",
	 "config.Entrypoint"},
	{{},
	 {"su-exec", "app:web", "nginx"},
	 "drops to app:web (UID 999)",
	 "USER 999:33",
	 "config.Cmd"},
	{{"/bin/sh", "-c", "set -e; exec gosu app nginx"},
	 {},
	 "drops to app (UID 999)",
	 "USER 999:998",
	 "config.Entrypoint"},
	{{},
	 {"/bin/bash", "-euo", "pipefail", "-c", "chown x /y && exec su-exec 1234 nginx"},
	 "drops to UID 1234 with su-exec",
	 "USER 1234:1234",
	 "config.Cmd"},
	{{"tini", "--"},
	 {"gosu", "app", "nginx"},
	 "drops to app (UID 999)",
	 "USER 999:998",
	 "config.Entrypoint"},
	{{"env", "A=b", "dumb-init", "--", "sh", "-c", "sh -c 'gosu app x'"},
	 {},
	 "drops to app (UID 999)",
	 "USER 999:998",
	 "config.Entrypoint"},
	{{"sh", "-c", "gosu $APP_USER x"},
	 {},
	 "drops to $APP_USER (app, UID 999) with gosu",
	 "USER 999:998",
	 "config.Entrypoint"},
	{{"sh", "-c", "gosu ${APP_USER} x"},
	 {},
	 "drops to ${APP_USER} (app, UID 999)",
	 "USER 999:998",
	 "config.Entrypoint"},
	{{"sh", "-c", "gosu ${OTHER:-app} x"},
	 {},
	 "drops to ${OTHER:-app} with gosu",
	 "USER 10001:10001",
	 "config.Entrypoint"},
	{{"sh", "-c", "gosu $NOTHING x"},
	 {},
	 "drops to $NOTHING with gosu",
	 "USER 10001:10001",
	 "config.Entrypoint"},
	{{"gosu", "stranger", "x"},
	 {},
	 "drops to stranger with gosu",
	 "USER 10001:10001",
	 "config.Entrypoint"},
	{{"chpst", "-u", ":1000:1001", "x"},
	 {},
	 "drops to 1000:1001 (UID 1000) with chpst",
	 "USER 1000:1001",
	 "config.Entrypoint"},
	{{"chpst", "-u", "1000:1001", "x"}, {}, "UID 1000", "USER 1000:1001", "config.Entrypoint"},
	{{"sudo", "-u", "#77", "x"},
	 {},
	 "drops to UID 77 with sudo",
	 "USER 77:77",
	 "config.Entrypoint"},
	{{"gosu", "root", "x"}, {}, NULL},
	{{"gosu", "toor", "x"}, {}, NULL},
	{{"gosu", "0:0", "x"}, {}, NULL},
	{{"sh", "-c", "gosu $ZERO x"}, {}, NULL},
	{{"nginx", "gosu", "app"}, {}, NULL},
	{{"sh", "-c"}, {}, NULL},
	{{"sh", "-c", "sh -c \"sh -c 'sh -c \\\"sh -c \\\\\\\"gosu app x\\\\\\\"\\\"'\""},
	 {},
	 NULL},
	{{}, {}, NULL},
};

static void test_command_lines(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *finding;
		struct fixture fixture;

		start(&fixture, NULL);
		fixture_list(&fixture, &fixture.image->config.entrypoint, rows[i].entrypoint);
		fixture_list(&fixture, &fixture.image->config.cmd, rows[i].cmd);
		fixture_list(&fixture, &fixture.image->config.env,
			     LIST("APP=no", "APP_USER=app", "ZERO=0"));
		fixture_check(&fixture);
		if (!rows[i].drop) {
			if (fixture_count(&fixture, "image-drops-root") > 0)
				fail_msg("row %zu", i);
		} else {
			if (fixture_count(&fixture, "image-drops-root") != 1)
				fail_msg("row %zu: %s", i, rows[i].drop);
			finding = fixture_only(&fixture, "image-drops-root");
			assert_contains(finding->message, "starts as root, drops to ");
			assert_contains(finding->message, rows[i].drop);
			assert_string_equal(finding->remedy, rows[i].remedy);
			assert_string_equal(finding->location.field, rows[i].field);
		}
		/* Still root at the start. */
		assert_int_equal(fixture_count(&fixture, "image-user-root"), 1);
		fixture_clear(&fixture);
	}
}

/* The user of the image's first step is what the remedy of image-user-root names. */
static void test_advice(void **state)
{
	struct fixture fixture;

	start(&fixture, "0");
	fixture_list(&fixture, &fixture.image->config.entrypoint, LIST("gosu", "app", "x"));
	fixture_check(&fixture);
	assert_string_equal(fixture_only(&fixture, "image-user-root")->remedy, "USER 999:998");
	fixture_clear(&fixture);
}

static void test_only_when_root(void **state)
{
	static const char *const users[] = {"1000:1000", "nobody", "app"};

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		struct fixture fixture;

		start(&fixture, users[i]);
		fixture_list(&fixture, &fixture.image->config.entrypoint, LIST("gosu", "app", "x"));
		fixture_check(&fixture);
		assert_int_equal(fixture_count(&fixture, "image-drops-root"), 0);
		fixture_clear(&fixture);
	}
}

static const char script[] = "#!/bin/sh\n"
			     "set -e\n"
			     "# exec gosu commented \"$@\"\n"
			     "if [ \"$1\" = x ]; then\n"
			     "	chown -R app /data\n"
			     "	exec gosu app \"$0\" \"$@\"\n"
			     "fi\n"
			     "su-exec app true\n"
			     "exec setpriv --reuid=7 --clear-groups \"$@\"\n"
			     "cat <<EOF\n"
			     "gosu heredoc x\n"
			     "EOF\n";

/* How the script is started. */
static const struct {
	const char *argv[MAX_WORDS];
	const char *path, *working_dir;
} starts[] = {
	{{"/entry.sh", "x"}, NULL, NULL},
	{{"entry.sh"}, "PATH=/opt:/", NULL},
	{{"entry.sh"}, "PATH=:/opt", "/"},
	{{"./entry.sh"}, NULL, "/"},
	{{"../entry.sh"}, NULL, "/etc"},
	{{"link"}, NULL, NULL},
	{{"tini", "--", "/entry.sh"}, NULL, NULL},
	{{"/bin/sh", "/entry.sh"}, NULL, NULL},
	{{"bash", "-e", "--", "/entry.sh", "x"}, NULL, NULL},
	{{"/bin/sh", "-c", "/entry.sh x"}, NULL, NULL},
	{{"/bin/sh", "-c", "exec env A=b /entry.sh"}, NULL, NULL},
};

static const struct finding *nth_drop(const struct fixture *fixture, size_t n)
{
	for (size_t i = 0; i < fixture->target.findings.len; i++) {
		const struct finding *finding = fixture->target.findings.items[i];

		if (strcmp(finding->check->name, "image-drops-root") == 0 && n-- == 0)
			return finding;
	}
	fail_msg("too few findings");
	abort();
}

static void test_scripts(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		const struct finding *first, *second;
		struct fixture fixture;

		start(&fixture, NULL);
		fixture_file(&fixture, "entry.sh", 0755, 0, 0, script);
		fixture_symlink(&fixture, "usr/bin/link", "../../entry.sh");
		fixture_list(&fixture, &fixture.image->config.entrypoint, starts[i].argv);
		fixture_list(&fixture, &fixture.image->config.env,
			     starts[i].path ? LIST(starts[i].path) : no_words);
		fixture.image->config.working_dir = starts[i].working_dir;
		fixture_check(&fixture);
		if (fixture_count(&fixture, "image-drops-root") != 2)
			fail_msg("start %zu: %zu", i, fixture_count(&fixture, "image-drops-root"));
		first = nth_drop(&fixture, 0);
		second = nth_drop(&fixture, 1);
		assert_string_equal(first->location.path, "/entry.sh");
		assert_int_equal(first->location.line, 6);
		assert_string_equal(first->location.layer, "sha256:11");
		assert_contains(first->message, "drops to app (UID 999) with gosu");
		assert_string_equal(fixture_evidence(first, "command")->string, "gosu app $0 $@");
		assert_int_equal(second->location.line, 9);
		assert_contains(second->message, "drops to UID 7 with setpriv");
		fixture_clear(&fixture);
	}
}

/* Scripts for something else than a shell, files that are not there, bodies that were not kept. */
static void test_other_scripts(void **state)
{
	static const struct {
		const char *body;
		size_t found;
	} bodies[] = {
		{"#!/usr/bin/env bash\ngosu app x\n", 1},
		{"#! /bin/busybox sh\ngosu app x\n", 1},
		{"#!/command/with-contenv sh\ngosu app x\n", 1},
		{"#!/usr/bin/env -S bash -e\ngosu app x\n", 1},
		{"#!/command/execlineb -P\ns6-setuidgid app x\n", 1},
		{"gosu app x\n", 1},
		{"#!/usr/bin/python3\ngosu app x\n", 0},
		{"#!/usr/bin/env node\ngosu app x\n", 0},
		{"#!\ngosu app x\n", 0},
		{"#!", 0},
		{"", 0},
		{NULL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct fixture fixture;

		start(&fixture, NULL);
		fixture_file(&fixture, "e", 0755, 0, 0, bodies[i].body);
		fixture_list(&fixture, &fixture.image->config.entrypoint, LIST("/e"));
		fixture_check(&fixture);
		if (fixture_count(&fixture, "image-drops-root") != bodies[i].found)
			fail_msg("body %zu", i);
		fixture_clear(&fixture);
	}
}

static void test_unknown_user(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, NULL);
	fixture_list(&fixture, &fixture.image->config.entrypoint, LIST("gosu", "app", "x"));
	fixture_check(&fixture);
	assert_contains(fixture_only(&fixture, "image-drops-root")->message,
			"may start as root, drops to app with gosu");
	assert_int_equal(fixture.target.scores[SCORE_FIRST_PROCESS].verdict, VERDICT_UNKNOWN);
	fixture_clear(&fixture);
}

/* At most 32 users are listed, however many a script names. */
static void test_cap(void **state)
{
	char text[4096] = "#!/bin/sh\n";
	struct fixture fixture;

	for (int i = 0; i < 40; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "gosu u%d x\n", i);
	start(&fixture, NULL);
	fixture_file(&fixture, "e", 0755, 0, 0, text);
	fixture_list(&fixture, &fixture.image->config.entrypoint, LIST("/e"));
	fixture_check(&fixture);
	assert_int_equal(fixture_count(&fixture, "image-drops-root"), 32);
	fixture_clear(&fixture);
}

static void test_allocation_failures(void **state)
{
	struct fixture fixture;

	start(&fixture, NULL);
	fixture_file(&fixture, "entry.sh", 0755, 0, 0, script);
	fixture_list(&fixture, &fixture.image->config.entrypoint, LIST("entry.sh"));
	fixture_list(&fixture, &fixture.image->config.env, LIST("PATH=/x:/"));
	fixture_done(&fixture);
	OOM_SWEEP(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
			      &fixture.err), );
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_lines),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_only_when_root),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_other_scripts),
		cmocka_unit_test(test_unknown_user),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
