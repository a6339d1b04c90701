/* SPDX-License-Identifier: Apache-2.0 */
/* What the three files of the tree share: its structure, and raw operations on nodes. */
#pragma once

#include "model/file_tree.h"

struct file_tree {
	struct arena *arena;
	const struct limits *limits;
	struct file_node *root;
	struct file_node **buckets; /* (parent, name) -> node, chained */
	size_t n_buckets;           /* a power of two */
	size_t n_nodes;             /* in the table */
	size_t n_whiteouts;         /* nodes without inode, and opaque directories */
	uint64_t entries;
	uint64_t steps; /* of capped walks so far, merged ones included */
	uint32_t layer;
	char *scratch;                 /* limits->path_bytes + 2: the cleaned path of an entry */
	char *parent_path;             /* the same size: where parent_node was found... */
	struct file_node *parent_node; /* ...the last time; NULL: look it up */
};

/* Components in the paths of all entries, symlinks followed. They make a path of a few bytes one of
 * 80,000 components, and a layer of those would take hours; of honest entries, most of which stand
 * in the same directory as the one before, four million take a part of this. */
#define FILE_TREE_STEPS_MAX (1U << 27)

enum walk_flags {
	WALK_FOLLOW = 1 << 0, /* the last component's symlink too */
	WALK_CREATE = 1 << 1, /* missing directories, as a runtime does for a parent */
	WALK_CAPPED = 1 << 2, /* counts towards FILE_TREE_STEPS_MAX */
};

static inline bool file_node_is_dir(const struct file_node *node)
{
	return node->inode && S_ISDIR(node->inode->mode);
}

/* -ENOMEM or -E2BIG (tree_bytes), whichever it was. */
static inline int file_tree_no_memory(const struct file_tree *tree, struct error *err)
{
	if (arena_full(tree->arena))
		return error_set(err, -E2BIG, "more file metadata than the limit tree-bytes");
	return error_oom(err);
}

/* As file_tree_child(), but whiteouts are found too. ret_hash: what file_tree_link() wants of the
 * same directory and name; may be NULL. */
struct file_node *file_tree_find(const struct file_tree *tree, const struct file_node *dir,
				 const char *name, size_t name_len, uint32_t *ret_hash);

/* A new inode of this tree's layer; NULL when memory is exhausted. */
struct file_inode *file_tree_new_inode(struct file_tree *tree, uint32_t mode);

/* A new node below dir; inode NULL: a whiteout; hash: from file_tree_find(). NULL when memory is
 * exhausted. */
struct file_node *file_tree_new_node(struct file_tree *tree, struct file_node *dir,
				     const char *name, size_t name_len, uint32_t hash,
				     struct file_inode *inode);

/* Hangs a loose node below dir and into the table. -ENOMEM. */
int file_tree_link(struct file_tree *tree, struct file_node *dir, struct file_node *node,
		   uint32_t hash);

/* Takes the children of a node away, names and all; inodes lose their links. */
void file_tree_remove_children(struct file_tree *tree, struct file_node *node);

/* Takes a node and everything below away. Not for the root. */
void file_tree_remove(struct file_tree *tree, struct file_node *node);

/* Path walk (see file_tree_lookup); flags of walk_flags. -ENOENT -ENOTDIR -ELOOP -ENOMEM -E2BIG,
 * and -EOVERFLOW of a capped one. */
int file_tree_walk(struct file_tree *tree, struct file_node *base, const char *path,
		   unsigned int flags, struct file_node **ret);
