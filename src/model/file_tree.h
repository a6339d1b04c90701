/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system as metadata: names (nodes) that point to inodes. One tree is first one layer, as
 * the runtime unpacks it; file_tree_merge() then lays it over the layers below it.
 *
 * Semantics are those of dockerd's overlay2 and containerd's overlay snapshotter: an entry acts on
 * the layer's own directory, in tar order, as if chrooted into it; the layers are then united by
 * overlayfs. Paths are without leading slash, the root is "". Names are bytes, not text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"

struct file_xattr {
	struct file_xattr *next;
	const char *name; /* "security.capability" */
	const uint8_t *value;
	uint32_t size;
};

/* A body that a check may need, in the form that its keeper gave it (see body_kind). */
enum body_kind {
	BODY_NONE,      /* not kept */
	BODY_WHOLE,     /* data is the file */
	BODY_CLEAN,     /* a script that was read and holds no word of interest; data is empty */
	BODY_TOO_LARGE, /* over the limit; data is empty */
	BODY_OWNERS,    /* data is a struct owner_list (model/owner_list.h) */
};

struct file_body {
	enum body_kind kind;
	size_t size;
	const void *data; /* followed by a NUL byte when BODY_WHOLE */
};

enum {
	INODE_SCRIPT = 1 << 0,   /* regular file that starts with "#!" */
	INODE_IMPLICIT = 1 << 1, /* directory that no entry named */
	INODE_OPAQUE = 1 << 2,   /* directory that hides the one below (within a layer) */
};

struct file_inode {
	uint32_t mode; /* S_IFMT bits and 07777 */
	uint32_t uid, gid;
	uint32_t nlink; /* names in this tree; directories: 1 */
	uint32_t layer; /* index of the layer that wrote it */
	uint32_t flags;
	uint64_t size;      /* of regular files; device number (makedev) of device nodes */
	const char *target; /* symlinks */
	struct file_xattr *xattrs;
	struct file_body *body; /* NULL: not kept */
	const char *digest; /* "sha256:..." of the body, for privileged files; NULL: not known */
};

struct file_node {
	struct file_node *parent, *child; /* child: the first one */
	struct file_node *next, *prev;    /* siblings */
	struct file_node *chain;          /* hash chain */
	struct file_inode *inode;         /* NULL: a whiteout (within a layer only) */
	uint32_t hash;
	uint32_t name_len;
	char name[]; /* NUL-terminated; may not contain NUL or '/' */
};

/* What one archive member (or directory entry) says. Borrowed for the time of the call. */
struct file_entry {
	const char *path; /* as written: "./a/", "/a", "a/../b" are understood */
	const char *link; /* symlink target as written, or path of a hardlink's target */
	bool hardlink;
	uint32_t mode;    /* S_IFMT bits and 07777; of a hardlink only 07777 counts */
	int64_t uid, gid; /* as written; truncated to 32 bits as the system call does */
	uint64_t size;
	uint32_t dev_major, dev_minor;
	const struct file_xattr *xattrs; /* copied */
	uint32_t flags;                  /* INODE_SCRIPT */
	bool verbatim; /* a real directory's entry: no whiteout names, no cleaning */
};

struct file_tree;

void file_tree_free(struct file_tree *tree);
DEFINE_FREEP(struct file_tree, file_tree_free)

/* layer: index written into the inodes. -ENOMEM. limits is borrowed for the tree's life. */
int file_tree_new(const struct limits *limits, uint32_t layer, struct file_tree **ret,
		  struct error *err);

/*
 * Applies one entry as the runtime unpacks it. *ret_inode is the inode that it made or changed, or
 * NULL where nothing carries a body (whiteouts, hardlinks). Errors: -EBADMSG for what no overlay
 * runtime unpacks (hardlink whose target is not in the layer, symlink loop, non-directory as
 * parent), -E2BIG for our limits, -ENOMEM.
 */
int file_tree_apply(struct file_tree *tree, const struct file_entry *entry,
		    struct file_inode **ret_inode, struct error *err);

/*
 * Lays `upper` over `lower` as overlayfs does: whiteouts and opaque directories act, and are gone
 * afterwards. Consumes upper, also on error. Lay the first layer over a new empty tree.
 */
int file_tree_merge(struct file_tree *lower, struct file_tree *upper, struct error *err);

/*
 * A copy of an unmerged tree, as layer `layer`. Bodies and strings are shared with the original,
 * which must outlive the copy. -ENOMEM, -E2BIG.
 */
int file_tree_clone(const struct file_tree *tree, uint32_t layer, struct file_tree **ret,
		    struct error *err);

struct file_node *file_tree_root(const struct file_tree *tree);
uint64_t file_tree_entries(const struct file_tree *tree); /* applied so far, merged ones included */
uint64_t file_tree_memory(const struct file_tree *tree);  /* bytes held */
/* Memory that lives as long as the tree, for bodies and the like; counts towards tree_bytes. */
struct arena *file_tree_arena(struct file_tree *tree);

/* Child by name; NULL if absent (or a whiteout). */
struct file_node *file_tree_child(const struct file_tree *tree, const struct file_node *dir,
				  const char *name, size_t name_len);

/*
 * Looks a path up as a process chrooted into the tree would; the last component's symlink is
 * followed when `follow`. 0 and *ret, or -ENOENT, -ENOTDIR, -ELOOP. base: where a relative path
 * starts (NULL: the root).
 */
int file_tree_lookup(const struct file_tree *tree, const struct file_node *base, const char *path,
		     bool follow, struct file_node **ret);

/* Pre-order walk: the node after `node` (children first), NULL at the end. Start with the root. */
struct file_node *file_node_next(const struct file_node *node);
/* The same, but without node's children. */
struct file_node *file_node_skip(const struct file_node *node);

#define FILE_TREE_FOREACH(tree, node) \
	for (node = file_tree_root(tree); node; node = file_node_next(node))

/* Absolute path ("/usr/bin/su", "/" for the root) in the arena; NULL on -ENOMEM. */
char *file_node_path(const struct file_node *node, struct arena *arena);

/* Value of an extended attribute, or NULL. */
const struct file_xattr *file_inode_xattr(const struct file_inode *inode, const char *name);
