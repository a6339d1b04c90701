/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One layer over those below it, as overlayfs shows them (kernel: filesystems/overlayfs.rst): a
 * whiteout hides, a directory over a directory merges and has the upper one's attributes, anything
 * else replaces. No recursion: how deep the tree is, is the image's choice.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "model/file_tree.h"
#include "model/file_tree_internal.h"

/* Siblings of the upper tree that still have to go into a directory of the lower one. */
struct pending {
	struct file_node *into, *list;
};

typedef VEC(struct pending) pending_stack;

static int push(pending_stack *stack, struct file_node *into, struct file_node *list)
{
	if (!list)
		return 0;
	return vec_push(stack, ((struct pending){.into = into, .list = list}));
}

/* One name of the upper tree into a directory of the lower one. Its own children wait on the stack;
 * nodes are moved, never copied. */
static int merge_node(struct file_tree *lower, struct file_node *into, struct file_node *node,
		      pending_stack *stack)
{
	uint32_t hash;
	struct file_node *below = file_tree_find(lower, into, node->name, node->name_len, &hash);
	struct file_node *children = node->child;
	bool opaque;
	int r;

	assert(file_node_is_dir(into));
	if (!node->inode) {
		if (below)
			file_tree_remove(lower, below);
		return 0;
	}
	opaque = node->inode->flags & INODE_OPAQUE;
	node->inode->flags &= ~(uint32_t)INODE_OPAQUE;
	if (below && file_node_is_dir(below) && file_node_is_dir(node) && !opaque) {
		below->inode = node->inode;
		return push(stack, below, children);
	}
	if (below)
		file_tree_remove(lower, below);
	node->child = NULL;
	r = file_tree_link(lower, into, node, hash);
	return r < 0 ? r : push(stack, node, children);
}

static int merge_all(struct file_tree *lower, struct file_tree *upper)
{
	pending_stack stack = {};
	int r = push(&stack, lower->root, upper->root->child);

	while (r == 0 && stack.len > 0) {
		struct pending *top = &stack.items[stack.len - 1];
		struct file_node *node = top->list;

		if (!node) {
			stack.len--;
			continue;
		}
		/* Before the merge, which puts the node into another list and can move the stack.
		 */
		top->list = node->next;
		r = merge_node(lower, top->into, node, &stack);
	}
	vec_clear(&stack);
	return r;
}

/* The first layer, when it hides nothing, is the merged tree already. */
static void adopt_all(struct file_tree *lower, struct file_tree *upper)
{
	struct file_node **buckets = lower->buckets;
	size_t n_buckets = lower->n_buckets;

	if (upper->root->inode->flags & INODE_IMPLICIT)
		upper->root->inode = lower->root->inode;
	lower->root = upper->root;
	lower->buckets = upper->buckets;
	lower->n_buckets = upper->n_buckets;
	lower->n_nodes = upper->n_nodes;
	upper->buckets = buckets;
	upper->n_buckets = n_buckets;
}

int file_tree_merge(struct file_tree *lower, struct file_tree *upper_consumed, struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *upper = upper_consumed;
	uint64_t memory;
	int r = 0;

	assert(lower != upper);
	if (upper->entries > lower->limits->entries - lower->entries)
		return error_set(err, -E2BIG,
				 "more than %llu entries in all layers, the limit entries",
				 (unsigned long long)lower->limits->entries);
	if (lower->steps + upper->steps > FILE_TREE_STEPS_MAX)
		return error_set(err, -E2BIG,
				 "more than %u components in the paths of all layers, symbolic "
				 "links followed",
				 FILE_TREE_STEPS_MAX);
	if (__builtin_add_overflow(arena_used(lower->arena), arena_used(upper->arena), &memory) ||
	    memory > lower->limits->tree_bytes)
		return error_set(err, -E2BIG, "more file metadata than the limit tree-bytes");

	lower->entries += upper->entries;
	lower->steps += upper->steps;
	lower->parent_node = NULL;
	if (!lower->root->child && upper->n_whiteouts == 0) {
		adopt_all(lower, upper);
	} else {
		/* The roots are what overlayfs is given to unite: it asks none of them whether it
		 * is opaque. Whoever hides what is below it anyway has less to run as root. */
		if (!(upper->root->inode->flags & INODE_IMPLICIT))
			lower->root->inode = upper->root->inode;
		lower->root->inode->flags &= ~(uint32_t)INODE_OPAQUE;
		r = merge_all(lower, upper);
	}
	/* Nodes of the upper tree live on in the lower one, also after a failure halfway. */
	arena_absorb(lower->arena, TAKE(upper->arena));
	return r < 0 ? error_oom(err) : 0;
}

/* Inodes with several names and their copies, sorted by the original's address. */
struct twin {
	const struct file_inode *from;
	struct file_inode *to;
};

typedef VEC(struct twin) twin_list;

static int compare_twins(const void *a, const void *b)
{
	const struct twin *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Hardlinks are few, so that a sorted list of them costs less than a mark in every inode. */
static int collect_twins(const struct file_tree *tree, twin_list *twins)
{
	struct file_node *node;
	size_t kept = 0;

	FILE_TREE_FOREACH (tree, node) {
		if (node->inode && node->inode->nlink > 1 &&
		    vec_push(twins, ((struct twin){.from = node->inode})) < 0)
			return -ENOMEM;
	}
	if (twins->len == 0)
		return 0;
	qsort(twins->items, twins->len, sizeof(*twins->items), compare_twins);
	for (size_t i = 0; i < twins->len; i++) {
		if (i == 0 || twins->items[i].from != twins->items[i - 1].from)
			twins->items[kept++] = twins->items[i];
	}
	twins->len = kept;
	return 0;
}

/* One copy for all names of an inode: nlink and ownership stay what they were. */
static struct file_inode *clone_inode(struct file_tree *to, const struct file_inode *from,
				      twin_list *twins)
{
	struct twin key = {.from = from}, *twin = NULL;
	struct file_inode *inode;

	if (from->nlink > 1 && twins->len > 0)
		twin = bsearch(&key, twins->items, twins->len, sizeof(key), compare_twins);
	if (twin && twin->to)
		return twin->to;
	inode = arena_memdup(to->arena, from, sizeof(*from));
	if (!inode)
		return NULL;
	inode->nlink = 0;
	inode->layer = to->layer;
	if (twin)
		twin->to = inode;
	return inode;
}

/* Walks both trees in step: `at` of the original has `dir` as its parent's copy. */
static int clone_nodes(const struct file_tree *from, struct file_tree *to, twin_list *twins)
{
	const struct file_node *at = file_node_next(from->root), *next;
	struct file_node *dir = to->root;

	for (; at; at = next) {
		struct file_inode *inode = NULL;
		struct file_node *copy;
		uint32_t hash;

		if (at->inode) {
			inode = clone_inode(to, at->inode, twins);
			if (!inode)
				return -ENOMEM;
		}
		file_tree_find(to, dir, at->name, at->name_len, &hash);
		copy = file_tree_new_node(to, dir, at->name, at->name_len, hash, inode);
		if (!copy)
			return -ENOMEM;
		next = file_node_next(at);
		if (next && next->parent == at) {
			dir = copy;
		} else if (next) {
			for (; at->parent != next->parent; at = at->parent)
				dir = dir->parent;
		}
	}
	return 0;
}

int file_tree_clone(const struct file_tree *tree, uint32_t layer, struct file_tree **ret,
		    struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *copy = NULL;
	twin_list twins = {};
	int r = file_tree_new(tree->limits, layer, &copy, err);

	assert(tree->root);
	if (r < 0)
		return r;
	*copy->root->inode = *tree->root->inode;
	copy->root->inode->layer = layer;
	copy->entries = tree->entries;
	r = collect_twins(tree, &twins);
	if (r == 0)
		r = clone_nodes(tree, copy, &twins);
	vec_clear(&twins);
	if (r < 0)
		return file_tree_no_memory(copy, err);
	copy->n_whiteouts = tree->n_whiteouts;
	*ret = TAKE(copy);
	return 0;
}
