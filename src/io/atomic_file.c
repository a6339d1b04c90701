/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written to "PATH.XXXXXX" beside its place, made durable, then renamed over it. A place that is
 * taken by something else than a regular file (/dev/stdout, a FIFO) is written to as it is. A
 * symbolic link is followed, so that the file that it names is replaced and the link stays.
 */
#include "io/atomic_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"

struct atomic_file {
	FILE *stream;
	char *name;      /* as given, for messages */
	char *target;    /* after symbolic links */
	char *temporary; /* NULL: written in place */
};

void atomic_file_free(struct atomic_file *file)
{
	if (!file)
		return;
	if (file->stream)
		fclose(file->stream);
	if (file->temporary)
		unlink(file->temporary);
	free(file->temporary);
	free(file->target);
	free(file->name);
	free(file);
}

FILE *atomic_file_stream(struct atomic_file *file)
{
	return file->stream;
}

/* As a file gets it that is created anew: mkostemp's 0600 is for secrets. */
static mode_t new_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

/* In the same directory: rename(2) does not leave a file system. */
static int open_temporary(struct atomic_file *file, mode_t mode, struct error *err)
{
	struct strbuf name = STRBUF_INIT(PATH_MAX);
	int fd, r;

	r = strbuf_printf(&name, "%s.XXXXXX", file->target);
	file->temporary = r == 0 ? strbuf_take(&name) : NULL;
	strbuf_clear(&name);
	if (!file->temporary)
		return r == -E2BIG
			       ? error_errno(err, ENAMETOOLONG, "cannot create %s", file->target)
			       : error_oom(err);

	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0) {
		r = error_errno(err, errno, "cannot create %s", file->target);
		free(TAKE(file->temporary)); /* not ours to unlink */
		return r;
	}
	if (fchmod(fd, mode) < 0) {
		r = error_errno(err, errno, "cannot create %s", file->target);
		close(fd);
		return r;
	}
	return fd;
}

/* What is there decides: a regular file is replaced and keeps its mode, anything else is written
 * to. */
static int open_output(struct atomic_file *file, const char *path, struct error *err)
{
	struct stat stat_target;
	int fd;

	if (stat(path, &stat_target) == 0) {
		if (!S_ISREG(stat_target.st_mode)) {
			fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
			return fd >= 0 ? fd : error_errno(err, errno, "cannot open %s", path);
		}
		file->target = realpath(path, NULL);
		if (!file->target)
			return error_errno(err, errno, "cannot create %s", path);
		return open_temporary(file, stat_target.st_mode & 0777, err);
	}
	if (errno != ENOENT)
		return error_errno(err, errno, "cannot create %s", path);
	file->target = strdup(path);
	return file->target ? open_temporary(file, new_mode(), err) : error_oom(err);
}

int atomic_file_open(const char *path, struct atomic_file **ret, struct error *err)
{
	_cleanup_(atomic_file_freep) struct atomic_file *file = calloc(1, sizeof(*file));
	int fd;

	assert(path && ret);
	if (!file)
		return error_oom(err);
	file->name = strdup(path);
	if (!file->name)
		return error_oom(err);
	fd = open_output(file, path, err);
	if (fd < 0)
		return fd;
	file->stream = fdopen(fd, "w");
	if (!file->stream) {
		close(fd);
		return error_oom(err);
	}
	*ret = TAKE(file);
	return 0;
}

int atomic_file_commit(struct atomic_file *file, struct error *err)
{
	FILE *stream = file->stream;

	assert(file->stream);
	/* An earlier write may have failed with an errno that is long gone. */
	if (ferror(stream))
		return error_errno(err, EIO, "cannot write %s", file->name);
	if (fflush(stream) != 0 || (file->temporary && fsync(fileno(stream)) < 0))
		return error_errno(err, errno, "cannot write %s", file->name);
	file->stream = NULL;
	if (fclose(stream) != 0)
		return error_errno(err, errno, "cannot write %s", file->name);
	if (!file->temporary)
		return 0;
	if (rename(file->temporary, file->target) < 0)
		return error_errno(err, errno, "cannot rename to %s", file->name);
	free(TAKE(file->temporary));
	return 0;
}
