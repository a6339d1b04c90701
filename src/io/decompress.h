/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream that decompresses another one. The format is told by the first bytes, never by a name or
 * media type. gzip may have many members (RFC 1952 section 2.2; eStargz), zstd many frames and
 * skippable ones (RFC 8878 section 3.1; zstd:chunked). Truncation, bad
 * checksums and garbage behind the end are -EBADMSG. When the stream ends, its source has been
 * read to its end.
 */
#pragma once

#include "io/stream.h"

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_BZIP2,
	COMPRESSION_XZ,
	COMPRESSION_LZ4,
};

const char *compression_name(enum compression compression); /* "gzip", "none" */

/* By the magic at the start of data (6 bytes are enough). */
enum compression compression_detect(const uint8_t *data, size_t size);

/*
 * Wraps `source` (owned by the new stream from then on, also on error). For COMPRESSION_NONE the
 * source itself comes back. max: bytes that may come out before -E2BIG names the limit `what`.
 */
int stream_decompress(struct stream *source, enum compression compression, uint64_t max,
		      const char *what, struct stream **ret, struct error *err);

/* Peeks at the source's first bytes and wraps it; *ret_compression may be NULL. */
int stream_decompress_auto(struct stream *source, uint64_t max, const char *what,
			   enum compression *ret_compression, struct stream **ret,
			   struct error *err);
