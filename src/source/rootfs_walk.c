/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories wait on a stack as relative paths, so that depth costs memory and not file handles.
 * What vanishes between two system calls is left out; what turns into something else is an error.
 */
#include "source/rootfs_walk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/vec.h"
#include "io/interrupt.h"
#include "source/body_keeper.h"
#include "source/inode_table.h"
#include "source/rootfs_xattr.h"

#define PIECE_SIZE 65536

struct walk {
	int root;
	const char *root_path; /* for messages */
	const struct limits *limits;
	struct arena *arena; /* names of directories and of hardlinked files */
	VEC(const char *) pending;
	struct inode_table inodes;
	struct file_tree *tree;
	struct body_keeper *keeper;
	char piece[PIECE_SIZE];
};

/* One directory entry on its way into the tree. */
struct visit {
	int dirfd;
	dev_t dev; /* of the directory */
	const char *name, *path;
	struct stat st;
	int fd; /* open when the body is wanted, else -1 */
};

static void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	body_keeper_free(walk->keeper);
	file_tree_free(walk->tree);
	inode_table_clear(&walk->inodes);
	vec_clear(&walk->pending);
	arena_free(walk->arena);
	free(walk);
}
DEFINE_FREEP(struct walk, walk_free)

static void close_fdp(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Of the system's errors every one counts: a file that cannot be read may be the one that is
 * root's. */
static int walk_error(const struct walk *walk, int errnum, const char *path, struct error *err)
{
	return error_errno(err, errnum, "cannot read %.256s/%.512s", walk->root_path, path);
}

/* Below the root, component by component: nothing is followed. path "" is the root itself. */
static int open_directory(const struct walk *walk, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	int fd = openat(walk->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *rest = copy, *name;

	assert(path[0] != '/');
	if (!copy) {
		close_fdp(&fd);
		return -ENOMEM;
	}
	while (fd >= 0 && (name = strsep(&rest, "/")) && *name) {
		int flags = rest ? O_PATH : O_RDONLY | O_NONBLOCK | O_NOCTTY;
		int next = openat(fd, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int saved = errno; /* close(2) may change it */

		close(fd);
		errno = saved;
		fd = next;
	}
	return fd < 0 ? -errno : fd;
}

/* File systems whose files are not files, and that have nothing to do with what an image holds. */
static bool is_kernel_fs(const struct visit *visit)
{
	static const long magics[] = {
		PROC_SUPER_MAGIC,   SYSFS_MAGIC,        CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		DEVPTS_SUPER_MAGIC, SECURITYFS_MAGIC,   DEBUGFS_MAGIC,      TRACEFS_MAGIC,
		BPF_FS_MAGIC,       PSTOREFS_MAGIC,     EFIVARFS_MAGIC,     BINFMTFS_MAGIC,
		SELINUX_MAGIC,      AUTOFS_SUPER_MAGIC, NSFS_MAGIC,         HUGETLBFS_MAGIC,
	};
	_cleanup_(close_fdp) int fd =
		openat(visit->dirfd, visit->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		if ((unsigned long)fs.f_type == (unsigned long)magics[i])
			return true;
	}
	return false;
}

/* Longer than PATH_MAX no link can be. */
static int read_link(struct walk *walk, const struct visit *visit, struct file_entry *entry,
		     char *buf, size_t size, struct error *err)
{
	ssize_t len = readlinkat(visit->dirfd, visit->name, buf, size - 1);

	if (len < 0)
		return walk_error(walk, errno, visit->path, err);
	buf[len] = '\0';
	entry->link = buf;
	return 0;
}

/* Only files with several names are remembered; their number is what memory grows with. */
static int find_hardlink(struct walk *walk, const struct visit *visit, struct file_entry *entry,
			 struct error *err)
{
	const char *copy, *first;
	int r;

	if (S_ISDIR(visit->st.st_mode) || visit->st.st_nlink < 2)
		return 0;
	copy = arena_strdup(walk->arena, visit->path);
	if (!copy)
		return error_oom(err);
	r = inode_table_enter(&walk->inodes, visit->st.st_dev, visit->st.st_ino, copy, &first);
	if (r < 0)
		return error_oom(err);
	if (r > 0) {
		entry->hardlink = true;
		entry->link = first;
	}
	return 0;
}

/* EINTR: an interrupt is asked for between directories. */
static ssize_t read_piece(struct walk *walk, int fd)
{
	ssize_t n;

	do {
		n = read(fd, walk->piece, sizeof(walk->piece));
	} while (n < 0 && errno == EINTR);
	return n;
}

/* Fewer blocks than bytes: reading it may take for ever. */
static bool is_sparse(const struct stat *st)
{
	return st->st_blocks < st->st_size / 512;
}

/* Opens a file whose body may be wanted, and looks at its first piece: its size, or negative. */
static ssize_t open_body(struct walk *walk, struct visit *visit, struct file_entry *entry,
			 struct error *err)
{
	struct stat st;
	ssize_t n;

	if (!body_keeper_start(walk->keeper, entry, is_sparse(&visit->st)))
		return 0;
	visit->fd = openat(visit->dirfd, visit->name,
			   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (visit->fd < 0 && !body_keeper_needed(walk->keeper))
		return 0;
	if (visit->fd < 0 || fstat(visit->fd, &st) < 0)
		return walk_error(walk, errno, visit->path, err);
	if (!S_ISREG(st.st_mode))
		return walk_error(walk, ESTALE, visit->path, err);
	n = read_piece(walk, visit->fd);
	if (n < 0)
		return walk_error(walk, errno, visit->path, err);
	entry->flags = body_keeper_look(walk->keeper, walk->piece, (size_t)n);
	return n;
}

static int keep_body(struct walk *walk, const struct visit *visit, ssize_t n,
		     struct file_body **ret, const char **ret_digest, struct error *err)
{
	int r = 0;

	while (n > 0 && body_keeper_active(walk->keeper)) {
		r = body_keeper_feed(walk->keeper, walk->piece, (size_t)n, err);
		if (r < 0)
			return r;
		n = read_piece(walk, visit->fd);
		if (n < 0)
			return walk_error(walk, errno, visit->path, err);
	}
	return body_keeper_finish(walk->keeper, ret, ret_digest, err);
}

/* The tree takes the entry before its body was read: a body belongs to an inode. */
static int apply_file(struct walk *walk, struct visit *visit, struct file_entry *entry,
		      struct error *err)
{
	bool body = S_ISREG(visit->st.st_mode) && !entry->hardlink;
	struct file_inode *inode;
	struct file_body *kept = NULL;
	const char *digest = NULL;
	ssize_t n = body ? open_body(walk, visit, entry, err) : 0;
	int r;

	if (n < 0)
		return (int)n;
	r = file_tree_apply(walk->tree, entry, &inode, err);
	if (r < 0 || !body)
		return r;
	/* Even when nothing was opened: a file may be too large to be looked at. */
	if (visit->fd < 0 && n == 0 && body_keeper_active(walk->keeper))
		return 0;
	r = keep_body(walk, visit, n, &kept, &digest, err);
	if (r == 0 && inode) {
		inode->body = kept;
		inode->digest = digest;
	}
	return r;
}

static int apply(struct walk *walk, struct visit *visit, struct error *err)
{
	const struct stat *st = &visit->st;
	_cleanup_(arena_freep) struct arena *arena = NULL;
	struct file_xattr *xattrs = NULL;
	char target[PATH_MAX];
	struct file_entry entry = {
		.path = visit->path,
		.mode = st->st_mode & (S_IFMT | 07777),
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = (uint64_t)st->st_size,
		.dev_major = major(st->st_rdev),
		.dev_minor = minor(st->st_rdev),
		.verbatim = true,
	};
	int r = 0;

	assert(visit->fd < 0);
	if (S_ISLNK(st->st_mode))
		r = read_link(walk, visit, &entry, target, sizeof(target), err);
	if (r == 0)
		r = find_hardlink(walk, visit, &entry, err);
	if (r == 0 && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))) {
		arena = arena_new(UINT64_MAX);
		if (!arena)
			return error_oom(err);
		r = rootfs_xattr_read(visit->dirfd, visit->name, walk->limits, arena, &xattrs, err);
		if (r < 0)
			return error_wrap(err, r, "%.200s/%.200s", walk->root_path, visit->path);
		entry.xattrs = xattrs;
	}
	return r < 0 ? r : apply_file(walk, visit, &entry, err);
}

/* Last in, first out: how many wait is bounded by the tree's depth times its breadth, not by its
 * size. */
static int push_directory(struct walk *walk, const char *path, struct error *err)
{
	const char *copy = arena_strdup(walk->arena, path);

	return copy && vec_push(&walk->pending, copy) == 0 ? 0 : error_oom(err);
}

/* A file that has vanished since it was listed is no file of the root file system. */
static int visit_entry(struct walk *walk, struct visit *visit, struct error *err)
{
	int r;

	assert(visit->name && visit->path);
	if (fstatat(visit->dirfd, visit->name, &visit->st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : walk_error(walk, errno, visit->path, err);
	visit->fd = -1;
	r = apply(walk, visit, err);
	close_fdp(&visit->fd);
	if (r < 0 || !S_ISDIR(visit->st.st_mode))
		return r;
	if (visit->st.st_dev != visit->dev && is_kernel_fs(visit))
		return 0;
	return push_directory(walk, visit->path, err);
}

/* errno is the only sign by which readdir(3) tells an error from the end. */
static int list_entries(struct walk *walk, DIR *dir, const char *path, struct error *err)
{
	struct visit visit = {.dirfd = dirfd(dir)};
	const struct dirent *entry;
	struct stat st;
	int r = 0;

	if (fstat(visit.dirfd, &st) < 0)
		return walk_error(walk, errno, path, err);
	visit.dev = st.st_dev;
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		_cleanup_free_ char *below = NULL;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (asprintf(&below, "%s%s%s", path, *path ? "/" : "", entry->d_name) < 0) {
			below = NULL;
			return error_oom(err);
		}
		visit.name = entry->d_name;
		visit.path = below;
		r = visit_entry(walk, &visit, err);
	}
	return r == 0 && errno ? walk_error(walk, errno, path, err) : r;
}

/* A directory that has vanished is empty; one that cannot be opened is an error. */
static int walk_directory(struct walk *walk, const char *path, struct error *err)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	int fd, r = interrupt_check(err);

	if (r < 0)
		return r;
	fd = open_directory(walk, path);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return walk_error(walk, -fd, path, err);
	dir = fdopendir(fd);
	if (!dir) {
		r = walk_error(walk, errno, path, err);
		close(fd);
		return r;
	}
	return list_entries(walk, dir, path, err);
}

static int walk_new(struct confined *dir, const char *path, const struct limits *limits,
		    const struct body_wishes *wishes, struct walk **ret, struct error *err)
{
	_cleanup_(walk_freep) struct walk *walk = calloc(1, sizeof(*walk));
	int r;

	if (!walk)
		return error_oom(err);
	walk->root = confined_fd(dir);
	walk->root_path = path;
	walk->limits = limits;
	walk->arena = arena_new(limits->tree_bytes);
	if (!walk->arena)
		return error_oom(err);
	r = file_tree_new(limits, 0, &walk->tree, err);
	if (r == 0)
		r = body_keeper_new(walk->tree, limits, wishes, true, &walk->keeper, err);
	if (r == 0)
		*ret = TAKE(walk);
	return r;
}

/* The root's own owner, mode and attributes; it counts as its own parent. */
static int visit_root(struct walk *walk, struct error *err)
{
	struct visit visit = {.dirfd = walk->root, .name = ".", .path = "", .fd = -1};
	int r;

	if (fstat(walk->root, &visit.st) < 0)
		return walk_error(walk, errno, "", err);
	r = apply(walk, &visit, err);
	return r < 0 ? r : push_directory(walk, "", err);
}

int rootfs_walk(struct confined *dir, const char *path, const struct limits *limits,
		const struct body_wishes *wishes, struct file_tree **ret, struct error *err)
{
	_cleanup_(walk_freep) struct walk *walk = NULL;
	int r = walk_new(dir, path, limits, wishes, &walk, err);

	if (r < 0)
		return r;
	assert(walk);
	r = visit_root(walk, err);
	while (r == 0 && walk->pending.len > 0)
		r = walk_directory(walk, walk->pending.items[--walk->pending.len], err);
	if (r == 0)
		*ret = TAKE(walk->tree);
	return r;
}
