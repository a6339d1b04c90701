/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the user table: what docker, containerd and the kubelet make of config.User. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../oom.h"

#define ALL_ONES UINT32_MAX

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "toor:x:0:0\n"
			     "app:x:1000:1000:App:/home/app:/bin/sh\n"
			     "bad:x:abc:100\n"
			     "empty:x::100\n"
			     "\n"
			     "short\n"
			     "short2:x\n"
			     "2147483648:x:0:0\n"
			     "1001:x:0:0\n"
			     "neg:x:-1:0\n"
			     "big:x:4294967296:0\n"
			     "sp:x: 1000:0\n"
			     "high:x:3000000000:7\n"
			     "minus:x:6:6\n"
			     "99999999999999999999:x:0:0\n";

static const char group[] = "root:x:0:\n"
			    "wheel:x:0:\n"
			    "app:x:1000:\n"
			    "adm:x:4:app\n"
			    "root2:x:0:app\n"
			    "odd:x:zzz:\n"
			    "minus:x:-1:minus\n";

struct expected {
	const char *user;
	int docker;         /* enum start_outcome */
	int64_t uid, gid;   /* -1: not looked at */
	const char *groups; /* "4,0" */
	int containerd;
	int64_t containerd_gid; /* -1: as docker's */
	int kubelet;
	bool named, older_root;
};

#define RUN     START_RUNS
#define REFUSED START_REFUSED

static const struct expected rows[] = {
	{NULL, RUN, 0, 0, "", RUN, -1, REFUSED},
	{"", RUN, 0, 0, "", RUN, -1, REFUSED},
	{"0", RUN, 0, 0, "", RUN, -1, REFUSED},
	{"00", RUN, 0, 0, "", RUN, -1, REFUSED},
	{"+0", RUN, 0, 0, "", RUN, -1, REFUSED},
	{"-0", RUN, 0, 0, "", RUN, -1, REFUSED},
	{"00000000000000000000", RUN, 0, 0, "", RUN, -1, REFUSED},
	{"0:0", RUN, 0, 0, "", RUN, -1, REFUSED},
	{"0:1000", RUN, 0, 1000, "", RUN, -1, REFUSED},
	{"root", RUN, 0, 0, "", RUN, -1, REFUSED, .named = true},
	{"root:root", RUN, 0, 0, "", RUN, -1, REFUSED, .named = true},
	{"root:app", RUN, 0, 1000, "", RUN, -1, REFUSED, .named = true},
	{"toor", RUN, 0, 0, "", RUN, -1, REFUSED, .named = true},
	{":0", RUN, 0, 0, "", RUN, -1, REFUSED},
	{":app", RUN, 0, 1000, "", RUN, -1, REFUSED},
	{"app", RUN, 1000, 1000, "4,0", RUN, -1, REFUSED, .named = true},
	{"app:", RUN, 1000, 1000, "4,0", RUN, 0, REFUSED, .named = true},
	{"app:0", RUN, 1000, 0, "", RUN, -1, REFUSED, .named = true},
	{"app:root", RUN, 1000, 0, "", RUN, -1, REFUSED, .named = true},
	{"app:wheel", RUN, 1000, 0, "", RUN, -1, REFUSED, .named = true},
	{"app:odd", RUN, 1000, 0, "", RUN, -1, REFUSED, .named = true},
	{"1000", RUN, 1000, 1000, "4,0", RUN, -1, RUN},
	{"1000:", RUN, 1000, 1000, "4,0", RUN, 0, RUN},
	{"+1000", RUN, 1000, 1000, "4,0", RUN, -1, RUN},
	{"1000:1000", RUN, 1000, 1000, "", RUN, -1, RUN},
	{"1000:4242", RUN, 1000, 4242, "", RUN, -1, RUN},
	{"1000:adm", RUN, 1000, 4, "", RUN, -1, RUN},
	{"4242", RUN, 4242, 0, "", RUN, -1, RUN},
	{"1001", RUN, 1001, 0, "", RUN, -1, RUN},
	{"2147483647", RUN, 2147483647, 0, "", RUN, -1, RUN},
	{"high", RUN, 3000000000, 7, "", RUN, -1, REFUSED, .named = true},
	{"minus", REFUSED, 6, 6, "-1", RUN, -1, REFUSED, .named = true},
	{"6", REFUSED, 6, 6, "-1", RUN, -1, RUN},
	{"bad", RUN, 0, 100, "", RUN, -1, REFUSED, .named = true},
	{"empty", RUN, 0, 100, "", RUN, -1, REFUSED, .named = true},
	{"short", RUN, 0, 0, "", RUN, -1, REFUSED, .named = true},
	{"short2", RUN, 0, 0, "", RUN, -1, REFUSED, .named = true},
	{"sp", RUN, 0, 0, "", RUN, -1, REFUSED, .named = true},
	{"big", RUN, 0, 0, "", RUN, -1, REFUSED, .named = true},
	{"neg", REFUSED, ALL_ONES, 0, "", REFUSED, -1, REFUSED, .named = true},
	{"2147483648", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .older_root = true},
	{"2147483648:5", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .older_root = true},
	{"2147483649", REFUSED, -1, -1, "", REFUSED, -1, REFUSED},
	{"-1", REFUSED, -1, -1, "", REFUSED, -1, REFUSED},
	{"4294967295", REFUSED, -1, -1, "", REFUSED, -1, REFUSED},
	{"4294967296", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .older_root = true},
	{"-4294967296", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .older_root = true},
	{"8589934592:5", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .older_root = true},
	{"4294968296", REFUSED, -1, -1, "", REFUSED, -1, REFUSED},
	{"0:4294967296", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .older_root = true},
	{"app:4294967296", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"99999999999999999999", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true,
	 .older_root = true},
	{"99999999999999999998", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"nobody", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"Root", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"0x0", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{" 0", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"0 ", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"0b0", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"0_0", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"\xef\xbc\x90", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"app:nogroup", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
	{"0:nogroup", REFUSED, -1, -1, "", REFUSED, -1, REFUSED},
	{"1:2:3", REFUSED, -1, -1, "", REFUSED, -1, REFUSED},
	{"0:2:3", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .older_root = true},
	{"a:b:c", REFUSED, -1, -1, "", REFUSED, -1, REFUSED, .named = true},
};

static void groups_text(const struct start_user *user, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < user->n_groups; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%d", i > 0 ? "," : "",
					(int32_t)user->groups[i]);
}

static void check_row(const struct expected *row, const struct start_user *user)
{
	int64_t containerd_gid = row->containerd_gid >= 0 ? row->containerd_gid : row->gid;
	char text[64];

	groups_text(user, text, sizeof(text));
	if ((int)user->outcome != row->docker || user->docker.outcome != user->outcome)
		fail_msg("\"%s\": docker %d: %s", row->user, user->outcome, user->source);
	if (row->uid >= 0 && (user->uid != row->uid || user->gid != row->gid))
		fail_msg("\"%s\": %u:%u", row->user, user->uid, user->gid);
	if (strcmp(text, row->groups) != 0)
		fail_msg("\"%s\": groups %s", row->user, text);
	if ((int)user->containerd.outcome != row->containerd)
		fail_msg("\"%s\": containerd %d", row->user, user->containerd.outcome);
	if (row->containerd == START_RUNS &&
	    (user->containerd.uid != row->uid || user->containerd.gid != containerd_gid))
		fail_msg("\"%s\": containerd %u:%u", row->user, user->containerd.uid,
			 user->containerd.gid);
	if ((int)user->kubelet.outcome != row->kubelet)
		fail_msg("\"%s\": kubelet %d", row->user, user->kubelet.outcome);
	if (user->named != row->named || user->older_root != row->older_root)
		fail_msg("\"%s\": named %d, older root %d", row->user, user->named,
			 user->older_root);
	assert_non_null(user->source);
	assert_true(user->outcome == START_RUNS || user->docker.why);
	assert_true(user->containerd.outcome == START_RUNS || user->containerd.why);
	assert_true(user->kubelet.outcome == START_RUNS || user->kubelet.why);
	assert_int_equal(user->older_root, user->older_why != NULL);
}

static void test_rows(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, passwd);
	fixture_file(&fixture, "etc/group", 0644, 0, 0, group);
	fixture_done(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fixture.image->config.user = rows[i].user;
		assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits,
						    &fixture.err),
				 0);
		check_row(&rows[i], &fixture.image->start_user);
	}
	fixture_clear(&fixture);
}

/* One USER against one passwd and group (NULL: absent). */
static const struct start_user *resolve(struct fixture *fixture, const char *user,
					const char *passwd_text, const char *group_text)
{
	fixture_init(fixture);
	if (passwd_text)
		fixture_file(fixture, "etc/passwd", 0644, 0, 0, passwd_text);
	if (group_text)
		fixture_file(fixture, "etc/group", 0644, 0, 0, group_text);
	fixture_done(fixture);
	fixture->image->config.user = user;
	assert_int_equal(start_user_resolve(fixture->image, NULL, &fixture->limits, &fixture->err),
			 0);
	return &fixture->image->start_user;
}

/* An image "scratch": numbers start, names do not. */
static void test_no_files(void **state)
{
	const struct start_user *user;
	struct fixture fixture;

	user = resolve(&fixture, "1000", NULL, NULL);
	assert_int_equal(user->outcome, START_RUNS);
	assert_int_equal(user->uid, 1000);
	assert_int_equal(user->gid, 0);
	assert_contains(user->source, "without a line in /etc/passwd, so its group is 0");
	assert_null(user->name);
	assert_string_equal(user->home, "/");
	assert_int_equal(user->containerd.outcome, START_RUNS);
	fixture_clear(&fixture);

	user = resolve(&fixture, "app", NULL, NULL);
	assert_int_equal(user->outcome, START_REFUSED);
	assert_string_equal(user->docker.why,
			    "unable to find user app: no matching entries in passwd file");
	assert_contains(user->containerd.why, "file does not exist");
	fixture_clear(&fixture);

	user = resolve(&fixture, NULL, NULL, NULL);
	assert_int_equal(user->outcome, START_RUNS);
	assert_int_equal(user->uid, 0);
	assert_string_equal(user->source, "no USER is set");
	fixture_clear(&fixture);

	user = resolve(&fixture, "1000:app", "", NULL);
	assert_int_equal(user->outcome, START_REFUSED);
	fixture_clear(&fixture);
}

static void test_derivation(void **state)
{
	const struct start_user *user;
	struct fixture fixture;

	user = resolve(&fixture, "app:adm", passwd, group);
	assert_string_equal(
		user->source,
		"/etc/passwd line 3: app:x:1000:1000; group from /etc/group line 4: adm");
	assert_string_equal(user->name, "app");
	assert_string_equal(user->home, "/home/app");
	assert_true(user->group_given);
	fixture_clear(&fixture);

	user = resolve(&fixture, "bad", passwd, group);
	assert_contains(user->source, "bad:x:abc:100; the line is malformed");
	fixture_clear(&fixture);

	user = resolve(&fixture, "big", passwd, group);
	assert_contains(user->source, "its UID 4294967296 is cut to 32 bits: 0");
	fixture_clear(&fixture);

	user = resolve(&fixture, ":app", passwd, group);
	assert_contains(user->source, "USER names a group only");
	fixture_clear(&fixture);

	/* Without a USER the first line of UID 0 gives the group, and its name the groups. */
	user = resolve(&fixture, NULL, "#x\nroot:x:0:5\n", "bin:x:1:root\n");
	assert_int_equal(user->gid, 0);
	fixture_clear(&fixture);
	user = resolve(&fixture, NULL, "root:x:0:5\n", "bin:x:1:root,daemon\n");
	assert_int_equal(user->gid, 5);
	assert_int_equal(user->n_groups, 1);
	assert_int_equal(user->groups[0], 1);
	fixture_clear(&fixture);

	user = resolve(&fixture, "app", "app:$6$secrethash:1000:1000\n", NULL);
	assert_null(strstr(user->source, "secrethash"));
	fixture_clear(&fixture);
}

static void test_kubelet_words(void **state)
{
	const struct start_user *user;
	struct fixture fixture;

	user = resolve(&fixture, "app", passwd, group);
	assert_string_equal(user->kubelet.why, "image has non-numeric user (app), cannot verify "
					       "user is non-root");
	fixture_clear(&fixture);
	user = resolve(&fixture, "0:1", passwd, group);
	assert_string_equal(user->kubelet.why, "image will run as root");
	fixture_clear(&fixture);
	user = resolve(&fixture, "1:2:3", passwd, group);
	assert_int_equal(user->kubelet.uid, 1);
	assert_contains(user->kubelet.why, "the kubelet reads UID 1");
	fixture_clear(&fixture);
	user = resolve(&fixture, "-5", passwd, group);
	assert_contains(user->kubelet.why, "invalid user id (-5)");
	fixture_clear(&fixture);
}

static void test_older_words(void **state)
{
	const struct start_user *user;
	struct fixture fixture;

	user = resolve(&fixture, "4294967296", NULL, NULL);
	assert_contains(user->older_why, "CVE-2024-40635");
	fixture_clear(&fixture);
	user = resolve(&fixture, "99999999999999999999", passwd, group);
	assert_contains(user->older_why, "CVE-2026-46680");
	fixture_clear(&fixture);
	/* Neither huge nor cut to 0: only the versions between the two fixes. */
	user = resolve(&fixture, "2147483648", passwd, group);
	assert_contains(user->older_why, "CVE-2026-46680");
	fixture_clear(&fixture);
	user = resolve(&fixture, "0:2:3", passwd, group);
	assert_contains(user->older_why, "second colon");
	fixture_clear(&fixture);
	/* Only docker's match by number: its low 32 bits are not 0 for containerd. */
	user = resolve(&fixture, "99999999999999999999:2:3", passwd, group);
	assert_true(user->older_root);
	assert_contains(user->older_why, "takes the number for a name");
	fixture_clear(&fixture);
}

/* 64 KiB a passwd line and 1 MiB a group line: the scanners give up, and so does the start. */
static void test_long_lines(void **state)
{
	static const struct {
		size_t passwd, group;
		int outcome;
	} sizes[] = {
		{65535, 10, START_RUNS},
		{65536, 10, START_REFUSED},
		{10, 1048575, START_RUNS},
		{10, 1048576, START_REFUSED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *users = malloc(sizes[i].passwd + 1), *groups = malloc(sizes[i].group + 1);
		const struct start_user *user;
		struct fixture fixture;

		memset(users, 'x', sizes[i].passwd);
		memcpy(users, "a:x:5:5:", 8);
		users[sizes[i].passwd] = '\0';
		memset(groups, 'x', sizes[i].group);
		groups[sizes[i].group] = '\0';
		user = resolve(&fixture, "5", users, groups);
		assert_int_equal(user->outcome, sizes[i].outcome);
		assert_int_equal(user->containerd.outcome, sizes[i].outcome);
		fixture_clear(&fixture);
		free(users);
		free(groups);
	}
}

static void set_body(struct fixture *fixture, enum body_kind kind, uint64_t size)
{
	struct file_inode *inode = fixture_file(fixture, "etc/passwd", 0644, 0, 0, "x");

	inode->size = size;
	inode->body->kind = kind;
}

static void test_unreadable(void **state)
{
	static const struct {
		enum body_kind kind;
		uint64_t size;
		int outcome;
		const char *why;
	} bodies[] = {
		{BODY_NONE, 100, START_UNKNOWN, "was not read"},
		{BODY_CLEAN, 100, START_UNKNOWN, "was not read"},
		{BODY_TOO_LARGE, 10 << 20, START_UNKNOWN, "larger than the body limits"},
		{BODY_TOO_LARGE, (10 << 20) + 1, START_REFUSED, "larger than 10 MiB"},
		{BODY_NONE, 0, START_RUNS, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		const struct start_user *user;
		struct fixture fixture;

		fixture_init(&fixture);
		set_body(&fixture, bodies[i].kind, bodies[i].size);
		fixture_done(&fixture);
		fixture.image->config.user = "7";
		assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits,
						    &fixture.err),
				 0);
		user = &fixture.image->start_user;
		assert_int_equal(user->outcome, bodies[i].outcome);
		assert_int_equal(user->containerd.outcome, bodies[i].outcome);
		if (bodies[i].why)
			assert_contains(user->source, bodies[i].why);
		fixture_clear(&fixture);
	}
}

/* What stands at /etc/passwd. */
static void make_special(struct fixture *fixture, int which)
{
	switch (which) {
	case 0:
		fixture_directory(fixture, "etc/passwd", 0755);
		break;
	case 1:
		fixture_device(fixture, "etc/passwd", S_IFIFO | 0644, 0, 0);
		break;
	case 2:
		fixture_symlink(fixture, "etc/passwd", "passwd");
		break;
	case 3:
		fixture_file(fixture, "etc", 0644, 0, 0, "");
		break;
	}
}

static void test_special_files(void **state)
{
	for (int which = 0; which < 4; which++) {
		const struct start_user *user;
		struct fixture fixture;

		fixture_init(&fixture);
		make_special(&fixture, which);
		fixture_done(&fixture);
		assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits,
						    &fixture.err),
				 0);
		user = &fixture.image->start_user;
		assert_int_equal(user->outcome, START_REFUSED);
		/* Without a USER containerd does not read passwd, and starts root. */
		assert_int_equal(user->older_root, which < 3);
		if (user->older_root)
			assert_contains(user->older_why, "containerd does not refuse it");
		/* With one, only moby/sys/user 0.5 takes a special file for no file at all. */
		fixture.image->config.user = "0";
		assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits,
						    &fixture.err),
				 0);
		assert_int_equal(user->outcome, START_REFUSED);
		assert_int_equal(user->older_root, which < 2);
		fixture_clear(&fixture);
	}
}

/* Symlinks are followed inside the root; a dangling one is no file. */
static void test_symlinks(void **state)
{
	static const char *const targets[] = {"/usr/lib/passwd", "../usr/lib/passwd",
					      "../../../../usr/lib/passwd"};
	struct fixture fixture;

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		fixture_init(&fixture);
		fixture_file(&fixture, "usr/lib/passwd", 0644, 0, 0, "app:x:1000:7\n");
		fixture_symlink(&fixture, "etc/passwd", targets[i]);
		fixture_done(&fixture);
		fixture.image->config.user = "app";
		assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits,
						    &fixture.err),
				 0);
		assert_int_equal(fixture.image->start_user.outcome, START_RUNS);
		assert_int_equal(fixture.image->start_user.gid, 7);
		fixture_clear(&fixture);
	}
	fixture_init(&fixture);
	fixture_symlink(&fixture, "etc/passwd", "/nowhere");
	fixture_done(&fixture);
	fixture.image->config.user = "app";
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	assert_int_equal(fixture.image->start_user.outcome, START_REFUSED);
	fixture_clear(&fixture);
}

static void test_rootfs_and_override(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, passwd);
	fixture_done(&fixture);
	fixture.image->rootfs = true;
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	assert_int_equal(fixture.image->start_user.outcome, START_UNKNOWN);
	assert_contains(fixture.image->start_user.docker.why, "--user");
	assert_int_equal(start_user_resolve(fixture.image, "app", &fixture.limits, &fixture.err),
			 0);
	assert_int_equal(fixture.image->start_user.uid, 1000);
	fixture.image->rootfs = false;
	fixture.image->config.user = "0";
	assert_int_equal(start_user_resolve(fixture.image, "app", &fixture.limits, &fixture.err),
			 0);
	assert_string_equal(fixture.image->start_user.configured, "app");
	assert_int_equal(fixture.image->start_user.uid, 1000);
	fixture_clear(&fixture);
}

static void test_too_many_groups(void **state)
{
	size_t n = 65536, line = strlen("g:x:1:a\n");
	char *groups = malloc(n * line + 1);
	struct fixture fixture;

	for (size_t i = 0; i < n; i++)
		memcpy(groups + i * line, "g:x:1:a\n", line);
	groups[(n - 1) * line] = '\0';
	assert_int_equal(resolve(&fixture, "a", "a:x:1:1\n", groups)->outcome, START_RUNS);
	assert_int_equal(fixture.image->start_user.n_groups, n - 1);
	fixture_clear(&fixture);
	groups[(n - 1) * line] = 'g';
	groups[n * line] = '\0';
	assert_int_equal(resolve(&fixture, "a", "a:x:1:1\n", groups)->outcome, START_REFUSED);
	fixture_clear(&fixture);
	free(groups);
}

static void test_allocation_failures(void **state)
{
	static const char *const users[] = {NULL, "app:adm", "4294967296", "0:2:3", "nobody"};
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, passwd);
	fixture_file(&fixture, "etc/group", 0644, 0, 0, group);
	fixture_done(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		fixture.image->config.user = users[i];
		OOM_SWEEP(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), );
	}
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_derivation),
		cmocka_unit_test(test_kubelet_words),
		cmocka_unit_test(test_older_words),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_special_files),
		cmocka_unit_test(test_symlinks),
		cmocka_unit_test(test_rootfs_and_override),
		cmocka_unit_test(test_too_many_groups),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
