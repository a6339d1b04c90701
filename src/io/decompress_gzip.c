/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip (RFC 1952) by ISA-L: members in a row, each with its header, CRC-32 and length checked. As
 * gzip(1) and pigz do (the engines run the latter where it is installed), zeros behind the last
 * member are padding; anything else there is malformed, as Go's compress/gzip has it.
 */
#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <string.h>

#include "io/decompress_internal.h"

enum gzip_at {
	GZIP_BETWEEN, /* before a member's first byte */
	GZIP_INSIDE,
	GZIP_END,
};

struct stream_gzip {
	struct decompressor base;
	enum gzip_at at;
	bool drained; /* ISA-L holds no output back: it wants input */
	uint64_t members;
	struct inflate_state state;
};

static int gzip_error(int code, struct error *err)
{
	switch (code) {
	case ISAL_INVALID_WRAPPER:
		return error_set(err, -EBADMSG, "malformed gzip header");
	case ISAL_UNSUPPORTED_METHOD:
		return error_set(err, -EBADMSG, "gzip compression method is not deflate");
	case ISAL_INCORRECT_CHECKSUM:
		return error_set(err, -EBADMSG, "gzip checksum or length does not match the data");
	default:
		return error_set(err, -EBADMSG, "malformed gzip data");
	}
}

/* The rest is zeros, or it is not gzip. */
static int gzip_padding(struct stream_gzip *gzip, struct error *err)
{
	struct decompressor *base = &gzip->base;
	int r = 1;

	while (r > 0) {
		const uint8_t *at = base->at;

		if (at[0] != 0 || memcmp(at, at + 1, base->left - 1) != 0)
			return error_set(err, -EBADMSG, "trailing garbage behind the gzip data");
		base->left = 0;
		r = decompressor_fill(base, err);
	}
	if (r == 0)
		gzip->at = GZIP_END;
	return r;
}

/* Looks for the next member: starts it, or finds the end. */
static int gzip_begin(struct stream_gzip *gzip, struct error *err)
{
	struct decompressor *base = &gzip->base;

	if (base->left == 0) {
		int r = decompressor_fill(base, err);

		if (r < 0)
			return r;
		if (r == 0 && gzip->members == 0)
			return decompressor_truncated("gzip", err);
		if (r == 0) {
			gzip->at = GZIP_END;
			return 0;
		}
	}
	if (gzip->members > 0 && base->at[0] == 0)
		return gzip_padding(gzip, err);
	if (gzip->members > 0 && base->at[0] != 0x1f)
		return error_set(err, -EBADMSG, "trailing garbage behind the gzip data");

	isal_inflate_reset(&gzip->state);
	gzip->state.crc_flag = ISAL_GZIP; /* reset by the library with each trailer */
	gzip->members++;
	gzip->drained = true;
	gzip->at = GZIP_INSIDE;
	return 0;
}

/* One step of the current member, into what room the output has. */
static int gzip_inflate(struct stream_gzip *gzip, struct error *err)
{
	struct decompressor *base = &gzip->base;
	struct inflate_state *state = &gzip->state;
	int r;

	if (gzip->drained && base->left == 0) {
		r = decompressor_fill(base, err);
		if (r < 0)
			return r;
		if (r == 0)
			return decompressor_truncated("gzip", err);
	}

	state->next_in = (uint8_t *)base->at;
	state->avail_in = (uint32_t)base->left;
	r = isal_inflate(state);
	if (r < 0)
		return gzip_error(r, err);
	if (r == ISAL_NEED_DICT)
		return error_set(err, -EBADMSG, "malformed gzip data");

	base->at = state->next_in;
	base->left = state->avail_in;
	gzip->drained = state->avail_out > 0;
	if (state->block_state == ISAL_BLOCK_FINISH)
		gzip->at = GZIP_BETWEEN;
	return 0;
}

static int gzip_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct stream_gzip *gzip = (struct stream_gzip *)stream;
	_cleanup_(chunk_unrefp) struct chunk *chunk = NULL;

	if (gzip->at == GZIP_END)
		return 0;
	chunk = chunk_new();
	if (!chunk)
		return error_oom(err);

	gzip->state.next_out = chunk_buffer(chunk);
	gzip->state.avail_out = CHUNK_SIZE;
	while (gzip->at != GZIP_END && gzip->state.avail_out > 0) {
		int r = gzip->at == GZIP_BETWEEN ? gzip_begin(gzip, err) : gzip_inflate(gzip, err);

		if (r < 0)
			return r;
	}
	return decompressor_emit(&gzip->base, TAKE(chunk), CHUNK_SIZE - gzip->state.avail_out, ret,
				 err);
}

static void gzip_free(struct stream *stream)
{
	struct stream_gzip *gzip = (struct stream_gzip *)stream;

	decompressor_clear(&gzip->base);
	free(gzip);
}

static const struct stream_class gzip_class = {.name = "gzip",
					       .next = gzip_next,
					       .free = gzip_free};

int decompress_gzip_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
			 struct error *err)
{
	struct stream_gzip *gzip = calloc(1, sizeof(*gzip));

	if (!gzip) {
		stream_free(source);
		return error_oom(err);
	}
	gzip->base = (struct decompressor){.stream.class = &gzip_class,
					   .source = source,
					   .max = max,
					   .what = what};
	isal_inflate_init(&gzip->state);
	*ret = &gzip->base.stream;
	return 0;
}
