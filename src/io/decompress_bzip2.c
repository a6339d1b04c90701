/* SPDX-License-Identifier: Apache-2.0 */
/* bzip2 by libbz2, loaded when met: streams in a row, nothing else behind them. */
#include <bzlib.h>
#include <errno.h>

#include "io/decompress_internal.h"
#include "io/library.h"

static struct {
	__typeof__(BZ2_bzDecompressInit) *init;
	__typeof__(BZ2_bzDecompress) *decompress;
	__typeof__(BZ2_bzDecompressEnd) *end;
} functions;

static const struct library_symbol symbols[] = {
	{"BZ2_bzDecompressInit", &functions.init},
	{"BZ2_bzDecompress", &functions.decompress},
	{"BZ2_bzDecompressEnd", &functions.end},
};

static struct library library = LIBRARY("libbz2.so.1.0", symbols);

struct bzip2 {
	struct decompressor base;
	bz_stream stream;
	bool initialized;
};

static void bzip2_close(struct decompressor *base)
{
	struct bzip2 *bzip2 = (struct bzip2 *)base;

	if (bzip2->initialized)
		functions.end(&bzip2->stream);
	bzip2->initialized = false;
}

/* libbz2 decodes one stream a context: each further stream of the file has its own. */
static int bzip2_begin(struct bzip2 *bzip2, struct error *err)
{
	bzip2->stream = (bz_stream){};
	if (functions.init(&bzip2->stream, 0, 0) != BZ_OK)
		return error_oom(err);
	bzip2->initialized = true;
	return 0;
}

static int bzip2_open(struct decompressor *base, struct error *err)
{
	return library_load(&library, err);
}

static int bzip2_error(const struct decompressor *base, int code, struct error *err)
{
	switch (code) {
	case BZ_MEM_ERROR:
		return error_oom(err);
	case BZ_DATA_ERROR_MAGIC:
		return base->out > 0 ? decompress_garbage(base, err)
				     : decompress_malformed(base, err);
	default:
		return decompress_malformed(base, err);
	}
}

static int bzip2_step(struct decompressor *base, uint8_t *room, size_t size, size_t *ret_size,
		      struct error *err)
{
	struct bzip2 *bzip2 = (struct bzip2 *)base;
	bz_stream *stream = &bzip2->stream;
	int r;

	if (!bzip2->initialized) {
		r = bzip2_begin(bzip2, err);
		if (r < 0)
			return r;
	}
	stream->next_in = (char *)base->at;
	stream->avail_in = (unsigned int)base->left; /* at most a chunk */
	stream->next_out = (char *)room;
	stream->avail_out = (unsigned int)size;
	r = functions.decompress(stream);
	if (r < 0)
		return bzip2_error(base, r, err);

	base->at += base->left - stream->avail_in;
	base->left = stream->avail_in;
	base->complete = r == BZ_STREAM_END;
	*ret_size = size - stream->avail_out;
	if (base->complete)
		bzip2_close(base);
	return 0;
}

const struct codec codec_bzip2 = {
	.name = "bzip2",
	.size = sizeof(struct bzip2),
	.open = bzip2_open,
	.step = bzip2_step,
	.close = bzip2_close,
};
