/* SPDX-License-Identifier: Apache-2.0 */
/* Layers over one another, as overlayfs shows them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "tree_script.h"

struct row {
	const char *name, *layers[4], *expected;
};

static const struct row rows[] = {
	{"one layer", {"f a 4755"}, "/a 4755 0:0\n"},
	{"union", {"f a 1", "f b 2"}, "/a 1 0:0\n/b 2 0:0\n"},
	{"upper wins", {"f a 4755 0 0", "f a 755 1 1"}, "/a 755 1:1\n"},
	{"one path in three spellings", {"f ./a 4755", "f /a 711", "f a 700"}, "/a 700 0:0\n"},
	{"whiteout", {"f a/x 4755\nf a/y 1", "f a/.wh.x 0"}, "/a/ 755 0:0\n/a/y 1 0:0\n"},
	{"whiteout of a directory", {"f a/x 4755", "f .wh.a 0"}, ""},
	{"whiteout of nothing", {"f a 1", "f .wh.b 0"}, "/a 1 0:0\n"},
	{"whiteout in the first layer", {"f .wh.a 0\nf b 1"}, "/b 1 0:0\n"},
	{"whiteout and again", {"f a 4755", "f .wh.a 0", "f a 644"}, "/a 644 0:0\n"},
	{"whiteout and file in one layer", {"f a 4755", "f .wh.a 0\nf a 644"}, "/a 644 0:0\n"},
	{"file and whiteout in one layer", {"f a 4755", "f a 644\nf .wh.a 0"}, "/a 644 0:0\n"},
	{"directory and whiteout hide the lower one",
	 {"f a/x 4755", "d a 755\nf a/y 1\nf .wh.a 0"},
	 "/a/ 755 0:0\n/a/y 1 0:0\n"},
	{"a bare .wh. hides nothing",
	 {"f a/x 1", "f a/.wh. 0"},
	 "/a/ 755 0:0\n/a/.wh. 0 0:0\n/a/x 1 0:0\n"},
	{"/.wh.test is one path",
	 {"f test 1\nf a/test 1", "f .wh.test 0"},
	 "/a/ 755 0:0\n/a/test 1 0:0\n"},
	{"opaque",
	 {"f a/x 4755\nf a/d/y 1", "f a/.wh..wh..opq 0\nf a/z 1"},
	 "/a/ 755 0:0\n/a/z 1 0:0\n"},
	{"opaque behind its files",
	 {"f a/x 4755", "f a/z 1\nf a/.wh..wh..opq 0"},
	 "/a/ 755 0:0\n/a/z 1 0:0\n"},
	{"opaque root", {"f x 4755", "f .wh..wh..opq 0\nf z 1"}, "/x 4755 0:0\n/z 1 0:0\n"},
	{"opaque in the first layer", {"f a/.wh..wh..opq 0\nf a/x 1"}, "/a/ 755 0:0\n/a/x 1 0:0\n"},
	{"opaque acts once",
	 {"f a/x 1", "f a/.wh..wh..opq 0\nf a/y 1", "f a/z 1"},
	 "/a/ 755 0:0\n/a/y 1 0:0\n/a/z 1 0:0\n"},
	{"almost opaque",
	 {"f a/x 1", "f a/.wh..wh..opqX 0"},
	 "/a/ 755 0:0\n/a/.wh..wh..opqX 0 0:0\n/a/x 1 0:0\n"},
	{"opaque on a symlink below acts on the path itself",
	 {"f b/x 4755\nl a b", "f a/.wh..wh..opq 0\nf a/y 1"},
	 "/a/ 755 0:0\n/a/y 1 0:0\n/b/ 755 0:0\n/b/x 4755 0:0\n"},
	{"a lower symlink is no parent",
	 {"f usr/lib/x 1\nl lib usr/lib", "f lib/y 1"},
	 "/lib/ 755 0:0\n/lib/y 1 0:0\n/usr/ 755 0:0\n/usr/lib/ 755 0:0\n/usr/lib/x 1 0:0\n"},
	{"file over directory", {"f a/x 4755", "f a 644"}, "/a 644 0:0\n"},
	{"directory over file", {"f a 4755", "d a 711"}, "/a/ 711 0:0\n"},
	{"symlink over directory", {"f a/x 4755", "l a b"}, "/a -> b\n"},
	{"directory takes the upper's attributes",
	 {"d a 700 1 1\nf a/x 1", "d a 1777 2 2"},
	 "/a/ 1777 2:2\n/a/x 1 0:0\n"},
	{"hardlinks part when one is replaced",
	 {"f a 4755\nh b a 4755", "f a 644"},
	 "/a 644 0:0\n/b 4755 0:0\n"},
	{"hardlinks part when one is removed",
	 {"f a 4755\nh b a 4755", "f .wh.a 0"},
	 "/b 4755 0:0\n"},
	{"hardlinks of an upper layer",
	 {"f a 1\nf b 2", "f a 4755\nh b a 4755"},
	 "/a 4755 0:0 *2\n/b 4755 0:0 *2\n"},
	{"device 0:0 hides", {"f a 4755", "c a 0 0"}, ""},
	{"whiteouts inside a new directory",
	 {"f x 1", "f a/.wh.y 0\nf a/b/.wh.z 0\nf a/c 1"},
	 "/a/ 755 0:0\n/a/b/ 755 0:0\n/a/c 1 0:0\n/x 1 0:0\n"},
	{"implicit directory over its whiteout",
	 {"f a/x 4755", "f .wh.a 0\nf a/y 1"},
	 "/a/ 755 0:0\n/a/y 1 0:0\n"},
	{"four layers",
	 {"f a/b/c 4755", "f a/.wh.b 0", "f a/b/d 1", "f a/b/.wh.d 0"},
	 "/a/ 755 0:0\n/a/b/ 755 0:0\n"},
};

static int merge_script(const struct limits *limits, const char *const *layers, size_t n,
			struct file_tree **ret, struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *merged = NULL;
	int r = file_tree_new(limits, 0, &merged, err);

	for (size_t i = 0; i < n && layers[i] && r == 0; i++) {
		struct file_tree *upper = NULL;

		r = tree_script(limits, (uint32_t)i, layers[i], &upper, err);
		if (r == 0)
			r = file_tree_merge(merged, upper, err);
	}
	if (r == 0)
		*ret = TAKE(merged);
	return r;
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
		_cleanup_free_ char *dump = NULL;
		struct error err = {};

		if (merge_script(&limits_default, rows[i].layers, 4, &tree, &err) != 0)
			fail_msg("%s: %s", rows[i].name, err.message);
		dump = tree_dump(tree);
		if (strcmp(dump, rows[i].expected) != 0)
			fail_msg("%s:\n%s\ninstead of\n%s", rows[i].name, dump, rows[i].expected);
	}
}

static void test_layer_of_an_inode(void **state)
{
	static const char *const layers[] = {"f a 1\nf b 1\nd d 755", "f b 2", "d d 700"};
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	struct file_node *root;

	assert_int_equal(merge_script(&limits_default, layers, 3, &tree, NULL), 0);
	root = file_tree_root(tree);
	assert_int_equal(file_tree_child(tree, root, "a", 1)->inode->layer, 0);
	assert_int_equal(file_tree_child(tree, root, "b", 1)->inode->layer, 1);
	assert_int_equal(file_tree_child(tree, root, "d", 1)->inode->layer, 2);
	assert_int_equal(file_tree_entries(tree), 5);
}

static void test_root_attributes(void **state)
{
	static const char *const layers[] = {"d . 711 5 6", "f a 1", "d / 700 7 8", "f b 1"};
	_cleanup_(file_tree_freep) struct file_tree *one = NULL, *all = NULL;

	assert_int_equal(merge_script(&limits_default, layers, 2, &one, NULL), 0);
	assert_int_equal(file_tree_root(one)->inode->uid, 5);
	assert_int_equal(merge_script(&limits_default, layers, 4, &all, NULL), 0);
	assert_int_equal(file_tree_root(all)->inode->uid, 7);
	assert_int_equal(file_tree_root(all)->inode->mode, S_IFDIR | 0700);
}

static void test_limits(void **state)
{
	static const char *const layers[] = {"f a 1\nf b 1", "f c 1\nf d 1"};
	struct limits limits = limits_default;
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;

	limits.entries = 4;
	assert_int_equal(merge_script(&limits, layers, 2, &tree, NULL), 0);
	file_tree_free(TAKE(tree));
	limits.entries = 3;
	assert_int_equal(merge_script(&limits, layers, 2, &tree, NULL), -E2BIG);
	limits = limits_default;
	limits.tree_bytes = 700;
	assert_int_equal(merge_script(&limits, layers, 1, &tree, NULL), 0);
	file_tree_free(TAKE(tree));
	assert_int_equal(merge_script(&limits, layers, 2, &tree, NULL), -E2BIG);
}

static void test_clone(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(file_tree_freep) struct file_tree *tree = NULL, *copy = NULL;
		_cleanup_free_ char *before = NULL, *after = NULL;

		for (size_t l = 0; l < 4 && rows[i].layers[l]; l++) {
			file_tree_free(TAKE(tree));
			assert_int_equal(tree_script(&limits_default, 0, rows[i].layers[l], &tree,
						     NULL),
					 0);
		}
		assert_int_equal(file_tree_clone(tree, 9, &copy, NULL), 0);
		before = tree_dump(tree);
		after = tree_dump(copy);
		assert_string_equal(before, after);
		assert_int_equal(file_tree_root(copy)->inode->layer, 9);
	}
}

/* A million whiteouts in one directory must not take a million times a million steps. */
static void test_many_whiteouts(void **state)
{
	enum {
		COUNT = 200000
	};
	_cleanup_(file_tree_freep) struct file_tree *lower = NULL, *merged = NULL;
	struct file_tree *upper = NULL;
	struct file_inode *inode;

	assert_int_equal(file_tree_new(&limits_default, 0, &merged, NULL), 0);
	assert_int_equal(file_tree_new(&limits_default, 0, &lower, NULL), 0);
	assert_int_equal(file_tree_new(&limits_default, 1, &upper, NULL), 0);
	for (int i = 0; i < COUNT; i++) {
		char name[32], hidden[32];
		struct file_entry file = {.path = name, .mode = S_IFREG | 0644};
		struct file_entry white = {.path = hidden, .mode = S_IFREG};

		snprintf(name, sizeof(name), "d/%d", i);
		snprintf(hidden, sizeof(hidden), "d/.wh.%d", i);
		assert_int_equal(file_tree_apply(lower, &file, &inode, NULL), 0);
		assert_int_equal(file_tree_apply(upper, &white, &inode, NULL), 0);
	}
	/* 200 bytes an entry beyond the path is the bar; the node is most of it. */
	assert_true(file_tree_memory(lower) < COUNT * 200ull);
	assert_int_equal(file_tree_merge(merged, TAKE(lower), NULL), 0);
	assert_int_equal(file_tree_merge(merged, upper, NULL), 0);
	assert_null(file_tree_root(merged)->child->child);
}

static void test_oom(void **state)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	static const char *const layers[] = {"f a/b 4755\nh c a/b 755\nf y/z/w 1", "f .wh.y 0",
					     "f y/z/w 1\nl s a\nf a/.wh..wh..opq 1"};

	OOM_SWEEP(merge_script(&limits_default, layers, 3, &tree, NULL),
		  file_tree_free(TAKE(tree)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_layer_of_an_inode),
		cmocka_unit_test(test_root_attributes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_many_whiteouts),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
