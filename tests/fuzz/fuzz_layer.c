/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers and their merge: the input is cut at each "LAYR" into tars (plain or compressed), which
 * are scanned as layers and laid over one another. What comes out must hang together.
 */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "source/layer.h"

static const char CUT[] = "LAYR";

static int scan(const uint8_t *data, size_t size, uint32_t index, const struct limits *limits,
		struct file_tree **ret)
{
	struct source_options options = {.limits = limits};
	struct layer_request request = {.options = &options, .layer = index, .what = "layer"};
	struct layer_result result = {};
	struct stream *stream;
	int r = stream_open_memory(data, size, &stream, NULL);

	if (r < 0)
		return r;
	r = layer_scan(stream, &request, &result, NULL);
	if (r == 0)
		*ret = TAKE(result.tree);
	layer_result_clear(&result);
	return r;
}

/* A merged tree has no whiteouts left, knows its parents, and finds every name it lists. */
static void check_tree(const struct file_tree *tree)
{
	struct file_node *node;

	FILE_TREE_FOREACH (tree, node) {
		assert(node->inode && node->inode->nlink > 0);
		assert(!(node->inode->flags & INODE_OPAQUE));
		if (!node->parent)
			continue;
		assert(S_ISDIR(node->parent->inode->mode));
		assert(file_tree_child(tree, node->parent, node->name, node->name_len) == node);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(file_tree_freep) struct file_tree *merged = NULL;
	struct limits limits = fuzz_limits();

	if (file_tree_new(&limits, 0, &merged, NULL) < 0)
		return 0;
	for (uint32_t i = 0; i < limits.layers; i++) {
		const uint8_t *cut = size >= 4 ? memmem(data, size, CUT, 4) : NULL;
		size_t len = cut ? (size_t)(cut - data) : size;
		struct file_tree *layer = NULL;

		if (scan(data, len, i, &limits, &layer) == 0 &&
		    file_tree_merge(merged, layer, NULL) == 0)
			check_tree(merged);
		if (!cut)
			break;
		data = cut + 4;
		size -= len + 4;
	}
	return 0;
}
