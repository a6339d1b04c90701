/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xz by liblzma, loaded when met: streams in a row, with zeros between and behind them (The .xz
 * File Format, section 2.2). At most 256 MiB of memory; xz -9 needs 65.
 */
#include <errno.h>
#include <lzma.h>

#include "io/decompress_internal.h"
#include "io/library.h"

#define MEMORY_MAX (256ULL << 20)

static struct {
	__typeof__(lzma_stream_decoder) *decoder;
	__typeof__(lzma_code) *code;
	__typeof__(lzma_end) *end;
} functions;

static const struct library_symbol symbols[] = {
	{"lzma_stream_decoder", &functions.decoder},
	{"lzma_code", &functions.code},
	{"lzma_end", &functions.end},
};

static struct library library = LIBRARY("liblzma.so.5", symbols);

struct xz {
	struct decompressor base;
	lzma_stream stream;
	bool between; /* streams */
};

static int xz_error(struct xz *xz, lzma_ret code, struct error *err)
{
	switch (code) {
	case LZMA_MEM_ERROR:
		return error_oom(err);
	case LZMA_MEMLIMIT_ERROR:
		return error_set(err, -E2BIG, "xz data needs more than %llu MiB of memory",
				 MEMORY_MAX >> 20);
	default:
		return decompress_malformed(&xz->base, err);
	}
}

/* Padding goes on, or the next stream begins. */
static int xz_between(struct xz *xz, struct error *err)
{
	struct decompressor *base = &xz->base;
	lzma_ret r;

	for (; base->left > 0 && *base->at == 0; base->left--)
		base->at++;
	if (base->left == 0)
		return 0;
	if (*base->at != 0xfd)
		return decompress_garbage(base, err);
	r = functions.decoder(&xz->stream, MEMORY_MAX, 0);
	if (r != LZMA_OK)
		return xz_error(xz, r, err);
	base->complete = xz->between = false;
	return 0;
}

static int xz_open(struct decompressor *base, struct error *err)
{
	struct xz *xz = (struct xz *)base;
	lzma_ret code;
	int r;

	r = library_load(&library, err);
	if (r < 0)
		return r;
	xz->stream = (lzma_stream)LZMA_STREAM_INIT;
	code = functions.decoder(&xz->stream, MEMORY_MAX, 0);
	return code == LZMA_OK ? 0 : xz_error(xz, code, err);
}

/* `end` is NULL when the library could not be loaded: then there is no stream either. */
static void xz_close(struct decompressor *base)
{
	struct xz *xz = (struct xz *)base;

	if (functions.end)
		functions.end(&xz->stream);
}

static int xz_step(struct decompressor *base, uint8_t *room, size_t size, size_t *ret_size,
		   struct error *err)
{
	struct xz *xz = (struct xz *)base;
	lzma_ret r;

	if (xz->between)
		return xz_between(xz, err);
	xz->stream.next_in = base->at;
	xz->stream.avail_in = base->left;
	xz->stream.next_out = room;
	xz->stream.avail_out = size;
	r = functions.code(&xz->stream, LZMA_RUN);
	/* LZMA_BUF_ERROR: no progress was possible; more input will come, or its end. */
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return xz_error(xz, r, err);

	base->at = xz->stream.next_in;
	base->left = xz->stream.avail_in;
	base->complete = xz->between = r == LZMA_STREAM_END;
	*ret_size = size - xz->stream.avail_out;
	return 0;
}

const struct codec codec_xz = {
	.name = "xz",
	.size = sizeof(struct xz),
	.open = xz_open,
	.step = xz_step,
	.close = xz_close,
};
