/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a tar stream as Go's archive/tar reads it, for that is what the runtimes use: V7, ustar,
 * GNU (long names, base-256, sparse), PAX (local records; global ones are ignored, as they do). A
 * header-only type has no body, whatever its size field says. Two zero blocks end it, and so does
 * the end of the stream at a header's place; one zero block followed by another is malformed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "io/stream.h"

struct tar_xattr {
	struct tar_xattr *next;
	const char *name; /* of SCHILY.xattr.NAME */
	const uint8_t *value;
	uint32_t size;
};

struct tar_entry {
	const char *path; /* as written, may be empty: header, then PAX, then GNU long name, then
			     GNU.sparse.name, the last that is there */
	const char *link; /* of types 1 and 2, else "" */
	char type; /* '0' regular ('\0' and 'S' become it), '1' hardlink, '2' symlink, '3' char,
		      '4' block, '5' directory, '6' FIFO, '7' contiguous, 'g' global PAX, else
		      as written */
	int64_t mode, uid, gid;
	uint64_t size; /* of a sparse file with its holes; 0 of types 1 to 6 and g */
	int64_t dev_major, dev_minor;
	const struct tar_xattr *xattrs; /* only what tar_pax.c keeps, each name once, sorted */
	bool sparse;
	uint64_t offset; /* of the body in the stream (for members that are read in place later) */
	uint64_t stored; /* bytes of the body in the stream */
};

struct tar_reader;

void tar_reader_free(struct tar_reader *tar);
DEFINE_FREEP(struct tar_reader, tar_reader_free)

/* Borrows the stream and the limits. may_seek: bodies nobody reads may be skipped unread. */
int tar_reader_new(struct stream *stream, const struct limits *limits, bool may_seek,
		   struct tar_reader **ret, struct error *err);

/* Next member: 1 and *ret (valid until the next call), 0 at the end, -EBADMSG, -E2BIG. After an
 * error, here or from a body, every call fails. */
int tar_reader_next(struct tar_reader *tar, const struct tar_entry **ret, struct error *err);

/* Next piece of the current member's body, holes filled with zeros: 1, or 0 at its end. -EBADMSG
 * when it is cut, or when a sparse file has more or less data than its map says. */
int tar_reader_body(struct tar_reader *tar, const uint8_t **ret, size_t *ret_size,
		    struct error *err);

/* The current member's body as a stream (borrows the reader; ends with the member, and is of no use
 * after the next step). Its chunks are views, and may be kept longer. */
int tar_reader_body_stream(struct tar_reader *tar, struct stream **ret, struct error *err);

/* Reads whatever follows the end of the archive, so that a digest sees it. */
int tar_reader_drain(struct tar_reader *tar, struct error *err);

/* True when the 512 bytes look like a tar header (checksum holds) or like two zero blocks' first.
 */
bool tar_looks_like(const uint8_t *data, size_t size);
