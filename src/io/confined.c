/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openat2(2) below one directory (Linux 5.6 and later). Opening does not block on a FIFO and has no
 * effect on a device or terminal, and what is no regular file is closed again.
 */
#include "io/confined.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/stream.h"

/* The kernel says EAGAIN when a rename raced with the look-up of "..". */
#define RACES_MAX 16

struct confined {
	int fd;
};

void confined_free(struct confined *dir)
{
	if (!dir)
		return;
	close(dir->fd);
	free(dir);
}

int confined_open(const char *path, struct confined **ret, struct error *err)
{
	struct confined *dir = malloc(sizeof(*dir));

	if (!dir)
		return error_oom(err);
	dir->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0) {
		int r = error_errno(err, errno, "cannot open %s", path);

		free(dir);
		return r;
	}
	*ret = dir;
	return 0;
}

int confined_fd(const struct confined *dir)
{
	return dir->fd;
}

/* O_NONBLOCK: a FIFO without a writer would block; O_NOCTTY: a terminal would become ours. */
static int open_beneath(const struct confined *dir, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int i = 0; i < RACES_MAX; i++) {
		fd = syscall(SYS_openat2, dir->fd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

/* Where the name leads is the archive's or layout's fault; the rest is the system's. */
static int open_error(const char *path, int code, struct error *err)
{
	switch (code) {
	case -EXDEV:
		return error_set(err, -EBADMSG, "%s leads out of the directory", path);
	case -ELOOP:
		return error_set(err, -EBADMSG, "%s: too many symbolic links", path);
	case -ENOTDIR:
	case -ENAMETOOLONG:
		return error_set(err, -ENOENT, "cannot open %s: no such file", path);
	case -ENXIO: /* a socket, or a device without a driver */
		return error_set(err, -EBADMSG, "%s is not a regular file", path);
	case -ENOSYS:
		return error_set(err, -EOPNOTSUPP, "this kernel has no openat2 (Linux 5.6)");
	default:
		return error_errno(err, code, "cannot open %s", path);
	}
}

int confined_open_file(struct confined *dir, const char *path, int *ret_fd, struct stat *ret_stat,
		       struct error *err)
{
	struct stat stat;
	int fd, r;

	assert(path && ret_fd);
	fd = open_beneath(dir, path);
	if (fd < 0)
		return open_error(path, fd, err);
	if (fstat(fd, &stat) < 0) {
		r = error_errno(err, errno, "cannot stat %s", path);
		close(fd);
		return r;
	}
	if (!S_ISREG(stat.st_mode)) {
		close(fd);
		return error_set(err, -EBADMSG, "%s is not a regular file", path);
	}
	*ret_fd = fd;
	if (ret_stat)
		*ret_stat = stat;
	return 0;
}

int confined_read(struct confined *dir, const char *path, uint64_t max, char **ret,
		  size_t *ret_size, struct error *err)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct reader reader = {};
	int fd, r;

	assert(path && ret && ret_size);
	r = confined_open_file(dir, path, &fd, NULL, err);
	if (r < 0)
		return r;
	r = stream_open_fd(fd, &stream, err);
	if (r == 0) {
		reader.stream = stream;
		r = reader_slurp(&reader, max, ret, ret_size, err);
	}
	reader_clear(&reader);
	close(fd);
	return r < 0 ? error_wrap(err, r, "%s", path) : 0;
}
