/* SPDX-License-Identifier: Apache-2.0 */
/* A stream over memory that hands out pieces of a chosen size, and may fail after them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "io/stream.h"

struct pieces {
	struct stream stream;
	const uint8_t *data;
	size_t left, piece;
	int status; /* what comes behind the data: 0, or an error */
	bool may_skip;
};

static inline int pieces_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct pieces *pieces = (struct pieces *)stream;
	size_t size = MIN(pieces->left, pieces->piece);
	struct chunk *chunk;

	if (size == 0)
		return pieces->status < 0 ? error_set(err, pieces->status, "source broke") : 0;
	chunk = chunk_new();
	if (!chunk)
		return error_oom(err);
	memcpy(chunk_buffer(chunk), pieces->data, size);
	chunk->size = size;
	pieces->data += size;
	pieces->left -= size;
	*ret = chunk;
	return 1;
}

static inline int64_t pieces_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct pieces *pieces = (struct pieces *)stream;
	size_t size = MIN(pieces->left, n);

	if (!pieces->may_skip)
		return 0;
	pieces->data += size;
	pieces->left -= size;
	return (int64_t)size;
}

static inline void pieces_free(struct stream *stream)
{
	free(stream);
}

static const struct stream_class pieces_class = {.name = "pieces",
						 .next = pieces_next,
						 .skip = pieces_skip,
						 .free = pieces_free};

/* NULL when memory is short. piece: at most CHUNK_SIZE. */
static inline struct stream *pieces_open(const void *data, size_t size, size_t piece, int status)
{
	struct pieces *pieces = malloc(sizeof(*pieces));

	if (!pieces)
		return NULL;
	*pieces = (struct pieces){.stream.class = &pieces_class,
				  .data = data,
				  .left = size,
				  .piece = piece,
				  .status = status};
	return &pieces->stream;
}

static inline void pieces_allow_skip(struct stream *stream, bool may_skip)
{
	if (stream)
		((struct pieces *)stream)->may_skip = may_skip;
}

/* Reads a stream to its end into buf: 0 or the error. */
static inline int read_all(struct stream *stream, struct strbuf *buf, struct error *err)
{
	struct chunk *chunk;
	int r;

	while ((r = stream_next(stream, &chunk, err)) > 0) {
		r = strbuf_add(buf, chunk->data, chunk->size);
		chunk_unref(chunk);
		if (r < 0)
			return error_oom(err);
	}
	return r;
}
