/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an archive is, is told from at most REPLAY_MAX chunks of it, which a pipe hands out again
 * afterwards: compression, tar or not, and whether the first member belongs to a root file system.
 */
#include "source/tar_archive.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/tar.h"
#include "source/replay.h"
#include "source/tar_store.h"

#define LOOK_AT_MEMBERS 16 /* "./" and kin that may stand before the first name */

_Static_assert(ARRAY_SIZE(((struct tar_archive *)0)->chunks) == REPLAY_MAX, "replayed as a whole");

void tar_archive_free(struct tar_archive *archive)
{
	if (!archive)
		return;
	blob_store_free(archive->store);
	tar_members_free(archive->members);
	for (size_t i = 0; i < archive->n_chunks; i++)
		chunk_unref(archive->chunks[i]);
	if (archive->close_fd)
		close(archive->fd);
	free(archive);
}

/* Standard input may be a file too ("< image.tar"); then it is read in place like one, from where
 * it stands. */
static int open_input(struct tar_archive *archive, struct error *err)
{
	off_t start;
	struct stat st;

	archive->fd = STDIN_FILENO;
	if (strcmp(archive->path, "-") != 0) {
		archive->fd = open(archive->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (archive->fd < 0)
			return error_errno(err, errno, "cannot open %.256s", archive->path);
		archive->close_fd = true;
	}
	if (fstat(archive->fd, &st) < 0)
		return error_errno(err, errno, "cannot read %.256s", archive->path);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
		return error_set(err, -EBADMSG, "%.256s is not a file", archive->path);
	start = S_ISREG(st.st_mode) ? lseek(archive->fd, 0, SEEK_CUR) : -1;
	if (start >= 0) {
		archive->is_file = true;
		archive->start = (uint64_t)start;
		archive->size = st.st_size > start ? (uint64_t)(st.st_size - start) : 0;
	}
	return 0;
}

/* The bytes as they are stored. */
static int open_raw(struct tar_archive *archive, struct stream **ret, struct error *err)
{
	if (archive->is_file)
		return stream_open_range(archive->fd, archive->start, archive->size, ret, err);
	return stream_open_fd(archive->fd, ret, err);
}

/* Short at the end of the input only; then all of it was pulled. */
static int pull_chunks(struct tar_archive *archive, struct error *err)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	int r = open_raw(archive, &stream, err);

	if (r < 0)
		return r;
	while (archive->n_chunks < REPLAY_MAX) {
		r = stream_next(stream, &archive->chunks[archive->n_chunks], err);
		if (r <= 0)
			break;
		archive->n_chunks++;
	}
	return r < 0 ? r : 0;
}

/* The pulled part, uncompressed; it ends with an error where it is cut. */
static int open_pulled(struct tar_archive *archive, struct stream **ret, struct error *err)
{
	struct stream *stream;
	int r = replay_stream(archive->chunks, archive->n_chunks, NULL, &stream, err);

	if (r < 0)
		return r;
	return stream_decompress_auto(stream, UINT64_MAX, "layer-bytes", &archive->compression, ret,
				      err);
}

/* 512 bytes: a tar header or what tells what else it is. */
static int look_at_head(struct tar_archive *archive, struct error *err)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	_cleanup_(reader_clear) struct reader reader = {};
	const uint8_t *data;
	int r = open_pulled(archive, &stream, err);

	if (r < 0)
		return r;
	reader.stream = stream;
	r = reader_peek(&reader, sizeof(archive->head), &data, &archive->head_len, err);
	if (r < 0)
		return r;
	archive->head_len = MIN(archive->head_len, sizeof(archive->head));
	memcpy(archive->head, data, archive->head_len);
	archive->is_tar = tar_looks_like(archive->head, archive->head_len);
	return 0;
}

/* A name that image archives do not have at their top, and root file systems do. */
static bool is_tree_name(const char *name)
{
	static const char *const names[] = {
		".dockerenv", "bin",    "boot",       "dev",   "etc", "home", "lib",  "lib32",
		"lib64",      "libx32", "lost+found", "media", "mnt", "opt",  "proc", "root",
		"run",        "sbin",   "srv",        "sys",   "tmp", "usr",  "var",
	};
	size_t len;

	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	len = strcspn(name, "/");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) == len && memcmp(name, names[i], len) == 0)
			return true;
	}
	return false;
}

/* "./", "/", ".": the root itself says nothing about what the archive is. */
static bool is_root_name(const char *name)
{
	return name[strspn(name, "./")] == '\0';
}

/* The first name that says something decides, whatever follows: an archive cannot be both. */
static int look_at_members(struct tar_archive *archive, struct error *err)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	int r = open_pulled(archive, &stream, err);

	if (r == 0)
		r = tar_reader_new(stream, archive->options->limits, false, &tar, err);
	for (int i = 0; r >= 0 && i < LOOK_AT_MEMBERS; i++) {
		r = tar_reader_next(tar, &entry, err);
		if (r <= 0)
			break;
		if (entry->type == 'g' || is_root_name(entry->path))
			continue;
		archive->is_tree = is_tree_name(entry->path);
		break;
	}
	return r;
}

static int recognise(struct tar_archive *archive, struct error *err)
{
	int r = look_at_head(archive, err);

	if (r < 0)
		return error_wrap(err, r, "%.256s", archive->path);
	if (archive->is_tar)
		r = look_at_members(archive, err);
	/* Malformed members are told by whoever reads all of it, with what stands where. */
	return r == -ENOMEM || r == -ECANCELED ? r : 0;
}

int tar_archive_open(const char *path, const struct source_options *options, struct meter *meter,
		     struct tar_archive **ret, struct error *err)
{
	_cleanup_(tar_archive_freep) struct tar_archive *archive = calloc(1, sizeof(*archive));
	int r;

	if (!archive)
		return error_oom(err);
	archive->path = path;
	archive->options = options;
	archive->meter = meter;
	r = open_input(archive, err);
	if (r < 0)
		return r;
	r = pull_chunks(archive, err);
	if (r < 0)
		return error_wrap(err, r, "%.256s", path);
	r = recognise(archive, err);
	if (r < 0)
		return r;
	/* A file gives them again. */
	while (archive->is_file && archive->n_chunks > 0)
		chunk_unref(archive->chunks[--archive->n_chunks]);
	*ret = TAKE(archive);
	return 0;
}

int tar_archive_stream(struct tar_archive *archive, struct stream **ret, struct error *err)
{
	struct stream *stream;
	uint64_t max;
	int r;

	if (archive->spent)
		return error_set(err, -EINVAL, "%.256s cannot be read twice", archive->path);
	r = open_raw(archive, &stream, err);
	if (r == 0 && !archive->is_file) {
		archive->spent = true;
		r = replay_stream(archive->chunks, archive->n_chunks, stream, &stream, err);
		while (archive->n_chunks > 0)
			chunk_unref(archive->chunks[--archive->n_chunks]);
	}
	if (r < 0)
		return r;
	/* A pipe may never end. */
	max = archive->is_file ? UINT64_MAX : archive->options->limits->layer_bytes;
	return meter_stream(archive->meter, stream, max, ret, err);
}

int tar_archive_load(struct tar_archive *archive, struct error *err)
{
	int r;

	if (archive->store)
		return 0;
	if (!archive->is_tar)
		return tar_archive_explain(archive, err);
	r = tar_store_new(archive, &archive->members, &archive->store, err);
	return r < 0 ? error_wrap(err, r, "%.256s", archive->path) : 0;
}

bool tar_archive_has(const struct tar_archive *archive, const char *name)
{
	return archive->members && tar_members_find(archive->members, name);
}

/* What the first bytes of something that is no tar archive look like. */
static const char *describe_head(const struct tar_archive *archive)
{
	const char *text = (const char *)archive->head;
	size_t len = archive->head_len, at = 0;

	if (len == 0)
		return "is empty";
	if (len >= 4 && memcmp(text,
			       "\x7f"
			       "ELF",
			       4) == 0)
		return "is a program, not an image archive";
	if (len >= 4 && memcmp(text, "PK\x03\x04", 4) == 0)
		return "is a ZIP archive, not an image archive";
	if (len >= 4 && memcmp(text, "hsqs", 4) == 0)
		return "is a SquashFS image, not an image archive; mount it and try rootfs:DIR";
	while (at < len && strchr(" \t\r\n", text[at]))
		at++;
	if (at < len && (text[at] == '{' || text[at] == '['))
		return "is JSON text, not an image archive; a layout is named by its directory";
	if (len > 5 && (memmem(text, len, "apiVersion:", 11) || memmem(text, len, "services:", 9)))
		return "is a YAML manifest, not an image archive";
	if (memmem(text, len, "FROM ", 5) && !memchr(text, '\0', len))
		return "is a Dockerfile, not an image archive";
	return "is not a tar archive";
}

int tar_archive_explain(const struct tar_archive *archive, struct error *err)
{
	const char *path = archive->path;
	bool tree = archive->is_tree;

	if (!archive->is_tar)
		return error_set(err, -EOPNOTSUPP, "%.256s %s", path, describe_head(archive));
	if (tar_archive_has(archive, "repositories"))
		return error_set(
			err, -EOPNOTSUPP,
			"%.256s was made by a docker before 1.10 and has no manifest.json; "
			"load and save it with a current one",
			path);
	if (archive->members)
		tree = tree || tar_members_have_dir(archive->members, "etc") ||
		       tar_members_have_dir(archive->members, "usr") ||
		       tar_members_have_dir(archive->members, "bin");
	if (tree)
		return error_set(err, -EOPNOTSUPP,
				 "%.200s is the tar archive of a root file system, without an "
				 "image's manifest; try rootfs-archive:%.200s",
				 path, path);
	return error_set(
		err, -EOPNOTSUPP,
		"%.200s is a tar archive with neither manifest.json nor index.json, not an "
		"image; a root file system is read with rootfs-archive:%.200s",
		path, path);
}
