/* SPDX-License-Identifier: Apache-2.0 */
/* Members of archives by name: cleaning, replacing, following links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oom.h"
#include "source/tar_members.h"

static struct tar_member *add(struct tar_members *members, const char *path, char type,
			      const char *link)
{
	struct tar_entry entry = {.path = path, .link = link ? link : "", .type = type};
	struct tar_member *member = NULL;

	assert_int_equal(tar_members_add(members, &entry, &member, NULL), 0);
	return member;
}

static void test_names(void **state)
{
	static const struct {
		const char *stored, *asked;
		bool found;
	} cases[] = {
		{"a", "a", true},          {"./a", "a", true},         {"/a", "a", true},
		{"a/", "a", true},         {"a//b", "a/b", true},      {"a/./b", "a/b", true},
		{"a/../b", "b", true},     {"a/b/../../c", "c", true}, {"../a", "a", false},
		{"a/../../b", "b", false}, {"a", "./a", true},         {"a", "b/../a", true},
		{"a", "../a", false},      {"a", "A", false},          {"", "", false},
		{".", ".", false},         {"...", "...", true},       {"a", "a/b", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(tar_members_freep) struct tar_members *members = NULL;

		assert_int_equal(tar_members_new(&limits_default, &members, NULL), 0);
		add(members, cases[i].stored, '0', NULL);
		if (!!tar_members_find(members, cases[i].asked) != cases[i].found)
			fail_msg("\"%s\" for \"%s\"", cases[i].stored, cases[i].asked);
	}
}

static void test_twice(void **state)
{
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;
	struct tar_entry second = {.path = "./a", .link = "", .type = '0', .offset = 7};
	struct tar_member *member;

	assert_int_equal(tar_members_new(&limits_default, &members, NULL), 0);
	member = add(members, "a", '0', NULL);
	assert_false(member->twice);
	assert_int_equal(tar_members_add(members, &second, &member, NULL), 0);
	assert_true(member->twice);
	assert_int_equal(tar_members_find(members, "a")->offset, 7);
}

/* What lies below a link makes all of the archive doubtful; below a directory nothing does. */
static void test_astray(void **state)
{
	static const struct {
		const char *parent, *member;
		char type;
		int code;
	} cases[] = {
		{"d", "d/a", '5', 0},          {"d", "d/a", '2', -EBADMSG},
		{"d", "d/a", '1', -EBADMSG},   {"d", "d/a", '0', -EBADMSG},
		{"d", "d/e/a", '2', -EBADMSG}, {"d/e", "d/e/a", '2', -EBADMSG},
		{"d", "da", '2', 0},           {"d/e", "d/a", '2', 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(tar_members_freep) struct tar_members *members = NULL;
		struct tar_member *member;

		assert_int_equal(tar_members_new(&limits_default, &members, NULL), 0);
		add(members, "manifest.json", '0', NULL);
		add(members, cases[i].parent, cases[i].type, ".");
		add(members, cases[i].member, '0', NULL);
		assert_int_equal(tar_members_resolve(members, "manifest.json", &member, NULL),
				 cases[i].code);
	}
}

static void test_link_twice(void **state)
{
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;
	struct tar_member *member;

	assert_int_equal(tar_members_new(&limits_default, &members, NULL), 0);
	add(members, "a", '0', NULL);
	add(members, "b", '0', NULL);
	add(members, "link", '2', "a");
	assert_int_equal(tar_members_resolve(members, "link", &member, NULL), 0);
	add(members, "link", '2', "b");
	assert_int_equal(tar_members_resolve(members, "link", &member, NULL), -EBADMSG);
}

static void test_links(void **state)
{
	static const struct {
		const char *name, *found;
		int code;
	} cases[] = {
		{"one/layer.tar", "one/layer.tar", 0},
		{"two/layer.tar", "one/layer.tar", 0},
		{"three/layer.tar", "one/layer.tar", 0},
		{"hard", "one/layer.tar", 0},
		{"absolute", "one/layer.tar", 0},
		{"dangling", NULL, -ENOENT},
		{"outside", NULL, -ENOENT},
		{"self", NULL, -EBADMSG},
		{"ping", NULL, -EBADMSG},
		{"one", NULL, -EBADMSG},
		{"todir", NULL, -EBADMSG},
		{"missing", NULL, -ENOENT},
	};
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;

	assert_int_equal(tar_members_new(&limits_default, &members, NULL), 0);
	add(members, "one", '5', NULL);
	add(members, "one/layer.tar", '0', NULL);
	add(members, "two/layer.tar", '2', "../one/layer.tar");
	add(members, "three/layer.tar", '2', "../two/layer.tar");
	add(members, "hard", '1', "one/layer.tar");
	add(members, "absolute", '2', "/one/layer.tar");
	add(members, "dangling", '2', "nowhere");
	add(members, "outside", '2', "../etc/passwd");
	add(members, "self", '2', "self");
	add(members, "ping", '2', "pong");
	add(members, "pong", '2', "ping");
	add(members, "todir", '2', "one");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tar_member *member = NULL;
		struct error err = {};
		int r = tar_members_resolve(members, cases[i].name, &member, &err);

		assert_int_equal(r, cases[i].code);
		if (r == 0)
			assert_string_equal(member->name, cases[i].found);
		else
			assert_non_null(strstr(err.message, cases[i].name));
	}
}

static void test_link_cap(void **state)
{
	struct limits limits = limits_default;
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;
	struct tar_member *member;

	limits.symlinks = 2;
	assert_int_equal(tar_members_new(&limits, &members, NULL), 0);
	add(members, "file", '0', NULL);
	add(members, "l1", '2', "file");
	add(members, "l2", '2', "l1");
	add(members, "l3", '2', "l2");
	assert_int_equal(tar_members_resolve(members, "l2", &member, NULL), 0);
	assert_int_equal(tar_members_resolve(members, "l3", &member, NULL), -EBADMSG);
}

static void test_member_cap(void **state)
{
	struct limits limits = limits_default;
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;
	struct tar_entry entry = {.path = "a", .link = "", .type = '0'};
	struct tar_member *member;
	struct error err = {};

	limits.archive_members = 3;
	assert_int_equal(tar_members_new(&limits, &members, NULL), 0);
	for (int i = 0; i < 3; i++) /* replacing counts, too */
		assert_int_equal(tar_members_add(members, &entry, &member, NULL), 0);
	assert_int_equal(tar_members_add(members, &entry, &member, &err), -E2BIG);
	assert_non_null(strstr(err.message, "archive-members"));
}

static void test_many(void **state)
{
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;
	char name[32];

	assert_int_equal(tar_members_new(&limits_default, &members, NULL), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "dir%d/file%d", i % 7, i);
		add(members, name, '0', NULL);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "dir%d/file%d", i % 7, i);
		assert_non_null(tar_members_find(members, name));
	}
	assert_true(tar_members_have_dir(members, "dir6"));
	assert_false(tar_members_have_dir(members, "dir7"));
	assert_false(tar_members_have_dir(members, "dir"));
}

static int sweep(void)
{
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;
	struct tar_entry entry = {.path = "a/b", .link = "c", .type = '2'};
	struct tar_member *member;
	int r = tar_members_new(&limits_default, &members, NULL);

	return r < 0 ? r : tar_members_add(members, &entry, &member, NULL);
}

static void test_oom(void **state)
{
	OOM_SWEEP(sweep(), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),      cmocka_unit_test(test_twice),
		cmocka_unit_test(test_astray),     cmocka_unit_test(test_link_twice),
		cmocka_unit_test(test_links),      cmocka_unit_test(test_link_cap),
		cmocka_unit_test(test_member_cap), cmocka_unit_test(test_many),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
