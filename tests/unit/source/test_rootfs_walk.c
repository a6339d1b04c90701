/* SPDX-License-Identifier: Apache-2.0 */
/* A directory walked: types, hardlinks, attributes, bodies, and nothing followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/xattr.h>

#include "oom.h"
#include "source/rootfs_walk.h"
#include "source_test.h"

static int walk_with(const char *name, const struct limits *limits,
		     const struct body_wishes *wishes, struct file_tree **ret, struct error *err)
{
	_cleanup_(confined_freep) struct confined *dir = NULL;
	int r = confined_open(test_path(name), &dir, err);

	return r < 0 ? r : rootfs_walk(dir, name, limits, wishes, ret, err);
}

static struct file_tree *walk(const char *name, const struct body_wishes *wishes)
{
	struct file_tree *tree = NULL;
	struct error err = {};
	int r = walk_with(name, &limits_default, wishes, &tree, &err);

	if (r < 0)
		fail_msg("%d (%s)", r, err.message);
	return tree;
}

static void make_root(const char *dir)
{
	char name[128];

	test_mkdir(dir);
	snprintf(name, sizeof(name), "%s/etc", dir);
	test_mkdir(name);
	snprintf(name, sizeof(name), "%s/bin", dir);
	test_mkdir(name);
	snprintf(name, sizeof(name), "%s/etc/passwd", dir);
	test_write_text(name, "root:x:0:0\n");
	snprintf(name, sizeof(name), "%s/bin/su", dir);
	test_write_text(name, "x");
}

static void test_types(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	struct file_inode *su;

	make_root("types");
	assert_int_equal(chmod(test_path("types/bin/su"), 04755), 0);
	assert_int_equal(chmod(test_path("types/bin"), 01777), 0);
	assert_int_equal(link(test_path("types/bin/su"), test_path("types/bin/su2")), 0);
	assert_int_equal(symlink("su", test_path("types/bin/link")), 0);
	assert_int_equal(mkfifo(test_path("types/bin/pipe"), 0600), 0);
	tree = walk("types", NULL);
	su = inode_at(tree, "bin/su");
	assert_int_equal(su->mode, S_IFREG | 04755);
	assert_int_equal(su->nlink, 2);
	assert_int_equal(su->uid, getuid());
	assert_int_equal(su->gid, getgid());
	assert_int_equal(su->size, 1);
	assert_ptr_equal(su, inode_at(tree, "bin/su2"));
	assert_string_equal(inode_at(tree, "bin/link")->target, "su");
	assert_int_equal(inode_at(tree, "bin/pipe")->mode, S_IFIFO | 0600);
	assert_int_equal(inode_at(tree, "bin")->mode, S_IFDIR | 01777);
	assert_string_equal(body_at(tree, "etc/passwd")->data, "root:x:0:0\n");
}

static void test_names(void **state)
{
	static const char *const names[] = {".wh.x", ".wh..wh..opq", "new\nline",
					    " ",     "\xff",         "a\\b"};
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	char name[128];

	make_root("names");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), "names/%s", names[i]);
		test_write_text(name, "");
	}
	tree = walk("names", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(has_path(tree, names[i]));
}

/* Symbolic links are entries: what they lead to is not walked. */
static void test_nothing_followed(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;

	make_root("links");
	assert_int_equal(symlink("..", test_path("links/up")), 0);
	assert_int_equal(symlink("/", test_path("links/slash")), 0);
	assert_int_equal(symlink(".", test_path("links/loop")), 0);
	tree = walk("links", NULL);
	assert_true(S_ISLNK(inode_at(tree, "up")->mode));
	assert_int_equal(file_tree_entries(tree), 8);
}

static void test_wishes(void **state)
{
	static const char *const scripts[] = {"start"};
	static const char *const paths[] = {"/data/users"};
	struct body_wishes wishes = {.scripts = scripts,
				     .n_scripts = 1,
				     .paths = paths,
				     .n_paths = 1};
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;

	make_root("wishes");
	test_mkdir("wishes/data");
	test_write_text("wishes/data/users", "u");
	test_write_text("wishes/data/start", "#!/bin/sh\nexec gosu u\n");
	test_write_text("wishes/data/other", "#!/bin/sh\nexec gosu u\n");
	tree = walk("wishes", &wishes);
	assert_string_equal(body_at(tree, "data/users")->data, "u");
	assert_int_equal(body_at(tree, "data/start")->kind, BODY_WHOLE);
	assert_int_equal(inode_at(tree, "data/start")->flags & INODE_SCRIPT, INODE_SCRIPT);
	assert_null(inode_at(tree, "data/other")->body); /* nobody asked */
}

static void test_setuid_script(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;

	make_root("script");
	test_write_text("script/bin/s", "#!/bin/sh\n");
	assert_int_equal(chmod(test_path("script/bin/s"), 04755), 0);
	tree = walk("script", NULL);
	assert_int_equal(inode_at(tree, "bin/s")->flags & INODE_SCRIPT, INODE_SCRIPT);
	assert_int_equal(inode_at(tree, "bin/su")->flags & INODE_SCRIPT, 0);
}

static void test_capability(void **state)
{
	static const uint8_t value[20] = {1, 0, 0, 2, 0, 0x20};
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	const struct file_xattr *xattr;

	make_root("caps");
	if (setxattr(test_path("caps/bin/su"), "security.capability", value, sizeof(value), 0) < 0)
		skip();
	tree = walk("caps", NULL);
	xattr = file_inode_xattr(inode_at(tree, "bin/su"), "security.capability");
	assert_non_null(xattr);
	assert_int_equal(xattr->size, sizeof(value));
	assert_memory_equal(xattr->value, value, sizeof(value));
	assert_null(file_inode_xattr(inode_at(tree, "etc/passwd"), "security.capability"));
}

/* A child without root's powers meets a directory that it may not read. */
static void test_unreadable(void **state)
{
	struct file_tree *tree = NULL;
	struct error err = {};
	int status = 0;
	pid_t child;

	make_root("closed");
	assert_int_equal(chmod(test_dir(), 0755), 0);
	assert_int_equal(chmod(test_path("closed/bin"), 0), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (getuid() == 0 && setuid(65534) < 0)
			_exit(3);
		_exit(walk_with("closed", &limits_default, NULL, &tree, &err) == -EACCES &&
				      strstr(err.message, "closed/bin")
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(test_path("closed/bin"), 0755), 0);
}

static void test_deep(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;

	test_mkdir("deep");
	assert_int_equal(chdir(test_path("deep")), 0);
	for (int i = 0; i < 1200; i++) { /* deeper than there are file handles */
		assert_int_equal(mkdir("d", 0755), 0);
		assert_int_equal(chdir("d"), 0);
	}
	assert_int_equal(chdir("/"), 0);
	tree = walk("deep", NULL);
	assert_int_equal(file_tree_entries(tree), 1201);
}

static void test_limits(void **state)
{
	struct limits limits = limits_default;
	struct file_tree *tree = NULL;

	make_root("limits");
	limits.entries = 5;
	assert_int_equal(walk_with("limits", &limits, NULL, &tree, NULL), 0);
	file_tree_free(TAKE(tree));
	limits.entries = 4;
	assert_int_equal(walk_with("limits", &limits, NULL, &tree, NULL), -E2BIG);
}

static void test_oom(void **state)
{
	struct file_tree *tree = NULL;

	OOM_SWEEP(walk_with("limits", &limits_default, NULL, &tree, NULL),
		  file_tree_free(TAKE(tree)));
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nothing_followed),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_setuid_script),
		cmocka_unit_test(test_capability),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
