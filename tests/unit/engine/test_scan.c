/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scan of an image with a source and checks made here: order of merging with threads that
 * finish in any order, errors, bodies fetched in a second pass.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/check.h"
#include "engine/scan.h"
#include "oom.h"

#define MAX_LAYERS 16

/* A layer is a list of entries; this is the whole of a source. */
struct fake_file {
	const char *path;
	uint32_t mode, uid;
	const char *hardlink; /* path of the target, or NULL */
	const char *body;     /* what a reader that wants this path keeps */
};

struct fake_layer {
	struct fake_file files[4];
	int error; /* instead of a tree */
};

static struct {
	struct image image;
	struct fake_layer layers[MAX_LAYERS];
	bool concurrent, repeatable;
	const char *wanted; /* what check_wanted_bodies() asks for until it is there */
	/* The rest is observed. */
	pthread_mutex_t lock;
	size_t n_reads[MAX_LAYERS];
	unsigned int n_active, max_active;
	bool reverse; /* layers finish in reverse order: each waits for the one above */
	pthread_cond_t changed;
	bool read[MAX_LAYERS];
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct image *source_image(const struct source *source, size_t index)
{
	return &fake.image;
}

bool source_is_concurrent(const struct source *source)
{
	return fake.concurrent;
}

bool source_is_repeatable(const struct source *source)
{
	return fake.repeatable;
}

static bool wants(const struct body_wishes *wishes, const char *path)
{
	for (size_t i = 0; i < wishes->n_paths; i++) {
		if (strcmp(wishes->paths[i] + 1, path) == 0)
			return true;
	}
	return false;
}

static int add_file(struct file_tree *tree, const struct fake_file *file,
		    const struct body_wishes *wishes, struct error *err)
{
	struct file_entry entry = {
		.path = file->path,
		.mode = file->mode,
		.uid = file->uid,
		.hardlink = file->hardlink != NULL,
		.link = file->hardlink,
	};
	struct file_inode *inode;
	int r = file_tree_apply(tree, &entry, &inode, err);

	if (r < 0 || !inode || !file->body || !wants(wishes, file->path))
		return r;
	inode->body = arena_alloc(file_tree_arena(tree), sizeof(*inode->body));
	if (!inode->body)
		return error_oom(err);
	inode->body->kind = BODY_WHOLE;
	inode->body->size = strlen(file->body);
	inode->body->data = arena_strdup(file_tree_arena(tree), file->body);
	return inode->body->data ? 0 : error_oom(err);
}

/* With `reverse`, the lower half of the layers waits until the one above it is read. */
static void wait_for_turn(size_t layer)
{
	pthread_mutex_lock(&fake.lock);
	fake.n_reads[layer]++;
	fake.n_active++;
	fake.max_active = MAX(fake.max_active, fake.n_active);
	while (fake.reverse && layer % 2 == 0 && layer + 1 < fake.image.n_layers &&
	       !fake.read[layer + 1])
		pthread_cond_wait(&fake.changed, &fake.lock);
	fake.read[layer] = true;
	fake.n_active--;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

int source_read_layer(struct source *source, size_t image, size_t layer,
		      const struct body_wishes *wishes, struct file_tree **ret_tree,
		      struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	const struct fake_layer *from = &fake.layers[layer];
	int r;

	wait_for_turn(layer);
	if (from->error)
		return error_set(err, from->error, "layer %zu is bad", layer);
	r = file_tree_new(&limits_default, (uint32_t)layer, &tree, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(from->files) && from->files[i].path; i++)
		r = add_file(tree, &from->files[i], wishes, err);
	if (r < 0)
		return r;
	*ret_tree = TAKE(tree);
	return 0;
}

int check_script_names(const struct image *image, const char ***ret, size_t *ret_len,
		       struct error *err)
{
	*ret_len = 0;
	return 0;
}

int check_wanted_bodies(const struct image *image, struct wanted_body **ret, size_t *ret_len,
			struct error *err)
{
	struct file_node *node;

	*ret_len = 0;
	if (!fake.wanted || file_tree_lookup(image->tree, NULL, fake.wanted, false, &node) < 0 ||
	    node->inode->body)
		return 0;
	*ret = arena_alloc(image->arena, sizeof(**ret));
	if (!*ret)
		return error_oom(err);
	(*ret)->path = fake.wanted;
	(*ret)->layer = node->inode->layer;
	*ret_len = 1;
	return 0;
}

static int setup(void **state)
{
	static struct layer models[MAX_LAYERS];

	memset(&fake.image, 0, sizeof(fake.image));
	memset(fake.layers, 0, sizeof(fake.layers));
	memset(fake.n_reads, 0, sizeof(fake.n_reads));
	memset(fake.read, 0, sizeof(fake.read));
	fake.concurrent = fake.repeatable = true;
	fake.reverse = false;
	fake.wanted = NULL;
	fake.max_active = 0;
	for (size_t i = 0; i < MAX_LAYERS; i++)
		models[i].blob_name = "a layer";
	fake.image.name = "fake";
	fake.image.layers = models;
	fake.image.arena = arena_new(UINT64_MAX);
	return fake.image.arena ? 0 : -1;
}

static int teardown(void **state)
{
	file_tree_free(fake.image.tree);
	arena_free(fake.image.arena);
	return 0;
}

static int scan_with(unsigned int jobs, struct error *err)
{
	struct scan_options options = {.limits = &limits_default, .jobs = jobs};

	return scan_image(NULL, 0, &options, err);
}

static bool is_there(const char *path)
{
	struct file_node *node;

	return file_tree_lookup(fake.image.tree, NULL, path, false, &node) == 0;
}

static struct file_inode *inode_at(const char *path)
{
	struct file_node *node = NULL;

	assert_int_equal(file_tree_lookup(fake.image.tree, NULL, path, false, &node), 0);
	return node->inode;
}

static const char *body_at(const char *path)
{
	const struct file_body *body = inode_at(path)->body;

	return body ? body->data : NULL;
}

/* Every layer writes the same file: the topmost wins, whoever finished last. */
static void fill_layers(size_t n)
{
	fake.image.n_layers = n;
	for (size_t i = 0; i < n; i++) {
		fake.layers[i].files[0] = (struct fake_file){.path = "file",
							     .mode = S_IFREG | 0644,
							     .uid = (uint32_t)i};
		if (i % 3 == 2)
			fake.layers[i].files[1] =
				(struct fake_file){.path = "gone", .mode = S_IFREG | 0644};
		if (i % 3 == 0)
			fake.layers[i].files[1] = (struct fake_file){.path = ".wh.gone"};
	}
}

static void test_order(void **state)
{
	static const unsigned int jobs[] = {1, 2, 3, 16, 100};

	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		struct error err = {};

		fill_layers(10);
		/* Waiting for the layer above needs two threads at least. */
		fake.reverse = jobs[i] > 1;
		memset(fake.read, 0, sizeof(fake.read));
		fake.max_active = 0;
		if (scan_with(jobs[i], &err) != 0)
			fail_msg("%u jobs: %s", jobs[i], err.message);
		assert_int_equal(inode_at("file")->uid, 9);
		assert_int_equal(inode_at("file")->layer, 9);
		assert_false(is_there("gone"));
		assert_true(fake.max_active <= MIN(jobs[i], 10u));
		file_tree_free(TAKE(fake.image.tree));
	}
}

static void test_one_at_a_time(void **state)
{
	fill_layers(8);
	fake.concurrent = false;
	assert_int_equal(scan_with(8, NULL), 0);
	assert_int_equal(fake.max_active, 1);
	assert_int_equal(inode_at("file")->uid, 7);
}

static void test_no_layers(void **state)
{
	assert_int_equal(scan_with(4, NULL), 0);
	assert_null(file_tree_root(fake.image.tree)->child);
}

static void test_bad_layer(void **state)
{
	for (size_t bad = 0; bad < 6; bad++) {
		struct error err = {};
		char message[32];

		fill_layers(6);
		fake.layers[bad].error = -EBADMSG;
		assert_int_equal(scan_with(2, &err), -EBADMSG);
		snprintf(message, sizeof(message), "layer %zu is bad", bad);
		assert_string_equal(err.message, message);
		assert_null(fake.image.tree);
		fake.layers[bad].error = 0;
	}
}

static void test_body_in_second_pass(void **state)
{
	fake.image.n_layers = 3;
	fake.layers[1].files[0] = (struct fake_file){"usr", S_IFDIR | 0755};
	fake.layers[1].files[1] = (struct fake_file){"usr/run.sh", S_IFREG | 0755,
						     .body = "#!/bin/sh\nexec gosu app"};
	fake.wanted = "/usr/run.sh";
	assert_int_equal(scan_with(2, NULL), 0);
	assert_string_equal(body_at("usr/run.sh"), "#!/bin/sh\nexec gosu app");
	assert_int_equal(fake.n_reads[0], 1);
	assert_int_equal(fake.n_reads[1], 2);
	assert_int_equal(fake.n_reads[2], 1);
}

static void test_empty_body(void **state)
{
	fake.image.n_layers = 1;
	fake.layers[0].files[0] = (struct fake_file){"passwd", S_IFREG | 0644, .body = ""};
	fake.wanted = "/passwd";
	assert_int_equal(scan_with(1, NULL), 0);
	assert_string_equal(body_at("passwd"), "");
}

/* The archive holds the body under the first name only; the check asks for the second. */
static void test_body_of_hardlink(void **state)
{
	fake.image.n_layers = 1;
	fake.layers[0].files[0] = (struct fake_file){"first", S_IFREG | 0644, .body = "root:x:0:0"};
	fake.layers[0].files[1] = (struct fake_file){"second", 0644, .hardlink = "first"};
	fake.wanted = "/second";
	assert_int_equal(scan_with(1, NULL), 0);
	assert_string_equal(body_at("second"), "root:x:0:0");
	assert_int_equal(fake.n_reads[0], 3);
}

/* What never comes is not asked for for ever. */
static void test_body_that_never_comes(void **state)
{
	fake.image.n_layers = 1;
	fake.layers[0].files[0] = (struct fake_file){"passwd", S_IFREG | 0644};
	fake.wanted = "/passwd";
	assert_int_equal(scan_with(1, NULL), 0);
	assert_null(body_at("passwd"));
	assert_int_equal(fake.n_reads[0], 2);
}

static void test_not_repeatable(void **state)
{
	fake.image.n_layers = 1;
	fake.layers[0].files[0] = (struct fake_file){"passwd", S_IFREG | 0644, .body = "x"};
	fake.wanted = "/passwd";
	fake.repeatable = false;
	assert_int_equal(scan_with(1, NULL), 0);
	assert_null(body_at("passwd"));
	assert_int_equal(fake.n_reads[0], 1);
}

static void test_oom(void **state)
{
	struct error err = {};

	fill_layers(3);
	fake.layers[2].files[2] = (struct fake_file){"run", S_IFREG | 0755, .body = "body"};
	fake.wanted = "/run";
	OOM_SWEEP(scan_with(1, &err), file_tree_free(TAKE(fake.image.tree)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_layers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_layer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_body_in_second_pass, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_body, setup, teardown),
		cmocka_unit_test_setup_teardown(test_body_of_hardlink, setup, teardown),
		cmocka_unit_test_setup_teardown(test_body_that_never_comes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_repeatable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_oom, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
