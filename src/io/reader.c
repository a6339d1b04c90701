/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exact amounts out of a stream (stream.h): a position in the current chunk. Nothing is copied but
 * what the caller asks to be, and peeks that two chunks share.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "io/stream.h"

#define PEEK_MAX 4096

void reader_clear(struct reader *reader)
{
	chunk_unref(reader->chunk);
	chunk_unref(reader->ahead);
	reader->chunk = reader->ahead = NULL;
	reader->at = 0;
}

/* Makes sure that the current chunk has an unread byte: 1, or 0 at the end. */
static int reader_fill(struct reader *reader, struct error *err)
{
	if (reader->chunk && reader->at < reader->chunk->size)
		return 1;
	chunk_unref(reader->chunk);
	reader->chunk = TAKE(reader->ahead);
	reader->at = 0;
	if (reader->chunk)
		return 1;
	return stream_next(reader->stream, &reader->chunk, err);
}

static int reader_truncated(struct error *err)
{
	return error_set(err, -EBADMSG, "truncated: the stream ends too early");
}

int reader_piece(struct reader *reader, size_t max, const uint8_t **ret, size_t *ret_size,
		 struct error *err)
{
	size_t size;
	int r;

	assert(max > 0);
	r = reader_fill(reader, err);
	if (r <= 0)
		return r;

	size = MIN(reader->chunk->size - reader->at, max);
	*ret = reader->chunk->data + reader->at;
	*ret_size = size;
	reader->at += size;
	return 1;
}

int reader_read(struct reader *reader, void *buf, size_t size, struct error *err)
{
	size_t done = 0;

	assert(buf || size == 0);
	while (done < size) {
		const uint8_t *piece;
		size_t n;
		int r;

		r = reader_piece(reader, size - done, &piece, &n, err);
		if (r < 0)
			return r;
		if (r == 0)
			return done > 0 ? reader_truncated(err) : 0;
		memcpy((uint8_t *)buf + done, piece, n);
		done += n;
	}
	return 1;
}

/* Skips what the stream can skip now: *n shrinks. Only with no chunk at hand. */
static int reader_seek(struct reader *reader, uint64_t *n, struct error *err)
{
	while (*n > 0) {
		int64_t skipped = stream_skip(reader->stream, *n, err);

		if (skipped < 0)
			return (int)skipped;
		if (skipped == 0)
			break;
		*n -= (uint64_t)skipped;
	}
	return 0;
}

int reader_drop(struct reader *reader, uint64_t n, bool may_seek, struct error *err)
{
	while (n > 0) {
		bool at_hand = (reader->chunk && reader->at < reader->chunk->size) || reader->ahead;
		const uint8_t *piece;
		size_t size;
		int r;

		if (may_seek && !at_hand) {
			r = reader_seek(reader, &n, err);
			if (r < 0)
				return r;
			if (n == 0)
				break;
		}
		r = reader_piece(reader, MIN(n, (uint64_t)SIZE_MAX), &piece, &size, err);
		if (r < 0)
			return r;
		if (r == 0)
			return reader_truncated(err);
		n -= size;
	}
	return 0;
}

/* Appends up to size bytes of the chunk ahead (pulled when there is none): 1, or 0 at the end. */
static int peek_more(struct reader *reader, struct chunk *joined, size_t size, struct error *err)
{
	struct chunk *ahead, *rest = NULL;
	int r;

	if (!reader->ahead) {
		r = stream_next(reader->stream, &reader->ahead, err);
		if (r <= 0)
			return r;
	}
	ahead = reader->ahead;
	size = MIN(size, ahead->size);
	if (size < ahead->size) {
		rest = chunk_view(ahead, ahead->data + size, ahead->size - size);
		if (!rest)
			return error_oom(err);
	}
	memcpy(chunk_buffer(joined) + joined->size, ahead->data, size);
	joined->size += size;
	chunk_unref(ahead);
	reader->ahead = rest;
	return 1;
}

int reader_peek(struct reader *reader, size_t size, const uint8_t **ret, size_t *ret_size,
		struct error *err)
{
	struct chunk *joined;
	int r;

	assert(size <= PEEK_MAX);
	r = reader_fill(reader, err);
	if (r < 0)
		return r;
	if (r == 0) {
		*ret = (const uint8_t *)"";
		*ret_size = 0;
		return 0;
	}
	if (reader->chunk->size - reader->at < size) {
		joined = chunk_new();
		if (!joined)
			return error_oom(err);
		joined->size = reader->chunk->size - reader->at;
		memcpy(chunk_buffer(joined), reader->chunk->data + reader->at, joined->size);
		chunk_unref(reader->chunk);
		reader->chunk = joined;
		reader->at = 0;
		do
			r = peek_more(reader, joined, size - joined->size, err);
		while (r > 0 && joined->size < size);
		if (r < 0)
			return r;
	}
	*ret = reader->chunk->data + reader->at;
	*ret_size = MIN(size, reader->chunk->size - reader->at);
	return 0;
}

int reader_chunk(struct reader *reader, struct chunk **ret, struct error *err)
{
	struct chunk *chunk;
	int r;

	r = reader_fill(reader, err);
	if (r <= 0)
		return r;

	/* Whole when nothing of it was read: no view, no allocation. */
	chunk = reader->chunk;
	if (reader->at > 0) {
		chunk = chunk_view(chunk, chunk->data + reader->at, chunk->size - reader->at);
		if (!chunk)
			return error_oom(err);
		chunk_unref(reader->chunk);
	}
	reader->chunk = NULL;
	reader->at = 0;
	*ret = chunk;
	return 1;
}

int reader_slurp(struct reader *reader, uint64_t max, char **ret, size_t *ret_size,
		 struct error *err)
{
	/* Half: strbuf's doubling must not overflow before its maximum is reached. */
	const size_t cap = MIN(max, (uint64_t)SIZE_MAX / 2);
	struct strbuf buf = STRBUF_INIT(cap);
	size_t len;
	int r;

	for (;;) {
		const uint8_t *piece;
		size_t size;

		r = reader_piece(reader, CHUNK_SIZE, &piece, &size, err);
		if (r <= 0)
			break;
		r = strbuf_add(&buf, piece, size);
		if (r == -E2BIG)
			error_set(err, r, "more than %ju bytes", (uintmax_t)max);
		else if (r < 0)
			error_oom(err);
		if (r < 0)
			break;
	}
	len = buf.len;
	if (r == 0) {
		char *data = strbuf_take(&buf);

		if (data) {
			*ret = data;
			*ret_size = len;
		} else {
			r = error_oom(err);
		}
	}
	strbuf_clear(&buf);
	return r;
}
