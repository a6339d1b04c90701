/* SPDX-License-Identifier: Apache-2.0 */
/* Which decompressor: told by magic numbers, one row each; and what all of them share. */
#include "io/decompress.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "io/decompress_internal.h"

#define MAGIC_MAX 6

static const struct {
	const char *name;
	decompressor_open open;
	uint8_t magic[MAGIC_MAX], mask[MAGIC_MAX];
} formats[] = {
	[COMPRESSION_NONE] = {.name = "none"},
	/* RFC 1952 section 2.3.1, with the only method there is: deflate. */
	[COMPRESSION_GZIP] = {.name = "gzip",
			      .open = decompress_gzip_open,
			      .magic = {0x1f, 0x8b, 0x08},
			      .mask = {0xff, 0xff, 0xff}},
	/* RFC 8878 section 3.1.1; a skippable frame (3.1.2) may come first, see detect below. */
	[COMPRESSION_ZSTD] = {.name = "zstd",
			      .open = decompress_zstd_open,
			      .magic = {0x28, 0xb5, 0x2f, 0xfd},
			      .mask = {0xff, 0xff, 0xff, 0xff}},
	/* As the engines tell it: the block magic behind the level is not looked at. */
	[COMPRESSION_BZIP2] = {.name = "bzip2",
			       .open = decompress_bzip2_open,
			       .magic = {'B', 'Z', 'h'},
			       .mask = {0xff, 0xff, 0xff}},
	[COMPRESSION_XZ] = {.name = "xz",
			    .open = decompress_xz_open,
			    .magic = {0xfd, '7', 'z', 'X', 'Z', 0x00},
			    .mask = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
	[COMPRESSION_LZ4] = {.name = "lz4",
			     .open = decompress_lz4_open,
			     .magic = {0x04, 0x22, 0x4d, 0x18},
			     .mask = {0xff, 0xff, 0xff, 0xff}},
};

static const uint8_t zstd_skippable[] = {0x50, 0x2a, 0x4d, 0x18};

const char *compression_name(enum compression compression)
{
	assert((size_t)compression < ARRAY_SIZE(formats));
	return formats[compression].name;
}

static bool matches(enum compression compression, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < MAGIC_MAX; i++) {
		uint8_t mask = formats[compression].mask[i];

		if (mask && (i >= size || (data[i] & mask) != formats[compression].magic[i]))
			return false;
	}
	return formats[compression].open;
}

enum compression compression_detect(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (matches((enum compression)i, data, size))
			return (enum compression)i;
	}
	if (size >= sizeof(zstd_skippable) && (data[0] & 0xf0) == zstd_skippable[0] &&
	    memcmp(data + 1, zstd_skippable + 1, sizeof(zstd_skippable) - 1) == 0)
		return COMPRESSION_ZSTD;
	return COMPRESSION_NONE;
}

int stream_decompress(struct stream *source, enum compression compression, uint64_t max,
		      const char *what, struct stream **ret, struct error *err)
{
	assert((size_t)compression < ARRAY_SIZE(formats));
	if (!formats[compression].open) {
		*ret = source;
		return 0;
	}
	return formats[compression].open(source, max, what, ret, err);
}

void decompressor_clear(struct decompressor *decompressor)
{
	chunk_unref(decompressor->input);
	stream_free(decompressor->source);
}

int decompressor_fill(struct decompressor *decompressor, struct error *err)
{
	int r;

	assert(decompressor->left == 0);
	chunk_unref(decompressor->input);
	decompressor->input = NULL;
	r = stream_next(decompressor->source, &decompressor->input, err);
	if (r > 0) {
		decompressor->at = decompressor->input->data;
		decompressor->left = decompressor->input->size;
	}
	return r;
}

int decompressor_emit(struct decompressor *decompressor, struct chunk *chunk, size_t size,
		      struct chunk **ret, struct error *err)
{
	if (size > decompressor->max - decompressor->out) {
		chunk_unref(chunk);
		return error_set(err, -E2BIG, "inflates to more than %ju bytes (limit %s)",
				 (uintmax_t)decompressor->max, decompressor->what);
	}
	if (size == 0) {
		chunk_unref(chunk);
		return 0;
	}
	decompressor->out += size;
	chunk->size = size;
	*ret = chunk;
	return 1;
}

int decompressor_truncated(const char *format, struct error *err)
{
	return error_set(err, -EBADMSG, "truncated %s data", format);
}

/* A stream whose first bytes were peeked at: the reader hands its chunks back, then the source. */

struct stream_peeked {
	struct stream stream;
	struct stream *source; /* owned */
	struct reader reader;
};

static int peeked_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	return reader_chunk(&((struct stream_peeked *)stream)->reader, ret, err);
}

static int64_t peeked_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct stream_peeked *peeked = (struct stream_peeked *)stream;

	if (peeked->reader.chunk || peeked->reader.ahead)
		return 0;
	return stream_skip(peeked->source, n, err);
}

static void peeked_free(struct stream *stream)
{
	struct stream_peeked *peeked = (struct stream_peeked *)stream;

	reader_clear(&peeked->reader);
	stream_free(peeked->source);
	free(peeked);
}

static const struct stream_class peeked_class = {.name = "peeked",
						 .next = peeked_next,
						 .skip = peeked_skip,
						 .free = peeked_free};

static int peeked_new(struct stream *source, struct stream_peeked **ret, struct error *err)
{
	struct stream_peeked *peeked = malloc(sizeof(*peeked));

	if (!peeked) {
		stream_free(source);
		return error_oom(err);
	}
	*peeked = (struct stream_peeked){.stream.class = &peeked_class,
					 .source = source,
					 .reader.stream = source};
	*ret = peeked;
	return 0;
}

int stream_decompress_auto(struct stream *source, uint64_t max, const char *what,
			   enum compression *ret_compression, struct stream **ret,
			   struct error *err)
{
	struct stream_peeked *peeked = NULL;
	enum compression compression;
	const uint8_t *magic;
	size_t size;
	int r;

	r = peeked_new(source, &peeked, err);
	if (r < 0)
		return r;
	r = reader_peek(&peeked->reader, MAGIC_MAX, &magic, &size, err);
	if (r < 0) {
		stream_free(&peeked->stream);
		return r;
	}

	compression = compression_detect(magic, size);
	r = stream_decompress(&peeked->stream, compression, max, what, ret, err);
	if (r == 0 && ret_compression)
		*ret_compression = compression;
	return r;
}
