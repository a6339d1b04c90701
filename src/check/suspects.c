/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: the merged tree. Out: the few files that rules look at. One pass that touches each inode's
 * mode, extended attributes and body pointer only; all else is paid for suspects alone. Limit:
 * limits->findings suspects (each is a finding), a part of limits->bodies_bytes for their paths.
 */
#include "check/suspects.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "check/place.h"

struct hit {
	struct file_inode *inode;
	const struct file_node *node;
};

struct walk {
	struct check_ctx *ctx;
	VEC(struct hit) hits;
	VEC(const struct file_node *) owners;
	uint64_t name_bytes; /* of the suspects' paths */
};

/* Paths of all suspects take this part of limits->bodies_bytes, for messages and remedies say them
 * again. Symlinks make paths of any length, which a million hardlinks share. */
#define NAMES_SHARE 4

/* Special bits on directories, sockets and symlinks do nothing to who executes what. */
static bool is_suspect(const struct file_inode *inode)
{
	if (S_ISBLK(inode->mode) || S_ISCHR(inode->mode))
		return true;
	if (!S_ISREG(inode->mode))
		return false;
	return (inode->mode & (S_ISUID | S_ISGID)) ||
	       (inode->xattrs && file_inode_xattr(inode, "security.capability"));
}

/* Names, not inodes: which of them are the same file is told by sorting. */
static int add_hit(struct walk *walk, const struct file_node *node)
{
	struct hit hit = {.inode = node->inode, .node = node};

	return vec_push(&walk->hits, hit);
}

/* The one pass over everything; a million entries are a million turns of this loop. */
static void look(struct walk *walk)
{
	const struct file_tree *tree = walk->ctx->image->tree;
	struct file_node *node;

	FILE_TREE_FOREACH (tree, node) {
		const struct file_inode *inode = node->inode;
		int r = 0;

		if (inode->body && inode->body->kind == BODY_OWNERS)
			r = vec_push(&walk->owners, node);
		if (r == 0 && is_suspect(inode))
			r = add_hit(walk, node);
		if (r < 0) {
			rule_fail(walk->ctx);
			return;
		}
	}
}

static int compare_hits(const void *left, const void *right)
{
	const struct hit *a = left, *b = right;

	return (uintptr_t)a->inode < (uintptr_t)b->inode
		       ? -1
		       : (uintptr_t)a->inode > (uintptr_t)b->inode;
}

/* So that the first name, which findings show, does not depend on the archive's order. */
static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static const char *hit_path(struct walk *walk, const struct hit *hit)
{
	struct check_ctx *ctx = walk->ctx;
	uint64_t max = ctx->limits->bodies_bytes / NAMES_SHARE;
	const char *path;

	for (const struct file_node *up = hit->node; up->parent; up = up->parent)
		walk->name_bytes += up->name_len + 1;
	if (walk->name_bytes > max) {
		ctx->status = error_set(ctx->err, -E2BIG,
					"names of files with special bits take more than %llu "
					"bytes, a part of the limit bodies-bytes",
					(unsigned long long)max);
		return NULL;
	}
	path = file_node_path(hit->node, ctx->arena);
	if (!path)
		rule_fail(ctx);
	return path;
}

/* hits[0..n) are the names of one inode. */
static void add_suspect(struct walk *walk, const struct hit *hits, size_t n)
{
	struct check_ctx *ctx = walk->ctx;
	struct suspect *suspect = &ctx->suspects[ctx->n_suspects];

	assert(n > 0);
	assert(hits[0].inode == hits[n - 1].inode);
	suspect->inode = hits[0].inode;
	suspect->names = arena_calloc(ctx->arena, n, sizeof(*suspect->names));
	if (!suspect->names) {
		rule_fail(ctx);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		suspect->names[i] = hit_path(walk, &hits[i]);
		if (!suspect->names[i])
			return;
	}
	suspect->n_names = n;
	qsort(suspect->names, n, sizeof(*suspect->names), compare_names);
	suspect->location.path = suspect->names[0];
	place_layer(ctx, suspect->inode, &suspect->location);
	ctx->n_suspects++;
}

/* Hits are sorted by inode. */
static size_t count_inodes(const struct walk *walk)
{
	size_t n = 0;

	for (size_t i = 0; i < walk->hits.len; i++)
		n += i == 0 || walk->hits.items[i].inode != walk->hits.items[i - 1].inode;
	return n;
}

static void group(struct walk *walk)
{
	struct check_ctx *ctx = walk->ctx;
	size_t n_inodes;

	if (walk->hits.len == 0 || ctx->status < 0)
		return;
	qsort(walk->hits.items, walk->hits.len, sizeof(struct hit), compare_hits);
	n_inodes = count_inodes(walk);
	if (n_inodes > ctx->limits->findings) {
		ctx->status = error_set(ctx->err, -E2BIG,
					"%zu files with special bits, more than "
					"the findings limit of %llu",
					n_inodes, (unsigned long long)ctx->limits->findings);
		return;
	}
	ctx->suspects = arena_calloc(ctx->scratch, n_inodes, sizeof(*ctx->suspects));
	if (!ctx->suspects) {
		rule_fail(ctx);
		return;
	}
	for (size_t i = 0, n; i < walk->hits.len && ctx->status == 0; i += n) {
		for (n = 1; i + n < walk->hits.len; n++)
			if (walk->hits.items[i + n].inode != walk->hits.items[i].inode)
				break;
		add_suspect(walk, &walk->hits.items[i], n);
	}
}

void suspects_collect(struct check_ctx *ctx)
{
	struct walk walk = {.ctx = ctx};

	if (!ctx->image->tree)
		return;
	look(&walk);
	group(&walk);
	if (ctx->status == 0)
		place_packages(ctx, walk.owners.items, walk.owners.len);
	vec_clear(&walk.hits);
	vec_clear(&walk.owners);
}
