/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decompressors share: decompress.c drives, a codec does one step at a time. Each codec
 * lives in a file of its own, beside the library that it stands for.
 */
#pragma once

#include "io/decompress.h"

struct decompressor;

struct codec {
	const char *name;
	size_t size; /* of its struct, which begins with a struct decompressor */
	int (*open)(struct decompressor *base, struct error *err);
	/*
	 * Takes of base->at and base->left what it can (there may be nothing, when output was held
	 * back), fills `room` and says how far. Sets base->complete whenever it stands at the end
	 * of a member or frame with nothing held back, and clears it when the next one begins.
	 */
	int (*step)(struct decompressor *base, uint8_t *room, size_t size, size_t *ret_size,
		    struct error *err);
	void (*close)(struct decompressor *base); /* also after a failed open */
};

struct decompressor {
	struct stream stream;
	const struct codec *codec;
	struct stream *source; /* owned */
	struct chunk *input;   /* the current one, or NULL */
	const uint8_t *at;     /* the next `left` bytes of it */
	size_t left;
	uint64_t max, out; /* bytes that may come out, that came out */
	const char *what;  /* the limit's name */
	bool complete;     /* the input may end here */
	bool drained;      /* nothing is held back: the next step needs input */
	bool ended;
};

extern const struct codec codec_gzip, codec_zstd, codec_bzip2, codec_xz, codec_lz4;

int decompress_malformed(const struct decompressor *base, struct error *err);
int decompress_garbage(const struct decompressor *base, struct error *err);
