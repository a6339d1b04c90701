/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decompressors share: where their input stands, and the way out through the cap. Each
 * lives in a file of its own, beside the library that it stands for.
 */
#pragma once

#include "io/decompress.h"

struct decompressor {
	struct stream stream;
	struct stream *source; /* owned */
	struct chunk *input;   /* the current one, or NULL before the first and at the end */
	const uint8_t *at;     /* the next `left` bytes of it */
	size_t left;
	uint64_t max, out; /* bytes that may come out, that came out */
	const char *what;  /* the limit's name */
};

/* A constructor takes the source in any case. */
typedef int (*decompressor_open)(struct stream *source, uint64_t max, const char *what,
				 struct stream **ret, struct error *err);

int decompress_gzip_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
			 struct error *err);
int decompress_zstd_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
			 struct error *err);
int decompress_bzip2_open(struct stream *source, uint64_t max, const char *what,
			  struct stream **ret, struct error *err);
int decompress_xz_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
		       struct error *err);
int decompress_lz4_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
			struct error *err);

/* Drops the input and the source; the rest is the decompressor's own. */
void decompressor_clear(struct decompressor *decompressor);
/* Replaces the input, which is used up, by the next chunk: 1, or 0 at the end. */
int decompressor_fill(struct decompressor *decompressor, struct error *err);
/* Hands `size` bytes in a chunk (owned) out, if the cap allows it: 1 and *ret; 0 with nothing in
 * it, which is the end. */
int decompressor_emit(struct decompressor *decompressor, struct chunk *chunk, size_t size,
		      struct chunk **ret, struct error *err);
int decompressor_truncated(const char *format, struct error *err);
