/* SPDX-License-Identifier: Apache-2.0 */
/* lz4 frames (LZ4 Frame Format 1.6) by liblz4, loaded when met: frames in a row, nothing else. */
#include <errno.h>
#include <lz4frame.h>

#include "io/decompress_internal.h"
#include "io/library.h"

static struct {
	__typeof__(LZ4F_createDecompressionContext) *create;
	__typeof__(LZ4F_freeDecompressionContext) *free;
	__typeof__(LZ4F_decompress) *decompress;
	__typeof__(LZ4F_isError) *is_error;
	__typeof__(LZ4F_getErrorName) *error_name;
} functions;

static const struct library_symbol symbols[] = {
	{"LZ4F_createDecompressionContext", &functions.create},
	{"LZ4F_freeDecompressionContext", &functions.free},
	{"LZ4F_decompress", &functions.decompress},
	{"LZ4F_isError", &functions.is_error},
	{"LZ4F_getErrorName", &functions.error_name},
};

static struct library library = LIBRARY("liblz4.so.1", symbols);

struct lz4 {
	struct decompressor base;
	LZ4F_dctx *context;
};

static int lz4_open(struct decompressor *base, struct error *err)
{
	struct lz4 *lz4 = (struct lz4 *)base;
	int r;

	r = library_load(&library, err);
	if (r < 0)
		return r;
	if (functions.is_error(functions.create(&lz4->context, LZ4F_VERSION)))
		return error_oom(err);
	return 0;
}

static void lz4_close(struct decompressor *base)
{
	struct lz4 *lz4 = (struct lz4 *)base;

	if (lz4->context)
		functions.free(lz4->context);
}

static int lz4_step(struct decompressor *base, uint8_t *room, size_t size, size_t *ret_size,
		    struct error *err)
{
	struct lz4 *lz4 = (struct lz4 *)base;
	size_t taken = base->left, n;

	n = functions.decompress(lz4->context, room, &size, base->at, &taken, NULL);
	if (functions.is_error(n))
		return error_set(err, -EBADMSG, "%s lz4 data: %s",
				 base->complete ? "trailing garbage behind the" : "malformed",
				 functions.error_name(n));
	base->at += taken;
	base->left -= taken;
	base->complete = n == 0;
	*ret_size = size;
	return 0;
}

const struct codec codec_lz4 = {
	.name = "lz4",
	.size = sizeof(struct lz4),
	.open = lz4_open,
	.step = lz4_step,
	.close = lz4_close,
};
