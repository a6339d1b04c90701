/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sparse members: where the holes are, and the body with them filled in. In: old GNU maps in header
 * blocks, PAX maps 0.0 and 0.1 in records, 1.0 in front of the body (GNU tar manual, "Sparse
 * Formats"); out: the reader's extents, ascending and within the file. At most
 * limits->sparse_extents fragments, and limits->pax_bytes of map text or blocks.
 */
#include "io/tar_internal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* The old GNU header: fragments at 386, a flag behind them, the file's size at 483. */
#define OLD_FRAGMENTS       386
#define OLD_REAL_SIZE       483
#define FRAGMENT_SIZE       24
#define FRAGMENTS_IN_HEADER 4
#define FRAGMENTS_IN_BLOCK  21 /* of an extension block */
#define NUMBER_SIZE         12

#define HOLE_PIECE          (16 * 1024)

static const uint8_t hole[HOLE_PIECE];

void tar_sparse_clear(struct tar_sparse *sparse)
{
	vec_clear(&sparse->extents);
	strbuf_clear(&sparse->map);
}

static int malformed(struct error *err)
{
	return error_set(err, -EBADMSG, "malformed map of a sparse file");
}

/* The map of the member before this one is forgotten; its memory is kept. */
static void start(struct tar_sparse *sparse)
{
	sparse->extents.len = 0;
	sparse->at = 0;
	sparse->position = 0;
	strbuf_reset(&sparse->map);
}

static int add_extent(struct tar_reader *tar, int64_t offset, int64_t length, struct error *err)
{
	struct tar_extent extent = {offset, length};

	if (tar->sparse.extents.len >= tar->limits->sparse_extents)
		return error_set(err, -E2BIG, "sparse file is over the limit sparse-extents");
	if (vec_push(&tar->sparse.extents, extent) < 0)
		return error_oom(err);
	return 0;
}

/* Ascending, disjoint, within the size; empty fragments are held to it like all others. */
static int check_extents(const struct tar_reader *tar, struct error *err)
{
	const struct tar_extent *extent;
	int64_t behind = 0, end;

	if (tar->header.size < 0)
		return malformed(err);
	VEC_FOREACH (&tar->sparse.extents, extent) {
		if (extent->offset < behind || extent->length < 0 ||
		    __builtin_add_overflow(extent->offset, extent->length, &end) ||
		    end > tar->header.size)
			return malformed(err);
		behind = end;
	}
	return 0;
}

/* A fragment whose offset starts with a NUL ends the table, but not the chain of blocks. */
static int add_old_fragments(struct tar_reader *tar, const uint8_t *at, size_t count,
			     struct error *err)
{
	assert(count > 0);
	for (size_t i = 0; i < count && at[0] != '\0'; i++, at += FRAGMENT_SIZE) {
		int64_t offset, length;
		int r;

		if (!tar_header_number(at, NUMBER_SIZE, &offset) ||
		    !tar_header_number(at + NUMBER_SIZE, NUMBER_SIZE, &length))
			return malformed(err);
		r = add_extent(tar, offset, length, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int tar_sparse_read_old(struct tar_reader *tar, const uint8_t *block, struct error *err)
{
	const uint8_t *table = block + OLD_FRAGMENTS;
	size_t count = FRAGMENTS_IN_HEADER;
	uint64_t bytes = 0;
	int r;

	start(&tar->sparse);
	/* Schily's sparse members share the type, but not the layout. */
	if (tar->header.format != TAR_GNU ||
	    !tar_header_number(block + OLD_REAL_SIZE, NUMBER_SIZE, &tar->header.size))
		return malformed(err);
	for (;;) {
		r = add_old_fragments(tar, table, count, err);
		if (r < 0)
			return r;
		if (table[count * FRAGMENT_SIZE] == 0)
			return check_extents(tar, err);
		bytes += TAR_BLOCK;
		if (bytes > tar->limits->pax_bytes)
			return error_set(err, -E2BIG, "sparse map is over the limit pax-bytes");
		r = tar_read_block(tar, &table, err);
		if (r == 0)
			return error_set(err, -EBADMSG, "archive ends inside a sparse map");
		if (r < 0)
			return r;
		count = FRAGMENTS_IN_BLOCK;
	}
}

/* Number of fragments; twice as many numbers must follow. */
static int parse_count(const struct tar_reader *tar, const char *text, size_t size, int64_t *ret,
		       struct error *err)
{
	int64_t count;

	if (!tar_pax_number(text, size, &count) || count < 0)
		return malformed(err);
	if ((uint64_t)count > tar->limits->sparse_extents)
		return error_set(err, -E2BIG, "sparse file is over the limit sparse-extents");
	*ret = count;
	return 0;
}

/* Takes the number at *at, which ends at the separator or at the end of the text. */
static bool next_number(const char **at, const char *end, char separator, int64_t *ret)
{
	const char *stop = memchr(*at, separator, (size_t)(end - *at));
	size_t size = (size_t)((stop ? stop : end) - *at);

	if (!tar_pax_number(*at, size, ret))
		return false;
	*at += stop ? size + 1 : size;
	return true;
}

/* Bounded by parse_count(): at most limits->sparse_extents fragments. */
static int add_numbers(struct tar_reader *tar, const char *at, const char *end, char separator,
		       int64_t count, struct error *err)
{
	for (; count > 0; count--) {
		int64_t offset, length;
		int r;

		if (!next_number(&at, end, separator, &offset) ||
		    !next_number(&at, end, separator, &length))
			return malformed(err);
		r = add_extent(tar, offset, length, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Versions 0.0 and 0.1: all in the records. Exactly as many numbers as were announced. */
static int read_map_0(struct tar_reader *tar, struct error *err)
{
	const struct tar_text *text = &tar->pax.value[PAX_SPARSE_MAP];
	const struct tar_text *blocks = &tar->pax.value[PAX_SPARSE_NUMBLOCKS];
	int64_t count, numbers = text->size > 0;
	int r = parse_count(tar, blocks->data, blocks->size, &count, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < text->size; i++)
		numbers += text->data[i] == ',';
	if (numbers != 2 * count)
		return malformed(err);
	if (count == 0)
		return 0;
	return add_numbers(tar, text->data, text->data + text->size, ',', count, err);
}

/* Adds blocks of the body to the map's text until it has `wanted` more line feeds than before. */
static int read_map_lines(struct tar_reader *tar, int64_t *lines, int64_t wanted, struct error *err)
{
	struct strbuf *map = &tar->sparse.map;

	while (*lines < wanted) {
		size_t before = map->len;

		if (tar->left < TAR_BLOCK)
			return error_set(err, -EBADMSG, "member ends inside its sparse map");
		while (map->len < before + TAR_BLOCK) {
			const uint8_t *piece;
			size_t size;
			int r = tar_read_stored(tar, before + TAR_BLOCK - map->len, &piece, &size,
						err);

			if (r < 0)
				return r;
			r = strbuf_add(map, piece, size);
			if (r < 0)
				return r == -ENOMEM
					       ? error_oom(err)
					       : error_set(
							 err, r,
							 "sparse map is over the limit pax-bytes");
		}
		for (size_t i = before; i < map->len; i++)
			*lines += map->data[i] == '\n';
	}
	return 0;
}

/* Version 1.0: lines in front of the body, filled up to a block. */
static int read_map_1(struct tar_reader *tar, struct error *err)
{
	const struct strbuf *map = &tar->sparse.map;
	int64_t lines = 0, count;
	const char *end;
	size_t first;
	int r = read_map_lines(tar, &lines, 1, err);

	if (r < 0)
		return r;
	first = (size_t)((const char *)memchr(map->data, '\n', map->len) - map->data);
	r = parse_count(tar, map->data, first, &count, err);
	if (r == 0)
		r = read_map_lines(tar, &lines, 1 + 2 * count, err);
	if (r < 0)
		return r;
	end = map->data + map->len;
	return add_numbers(tar, map->data + first + 1, end, '\n', count, err);
}

static bool is(const struct tar_text *text, const char *word)
{
	return text->size == strlen(word) && memcmp(text->data, word, text->size) == 0;
}

/* Which map the records announce: 1 (in the body), 0 (in the records), -1 none that is known. */
static int map_version(const struct tar_text *value)
{
	const struct tar_text *major = &value[PAX_SPARSE_MAJOR], *minor = &value[PAX_SPARSE_MINOR];

	if (major->size == 0 && minor->size == 0)
		return value[PAX_SPARSE_MAP].size > 0 ? 0 : -1;
	if (is(major, "0") && (is(minor, "0") || is(minor, "1")))
		return 0;
	return is(major, "1") && is(minor, "0") ? 1 : -1;
}

int tar_sparse_read_pax(struct tar_reader *tar, struct error *err)
{
	const struct tar_text *value = tar->pax.value, *size, *name = &value[PAX_SPARSE_NAME];
	int version = map_version(value), r;

	if (version < 0)
		return 0;
	start(&tar->sparse);
	if (name->size > 0) {
		/* Go lets the NUL through, and then no system call takes the name. */
		if (memchr(name->data, '\0', name->size))
			return error_set(err, -EBADMSG, "NUL in the name of a sparse file");
		tar->header.path = name->data;
	}
	size = value[PAX_SPARSE_SIZE].size > 0 ? &value[PAX_SPARSE_SIZE]
					       : &value[PAX_SPARSE_REALSIZE];
	if (size->size > 0 && !tar_pax_number(size->data, size->size, &tar->header.size))
		return malformed(err);
	r = version == 1 ? read_map_1(tar, err) : read_map_0(tar, err);
	if (r < 0)
		return r;
	if (tar_type_is_header_only(tar->header.type))
		return error_set(err, -EBADMSG, "sparse map of a member that has no body");
	r = check_extents(tar, err);
	return r < 0 ? r : 1;
}

int tar_sparse_piece(struct tar_reader *tar, const uint8_t **ret, size_t *ret_size,
		     struct error *err)
{
	struct tar_sparse *sparse = &tar->sparse;
	uint64_t from = tar->entry.size, to = from; /* the next fragment, or the end */
	int r;

	assert(tar->entry.sparse);
	for (; sparse->at < sparse->extents.len; sparse->at++) {
		const struct tar_extent *extent = &sparse->extents.items[sparse->at];

		from = (uint64_t)extent->offset;
		to = from + (uint64_t)extent->length;
		if (extent->length > 0 && to > sparse->position)
			break;
		from = to = tar->entry.size;
	}
	/* In a hole: the same piece of zeros again and again, whatever the map claims. */
	if (sparse->position < from) {
		*ret = hole;
		*ret_size = (size_t)MIN(from - sparse->position, (uint64_t)HOLE_PIECE);
		sparse->position += *ret_size;
		return 1;
	}
	if (sparse->position == to) {
		if (tar->left > 0)
			return error_set(err, -EBADMSG, "sparse file has data outside of its map");
		return 0;
	}
	r = tar_read_stored(tar, (size_t)MIN(to - sparse->position, (uint64_t)SIZE_MAX), ret,
			    ret_size, err);
	if (r == 0)
		return error_set(err, -EBADMSG, "sparse file has less data than its map says");
	if (r > 0)
		sparse->position += *ret_size;
	return r;
}
