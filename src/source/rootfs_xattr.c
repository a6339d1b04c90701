/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lgetxattr(2) has no form for a directory handle: "/proc/self/fd/N/name" serves as one. Without
 * /proc the file itself has to be opened.
 */
#include "source/rootfs_xattr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LIST_MAX 65536 /* XATTR_LIST_MAX of the kernel */

/* Either a path or an open file. */
struct place {
	char *path;
	int fd;
};

static void place_clear(struct place *place)
{
	free(place->path);
	if (place->fd >= 0)
		close(place->fd);
}

static ssize_t list_names(const struct place *place, char *names, size_t size)
{
	return place->path ? llistxattr(place->path, names, size)
			   : flistxattr(place->fd, names, size);
}

static ssize_t get_value(const struct place *place, const char *name, void *value, size_t size)
{
	return place->path ? lgetxattr(place->path, name, value, size)
			   : fgetxattr(place->fd, name, value, size);
}

static int open_place(int dirfd, const char *name, struct place *place, struct error *err)
{
	static const char proc[] = "/proc/self/fd/";

	if (access(proc, X_OK) == 0) {
		size_t size = sizeof(proc) + 16 + strlen(name);

		place->path = malloc(size);
		if (!place->path)
			return error_oom(err);
		snprintf(place->path, size, "%s%d/%s", proc, dirfd, name);
		return 0;
	}
	place->fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return place->fd < 0 ? error_errno(err, errno, "cannot open") : 0;
}

static bool is_wanted(const char *name)
{
	return strncmp(name, "security.", 9) == 0 || strncmp(name, "system.posix_acl_", 17) == 0;
}

static int read_value(const struct place *place, const char *name, const struct limits *limits,
		      struct arena *arena, struct file_xattr **list, struct error *err)
{
	ssize_t size = get_value(place, name, NULL, 0);
	struct file_xattr *xattr;
	uint8_t *value;

	if (size < 0 && errno == ENODATA)
		return 0;
	if (size < 0)
		return error_errno(err, errno, "cannot read the attribute %.128s", name);
	if ((uint64_t)size > limits->xattr_bytes)
		return error_set(err, -E2BIG, "the attribute %.128s exceeds the limit xattr-bytes",
				 name);
	xattr = arena_alloc(arena, sizeof(*xattr));
	value = arena_bytes(arena, (size_t)size + 1);
	if (!xattr || !value)
		return error_oom(err);
	size = get_value(place, name, value, (size_t)size);
	if (size < 0)
		return errno == ENODATA
			       ? 0
			       : error_errno(err, errno, "cannot read the attribute %.128s", name);
	xattr->name = arena_strdup(arena, name);
	if (!xattr->name)
		return error_oom(err);
	xattr->value = value;
	xattr->size = (uint32_t)size;
	xattr->next = *list;
	*list = xattr;
	return 0;
}

int rootfs_xattr_read(int dirfd, const char *name, const struct limits *limits, struct arena *arena,
		      struct file_xattr **ret, struct error *err)
{
	_cleanup_(place_clear) struct place place = {.fd = -1};
	_cleanup_free_ char *names = NULL;
	struct file_xattr *list = NULL;
	ssize_t size;
	int r = open_place(dirfd, name, &place, err);

	if (r < 0)
		return r;
	size = list_names(&place, NULL, 0);
	if (size > 0) {
		names = malloc(LIST_MAX);
		if (!names)
			return error_oom(err);
		size = list_names(&place, names, LIST_MAX);
	}
	/* A file system without attributes, or a file that is gone by now. */
	if (size < 0 && errno != EOPNOTSUPP && errno != ENOENT)
		return error_errno(err, errno, "cannot list the attributes");
	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
		r = is_wanted(names + at)
			    ? read_value(&place, names + at, limits, arena, &list, err)
			    : 0;
		if (r < 0)
			return r;
	}
	*ret = list;
	return 0;
}
