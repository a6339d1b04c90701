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
	const struct codec *codec;
	uint8_t magic[MAGIC_MAX], mask[MAGIC_MAX];
} formats[] = {
	[COMPRESSION_NONE] = {.name = "none"},
	/* RFC 1952 section 2.3.1, with the only method there is: deflate. */
	[COMPRESSION_GZIP] = {.name = "gzip",
			      .codec = &codec_gzip,
			      .magic = {0x1f, 0x8b, 0x08},
			      .mask = {0xff, 0xff, 0xff}},
	/* RFC 8878 section 3.1.1; a skippable frame (3.1.2) may come first, see detect below. */
	[COMPRESSION_ZSTD] = {.name = "zstd",
			      .codec = &codec_zstd,
			      .magic = {0x28, 0xb5, 0x2f, 0xfd},
			      .mask = {0xff, 0xff, 0xff, 0xff}},
	/* As the engines tell it: the block magic behind the level is not looked at. */
	[COMPRESSION_BZIP2] = {.name = "bzip2",
			       .codec = &codec_bzip2,
			       .magic = {'B', 'Z', 'h'},
			       .mask = {0xff, 0xff, 0xff}},
	[COMPRESSION_XZ] = {.name = "xz",
			    .codec = &codec_xz,
			    .magic = {0xfd, '7', 'z', 'X', 'Z', 0x00},
			    .mask = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
	[COMPRESSION_LZ4] = {.name = "lz4",
			     .codec = &codec_lz4,
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
	return formats[compression].codec; /* "none" has no magic, and would match everything */
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

int decompress_malformed(const struct decompressor *base, struct error *err)
{
	return error_set(err, -EBADMSG, "malformed %s data", base->codec->name);
}

int decompress_garbage(const struct decompressor *base, struct error *err)
{
	return error_set(err, -EBADMSG, "trailing garbage behind the %s data", base->codec->name);
}

/* Replaces the input, which is used up: 1, or 0 at the end. */
static int decompressor_fill(struct decompressor *base, struct error *err)
{
	int r;

	chunk_unref(TAKE(base->input));
	r = stream_next(base->source, &base->input, err);
	if (r > 0) {
		base->at = base->input->data;
		base->left = base->input->size;
	} else if (r == 0 && base->complete) { /* the end of the input is at the end of a frame */
		base->ended = true;
	} else if (r == 0) {
		return error_set(err, -EBADMSG, "truncated %s data", base->codec->name);
	}
	return r;
}

/* Fills a chunk as far as the input goes. */
static int decompressor_run(struct decompressor *base, struct chunk *chunk, struct error *err)
{
	while (chunk->size < CHUNK_SIZE) {
		size_t size = 0;
		int r;

		if (base->drained && base->left == 0) {
			r = decompressor_fill(base, err);
			if (r <= 0)
				return r;
		}
		r = base->codec->step(base, chunk_buffer(chunk) + chunk->size,
				      CHUNK_SIZE - chunk->size, &size, err);
		if (r < 0)
			return r;
		assert(size <= CHUNK_SIZE - chunk->size);
		chunk->size += size;
		/* A full chunk may have left bytes in the codec: ask again before more input. */
		base->drained = base->complete || chunk->size < CHUNK_SIZE;
	}
	return 0;
}

/* The limit is checked after a chunk was filled: a bomb costs one chunk more than it allows. */
static int decompressor_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct decompressor *base = (struct decompressor *)stream;
	_cleanup_(chunk_unrefp) struct chunk *chunk = NULL;
	int r;

	if (base->ended)
		return 0;
	chunk = chunk_new();
	if (!chunk)
		return error_oom(err);
	r = decompressor_run(base, chunk, err);
	if (r < 0)
		return r;

	if (chunk->size > base->max - base->out)
		return error_set(err, -E2BIG, "inflates to more than %ju bytes (limit %s)",
				 (uintmax_t)base->max, base->what);
	if (chunk->size == 0)
		return 0;
	base->out += chunk->size;
	*ret = TAKE(chunk);
	return 1;
}

static void decompressor_free(struct stream *stream)
{
	struct decompressor *base = (struct decompressor *)stream;

	base->codec->close(base);
	chunk_unref(base->input);
	stream_free(base->source);
	free(base);
}

static const struct stream_class decompressor_class = {.name = "decompressor",
						       .next = decompressor_next,
						       .free = decompressor_free};

int stream_decompress(struct stream *source, enum compression compression, uint64_t max,
		      const char *what, struct stream **ret, struct error *err)
{
	const struct codec *codec;
	struct decompressor *base;
	int r;

	assert((size_t)compression < ARRAY_SIZE(formats));
	assert(source && what);
	codec = formats[compression].codec;
	if (!codec) {
		*ret = source;
		return 0;
	}
	base = calloc(1, codec->size);
	if (!base) {
		stream_free(source);
		return error_oom(err);
	}
	*base = (struct decompressor){.stream.class = &decompressor_class,
				      .codec = codec,
				      .source = source,
				      .max = max,
				      .what = what,
				      .drained = true};
	r = codec->open(base, err);
	if (r < 0) {
		stream_free(&base->stream);
		return r;
	}
	*ret = &base->stream;
	return 0;
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

	assert(source && what);
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
