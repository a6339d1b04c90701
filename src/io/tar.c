/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker: headers, meta members in front of them, bodies. In: a stream; out: one member at a
 * time, whose texts live in the walker until the next call. Nothing is allocated for a plain
 * member, and its header is read where it lies. At most limits->pax_bytes for each block of records
 * or long name. Every rule that looks odd is Go's archive/tar (reader.go), which the runtimes use.
 */
#include "io/tar_internal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

void tar_reader_free(struct tar_reader *tar)
{
	if (!tar)
		return;
	reader_clear(&tar->reader);
	tar_pax_clear(&tar->pax);
	tar_sparse_clear(&tar->sparse);
	strbuf_clear(&tar->pax_data);
	strbuf_clear(&tar->long_name);
	strbuf_clear(&tar->long_link);
	free(tar);
}

int tar_reader_new(struct stream *stream, const struct limits *limits, bool may_seek,
		   struct tar_reader **ret, struct error *err)
{
	struct tar_reader *tar = calloc(1, sizeof(*tar));

	assert(stream && limits);
	if (!tar)
		return error_oom(err);
	tar->reader.stream = stream;
	tar->limits = limits;
	tar->may_seek = may_seek;
	tar->pax.sparse_map = STRBUF_INIT(limits->pax_bytes);
	tar->sparse.map = STRBUF_INIT(limits->pax_bytes);
	tar->pax_data = STRBUF_INIT(limits->pax_bytes);
	tar->long_name = STRBUF_INIT(limits->pax_bytes);
	tar->long_link = STRBUF_INIT(limits->pax_bytes);
	*ret = tar;
	return 0;
}

bool tar_type_is_header_only(char type)
{
	return type >= '1' && type <= '6';
}

/* Where the reader stands; the stream itself is ahead of it by the rest of the chunk. */
static uint64_t position(const struct tar_reader *tar)
{
	const struct reader *reader = &tar->reader;

	return reader->stream->position - (reader->chunk ? reader->chunk->size - reader->at : 0);
}

int tar_read_block(struct tar_reader *tar, const uint8_t **ret, struct error *err)
{
	const uint8_t *piece;
	size_t size, have = 0;
	int r = reader_piece(&tar->reader, TAR_BLOCK, &piece, &size, err);

	if (r <= 0)
		return r;
	if (size == TAR_BLOCK) {
		*ret = piece;
		return 1;
	}
	for (;;) {
		memcpy(tar->block + have, piece, size);
		have += size;
		if (have == TAR_BLOCK)
			break;
		r = reader_piece(&tar->reader, TAR_BLOCK - have, &piece, &size, err);
		if (r == 0)
			return error_set(err, -EBADMSG, "archive ends inside a header");
		if (r < 0)
			return r;
	}
	*ret = tar->block;
	return 1;
}

/* Never past the body: what is left of it counts down here and in body_skip() only. */
int tar_read_stored(struct tar_reader *tar, size_t max, const uint8_t **ret, size_t *ret_size,
		    struct error *err)
{
	int r;

	if (tar->left == 0)
		return 0;
	r = reader_piece(&tar->reader, (size_t)MIN(tar->left, (uint64_t)max), ret, ret_size, err);
	if (r == 0)
		return error_set(err, -EBADMSG, "archive ends inside a member");
	if (r > 0)
		tar->left -= *ret_size;
	return r;
}

/* Drops what is left of the member. 1, or 0: an archive may end inside the padding. */
static int finish_member(struct tar_reader *tar, struct error *err)
{
	if (tar->left > 0) {
		int r = reader_drop(&tar->reader, tar->left, tar->may_seek, err);

		if (r < 0)
			return r;
		tar->left = 0;
	}
	while (tar->pad > 0) {
		const uint8_t *ignored;
		size_t size;
		int r = reader_piece(&tar->reader, tar->pad, &ignored, &size, err);

		if (r <= 0)
			return r;
		tar->pad -= (uint32_t)size;
	}
	return 1;
}

/* 1 and the block, or 0 at the end: no more bytes, or a zero block, and another if there is one. */
static int read_header(struct tar_reader *tar, const uint8_t **ret, struct error *err)
{
	int r = tar_read_block(tar, ret, err);

	if (r <= 0)
		return r;
	if (tar_header_is_zero(*ret)) {
		r = tar_read_block(tar, ret, err);
		if (r <= 0 || tar_header_is_zero(*ret))
			return MIN(r, 0);
		return error_set(err, -EBADMSG, "a zero block within the archive");
	}
	r = tar_header_parse(*ret, &tar->header, err);
	return r < 0 ? r : 1;
}

/* From here on the body is read: as many bytes as the header's size says now. */
static int start_body(struct tar_reader *tar, struct error *err)
{
	int64_t size = tar_type_is_header_only(tar->header.type) ? 0 : tar->header.size;

	if (size < 0)
		return error_set(err, -EBADMSG, "size of the member is negative");
	tar->left = (uint64_t)size;
	/* Unsigned negation is exact modulo 2^64, and so modulo the block. */
	tar->pad = (uint32_t)(-(uint64_t)size % TAR_BLOCK);
	return 0;
}

/* The body of a meta member. */
static int read_meta(struct tar_reader *tar, struct strbuf *buf, struct error *err)
{
	const uint8_t *piece;
	size_t size;
	int r;

	strbuf_reset(buf);
	if (tar->left > tar->limits->pax_bytes)
		return error_set(err, -E2BIG, "extended header is over the limit pax-bytes");
	while ((r = tar_read_stored(tar, SIZE_MAX, &piece, &size, err)) > 0) {
		if (strbuf_add(buf, piece, size) < 0)
			return error_oom(err);
	}
	return r;
}

/* Texts of a member's records point into pax_data, which the next x or g member replaces. */
static int read_records(struct tar_reader *tar, struct error *err)
{
	int r = read_meta(tar, &tar->pax_data, err);

	if (r < 0)
		return r;
	return tar_pax_parse(&tar->pax, tar->pax_data.data, tar->pax_data.len, tar->limits, err);
}

/* Borrowed from the walker's buffers until the next step. */
static void fill_entry(struct tar_reader *tar, bool pax, bool sparse)
{
	const struct tar_header *header = &tar->header;
	bool link = header->type == '1' || header->type == '2';

	tar->entry = (struct tar_entry){
		.path = header->path,
		.link = link ? header->link : "",
		.type = header->type == 'S' ? '0' : header->type,
		.mode = header->mode,
		.uid = header->uid,
		.gid = header->gid,
		.size = tar_type_is_header_only(header->type) ? 0 : (uint64_t)header->size,
		.dev_major = header->dev_major,
		.dev_minor = header->dev_minor,
		.xattrs = pax && tar->pax.xattrs.len > 0 ? tar->pax.xattrs.items : NULL,
		.sparse = sparse,
		.offset = position(tar),
		.stored = tar->left,
	};
}

/* Global records count for nobody, but runtimes see the member, under the path they give it. */
static void fill_global(struct tar_reader *tar)
{
	const struct tar_text *path = &tar->pax.value[PAX_PATH];

	tar->header.size = 0;
	if (path->size > 0)
		tar->header.path = path->data;
	fill_entry(tar, false, false);
}

/*
 * Go's order: records, then GNU long names even over a record's path, then the records' name of a
 * sparse file. The slash that makes a directory of type NUL is looked for before the last step.
 */
static int finish_entry(struct tar_reader *tar, const uint8_t *block, bool pax, struct error *err)
{
	struct tar_header *header = &tar->header;
	size_t size;
	int r = pax ? tar_pax_merge(&tar->pax, header, err) : 0;

	if (r < 0)
		return r;
	if (strbuf_string(&tar->long_name)[0] != '\0')
		header->path = tar->long_name.data;
	if (strbuf_string(&tar->long_link)[0] != '\0')
		header->link = tar->long_link.data;
	if (header->type == '\0') {
		size = strlen(header->path);
		header->type = size > 0 && header->path[size - 1] == '/' ? '5' : '0';
	}
	r = start_body(tar, err);
	if (r < 0)
		return r;
	if (header->type == 'S') {
		r = tar_sparse_read_old(tar, block, err);
		r = r < 0 ? r : 1;
	} else if (pax) {
		r = tar_sparse_read_pax(tar, err);
	}
	if (r < 0)
		return r;
	fill_entry(tar, pax, r > 0);
	return 1;
}

/* Members of type x, L and K say something about the next one; the last of each kind counts. */
static int next_entry(struct tar_reader *tar, struct error *err)
{
	bool pax = false;
	int r;

	strbuf_reset(&tar->long_name);
	strbuf_reset(&tar->long_link);
	for (;;) {
		const uint8_t *block;

		r = finish_member(tar, err);
		if (r > 0)
			r = read_header(tar, &block, err);
		if (r <= 0)
			return r;
		r = start_body(tar, err);
		if (r < 0)
			return r;
		switch (tar->header.type) {
		case 'x':
			pax = true;
			r = read_records(tar, err);
			break;
		case 'g':
			r = read_records(tar, err);
			if (r < 0)
				return r;
			fill_global(tar);
			return 1;
		case 'L':
			r = read_meta(tar, &tar->long_name, err);
			break;
		case 'K':
			r = read_meta(tar, &tar->long_link, err);
			break;
		default:
			return finish_entry(tar, block, pax, err);
		}
		if (r < 0)
			return r;
	}
}

/* The caller may take a failing member for that member's own affair and go on to the next. */
static int fail(struct tar_reader *tar, int code, struct error *err)
{
	tar->status = code;
	error_wrap(err, code, "tar archive, near byte %" PRIu64, position(tar));
	if (err)
		tar->broken = *err;
	return code;
}

static int refuse_broken(const struct tar_reader *tar, struct error *err)
{
	if (!tar->broken.message[0])
		return error_set(err, tar->status, "tar archive could not be read further");
	if (err)
		*err = tar->broken;
	return tar->status;
}

int tar_reader_next(struct tar_reader *tar, const struct tar_entry **ret, struct error *err)
{
	int r;

	if (tar->status > 0)
		return 0;
	if (tar->status < 0)
		return refuse_broken(tar, err);
	r = next_entry(tar, err);
	if (r < 0)
		return fail(tar, r, err);
	if (r == 0) {
		tar->status = 1;
		tar->left = 0;
		tar->entry.sparse = false;
		return 0;
	}
	*ret = &tar->entry;
	return 1;
}

static int next_piece(struct tar_reader *tar, const uint8_t **ret, size_t *ret_size,
		      struct error *err)
{
	const uint8_t *piece;
	size_t size;
	int r;

	if (tar->status < 0)
		return refuse_broken(tar, err);
	r = tar->entry.sparse ? tar_sparse_piece(tar, &piece, &size, err)
			      : tar_read_stored(tar, SIZE_MAX, &piece, &size, err);
	if (r < 0)
		return fail(tar, r, err);
	if (r > 0) {
		*ret = piece;
		*ret_size = size;
	}
	return r;
}

int tar_reader_body(struct tar_reader *tar, const uint8_t **ret, size_t *ret_size,
		    struct error *err)
{
	return next_piece(tar, ret, ret_size, err);
}

struct body_stream {
	struct stream stream;
	struct tar_reader *tar;
};

/* A view keeps the walker's chunk; to a hole, whose zeros are static, it does no harm. */
static int body_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct tar_reader *tar = ((struct body_stream *)stream)->tar;
	struct chunk *view;
	const uint8_t *piece;
	size_t size;
	int r = next_piece(tar, &piece, &size, err);

	if (r <= 0)
		return r;
	view = chunk_view(tar->reader.chunk, piece, size);
	if (!view)
		return error_oom(err);
	*ret = view;
	return 1;
}

/* Only forward over bytes that stand in the stream as they are: a sparse body's do not. */
static int64_t body_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct tar_reader *tar = ((struct body_stream *)stream)->tar;
	int r;

	if (!tar->may_seek || tar->entry.sparse || tar->status < 0)
		return 0;
	n = MIN(n, tar->left);
	r = reader_drop(&tar->reader, n, true, err);
	if (r < 0)
		return fail(tar, r, err);
	tar->left -= n;
	return (int64_t)n;
}

static void body_free(struct stream *stream)
{
	free(stream);
}

static const struct stream_class body_class = {
	.name = "member of a tar archive",
	.next = body_next,
	.skip = body_skip,
	.free = body_free,
};

int tar_reader_body_stream(struct tar_reader *tar, struct stream **ret, struct error *err)
{
	struct body_stream *body = calloc(1, sizeof(*body));

	if (!body)
		return error_oom(err);
	body->stream.class = &body_class;
	body->tar = tar;
	*ret = (struct stream *)body;
	return 0;
}

int tar_reader_drain(struct tar_reader *tar, struct error *err)
{
	const uint8_t *ignored;
	size_t size;
	int r;

	if (tar->status < 0)
		return refuse_broken(tar, err);
	do {
		r = reader_piece(&tar->reader, SIZE_MAX, &ignored, &size, err);
	} while (r > 0);
	tar->status = r < 0 ? r : 1;
	tar->left = 0;
	tar->pad = 0;
	return r;
}

bool tar_looks_like(const uint8_t *data, size_t size)
{
	return size >= TAR_BLOCK && (tar_header_checksum_holds(data) || tar_header_is_zero(data));
}
