/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: one rpm header. Out: its files. Every offset and count is checked against the blob before it
 * is followed; strings must end inside. Layout, all big-endian: entry count, data size, then
 * 16 bytes an entry (tag, type, offset, count), then the data. Files are stored as base names,
 * directory names, and an index into these for each file.
 * Specification: rpm's docs/manual (header format), lib/header.c; Linux Standard Base 5.0 Core,
 * section 22.2.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/owner_rpm.h"

#define INTRO_SIZE  8
#define ENTRY_SIZE  16
#define ENTRIES_MAX 0xffffu /* HEADER_TAGS_MAX */

enum tag {
	TAG_NAME = 1000,
	TAG_DIRINDEXES = 1116,
	TAG_BASENAMES = 1117,
	TAG_DIRNAMES = 1118
};
enum type {
	TYPE_INT32 = 4,
	TYPE_STRING = 6,
	TYPE_STRING_ARRAY = 8
};

struct header {
	const uint8_t *entries;
	uint32_t n_entries;
	const uint8_t *data;
	size_t data_size;
};

/* What one entry points to: all of the data from its offset on, and how many values it claims. */
struct values {
	const uint8_t *at;
	size_t size;
	uint32_t count;
};

/* Headers are in network order. */
static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int bad(struct error *err, const char *what)
{
	return error_set(err, -EBADMSG, "rpm header: %s", what);
}

/* Index and data must both lie in the blob; the sums cannot overflow, since n_entries is capped. */
static int header_open(const uint8_t *blob, size_t size, struct header *ret, struct error *err)
{
	uint32_t n_entries, data_size;

	if (size < INTRO_SIZE)
		return bad(err, "too short");
	n_entries = be32(blob);
	data_size = be32(blob + 4);
	if (n_entries > ENTRIES_MAX)
		return bad(err, "too many tags");
	if (data_size > size || (size_t)n_entries * ENTRY_SIZE + data_size > size - INTRO_SIZE)
		return bad(err, "truncated");
	ret->entries = blob + INTRO_SIZE;
	ret->n_entries = n_entries;
	ret->data = ret->entries + (size_t)n_entries * ENTRY_SIZE;
	ret->data_size = data_size;
	return 0;
}

/* 1: found. 0: the header has no such tag. */
static int header_find(const struct header *header, enum tag tag, enum type type,
		       struct values *ret, struct error *err)
{
	for (uint32_t i = 0; i < header->n_entries; i++) {
		const uint8_t *entry = header->entries + (size_t)i * ENTRY_SIZE;
		uint32_t offset = be32(entry + 8);

		if (be32(entry) != tag)
			continue;
		if (be32(entry + 4) != type)
			return bad(err, "a tag has the wrong type");
		if (offset >= header->data_size)
			return bad(err, "a tag points outside of the data");
		ret->at = header->data + offset;
		ret->size = header->data_size - offset;
		ret->count = be32(entry + 12);
		return 1;
	}
	return 0;
}

/* The string at the front, which is then taken off. NULL when it does not end inside. */
static const char *values_string(struct values *values)
{
	const uint8_t *nul = memchr(values->at, '\0', values->size);
	const char *string = (const char *)values->at;

	assert(values->at || values->size == 0);
	if (!nul)
		return NULL;
	values->size -= (size_t)(nul + 1 - values->at);
	values->at = nul + 1;
	return string;
}

/* Directories are looked up by index: where each begins. */
static int index_directories(struct values names, const char ***ret, struct error *err)
{
	_cleanup_free_ const char **directories = NULL;

	if (names.count > names.size)
		return bad(err, "more directories than data");
	if (names.count > OWNER_RPM_FILES_MAX)
		return error_set(err, -E2BIG, "rpm package with more than %u directories",
				 OWNER_RPM_FILES_MAX);
	directories = calloc(MAX(names.count, 1u), sizeof(*directories));
	if (!directories)
		return error_oom(err);
	for (uint32_t i = 0; i < names.count; i++) {
		directories[i] = values_string(&names);
		if (!directories[i])
			return bad(err, "a directory name does not end");
	}
	*ret = TAKE(directories);
	return 0;
}

/* Directory and base name make one row. Names that no file can have are left out. */
static int emit_file(const char *package, const char *directory, const char *base,
		     char path[OWNER_PATH_MAX], owner_sink sink, void *data, uint64_t *emitted)
{
	struct owner_path row = {.package = package, .path = path};
	size_t directory_len, base_len = strlen(base);

	directory += strspn(directory, "/");
	directory_len = strlen(directory);
	if (base_len == 0 || directory_len > OWNER_PATH_MAX ||
	    base_len > OWNER_PATH_MAX - directory_len)
		return 0;
	memcpy(path, directory, directory_len);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): a row has a length, no NUL */
	memcpy(path + directory_len, base, base_len);
	row.path_len = directory_len + base_len;
	*emitted += row.path_len;
	return *emitted > OWNER_TEXT_MAX ? -E2BIG : sink(data, &row);
}

/* The tags that rows are made of; each of the last three has one value a file, or a directory. */
struct file_tags {
	const char *package;
	struct values bases, indexes, directories;
};

/* 1: there are files. 0: none. */
static int find_files(const struct header *header, struct file_tags *ret, struct error *err)
{
	struct values name;
	int r = header_find(header, TAG_NAME, TYPE_STRING, &name, err);

	if (r > 0)
		r = header_find(header, TAG_BASENAMES, TYPE_STRING_ARRAY, &ret->bases, err);
	if (r > 0)
		r = header_find(header, TAG_DIRINDEXES, TYPE_INT32, &ret->indexes, err);
	if (r > 0)
		r = header_find(header, TAG_DIRNAMES, TYPE_STRING_ARRAY, &ret->directories, err);
	if (r <= 0)
		return r;
	ret->package = values_string(&name);
	if (!ret->package)
		return bad(err, "the name does not end");
	if (ret->bases.count > OWNER_RPM_FILES_MAX)
		return error_set(err, -E2BIG, "rpm package with more than %u files",
				 OWNER_RPM_FILES_MAX);
	if (ret->indexes.count < ret->bases.count ||
	    (size_t)ret->bases.count * 4 > ret->indexes.size)
		return bad(err, "fewer directory indexes than files");
	return 1;
}

int owner_rpm_header(const void *blob, size_t size, owner_sink sink, void *data, uint64_t *emitted,
		     struct error *err)
{
	_cleanup_free_ const char **directories = NULL;
	_cleanup_free_ char *path = NULL;
	struct header header;
	struct file_tags tags;
	int r;

	assert(blob || size == 0);
	r = header_open(blob, size, &header, err);
	if (r == 0)
		r = find_files(&header, &tags, err);
	if (r <= 0)
		return r;
	r = index_directories(tags.directories, &directories, err);
	if (r < 0)
		return r;
	path = malloc(OWNER_PATH_MAX);
	if (!path)
		return error_oom(err);
	for (uint32_t i = 0; i < tags.bases.count; i++) {
		uint32_t index = be32(tags.indexes.at + (size_t)i * 4);
		const char *base = values_string(&tags.bases);

		if (!base || index >= tags.directories.count)
			return bad(err, "a file without name or directory");
		r = emit_file(tags.package, directories[index], base, path, sink, data, emitted);
		if (r < 0)
			return error_set(err, r, "rpm package %s: its files cannot be kept",
					 tags.package);
	}
	return 0;
}
