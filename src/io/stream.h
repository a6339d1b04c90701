/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pull streams of bytes in reference-counted chunks. A chunk that was handed out is never changed
 * again, so that it can be parsed, decompressed and digested (in another thread) at the same time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macro.h"

#define CHUNK_SIZE ((size_t)256 * 1024) /* capacity of a chunk; sources may hand out less */

struct chunk {
	const uint8_t *data;
	size_t size; /* > 0 */
		     /* the rest is stream.c's */
};

/* A chunk with CHUNK_SIZE bytes of room, from a free list; NULL on -ENOMEM. One reference. */
struct chunk *chunk_new(void);
uint8_t *chunk_buffer(struct chunk *chunk); /* writable until the chunk is handed out */
struct chunk *chunk_ref(struct chunk *chunk);
void chunk_unref(struct chunk *chunk); /* any thread; NULL is fine */
DEFINE_FREEP(struct chunk, chunk_unref)
/* A chunk over memory that is not its own: of `parent`, which it then refers to (NULL: of somebody
 * who keeps it longer than any reference lives). NULL on -ENOMEM. */
struct chunk *chunk_view(struct chunk *parent, const uint8_t *data, size_t size);

struct stream;

struct stream_class {
	const char *name;
	/* 1 and *ret (the caller's reference), 0 at the end, negative on error. */
	int (*next)(struct stream *stream, struct chunk **ret, struct error *err);
	/* Skips up to n bytes without reading them; returns how many, 0: cannot. May be NULL. */
	int64_t (*skip)(struct stream *stream, uint64_t n, struct error *err);
	void (*free)(struct stream *stream);
};

/* First member of every stream. */
struct stream {
	const struct stream_class *class;
	uint64_t position; /* bytes handed out or skipped so far; kept by stream_next/skip */
};

void stream_free(struct stream *stream);
DEFINE_FREEP(struct stream, stream_free)

/* 1 and *ret (the caller's reference), 0 at the end, negative on error: -ECANCELED once the user
 * interrupted the program. */
int stream_next(struct stream *stream, struct chunk **ret, struct error *err);
/* Skips without reading where the source can; returns the count, which may be less than n, 0 where
 * it cannot (now), or negative. */
int64_t stream_skip(struct stream *stream, uint64_t n, struct error *err);

/* Bytes [offset, offset + size) of a regular file by pread; fd is borrowed. A file that is shorter
 * is -EBADMSG ("truncated"). */
int stream_open_range(int fd, uint64_t offset, uint64_t size, struct stream **ret,
		      struct error *err);
/* A pipe or file read to its end; fd is borrowed. Cannot skip. */
int stream_open_fd(int fd, struct stream **ret, struct error *err);
/* Memory that outlives the stream and its chunks. */
int stream_open_memory(const void *data, size_t size, struct stream **ret, struct error *err);

/*
 * A reader over a stream that serves exact amounts: for formats with headers. It borrows the
 * stream.
 */
struct reader {
	struct stream *stream;
	struct chunk *chunk; /* current, or NULL */
	struct chunk *ahead; /* the one behind it, when a peek needed it */
	size_t at;           /* next byte in the current one */
};

void reader_clear(struct reader *reader); /* drops the chunks */
/* Reads exactly size bytes: 1, or 0 when the stream ended before the first, -EBADMSG inside. */
int reader_read(struct reader *reader, void *buf, size_t size, struct error *err);
/* Next piece (at most max bytes) without copying; valid until the next call. 1, 0 at the end. */
int reader_piece(struct reader *reader, size_t max, const uint8_t **ret, size_t *ret_size,
		 struct error *err);
/* Drops n bytes; with may_seek the stream may skip them unread. -EBADMSG when it ends before. */
int reader_drop(struct reader *reader, uint64_t n, bool may_seek, struct error *err);
/* Shows up to size bytes without consuming them (size <= 4096); *ret_size is less only at the end
 * of the stream. The pointer is valid until the next call. */
int reader_peek(struct reader *reader, size_t size, const uint8_t **ret, size_t *ret_size,
		struct error *err);
/* What is left of the current chunk, else the stream's next one, as a chunk: 1 and *ret (the
 * caller's reference), 0 at the end. */
int reader_chunk(struct reader *reader, struct chunk **ret, struct error *err);
/* Reads to the end into malloc'ed memory with a NUL behind; -E2BIG past max. */
int reader_slurp(struct reader *reader, uint64_t max, char **ret, size_t *ret_size,
		 struct error *err);
