/* SPDX-License-Identifier: Apache-2.0 */
/* One layer's entries, the way a runtime unpacks them; and look-ups. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "tree_script.h"

struct row {
	const char *name, *entries, *expected; /* expected NULL: -EBADMSG */
};

static const struct row rows[] = {
	{"plain", "d usr 755 0 0\nf usr/su 4755 0 0", "/usr/ 755 0:0\n/usr/su 4755 0:0\n"},
	{"prefixes are one path", "f ./a 644\nf /a 600\nf a 640 1 2", "/a 640 1:2\n"},
	{"dots are cleaned", "f x/../y 644\nf ../../z 644\nf a/./b//c 644",
	 "/a/ 755 0:0\n/a/b/ 755 0:0\n/a/b/c 644 0:0\n/y 644 0:0\n/z 644 0:0\n"},
	{"parents appear", "f a/b/c 644", "/a/ 755 0:0\n/a/b/ 755 0:0\n/a/b/c 644 0:0\n"},
	{"a directory keeps its files", "d a 755\nf a/x 644\nd a 1777 3 4",
	 "/a/ 1777 3:4\n/a/x 644 0:0\n"},
	{"file over directory", "d a 755\nf a/x 4755\nf a 644", "/a 644 0:0\n"},
	{"directory over file", "f a 4755\nd a 700\nf a/b 600", "/a/ 700 0:0\n/a/b 600 0:0\n"},
	{"last duplicate wins", "f a 4755\nf a 755", "/a 755 0:0\n"},
	{"uid of 2^32 is root", "f a 4755 4294967296 0", "/a 4755 0:0\n"},
	{"uid -1 leaves root", "f a 4755 -1 -1", "/a 4755 0:0\n"},
	{"uid 2^32-1 leaves root", "f a 4755 4294967295 4294967295", "/a 4755 0:0\n"},
	{"uid -1 keeps a directory's", "d a 755 7 8\nd a 700 -1 -1", "/a/ 700 7:8\n"},
	{"uid -2", "f a 4755 -2 0", "/a 4755 4294967294:0\n"},
	{"set-group-ID directory hands its group on", "d g 2755 0 7\nf g/d/x 644\nf g/y 644 -1 -1",
	 "/g/ 2755 0:7\n/g/d/ 2755 0:0\n/g/d/x 644 0:0\n/g/y 644 0:7\n"},
	{"mode with type bits", "f a 104644", "/a 4644 0:0\n"},
	{"hardlink shares mode and owner", "f a 755 1 1\nh b a 4755 0 5",
	 "/a 4755 0:5 *2\n/b 4755 0:5 *2\n"},
	{"hardlink by other spellings", "f d/a 755\nh b ./d//x/../a 700",
	 "/b 700 0:0 *2\n"
	 "/d/ 755 0:0\n"
	 "/d/a 700 0:0 *2\n"},
	{"old inode lives on", "f a 4755\nh b a 4755\nf a 644", "/a 644 0:0\n/b 4755 0:0\n"},
	{"hardlink replaces", "f a 4755\nf b 644\nh b a 4711", "/a 4711 0:0 *2\n/b 4711 0:0 *2\n"},
	{"hardlink to a symlink", "l s a\nh t s 4755 5 6", "/s -> a *2\n/t -> a *2\n"},
	{"hardlink through a symlinked directory", "f d/a 4755\nl s d\nh b s/a 4755",
	 "/b 4755 0:0 *2\n/d/ 755 0:0\n/d/a 4755 0:0 *2\n/s -> d\n"},
	{"symlinked parent", "d b 755\nl a b\nf a/x 4755", "/a -> b\n/b/ 755 0:0\n/b/x 4755 0:0\n"},
	{"absolute symlinked parent", "d b 755\nl a /b\nf a/x 4755",
	 "/a -> /b\n/b/ 755 0:0\n/b/x 4755 0:0\n"},
	{"escaping symlinked parent stays inside", "l a ../../../etc\nf a/x 4755",
	 "/a -> ../../../etc\n/etc/ 755 0:0\n/etc/x 4755 0:0\n"},
	{"chain of symlinks", "d c 755\nl b c\nl a b\nf a/x 644",
	 "/a -> b\n/b -> c\n/c/ 755 0:0\n/c/x 644 0:0\n"},
	{"directory replaces a symlink", "d b 755\nl a b\nd a 700\nf a/x 644",
	 "/a/ 700 0:0\n/a/x 644 0:0\n/b/ 755 0:0\n"},
	{"cached parent becomes a symlink", "f a/x 644\nd b 755\nl a b\nf a/y 644",
	 "/a -> b\n/b/ 755 0:0\n/b/y 644 0:0\n"},
	{"cached parent is replaced above", "f a/b/x 644\nf a 600\nd a 755\nf a/b/y 644",
	 "/a/ 755 0:0\n/a/b/ 755 0:0\n/a/b/y 644 0:0\n"},
	{"bare .wh. is a name", "f a/.wh. 644", "/a/ 755 0:0\n/a/.wh. 644 0:0\n"},
	{".wh..wh..opqX is a name", "f .wh..wh..opqX 644", "/.wh..wh..opqX 644 0:0\n"},
	{"a whiteout is gone", "f .wh.a 644", "(whiteout)\n"},
	{"device 0:0 is a whiteout", "c a 0 0\nc b 1 3", "(whiteout)\n/b char 103\n"},
	{"verbatim names", "w .wh.a 644", "/.wh.a 644 0:0\n"},
	{"file over its whiteout", "f .wh.a 0\nf a 644", "/a 644 0:0\n"},
	{"whiteout behind its file", "f a 644\nf .wh.a 0", "/a 644 0:0\n"},
	{"dangling hardlink", "h b a 644", NULL},
	{"hardlink to itself", "f a 644\nh a a 644", NULL},
	{"hardlink to a directory", "d a 755\nh b a 755", NULL},
	{"hardlink to the root", "h b / 755", NULL},
	{"hardlink to a whiteout", "f .wh.a 0\nh b a 755", NULL},
	{"file as parent", "f a 644\nf a/b 644", NULL},
	{"symlink loop", "l a b\nl b a\nf a/x 644", NULL},
	{"symlink to itself", "l a a\nf a/x 644", NULL},
	{"the root as a file", "f / 4755", NULL},
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
		_cleanup_free_ char *dump = NULL;
		struct error err = {};
		int r = tree_script(&limits_default, 0, rows[i].entries, &tree, &err);

		if (!rows[i].expected) {
			if (r != -EBADMSG)
				fail_msg("%s: %d", rows[i].name, r);
			assert_true(strlen(err.message) > 10);
			continue;
		}
		if (r != 0)
			fail_msg("%s: %s", rows[i].name, err.message);
		dump = tree_dump(tree);
		if (strcmp(dump, rows[i].expected) != 0)
			fail_msg("%s:\n%s\ninstead of\n%s", rows[i].name, dump, rows[i].expected);
	}
}

static void test_root(void **state)
{
	static const char *const names[] = {"d . 700 1 2", "d ./ 700 1 2", "d / 700 1 2",
					    "d a/.. 700 1 2"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_(file_tree_freep) struct file_tree *tree = NULL;

		assert_int_equal(tree_script(&limits_default, 0, names[i], &tree, NULL), 0);
		assert_int_equal(file_tree_root(tree)->inode->mode, S_IFDIR | 0700);
		assert_int_equal(file_tree_root(tree)->inode->uid, 1);
	}
}

static void test_lookup(void **state)
{
	static const struct {
		const char *path;
		bool follow;
		int r;
		const char *found;
	} cases[] = {
		{"/etc/passwd", true, 0, "/usr/lib/passwd"},
		{"/etc/passwd", false, 0, "/etc/passwd"},
		{"etc/../etc//./passwd", true, 0, "/usr/lib/passwd"},
		{"/../../etc", true, 0, "/etc"},
		{"/abs/lib", true, 0, "/usr/lib"},
		{"/abs", false, 0, "/abs"},
		{"/abs/", false, 0, "/usr"},
		{"/", true, 0, "/"},
		{"", true, 0, "/"},
		{"/etc/passwd/", true, -ENOTDIR, NULL},
		{"/etc/passwd/x", true, -ENOTDIR, NULL},
		{"/etc/passwd/..", true, -ENOTDIR, NULL},
		{"/etc/none", true, -ENOENT, NULL},
		{"/loop1", true, -ELOOP, NULL},
		{"/loop1", false, 0, "/loop1"},
		{"/dangling", true, -ENOENT, NULL},
		{"/gone", true, -ENOENT, NULL},
	};
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);

	assert_int_equal(tree_script(&limits_default, 0,
				     "d etc 755\nf usr/lib/passwd 644\nl etc/passwd "
				     "../usr/lib/passwd\nl abs /usr\nl loop1 loop2\nl loop2 "
				     "loop1\nl dangling nowhere\nf .wh.gone 0",
				     &tree, NULL),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct file_node *node = NULL;
		int r = file_tree_lookup(tree, NULL, cases[i].path, cases[i].follow, &node);

		if (r != cases[i].r)
			fail_msg("%s: %d", cases[i].path, r);
		if (r == 0)
			assert_string_equal(file_node_path(node, arena), cases[i].found);
	}
}

static void test_symlink_limit(void **state)
{
	struct limits limits = limits_default;
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	struct file_node *node;

	limits.symlinks = 3;
	assert_int_equal(tree_script(&limits, 0, "f e 644\nl d e\nl c d\nl b c\nl a b", &tree,
				     NULL),
			 0);
	assert_int_equal(file_tree_lookup(tree, NULL, "b", true, &node), 0);
	assert_int_equal(file_tree_lookup(tree, NULL, "a", true, &node), -ELOOP);
}

static void test_capability_goes_with_chown(void **state)
{
	static const uint8_t value[] = {1, 2, 3};
	struct file_xattr cap = {.name = "security.capability", .value = value, .size = 3};
	struct file_entry file = {.path = "a", .mode = S_IFREG | 0755, .xattrs = &cap};
	struct file_entry link = {.path = "b", .link = "a", .hardlink = true, .mode = 0755};
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	struct file_inode *inode, *linked;

	assert_int_equal(file_tree_new(&limits_default, 3, &tree, NULL), 0);
	assert_int_equal(file_tree_apply(tree, &file, &inode, NULL), 0);
	assert_memory_equal(file_inode_xattr(inode, "security.capability")->value, value, 3);
	assert_int_equal(inode->layer, 3);
	/* chown(2): "when the owner or group of an executable file is changed" capabilities go */
	assert_int_equal(file_tree_apply(tree, &link, &linked, NULL), 0);
	assert_null(linked);
	assert_null(file_inode_xattr(inode, "security.capability"));
	link.path = "c";
	link.xattrs = &cap;
	assert_int_equal(file_tree_apply(tree, &link, &linked, NULL), 0);
	assert_non_null(file_inode_xattr(inode, "security.capability"));
}

static void expect_limit(struct limits *limits, const char *fits, const char *past)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	struct error err = {};

	if (tree_script(limits, 0, fits, &tree, &err) != 0)
		fail_msg("%s: %s", fits, err.message);
	file_tree_free(TAKE(tree));
	assert_int_equal(tree_script(limits, 0, past, &tree, &err), -E2BIG);
	assert_true(strlen(err.message) > 10);
}

static void test_limits(void **state)
{
	struct limits limits = limits_default;

	limits.entries = 2;
	expect_limit(&limits, "f a 644\nf b 644", "f a 644\nf b 644\nf c 644");
	limits = limits_default;
	limits.name_bytes = 3;
	expect_limit(&limits, "f abc/abc 644", "f abc/abcd 644");
	expect_limit(&limits, "l a abcd\nf a 644", "l a abcd\nf a/b 644");
	limits = limits_default;
	limits.path_bytes = 5;
	expect_limit(&limits, "f a/b/c 644\nl x abcde", "f a/b/cd 644");
	expect_limit(&limits, "l x abcde", "l x abcdef");
	limits = limits_default;
	limits.tree_bytes = 1024;
	expect_limit(&limits, "f a 644", "f a/b/c/d/e/f/g/h/i/j/k/l 644");
}

/* path_bytes comes from --limit: the room for a path must not wrap around to nothing. */
static void test_path_limit_overflow(void **state)
{
	struct file_tree *tree = NULL;
	struct limits limits = limits_default;
	struct error err = {};

	limits.path_bytes = UINT64_MAX;
	assert_int_equal(file_tree_new(&limits, 0, &tree, &err), -ENOMEM);
	assert_null(tree);
	limits.path_bytes = UINT64_MAX - 1;
	assert_int_equal(file_tree_new(&limits, 0, &tree, &err), -ENOMEM);
}

static void test_iteration(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	struct file_node *node, *a;
	size_t n = 0;

	assert_int_equal(tree_script(&limits_default, 0, "f a/b/c 644\nf a/d 644\nf e 644", &tree,
				     NULL),
			 0);
	FILE_TREE_FOREACH (tree, node) {
		n++;
	}
	assert_int_equal(n, 6);
	assert_int_equal(file_tree_entries(tree), 3);
	a = file_tree_child(tree, file_tree_root(tree), "a", 1);
	node = file_node_skip(a);
	if (node)
		assert_string_equal(node->name, "e");
	assert_null(file_tree_child(tree, a, "x", 1));
}

/* Deeper than any recursion would survive: every "s" leads one level down and is gone again. */
static void test_depth(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL, *merged = NULL;
	struct file_entry dir = {.mode = S_IFDIR | 0755};
	struct file_entry link = {.path = "s", .mode = S_IFLNK};
	struct file_inode *inode;
	char target[4000] = "";
	size_t len = 0;

	assert_int_equal(file_tree_new(&limits_default, 0, &tree, NULL), 0);
	assert_int_equal(file_tree_new(&limits_default, 0, &merged, NULL), 0);
	while (len + 3 < sizeof(target)) {
		target[len++] = 'a';
		target[len++] = '/';
	}
	target[len - 1] = '\0';
	dir.path = target;
	link.link = target;
	for (int i = 0; i < 3; i++) {
		char below[4094] = "s/";

		memcpy(below + 2, target, len);
		assert_int_equal(file_tree_apply(tree, &dir, &inode, NULL), 0);
		assert_int_equal(file_tree_apply(tree, &link, &inode, NULL), 0);
		dir.path = below;
		assert_int_equal(file_tree_apply(tree, &dir, &inode, NULL), 0);
		dir.path = target;
	}
	assert_int_equal(file_tree_merge(merged, TAKE(tree), NULL), 0);
}

static void test_oom(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;

	OOM_SWEEP(tree_script(&limits_default, 0,
			      "f a/b 4755\nh c a/b 755\nl d a\nf d/x 1\nf .wh.y 0\nf y/z 1", &tree,
			      NULL),
		  file_tree_free(TAKE(tree)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_symlink_limit),
		cmocka_unit_test(test_capability_goes_with_chown),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_path_limit_overflow),
		cmocka_unit_test(test_iteration),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
