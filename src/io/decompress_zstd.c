/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zstandard (RFC 8878) by libzstd: frames in a row, skippable ones passed over (zstd:chunked keeps
 * its table of contents in one). Windows of more than 128 MiB are refused, for a frame's author
 * could have us allocate what he likes.
 */
#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "io/decompress_internal.h"

#define WINDOW_LOG_MAX 27

struct stream_zstd {
	struct decompressor base;
	ZSTD_DCtx *context;
	size_t wants; /* 0: at the end of a frame; else a hint how much more */
	bool drained; /* no output is held back */
	bool ended;
};

static int zstd_error(size_t code, struct error *err)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_memory_allocation:
		return error_oom(err);
	case ZSTD_error_frameParameter_windowTooLarge:
		return error_set(err, -E2BIG, "zstd frame needs a window of more than %d MiB",
				 1 << (WINDOW_LOG_MAX - 20));
	default:
		return error_set(err, -EBADMSG, "malformed zstd data: %s", ZSTD_getErrorName(code));
	}
}

/* One step into what room the output has. */
static int zstd_step(struct stream_zstd *zstd, ZSTD_outBuffer *out, struct error *err)
{
	struct decompressor *base = &zstd->base;
	ZSTD_inBuffer in;
	size_t n;

	if (zstd->drained && base->left == 0) {
		int r = decompressor_fill(base, err);

		if (r < 0)
			return r;
		if (r == 0 && zstd->wants > 0)
			return decompressor_truncated("zstd", err);
		if (r == 0) {
			zstd->ended = true;
			return 0;
		}
	}

	in = (ZSTD_inBuffer){.src = base->at, .size = base->left};
	n = ZSTD_decompressStream(zstd->context, out, &in);
	if (ZSTD_isError(n))
		return zstd_error(n, err);
	base->at += in.pos;
	base->left -= in.pos;
	zstd->wants = n;
	/* A frame that is complete has been flushed, too. */
	zstd->drained = n == 0 || out->pos < out->size;
	return 0;
}

static int zstd_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct stream_zstd *zstd = (struct stream_zstd *)stream;
	_cleanup_(chunk_unrefp) struct chunk *chunk = NULL;
	ZSTD_outBuffer out;

	if (zstd->ended)
		return 0;
	chunk = chunk_new();
	if (!chunk)
		return error_oom(err);

	out = (ZSTD_outBuffer){.dst = chunk_buffer(chunk), .size = CHUNK_SIZE};
	while (!zstd->ended && out.pos < out.size) {
		int r = zstd_step(zstd, &out, err);

		if (r < 0)
			return r;
	}
	return decompressor_emit(&zstd->base, TAKE(chunk), out.pos, ret, err);
}

static void zstd_free(struct stream *stream)
{
	struct stream_zstd *zstd = (struct stream_zstd *)stream;

	ZSTD_freeDCtx(zstd->context);
	decompressor_clear(&zstd->base);
	free(zstd);
}

static const struct stream_class zstd_class = {.name = "zstd",
					       .next = zstd_next,
					       .free = zstd_free};

int decompress_zstd_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
			 struct error *err)
{
	struct stream_zstd *zstd = calloc(1, sizeof(*zstd));
	size_t n;

	if (!zstd) {
		stream_free(source);
		return error_oom(err);
	}
	zstd->base = (struct decompressor){.stream.class = &zstd_class,
					   .source = source,
					   .max = max,
					   .what = what};
	zstd->wants = 1; /* no frame at all is truncated */
	zstd->drained = true;
	zstd->context = ZSTD_createDCtx();
	if (!zstd->context) {
		stream_free(&zstd->base.stream);
		return error_oom(err);
	}
	n = ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	if (ZSTD_isError(n)) {
		stream_free(&zstd->base.stream);
		return zstd_error(n, err);
	}
	*ret = &zstd->base.stream;
	return 0;
}
