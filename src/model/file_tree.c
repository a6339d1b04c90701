/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structure: nodes in sibling lists and in one hash table over (directory, name), all in one
 * arena. Look-ups follow path_resolution(7) inside the tree. How entries and layers act on it is in
 * file_tree_apply.c and file_tree_merge.c.
 */
#include "model/file_tree.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "model/file_tree_internal.h"

#define FIRST_BUCKETS 64
#define MAX_NESTED    256 /* symlinks with a rest of path behind them, one in another */

void file_tree_free(struct file_tree *tree)
{
	if (!tree)
		return;
	free(tree->buckets);
	free(tree->scratch);
	free(tree->parent_path);
	arena_free(tree->arena);
	free(tree);
}

/* Nodes do not move, so that a directory's address is its identity. */
static uint32_t hash_name(const struct file_node *dir, const char *name, size_t name_len)
{
	return (uint32_t)hash_bytes((uint64_t)(uintptr_t)dir, name, name_len);
}

struct file_inode *file_tree_new_inode(struct file_tree *tree, uint32_t mode)
{
	struct file_inode *inode = arena_alloc(tree->arena, sizeof(*inode));

	if (inode) {
		inode->mode = mode;
		inode->layer = tree->layer;
	}
	return inode;
}

/* In no directory and no hash chain yet; file_tree_link() puts it there. */
static struct file_node *loose_node(struct file_tree *tree, const char *name, size_t name_len,
				    struct file_inode *inode)
{
	struct file_node *node = arena_alloc(tree->arena, sizeof(*node) + name_len + 1);

	if (!node)
		return NULL;
	memcpy(node->name, name, name_len);
	node->name_len = (uint32_t)name_len;
	node->inode = inode;
	return node;
}

int file_tree_new(const struct limits *limits, uint32_t layer, struct file_tree **ret,
		  struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = calloc(1, sizeof(*tree));
	struct file_inode *inode;
	size_t path_size; /* what clean_path() may write: a byte before the path, a NUL behind it */

	if (!tree || __builtin_add_overflow(limits->path_bytes, 2, &path_size))
		return error_oom(err);
	tree->limits = limits;
	tree->layer = layer;
	tree->n_buckets = FIRST_BUCKETS;
	tree->arena = arena_new(limits->tree_bytes);
	tree->buckets = calloc(tree->n_buckets, sizeof(struct file_node *));
	tree->scratch = malloc(path_size);
	tree->parent_path = malloc(path_size);
	if (!tree->arena || !tree->buckets || !tree->scratch || !tree->parent_path)
		return error_oom(err);

	inode = file_tree_new_inode(tree, S_IFDIR | 0755);
	if (!inode)
		return file_tree_no_memory(tree, err);
	inode->flags = INODE_IMPLICIT;
	inode->nlink = 1;
	tree->root = loose_node(tree, "", 0, inode);
	if (!tree->root)
		return file_tree_no_memory(tree, err);
	*ret = TAKE(tree);
	return 0;
}

/* The table is asked and not the list of children: a directory may hold a million names. */
struct file_node *file_tree_find(const struct file_tree *tree, const struct file_node *dir,
				 const char *name, size_t name_len, uint32_t *ret_hash)
{
	uint32_t hash = hash_name(dir, name, name_len);
	struct file_node *node = tree->buckets[hash & (tree->n_buckets - 1)];

	assert(dir);
	if (ret_hash)
		*ret_hash = hash;
	for (; node; node = node->chain) {
		if (node->hash == hash && node->parent == dir && node->name_len == name_len &&
		    memcmp(node->name, name, name_len) == 0)
			return node;
	}
	return NULL;
}

/* At most one node a bucket on average. Hashes are kept in the nodes, for names are long and far
 * apart in memory. */
static int grow_table(struct file_tree *tree)
{
	size_t n_buckets = tree->n_buckets * 2;
	struct file_node **buckets;

	assert((tree->n_buckets & (tree->n_buckets - 1)) == 0);
	if (tree->n_nodes < tree->n_buckets)
		return 0;
	buckets = calloc(n_buckets, sizeof(struct file_node *));
	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < tree->n_buckets; i++) {
		for (struct file_node *node = tree->buckets[i], *next; node; node = next) {
			struct file_node **bucket = &buckets[node->hash & (n_buckets - 1)];

			next = node->chain;
			node->chain = *bucket;
			*bucket = node;
		}
	}
	free(tree->buckets);
	tree->buckets = buckets;
	tree->n_buckets = n_buckets;
	return 0;
}

int file_tree_link(struct file_tree *tree, struct file_node *dir, struct file_node *node,
		   uint32_t hash)
{
	struct file_node **bucket;

	assert(dir && dir != node);
	if (grow_table(tree) < 0)
		return -ENOMEM;
	node->parent = dir;
	node->hash = hash;
	bucket = &tree->buckets[node->hash & (tree->n_buckets - 1)];
	node->chain = *bucket;
	*bucket = node;
	tree->n_nodes++;

	node->prev = NULL;
	node->next = dir->child;
	if (node->next)
		node->next->prev = node;
	dir->child = node;
	return 0;
}

struct file_node *file_tree_new_node(struct file_tree *tree, struct file_node *dir,
				     const char *name, size_t name_len, uint32_t hash,
				     struct file_inode *inode)
{
	struct file_node *node = loose_node(tree, name, name_len, inode);

	if (!node || file_tree_link(tree, dir, node, hash) < 0)
		return NULL;
	if (inode)
		inode->nlink++;
	else
		tree->n_whiteouts++;
	return node;
}

/* Out of the table and off its inode, but not out of the list of siblings: whoever removes a whole
 * directory need not mend the lists in it. */
static void forget(struct file_tree *tree, struct file_node *node)
{
	struct file_node **at = &tree->buckets[node->hash & (tree->n_buckets - 1)];

	while (*at != node)
		at = &(*at)->chain;
	*at = node->chain;
	tree->n_nodes--;
	if (node->inode) {
		assert(node->inode->nlink > 0);
		node->inode->nlink--;
	}
}

void file_tree_remove_children(struct file_tree *tree, struct file_node *node)
{
	struct file_node *end = file_node_skip(node);

	for (struct file_node *at = file_node_next(node); at && at != end; at = file_node_next(at))
		forget(tree, at);
	node->child = NULL;
	tree->parent_node = NULL; /* it may have been one of them */
}

void file_tree_remove(struct file_tree *tree, struct file_node *node)
{
	assert(node->parent);
	file_tree_remove_children(tree, node);
	forget(tree, node);
	if (node->prev)
		node->prev->next = node->next;
	else
		node->parent->child = node->next;
	if (node->next)
		node->next->prev = node->prev;
}

/* A directory that no entry named: what MkdirAll of the runtimes leaves, umask 022, chowned to
 * root; mkdir(2) hands the set-group-ID bit on. */
static struct file_node *implicit_directory(struct file_tree *tree, struct file_node *dir,
					    struct file_node *whiteout, const char *name,
					    size_t len, uint32_t hash)
{
	struct file_inode *inode =
		file_tree_new_inode(tree, S_IFDIR | 0755 | (dir->inode->mode & S_ISGID));

	if (!inode)
		return NULL;
	inode->flags = INODE_IMPLICIT;
	if (!whiteout)
		return file_tree_new_node(tree, dir, name, len, hash, inode);
	/* What was removed below stays removed. */
	inode->flags |= INODE_OPAQUE;
	inode->nlink = 1;
	whiteout->inode = inode;
	return whiteout;
}

struct walk {
	const char *rest[MAX_NESTED]; /* what follows the symlinks that are being followed */
	size_t depth;
	uint64_t links;
	bool slash; /* the path, or a last symlink's, ended in one: only a directory will do */
};

/* The rest of the path waits on a stack, so that a target is walked as any path and nothing is
 * copied. A target that ends the path leaves nothing to wait: chains of links take no room. */
static int walk_symlink(const struct file_tree *tree, struct walk *walk,
			const struct file_node *link, const char *rest)
{
	assert(S_ISLNK(link->inode->mode));
	if (++walk->links > tree->limits->symlinks || walk->depth == MAX_NESTED)
		return -ELOOP;
	if (link->inode->target[0] == '\0')
		return -ENOENT;
	if (*rest != '\0')
		walk->rest[walk->depth++] = rest;
	return 0;
}

/* Entries' own names were measured by clean_path(); those in targets, here. */
static int walk_missing(struct file_tree *tree, struct file_node *dir, struct file_node *whiteout,
			const char *name, size_t len, uint32_t hash, struct file_node **ret)
{
	if (len > tree->limits->name_bytes)
		return -ENAMETOOLONG;
	*ret = implicit_directory(tree, dir, whiteout, name, len, hash);
	if (!*ret)
		return arena_full(tree->arena) ? -E2BIG : -ENOMEM;
	return 0;
}

/* One component that is neither "." nor "..". *ret: the child, or where its symlink starts (then
 * *path is the link's target). */
static int walk_component(struct file_tree *tree, struct walk *walk, struct file_node *dir,
			  const char **path, size_t len, unsigned int flags, struct file_node **ret)
{
	const char *name = *path, *rest = name + len;
	bool slash = *rest == '/', last;
	uint32_t hash;
	struct file_node *child = file_tree_find(tree, dir, name, len, &hash);
	int r;

	rest += strspn(rest, "/");
	last = *rest == '\0' && walk->depth == 0;
	if (!child || !child->inode) {
		if (!(flags & WALK_CREATE))
			return -ENOENT;
		r = walk_missing(tree, dir, child, name, len, hash, &child);
		if (r < 0)
			return r;
	}
	walk->slash |= last && slash;
	*path = rest;
	*ret = child;
	if (S_ISLNK(child->inode->mode) && (!last || slash || (flags & WALK_FOLLOW))) {
		r = walk_symlink(tree, walk, child, rest);
		if (r < 0)
			return r;
		*path = child->inode->target;
		*ret = **path == '/' ? tree->root : dir;
		return 0;
	}
	return slash && !S_ISDIR(child->inode->mode) ? -ENOTDIR : 0;
}

int file_tree_walk(struct file_tree *tree, struct file_node *base, const char *path,
		   unsigned int flags, struct file_node **ret)
{
	struct file_node *node = *path == '/' || !base ? tree->root : base;
	struct walk walk;
	int r;

	assert(path);
	walk.depth = 0;
	walk.links = 0;
	walk.slash = false;
	for (;;) {
		size_t len;

		path += strspn(path, "/");
		if (*path == '\0') {
			if (walk.depth == 0)
				break;
			path = walk.rest[--walk.depth];
			continue;
		}
		/* Also before "..": "file/.." leads nowhere in a kernel either. */
		if (!file_node_is_dir(node))
			return -ENOTDIR;
		if ((flags & WALK_CAPPED) && tree->steps++ >= FILE_TREE_STEPS_MAX)
			return -EOVERFLOW;
		len = strcspn(path, "/");
		if (len == 1 && path[0] == '.') {
			path += 1;
		} else if (len == 2 && path[0] == '.' && path[1] == '.') {
			path += 2;
			node = node->parent ? node->parent : node; /* "/.." is "/" */
		} else {
			r = walk_component(tree, &walk, node, &path, len, flags, &node);
			if (r < 0)
				return r;
		}
	}
	if (walk.slash && !file_node_is_dir(node))
		return -ENOTDIR;
	*ret = node;
	return 0;
}

int file_tree_lookup(const struct file_tree *tree, const struct file_node *base, const char *path,
		     bool follow, struct file_node **ret)
{
	/* Without WALK_CREATE the walk changes nothing. */
	return file_tree_walk((struct file_tree *)tree, (struct file_node *)base, path,
			      follow ? WALK_FOLLOW : 0, ret);
}

struct file_node *file_tree_child(const struct file_tree *tree, const struct file_node *dir,
				  const char *name, size_t name_len)
{
	struct file_node *node = file_tree_find(tree, dir, name, name_len, NULL);

	return node && node->inode ? node : NULL;
}

struct file_node *file_tree_root(const struct file_tree *tree)
{
	return tree->root;
}

uint64_t file_tree_entries(const struct file_tree *tree)
{
	return tree->entries;
}

uint64_t file_tree_memory(const struct file_tree *tree)
{
	return arena_used(tree->arena) + tree->n_buckets * sizeof(struct file_node *);
}

struct arena *file_tree_arena(struct file_tree *tree)
{
	return tree->arena;
}

struct file_node *file_node_skip(const struct file_node *node)
{
	while (node && !node->next)
		node = node->parent;
	return node ? node->next : NULL;
}

struct file_node *file_node_next(const struct file_node *node)
{
	assert(node);
	return node->child ? node->child : file_node_skip(node);
}

char *file_node_path(const struct file_node *node, struct arena *arena)
{
	size_t len = 0;
	char *path, *at;

	assert(node);
	for (const struct file_node *up = node; up->parent; up = up->parent)
		len += 1 + up->name_len;
	path = arena_bytes(arena, MAX(len, (size_t)1) + 1);
	if (!path)
		return NULL;
	path[0] = '/';
	/* From the end: parents are known, children's paths are not. */
	at = path + MAX(len, (size_t)1);
	*at = '\0';
	for (; node->parent; node = node->parent) {
		at -= node->name_len;
		memcpy(at, node->name, node->name_len);
		*--at = '/';
	}
	return path;
}

const struct file_xattr *file_inode_xattr(const struct file_inode *inode, const char *name)
{
	const struct file_xattr *xattr = inode->xattrs;

	while (xattr && strcmp(xattr->name, name) != 0)
		xattr = xattr->next;
	return xattr;
}
