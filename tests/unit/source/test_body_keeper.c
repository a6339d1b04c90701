/* SPDX-License-Identifier: Apache-2.0 */
/* Which bodies are kept, in which form, up to which caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "model/owner_list.h"
#include "oom.h"
#include "source/body_keeper.h"

struct fixture {
	struct limits limits;
	struct file_tree *tree;
	struct body_keeper *keeper;
};

static void begin(struct fixture *fixture, const struct body_wishes *wishes, bool sparing)
{
	fixture->keeper = NULL;
	assert_int_equal(file_tree_new(&fixture->limits, 0, &fixture->tree, NULL), 0);
	assert_int_equal(body_keeper_new(fixture->tree, &fixture->limits, wishes, sparing,
					 &fixture->keeper, NULL),
			 0);
}

static void end(struct fixture *fixture)
{
	body_keeper_free(fixture->keeper);
	file_tree_free(fixture->tree);
}

static bool start(struct body_keeper *keeper, const char *path, uint32_t mode, uint64_t size)
{
	struct file_entry entry = {.path = path, .mode = S_IFREG | mode, .size = size};

	return body_keeper_start(keeper, &entry, false);
}

/* Lets a file pass in pieces of `step` bytes. */
static int keep(struct body_keeper *keeper, const char *path, const char *data, size_t size,
		size_t step, uint32_t *ret_flags, struct file_body **ret)
{
	const char *digest;
	size_t at = 0;
	int r = 0;

	*ret_flags = 0;
	if (start(keeper, path, 0644, size))
		*ret_flags = body_keeper_look(keeper, data, MIN(step, size));
	while (r == 0 && at < size && body_keeper_active(keeper)) {
		r = body_keeper_feed(keeper, data + at, MIN(step, size - at), NULL);
		at += step;
	}
	return r < 0 ? r : body_keeper_finish(keeper, ret, &digest, NULL);
}

static void expect_kind(const char *path, const char *data, enum body_kind kind, uint32_t flags)
{
	static const char *const scripts[] = {"entry.sh", "run"};
	static const char *const paths[] = {"/data/users"};
	struct body_wishes wishes = {.scripts = scripts,
				     .n_scripts = 2,
				     .paths = paths,
				     .n_paths = 1};

	for (size_t step = 4; step < 9; step += 3) {
		struct fixture fixture = {.limits = limits_default};
		struct file_body *body = NULL;
		uint32_t found;

		begin(&fixture, &wishes, false);
		assert_int_equal(keep(fixture.keeper, path, data, strlen(data), step, &found,
				      &body),
				 0);
		if ((body ? body->kind : BODY_NONE) != kind || found != flags)
			fail_msg("%s: kind %d, flags %u", path, body ? (int)body->kind : 0, found);
		if (kind == BODY_WHOLE) {
			assert_int_equal(body->size, strlen(data));
			assert_string_equal(body->data, data);
		}
		end(&fixture);
	}
}

static void test_kinds(void **state)
{
	static const char gosu[] = "#!/bin/sh\nexec gosu app\n", plain[] = "#!/bin/sh\necho\n";

	expect_kind("etc/passwd", "root:x:0:0\n", BODY_WHOLE, 0);
	expect_kind("./etc/group", "root:x:0:\n", BODY_WHOLE, 0);
	expect_kind("/etc//shadow", "root:*:\n", BODY_WHOLE, 0);
	expect_kind("etc/./gshadow", "", BODY_WHOLE, 0);
	expect_kind("usr/lib/passwd", "root:x:0:0\n", BODY_WHOLE, 0);
	expect_kind("srv/chroot/etc/passwd", "root:x:0:0\n", BODY_WHOLE, 0);
	expect_kind("usr/bin/passwd", "some binary", BODY_NONE, 0);
	expect_kind("passwd", "root", BODY_NONE, 0);
	expect_kind("etc/passwd-", "root:x:0:0\n", BODY_NONE, 0);
	expect_kind("etc/passwd/x", "root:x:0:0\n", BODY_NONE, 0);
	expect_kind("data/users", "root:x:0:0\n", BODY_WHOLE, 0);
	expect_kind("elsewhere/users", "root:x:0:0\n", BODY_WHOLE, 0);
	expect_kind("data/users2", "root:x:0:0\n", BODY_NONE, 0);
	expect_kind("opt/x.sh", gosu, BODY_WHOLE, INODE_SCRIPT);
	expect_kind("opt/x.sh", plain, BODY_CLEAN, INODE_SCRIPT);
	expect_kind("opt/x", "exec gosu app\n", BODY_NONE, 0);
	expect_kind("entry.sh", gosu, BODY_WHOLE, INODE_SCRIPT);
	expect_kind("entry.sh", "exec gosu app\n", BODY_WHOLE, 0);
	expect_kind("opt/entry.sh", "echo\n", BODY_CLEAN, 0);
	expect_kind("run", "", BODY_CLEAN, 0);
	expect_kind("run",
		    "\x7f"
		    "ELF gosu",
		    BODY_NONE, 0);
	expect_kind("opt/x", "#", BODY_NONE, 0);
	expect_kind("", "x", BODY_NONE, 0);
	expect_kind("/", "x", BODY_NONE, 0);
}

static void test_owners(void **state)
{
	static const struct {
		const char *path, *data, *file, *package;
	} cases[] = {
		{"var/lib/dpkg/info/util-linux.list", "/.\n/bin\n/bin/su\n", "/bin/su",
		 "util-linux"},
		{"var/lib/dpkg/info/libc6:amd64.list", "/lib/x.so\n", "/lib/x.so", "libc6:amd64"},
		{"var/lib/dpkg/status.d/base.md5sums",
		 "0123456789abcdef0123456789abcdef  usr/bin/x\n", "/usr/bin/x", "base"},
		{"lib/apk/db/installed", "C:x\nP:busybox\nF:bin\nR:busybox\n", "/bin/busybox",
		 "busybox"},
		{"usr/lib/apk/db/installed", "C:x\nP:busybox\nF:bin\nR:busybox\n", "/bin/busybox",
		 "busybox"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture fixture = {.limits = limits_default};
		struct file_body *body = NULL;
		const char *package;
		uint32_t flags;

		begin(&fixture, NULL, true);
		assert_int_equal(keep(fixture.keeper, cases[i].path, cases[i].data,
				      strlen(cases[i].data), 7, &flags, &body),
				 0);
		assert_non_null(body);
		assert_int_equal(body->kind, BODY_OWNERS);
		package = owner_list_find(body->data, cases[i].file);
		assert_non_null(package);
		assert_string_equal(package, cases[i].package);
		assert_null(owner_list_find(body->data, "/no/such"));
		end(&fixture);
	}
}

static void expect_size(struct limits limits, const char *path, const char *data,
			enum body_kind kind)
{
	struct fixture fixture = {.limits = limits};
	struct file_body *body = NULL;
	uint32_t flags;

	begin(&fixture, NULL, false);
	assert_int_equal(keep(fixture.keeper, path, data, strlen(data), 4, &flags, &body), 0);
	assert_int_equal(body ? body->kind : BODY_NONE, kind);
	end(&fixture);
}

static void test_caps(void **state)
{
	static const char script[] = "#!/bin/su", list[] = "/bin/su\n";
	struct limits limits = limits_default;

	limits.body_bytes = 8;
	expect_size(limits, "etc/passwd", "12345678", BODY_WHOLE);
	expect_size(limits, "etc/passwd", "123456789", BODY_TOO_LARGE);
	limits.script_bytes = strlen(script);
	expect_size(limits, "x", script, BODY_WHOLE);
	limits.script_bytes--;
	expect_size(limits, "x", script, BODY_TOO_LARGE);
	limits.package_db_bytes = strlen(list);
	expect_size(limits, "var/lib/dpkg/info/a.list", list, BODY_OWNERS);
	limits.package_db_bytes--;
	expect_size(limits, "var/lib/dpkg/info/a.list", list, BODY_NONE);
}

static void test_all_bodies_cap(void **state)
{
	struct fixture fixture = {.limits = limits_default};
	struct file_body *body = NULL;
	uint32_t flags;

	fixture.limits.bodies_bytes = 10;
	begin(&fixture, NULL, false);
	assert_int_equal(keep(fixture.keeper, "etc/passwd", "12345", 5, 5, &flags, &body), 0);
	assert_int_equal(body->kind, BODY_WHOLE);
	assert_int_equal(keep(fixture.keeper, "etc/group", "12345", 5, 5, &flags, &body), 0);
	assert_int_equal(body->kind, BODY_WHOLE);
	assert_int_equal(keep(fixture.keeper, "etc/shadow", "1", 1, 5, &flags, &body), 0);
	assert_int_equal(body->kind, BODY_TOO_LARGE);
	/* Nothing of it is lost for a script that is clean. */
	assert_int_equal(keep(fixture.keeper, "x", "#!/bin/sh", 9, 5, &flags, &body), 0);
	assert_int_equal(body->kind, BODY_CLEAN);
	end(&fixture);
}

/* A file that turns out longer than its size said. */
static void test_grows(void **state)
{
	struct fixture fixture = {.limits = limits_default};
	const char *digest;
	struct file_body *body = NULL;

	fixture.limits.body_bytes = 8;
	begin(&fixture, NULL, false);
	assert_true(start(fixture.keeper, "etc/passwd", 0644, 4));
	body_keeper_look(fixture.keeper, "1234", 4);
	assert_int_equal(body_keeper_feed(fixture.keeper, "12345678", 8, NULL), 0);
	assert_true(body_keeper_active(fixture.keeper));
	assert_int_equal(body_keeper_feed(fixture.keeper, "9", 1, NULL), 0);
	assert_false(body_keeper_active(fixture.keeper));
	assert_int_equal(body_keeper_finish(fixture.keeper, &body, &digest, NULL), 0);
	assert_null(digest);
	assert_int_equal(body->kind, BODY_TOO_LARGE);
	end(&fixture);
}

static void test_sparing(void **state)
{
	static const char *const scripts[] = {"run"};
	struct body_wishes wishes = {.scripts = scripts, .n_scripts = 1};
	struct fixture fixture = {.limits = limits_default};
	struct body_keeper *keeper;

	begin(&fixture, &wishes, true);
	keeper = fixture.keeper;
	assert_false(start(keeper, "bin/x", 0755, 100));
	assert_true(start(keeper, "bin/x", 04755, 100));
	assert_false(body_keeper_needed(keeper));
	assert_true(start(keeper, "bin/x", 02755, 100));
	assert_true(start(keeper, "bin/run", 0644, 100));
	assert_true(body_keeper_needed(keeper));
	assert_true(start(keeper, "etc/passwd", 0644, 100));
	assert_true(body_keeper_needed(keeper));
	end(&fixture);
}

/* A database that was begun and given up does not spoil the next file. */
static void test_given_up(void **state)
{
	struct fixture fixture = {.limits = limits_default};
	struct file_body *body = NULL;
	uint32_t flags;

	begin(&fixture, NULL, false);
	assert_true(start(fixture.keeper, "lib/apk/db/installed", 0644, 9));
	assert_int_equal(keep(fixture.keeper, "etc/passwd", "a:b", 3, 3, &flags, &body), 0);
	assert_int_equal(body->kind, BODY_WHOLE);
	end(&fixture);
}

static int sweep_step(const char *path, const char *data)
{
	struct fixture fixture = {.limits = limits_default};
	struct file_body *body = NULL;
	uint32_t flags;
	int r = file_tree_new(&fixture.limits, 0, &fixture.tree, NULL);

	if (r == 0)
		r = body_keeper_new(fixture.tree, &fixture.limits, NULL, false, &fixture.keeper,
				    NULL);
	if (r == 0)
		r = keep(fixture.keeper, path, data, strlen(data), 5, &flags, &body);
	body_keeper_free(fixture.keeper);
	file_tree_free(fixture.tree);
	return r;
}

static void test_oom(void **state)
{
	OOM_SWEEP(sweep_step("etc/passwd", "root:x:0:0"), );
	OOM_SWEEP(sweep_step("x", "#!/bin/sh\ngosu"), );
	OOM_SWEEP(sweep_step("var/lib/dpkg/info/a.list", "/a\n/b\n"), );
}

static void test_sparse_files_are_charged(void **state)
{
	static const struct {
		const char *path;
		uint64_t size;
		bool read;
	} rows[] = {
		{"var/lib/dpkg/info/x.list", 60, true},
		{"var/lib/dpkg/info/y.list", 41, false},
		{"etc/passwd", 41, false},
		{"etc/passwd", 40, true},
		{"bin/script", 1, true}, /* two bytes cannot be a script: not looked at */
		{"bin/script", 3, false},
	};
	struct fixture fixture;

	fixture.limits = limits_default;
	fixture.limits.bodies_bytes = 100;
	begin(&fixture, NULL, false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct file_entry entry = {.path = rows[i].path,
					   .mode = S_IFREG | 0755,
					   .size = rows[i].size};
		bool small = rows[i].size < 3;

		assert_int_equal(body_keeper_start(fixture.keeper, &entry, true),
				 rows[i].read && !small);
		assert_int_equal(body_keeper_start(fixture.keeper, &entry, false), !small);
	}
	end(&fixture);
}

static void test_digest(void **state)
{
	/* printf abc | sha256sum */
	static const char expected[] =
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct file_xattr cap = {.name = "security.capability"};
	static const struct {
		uint32_t mode;
		bool capable;
		uint64_t size;
		bool digest;
	} rows[] = {
		{04755, false, 3, true}, {02755, false, 3, true},  {0755, true, 3, true},
		{0755, false, 3, false}, {04755, false, 4, false}, {04755, false, 2, false},
	};
	struct fixture fixture;

	begin(&fixture, NULL, true);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct file_entry entry = {.path = "bin/x",
					   .mode = S_IFREG | rows[i].mode,
					   .size = rows[i].size,
					   .xattrs = rows[i].capable ? &cap : NULL};
		const char *digest;
		struct file_body *body;

		assert_int_equal(body_keeper_start(fixture.keeper, &entry, false),
				 rows[i].digest || i > 3);
		body_keeper_look(fixture.keeper, "abc", 3);
		if (body_keeper_active(fixture.keeper)) {
			assert_int_equal(body_keeper_feed(fixture.keeper, "a", 1, NULL), 0);
			assert_int_equal(body_keeper_feed(fixture.keeper, "bc", 2, NULL), 0);
		}
		assert_int_equal(body_keeper_finish(fixture.keeper, &body, &digest, NULL), 0);
		assert_null(body);
		if (rows[i].digest)
			assert_string_equal(digest, expected);
		else
			assert_null(digest);
	}
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sparse_files_are_charged),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_all_bodies_cap),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_sparing),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
