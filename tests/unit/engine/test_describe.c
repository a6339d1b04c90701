/* SPDX-License-Identifier: Apache-2.0 */
/* What stays of an image: copies, so that the image may go. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/describe.h"
#include "oom.h"

static void fill(struct image *image)
{
	image->digest = arena_strdup(image->arena, "sha256:1");
	image->platform = (struct platform){"linux", "arm64", "v8"};
	image->layers = arena_calloc(image->arena, 2, sizeof(*image->layers));
	image->layers[0] = (struct layer){.digest = arena_strdup(image->arena, "sha256:a"),
					  .diff_id = arena_strdup(image->arena, "sha256:b"),
					  .created_by = arena_strdup(image->arena, "ADD rootfs")};
	image->n_layers = 2;
	image->config.user = arena_strdup(image->arena, "app");
	image->start_user = (struct start_user){
		.configured = image->config.user,
		.outcome = START_RUNS,
		.uid = 1000,
		.gid = 1001,
		.groups = arena_memdup(image->arena, (uint32_t[]){4, 0}, 2 * sizeof(uint32_t)),
		.n_groups = 2,
		.name = arena_strdup(image->arena, "app"),
		.source = arena_strdup(image->arena, "/etc/passwd line 4"),
		.named = true,
		.docker = {START_RUNS, 1000, 1001, arena_strdup(image->arena, "docker says")},
		.kubelet = {START_REFUSED, 0, 0, arena_strdup(image->arena, "kubelet says")},
	};
}

static void add(struct file_tree *tree, const char *path, uint32_t mode)
{
	struct file_entry entry = {.path = path, .mode = mode};
	struct file_inode *inode;

	assert_int_equal(file_tree_apply(tree, &entry, &inode, NULL), 0);
}

/* The image is freed before the target is looked at: a sanitizer sees what was not copied. */
static void test_copies(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct image *image;
	struct target *target;
	struct error err = {};

	assert_int_equal(image_new("web:1", &image, &err), 0);
	fill(image);
	assert_int_equal(file_tree_new(&limits_default, 0, &image->tree, &err), 0);
	add(image->tree, "etc", S_IFDIR | 0755);
	add(image->tree, "etc/passwd", S_IFREG | 0644);
	add(image->tree, "usr/bin/su", S_IFREG | 04755);
	assert_int_equal(describe_image(image, "docker-archive:web.tar", arena, &target, &err), 0);
	assert_int_equal(describe_user(image, target, arena, &err), 0);
	image_free(image);

	assert_int_equal(target->kind, TARGET_IMAGE);
	assert_string_equal(target->target, "docker-archive:web.tar");
	assert_string_equal(target->name, "web:1");
	assert_string_equal(target->platform, "linux/arm64/v8");
	assert_string_equal(target->digest, "sha256:1");
	assert_int_equal(target->n_layers, 2);
	assert_string_equal(target->layers[0].digest, "sha256:a");
	assert_string_equal(target->layers[0].diff_id, "sha256:b");
	assert_string_equal(target->layers[0].created_by, "ADD rootfs");
	assert_null(target->layers[1].digest);
	assert_int_equal(target->n_entries, 5);
	assert_string_equal(target->user->configured, "app");
	assert_string_equal(target->user->name, "app");
	assert_null(target->user->home);
	assert_string_equal(target->user->source, "/etc/passwd line 4");
	assert_int_equal(target->user->n_groups, 2);
	assert_int_equal(target->user->groups[0], 4);
	assert_string_equal(target->user->docker.why, "docker says");
	assert_string_equal(target->user->kubelet.why, "kubelet says");
	assert_null(target->user->containerd.why);
}

static void test_platform(void **state)
{
	static const struct {
		struct platform platform;
		const char *text;
	} cases[] = {
		{{"linux", "amd64", NULL}, "linux/amd64"},
		{{"linux", "arm", "v7"}, "linux/arm/v7"},
		{{NULL, NULL, NULL}, NULL},
		{{"linux", NULL, NULL}, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct image image = {.name = "x", .platform = cases[i].platform};
		struct target *target;

		assert_int_equal(describe_image(&image, "x", arena, &target, NULL), 0);
		if (cases[i].text)
			assert_string_equal(target->platform, cases[i].text);
		else
			assert_null(target->platform);
	}
}

/* A bare file system has no start user, unless one was given. */
static void test_rootfs(void **state)
{
	for (int given = 0; given < 2; given++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
		struct image image = {.name = "/srv", .rootfs = true};
		struct target *target;

		assert_int_equal(file_tree_new(&limits_default, 0, &tree, NULL), 0);
		image.tree = tree;
		image.start_user.configured = given ? "1000" : NULL;
		assert_int_equal(describe_image(&image, "rootfs:/srv", arena, &target, NULL), 0);
		assert_int_equal(describe_user(&image, target, arena, NULL), 0);
		assert_int_equal(target->kind, TARGET_ROOTFS);
		assert_int_equal(target->user != NULL, given);
		assert_int_equal(target->n_entries, 0);
	}
}

static int describe_once(const struct image *image)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct target *target;
	struct error err = {};
	int r = arena ? describe_image(image, "x", arena, &target, &err) : -ENOMEM;

	return r < 0 ? r : describe_user(image, target, arena, &err);
}

static void test_oom(void **state)
{
	_cleanup_(image_freep) struct image *image = NULL;

	assert_int_equal(image_new("web:1", &image, NULL), 0);
	fill(image);
	assert_int_equal(file_tree_new(&limits_default, 0, &image->tree, NULL), 0);
	OOM_SWEEP(describe_once(image), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_platform),
		cmocka_unit_test(test_rootfs),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
