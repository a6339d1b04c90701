/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry acts on the layer's own directory, as moby's archive.Unpack() with overlay whiteouts
 * and containerd's archive.Apply() do it. Where they refuse what the OCI image-spec (layer.md)
 * allows, the specification's meaning is taken:
 *
 *   - ".wh.x" after "x" in one layer hides only lower layers (dockerd: EEXIST);
 *   - a parent that is a dangling symlink is created at its target (containerd does, dockerd not).
 *
 * Names that start with ".wh..wh." but are not the opaque marker, and a bare ".wh.", are names.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "model/file_tree.h"
#include "model/file_tree_internal.h"

#define WHITEOUT  ".wh."
#define OPAQUE    ".wh..wh..opq"
#define UNCHANGED UINT32_MAX /* (uid_t)-1: chown(2) leaves the owner alone */

/* filepath.Clean() inside a chroot: lexical, ".." stops at the root. Also cuts the last component
 * off: *ret_name points behind the parent's NUL; NULL: the root itself. */
static int clean_path(struct file_tree *tree, const char *path, char **ret_name, struct error *err)
{
	char *out = tree->scratch;
	size_t len = 0, size = strlen(path);
	char *slash;

	if (size > tree->limits->path_bytes)
		return error_set(err, -E2BIG,
				 "a path of %zu bytes, longer than the limit path-bytes", size);
	while (*path) {
		size_t part = 0;

		/* Names are short: a call to strcspn() costs more than it finds. */
		while (path[part] != '/' && path[part] != '\0')
			part++;
		if (part == 2 && path[0] == '.' && path[1] == '.') {
			while (len > 0 && out[--len] != '/')
				;
		} else if (part > 0 && !(part == 1 && path[0] == '.')) {
			if (part > tree->limits->name_bytes)
				return error_set(err, -E2BIG,
						 "a name of %zu bytes, longer than the limit "
						 "name-bytes",
						 part);
			if (len > 0)
				out[len++] = '/';
			memcpy(out + len, path, part);
			len += part;
		}
		path += part;
		while (*path == '/')
			path++;
	}
	out[len] = '\0';
	slash = memrchr(out, '/', len);
	if (slash) {
		*slash = '\0';
		*ret_name = slash + 1;
	} else {
		/* No parent: the name moves up by one, an empty string stands before it. */
		memmove(out + 1, out, len + 1);
		out[0] = '\0';
		*ret_name = len > 0 ? out + 1 : NULL;
	}
	return 0;
}

/* file_tree_walk()'s codes in words: what no runtime unpacks is malformed input. */
static int walk_error(const struct file_tree *tree, int r, const char *path, struct error *err)
{
	switch (r) {
	case -ENOTDIR:
		return error_set(err, -EBADMSG, "%.256s: a parent is not a directory", path);
	case -ELOOP:
		return error_set(err, -EBADMSG, "%.256s: too many symbolic links", path);
	case -ENOENT:
		return error_set(err, -EBADMSG, "%.256s: a parent is an empty symbolic link", path);
	case -ENAMETOOLONG:
		return error_set(err, -E2BIG,
				 "%.256s: a symbolic link names more than the limit name-bytes",
				 path);
	case -EOVERFLOW:
		return error_set(err, -E2BIG,
				 "%.256s: more than %u components in all paths, symbolic links "
				 "followed",
				 path, FILE_TREE_STEPS_MAX);
	default:
		return file_tree_no_memory(tree, err);
	}
}

/* The directory that tree->scratch names. Most entries follow one from the same directory. */
static int find_parent(struct file_tree *tree, const char *path, struct file_node **ret,
		       struct error *err)
{
	struct file_node *node;
	int r;

	if (tree->parent_node && strcmp(tree->parent_path, tree->scratch) == 0) {
		*ret = tree->parent_node;
		return 0;
	}
	r = file_tree_walk(tree, NULL, tree->scratch, WALK_FOLLOW | WALK_CREATE | WALK_CAPPED,
			   &node);
	if (r < 0)
		return walk_error(tree, r, path, err);
	if (!file_node_is_dir(node))
		return walk_error(tree, -ENOTDIR, path, err);
	memcpy(tree->parent_path, tree->scratch, strlen(tree->scratch) + 1);
	tree->parent_node = *ret = node;
	return 0;
}

/* A later value of the same name replaces an earlier one, as lsetxattr(2) does. */
static int set_xattr(struct file_tree *tree, struct file_inode *inode,
		     const struct file_xattr *from)
{
	struct file_xattr *xattr = (struct file_xattr *)file_inode_xattr(inode, from->name);

	if (!xattr) {
		xattr = arena_alloc(tree->arena, sizeof(*xattr));
		if (!xattr)
			return -ENOMEM;
		xattr->name = arena_strdup(tree->arena, from->name);
		xattr->next = inode->xattrs;
		inode->xattrs = xattr;
	}
	xattr->value = arena_memdup(tree->arena, from->value, from->size);
	xattr->size = from->size;
	return xattr->name && xattr->value ? 0 : -ENOMEM;
}

static void drop_xattr(struct file_inode *inode, const char *name)
{
	for (struct file_xattr **at = &inode->xattrs; *at; at = &(*at)->next) {
		if (strcmp((*at)->name, name) == 0) {
			*at = (*at)->next;
			return;
		}
	}
}

/*
 * lchown, lsetxattr, chmod in the runtimes' order. chown(2) takes 32 bits of the ID, and takes a
 * file's capabilities away; chmod is not done to symlinks.
 */
static int set_attributes(struct file_tree *tree, struct file_inode *inode,
			  const struct file_entry *entry)
{
	if ((uint32_t)entry->uid != UNCHANGED)
		inode->uid = (uint32_t)entry->uid;
	if ((uint32_t)entry->gid != UNCHANGED)
		inode->gid = (uint32_t)entry->gid;
	if (!S_ISDIR(inode->mode))
		drop_xattr(inode, "security.capability");
	for (const struct file_xattr *xattr = entry->xattrs; xattr; xattr = xattr->next) {
		if (set_xattr(tree, inode, xattr) < 0)
			return -ENOMEM;
	}
	if (!S_ISLNK(inode->mode))
		inode->mode = (inode->mode & S_IFMT) | (entry->mode & 07777);
	inode->flags &= ~(uint32_t)INODE_IMPLICIT;
	inode->layer = tree->layer;
	return 0;
}

/* As open(2), mkdir(2), mknod(2) or symlink(2) makes it, before its attributes are set. */
static int new_inode(struct file_tree *tree, const struct file_node *dir,
		     const struct file_entry *entry, struct file_inode **ret, struct error *err)
{
	uint32_t type = entry->mode & S_IFMT;
	struct file_inode *inode;

	if (type == S_IFLNK && strlen(entry->link) > tree->limits->path_bytes)
		return error_set(err, -E2BIG,
				 "%.256s: a symbolic link longer than the limit path-bytes",
				 entry->path);
	inode = file_tree_new_inode(tree, type | (type == S_IFLNK ? 0777 : 0));
	if (inode && (dir->inode->mode & S_ISGID))
		inode->gid = dir->inode->gid; /* open(2): until chown says otherwise */
	if (!inode || set_attributes(tree, inode, entry) < 0)
		return file_tree_no_memory(tree, err);
	inode->flags |= entry->flags;
	if (type == S_IFREG)
		inode->size = entry->size;
	else if (type == S_IFCHR || type == S_IFBLK)
		inode->size = makedev(entry->dev_major, entry->dev_minor);
	if (type == S_IFLNK) {
		inode->target = arena_strdup(tree->arena, entry->link);
		if (!inode->target)
			return file_tree_no_memory(tree, err);
	}
	*ret = inode;
	return 0;
}

/* A name in a directory: what is there, and where it goes. */
struct place {
	struct file_node *dir, *node; /* node: NULL when there is none yet */
	const char *name;
	size_t len;
	uint32_t hash;
};

static struct place find_place(const struct file_tree *tree, struct file_node *dir,
			       const char *name)
{
	struct place place = {.dir = dir, .name = name, .len = strlen(name)};

	place.node = file_tree_find(tree, dir, name, place.len, &place.hash);
	return place;
}

/* The name gets an inode, new or another name's. What it named before is gone. */
static int put(struct file_tree *tree, const struct place *place, struct file_inode *inode,
	       struct error *err)
{
	struct file_node *node = place->node;

	if (!node) {
		if (!file_tree_new_node(tree, place->dir, place->name, place->len, place->hash,
					inode))
			return file_tree_no_memory(tree, err);
		return 0;
	}
	file_tree_remove_children(tree, node);
	if (node->inode)
		node->inode->nlink--;
	node->inode = inode;
	inode->nlink++;
	return 0;
}

/* A name that this layer itself wrote before stays: the whiteout hides lower layers only. Of a
 * directory it hides what is below it, which makes it opaque. */
static int apply_whiteout(struct file_tree *tree, struct file_node *dir, const char *name,
			  struct error *err)
{
	struct place place = find_place(tree, dir, name);

	if (!place.node && !file_tree_new_node(tree, dir, name, place.len, place.hash, NULL))
		return file_tree_no_memory(tree, err);
	if (place.node && file_node_is_dir(place.node)) {
		place.node->inode->flags |= INODE_OPAQUE;
		tree->n_whiteouts++;
	}
	return 0;
}

/* The target is looked up in this layer alone, as it lies there when the entry comes: neither
 * Docker nor containerd finds one in a lower layer. Attributes act on the inode and so on all its
 * names. */
static int apply_hardlink(struct file_tree *tree, struct file_node *dir, const char *name,
			  const struct file_entry *entry, struct error *err)
{
	_cleanup_free_ char *copy = strdup(name); /* clean_path() below reuses the scratch */
	struct file_node *target;
	struct place place;
	char *target_name = NULL;
	int r;

	if (!copy)
		return error_oom(err);
	place = find_place(tree, dir, copy);
	/* Before the look-up, as the runtimes do it: a link to itself has no target then. */
	if (place.node)
		file_tree_remove(tree, TAKE(place.node));
	r = clean_path(tree, entry->link, &target_name, err);
	if (r < 0)
		return error_wrap(err, r, "%.128s: hardlink", entry->path);
	r = -ENOENT;
	if (target_name)
		r = file_tree_walk(tree, NULL, tree->scratch, WALK_FOLLOW | WALK_CAPPED, &target);
	if (r == -EOVERFLOW)
		return walk_error(tree, r, entry->path, err);
	if (r == 0)
		target = file_tree_child(tree, target, target_name, strlen(target_name));
	if (r < 0 || !target)
		return error_set(err, -EBADMSG,
				 "%.160s: hardlink to %.160s, which this layer does not hold",
				 entry->path, entry->link);
	if (file_node_is_dir(target))
		return error_set(err, -EBADMSG, "%.160s: hardlink to the directory %.160s",
				 entry->path, entry->link);
	if (set_attributes(tree, target->inode, entry) < 0)
		return file_tree_no_memory(tree, err);
	return put(tree, &place, target->inode, err);
}

/* "./" and "/": layers made by tar -C have it, and some of them mean its mode. */
static int apply_root(struct file_tree *tree, const struct file_entry *entry,
		      struct file_inode **ret_inode, struct error *err)
{
	if (entry->hardlink || !S_ISDIR(entry->mode))
		return error_set(err, -EBADMSG, "the root directory is replaced by another file");
	if (set_attributes(tree, tree->root->inode, entry) < 0)
		return file_tree_no_memory(tree, err);
	*ret_inode = tree->root->inode;
	return 0;
}

/* True when the name is a whiteout; *ret_name is what it hides, NULL: everything in dir. */
static bool whiteout_name(const char *name, const char **ret_name)
{
	size_t len = strlen(WHITEOUT);

	if (strncmp(name, WHITEOUT, len) != 0 || name[len] == '\0')
		return false;
	*ret_name = name + len;
	if (strncmp(*ret_name, WHITEOUT, len) != 0)
		return true;
	*ret_name = NULL;
	return strcmp(name, OPAQUE) == 0;
}

/* A directory over a directory keeps its children; anything else is replaced, even by its like. */
static int apply_named(struct file_tree *tree, struct file_node *dir, const char *name,
		       const struct file_entry *entry, struct file_inode **ret_inode,
		       struct error *err)
{
	struct place place = find_place(tree, dir, name);
	struct file_node *node = place.node;
	struct file_inode *inode = NULL;
	int r;

	/* overlayfs.rst: "whiteouts and opaque directories": a character device 0/0 is one */
	if (S_ISCHR(entry->mode) && entry->dev_major == 0 && entry->dev_minor == 0 &&
	    !entry->verbatim) {
		if (node)
			file_tree_remove(tree, node);
		return apply_whiteout(tree, dir, name, err);
	}
	if (node && file_node_is_dir(node) && S_ISDIR(entry->mode)) {
		if (set_attributes(tree, node->inode, entry) < 0)
			return file_tree_no_memory(tree, err);
		*ret_inode = node->inode;
		return 0;
	}
	r = new_inode(tree, dir, entry, &inode, err);
	if (r == 0)
		r = put(tree, &place, inode, err);
	if (r == 0)
		*ret_inode = inode;
	return r;
}

int file_tree_apply(struct file_tree *tree, const struct file_entry *entry,
		    struct file_inode **ret_inode, struct error *err)
{
	struct file_node *dir = NULL;
	const char *hidden;
	char *name;
	int r;

	assert(entry->path && (entry->link || !(entry->hardlink || S_ISLNK(entry->mode))));
	*ret_inode = NULL;
	if (tree->entries >= tree->limits->entries)
		return error_set(err, -E2BIG, "more than %llu entries, the limit entries",
				 (unsigned long long)tree->limits->entries);
	tree->entries++;
	r = clean_path(tree, entry->path, &name, err);
	if (r < 0)
		return r;
	if (!name)
		return apply_root(tree, entry, ret_inode, err);
	r = find_parent(tree, entry->path, &dir, err);
	if (r < 0)
		return r;
	if (!entry->verbatim && whiteout_name(name, &hidden)) {
		if (hidden)
			return apply_whiteout(tree, dir, hidden, err);
		dir->inode->flags |= INODE_OPAQUE;
		tree->n_whiteouts++;
		return 0;
	}
	if (entry->hardlink)
		return apply_hardlink(tree, dir, name, entry, err);
	return apply_named(tree, dir, name, entry, ret_inode, err);
}
