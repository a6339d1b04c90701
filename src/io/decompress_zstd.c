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

struct zstd {
	struct decompressor base;
	ZSTD_DCtx *context;
};

/* A frame that starts with no known magic is garbage when another frame came before it. */
static int zstd_error(const struct decompressor *base, size_t code, struct error *err)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_memory_allocation:
		return error_oom(err);
	case ZSTD_error_frameParameter_windowTooLarge:
		return error_set(err, -E2BIG, "zstd frame needs a window of more than %d MiB",
				 1 << (WINDOW_LOG_MAX - 20));
	case ZSTD_error_prefix_unknown:
		return base->complete ? decompress_garbage(base, err)
				      : decompress_malformed(base, err);
	default:
		return error_set(err, -EBADMSG, "malformed zstd data: %s", ZSTD_getErrorName(code));
	}
}

static int zstd_step(struct decompressor *base, uint8_t *room, size_t size, size_t *ret_size,
		     struct error *err)
{
	struct zstd *zstd = (struct zstd *)base;
	ZSTD_inBuffer in = {.src = base->at, .size = base->left};
	ZSTD_outBuffer out = {.dst = room, .size = size};
	size_t n = ZSTD_decompressStream(zstd->context, &out, &in);

	if (ZSTD_isError(n))
		return zstd_error(base, n, err);
	base->at += in.pos;
	base->left -= in.pos;
	base->complete = n == 0; /* then everything was flushed, too */
	*ret_size = out.pos;
	return 0;
}

static void zstd_close(struct decompressor *base)
{
	ZSTD_freeDCtx(((struct zstd *)base)->context);
}

static int zstd_open(struct decompressor *base, struct error *err)
{
	struct zstd *zstd = (struct zstd *)base;
	size_t n;

	zstd->context = ZSTD_createDCtx();
	if (!zstd->context)
		return error_oom(err);
	n = ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return ZSTD_isError(n) ? zstd_error(base, n, err) : 0;
}

const struct codec codec_zstd = {
	.name = "zstd",
	.size = sizeof(struct zstd),
	.open = zstd_open,
	.step = zstd_step,
	.close = zstd_close,
};
