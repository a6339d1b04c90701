/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers are read in parallel and merged in order, by whichever thread completes the row: a tree is
 * laid over and freed as soon as all below it are, so that memory does not hold them all.
 */
#include "engine/scan.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/vec.h"
#include "check/check.h"
#include "io/interrupt.h"
#include "io/pool.h"

/* Each pass over wanted bodies can only reveal what one more symlink or script points to. */
#define MAX_PASSES 4

struct scan {
	struct source *source;
	size_t index;
	const struct scan_options *options;
	struct image *image;
	struct body_wishes wishes;
	struct file_tree *merged;
	pthread_mutex_t lock;       /* of what stands below */
	struct file_tree **waiting; /* read, but a lower layer is not merged yet */
	size_t next;                /* the layer to be merged next */
	bool merging;               /* a thread is at it */
};

/* Merges every tree whose turn it is. After an error nobody goes on: `merging` stays set. */
static int merge_ready(struct scan *scan, struct error *err)
{
	int r = 0;

	assert(scan->merged);
	pthread_mutex_lock(&scan->lock);
	if (scan->merging) {
		pthread_mutex_unlock(&scan->lock);
		return 0;
	}
	scan->merging = true;
	while (r == 0 && scan->next < scan->image->n_layers && scan->waiting[scan->next]) {
		struct file_tree *upper = TAKE(scan->waiting[scan->next]);
		size_t layer = scan->next++;

		pthread_mutex_unlock(&scan->lock);
		r = file_tree_merge(scan->merged, upper, err);
		if (r < 0)
			error_wrap(err, r, "%s", scan->image->layers[layer].blob_name);
		pthread_mutex_lock(&scan->lock);
	}
	scan->merging = r < 0;
	pthread_mutex_unlock(&scan->lock);
	return r;
}

/* Runs in any thread of the pool, in any order; the merge brings the order back. */
static int read_layer(void *data, size_t layer, struct error *err)
{
	struct scan *scan = data;
	uint64_t start = clock_monotonic_usec();
	struct file_tree *tree = NULL;
	int r;

	assert(layer < scan->image->n_layers && !scan->waiting[layer]);
	r = interrupt_check(err);
	if (r < 0)
		return r;
	r = source_read_layer(scan->source, scan->index, layer, &scan->wishes, &tree, err);
	if (r < 0)
		return r;
	progress_log(scan->options->progress, "%s: %" PRIu64 " entries, %.3f s",
		     scan->image->layers[layer].blob_name, file_tree_entries(tree),
		     (double)(clock_monotonic_usec() - start) / 1e6);
	pthread_mutex_lock(&scan->lock);
	scan->waiting[layer] = tree;
	pthread_mutex_unlock(&scan->lock);
	return merge_ready(scan, err);
}

/* Other names of the file at `path` within its layer: its body stands under the first of them. */
static int hardlink_names(const struct file_tree *tree, const char *path, struct arena *arena,
			  const char ***ret, size_t *ret_len, struct error *err)
{
	VEC(const char *) names = {};
	struct file_node *node, *found;
	int r = 0;

	*ret_len = 0;
	if (file_tree_lookup(tree, NULL, path, false, &found) < 0 || found->inode->body ||
	    found->inode->nlink < 2)
		return 0;
	FILE_TREE_FOREACH (tree, node) {
		const char *name;

		if (node->inode != found->inode)
			continue;
		name = file_node_path(node, arena);
		r = name ? vec_push(&names, name) : -ENOMEM;
		if (r < 0)
			break;
	}
	if (r == 0) {
		*ret = arena_memdup(arena, names.items, names.len * sizeof(*names.items));
		*ret_len = names.len;
		r = *ret ? 0 : -ENOMEM;
	}
	vec_clear(&names);
	return r < 0 ? error_oom(err) : 0;
}

/* Copies the body of `path` from a layer's tree into the merged one: 1, 0 when there is none. */
static int graft_body(struct file_tree *merged, const struct file_tree *from, const char *path,
		      struct error *err)
{
	struct arena *arena = file_tree_arena(merged);
	struct file_node *source, *target;
	struct file_body *body;

	assert(merged != from);
	if (file_tree_lookup(from, NULL, path, false, &source) < 0 ||
	    file_tree_lookup(merged, NULL, path, false, &target) < 0)
		return 0;
	if (!source->inode->body || target->inode->body || source->inode->body->kind == BODY_OWNERS)
		return 0;
	body = arena_memdup(arena, source->inode->body, sizeof(*body));
	if (!body)
		return error_oom(err);
	if (body->size > 0)
		body->data = arena_strndup(arena, body->data, body->size);
	else
		body->data = "";
	if (!body->data)
		return error_oom(err);
	target->inode->body = body;
	return 1;
}

/* Reads a layer once more for the sake of some files. */
static int reread(struct scan *scan, uint32_t layer, const char *const *paths, size_t n_paths,
		  struct file_tree **ret, struct error *err)
{
	struct body_wishes wishes = scan->wishes;

	wishes.paths = paths;
	wishes.n_paths = n_paths;
	return source_read_layer(scan->source, scan->index, layer, &wishes, ret, err);
}

/* One more reading of the layer for all that is wanted of it, and one for each file whose body
 * stands under another name. */
static int fetch_layer(struct scan *scan, uint32_t layer, const char *const *paths, size_t n_paths,
		       struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	int r, n_grafted = 0;

	r = reread(scan, layer, paths, n_paths, &tree, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_paths; i++) {
		_cleanup_(file_tree_freep) struct file_tree *again = NULL;
		const char **names = NULL;
		size_t n_names;

		r = hardlink_names(tree, paths[i], scan->image->arena, &names, &n_names, err);
		if (r < 0)
			return r;
		if (n_names > 0)
			r = reread(scan, layer, names, n_names, &again, err);
		if (r < 0)
			return r;
		r = graft_body(scan->merged, again ? again : tree, paths[i], err);
		if (r < 0)
			return r;
		n_grafted += r;
	}
	return n_grafted;
}

/* One pass over what checks want: how many bodies came, or negative. */
static int fetch_pass(struct scan *scan, struct error *err)
{
	struct wanted_body *wanted = NULL;
	const char **paths;
	size_t n = 0;
	int r, n_fetched = 0;

	r = check_wanted_bodies(scan->image, &wanted, &n, err);
	if (r < 0 || n == 0)
		return r;
	paths = arena_calloc(scan->image->arena, n, sizeof(*paths));
	if (!paths)
		return error_oom(err);
	for (uint32_t layer = 0; layer < scan->image->n_layers; layer++) {
		size_t n_paths = 0;

		for (size_t i = 0; i < n; i++) {
			if (wanted[i].layer == layer)
				paths[n_paths++] = wanted[i].path;
		}
		if (n_paths == 0)
			continue;
		r = fetch_layer(scan, layer, paths, n_paths, err);
		if (r < 0)
			return r;
		n_fetched += r;
	}
	return n_fetched;
}

/* A source that cannot be read twice keeps what the first reading kept; checks say what they
 * miss. */
static int fetch_bodies(struct scan *scan, struct error *err)
{
	int r = 0;

	assert(!scan->image->tree);
	if (!source_is_repeatable(scan->source))
		return 0;
	scan->image->tree = scan->merged;
	for (int pass = 0; pass < MAX_PASSES; pass++) {
		r = fetch_pass(scan, err);
		if (r <= 0)
			break;
	}
	scan->image->tree = NULL;
	return r;
}

/* Trees that were not merged, after an error, are freed here. */
static int read_layers(struct scan *scan, struct error *err)
{
	unsigned int jobs = source_is_concurrent(scan->source) ? scan->options->jobs : 1;
	size_t n = scan->image->n_layers;
	int r;

	scan->waiting = calloc(MAX(n, (size_t)1), sizeof(struct file_tree *));
	if (!scan->waiting)
		return error_oom(err);
	r = pool_run(MAX(1u, (unsigned int)MIN((size_t)jobs, n)), n, read_layer, scan, err);
	for (size_t i = 0; i < n; i++)
		file_tree_free(scan->waiting[i]);
	free(scan->waiting);
	return r;
}

int scan_image(struct source *source, size_t index, const struct scan_options *options,
	       struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *merged = NULL;
	struct scan scan = {
		.source = source,
		.index = index,
		.options = options,
		.image = source_image(source, index),
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	const char **scripts = NULL;
	int r;

	assert(options && options->limits);
	r = check_script_names(scan.image, &scripts, &scan.wishes.n_scripts, err);
	if (r < 0)
		return r;
	scan.wishes.scripts = scripts;
	r = file_tree_new(options->limits, 0, &merged, err);
	if (r < 0)
		return r;
	scan.merged = merged;
	r = read_layers(&scan, err);
	if (r < 0)
		return r;
	r = fetch_bodies(&scan, err);
	if (r < 0)
		return r;
	scan.image->tree = TAKE(merged);
	return 0;
}
