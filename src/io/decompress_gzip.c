/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip (RFC 1952) by ISA-L: members in a row, each with its header, CRC-32 and length checked. As
 * gzip(1) and pigz do (the engines run the latter where it is installed), zeros behind the last
 * member are padding; anything else there is malformed, as Go's compress/gzip has it. Headers are
 * read here, for ISA-L 2.30 takes some wrongly that two buffers share.
 */
#include <assert.h>
#include <errno.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include "io/decompress_internal.h"

/* RFC 1952 section 2.3.1. */
#define FLAG_HEADER_CRC 0x02
#define FLAG_EXTRA      0x04
#define FLAG_NAME       0x08
#define FLAG_COMMENT    0x10
#define FIXED_SIZE      10

enum gzip_at {
	GZIP_FIXED, /* magic, method, flags, time, system */
	GZIP_EXTRA_SIZE,
	GZIP_EXTRA,
	GZIP_NAME,
	GZIP_COMMENT,
	GZIP_HEADER_CRC,
	GZIP_DATA, /* and the trailer */
	GZIP_PADDING,
};

struct gzip {
	struct decompressor base;
	enum gzip_at at;
	uint8_t flags;
	uint32_t n;     /* bytes of this part that were seen */
	uint32_t value; /* little-endian number that this part holds */
	uint32_t crc;   /* of the header so far */
	uint32_t header_crc;
	bool not_first;
	struct inflate_state state;
};

/* The next part of the header that there is, behind `at`. */
static void gzip_advance(struct gzip *gzip)
{
	static const uint8_t needs[] = {[GZIP_EXTRA_SIZE] = FLAG_EXTRA,
					[GZIP_EXTRA] = FLAG_EXTRA,
					[GZIP_NAME] = FLAG_NAME,
					[GZIP_COMMENT] = FLAG_COMMENT,
					[GZIP_HEADER_CRC] = FLAG_HEADER_CRC};

	assert(gzip->at < GZIP_DATA);
	do
		gzip->at++;
	while (gzip->at < GZIP_DATA && !(gzip->flags & needs[gzip->at]));
	gzip->n = 0;
	if (gzip->at == GZIP_EXTRA && gzip->value == 0)
		gzip_advance(gzip);
	else if (gzip->at != GZIP_EXTRA)
		gzip->value = 0;
	if (gzip->at == GZIP_HEADER_CRC)
		gzip->header_crc = gzip->crc & 0xffff;
}

static int gzip_fixed(struct gzip *gzip, uint8_t byte, struct error *err)
{
	static const uint8_t magic[] = {0x1f, 0x8b, 8};

	if (gzip->n == 0 && gzip->not_first && byte == 0) {
		gzip->at = GZIP_PADDING;
		return 0;
	}
	if (gzip->n < 2 && byte != magic[gzip->n])
		return gzip->not_first ? decompress_garbage(&gzip->base, err)
				       : error_set(err, -EBADMSG, "malformed gzip header");
	if (gzip->n == 2 && byte != magic[2])
		return error_set(err, -EBADMSG, "gzip compression method is not deflate");
	if (gzip->n == 3)
		gzip->flags = byte;
	gzip->base.complete = false; /* a header promises data and a trailer */
	gzip->n++;
	if (gzip->n == FIXED_SIZE)
		gzip_advance(gzip);
	return 0;
}

/* One byte of a header. */
static int gzip_header(struct gzip *gzip, uint8_t byte, struct error *err)
{
	gzip->crc = crc32_gzip_refl(gzip->crc, &byte, 1);
	switch (gzip->at) {
	case GZIP_FIXED:
		return gzip_fixed(gzip, byte, err);
	case GZIP_EXTRA:
		gzip->n++;
		if (gzip->n == gzip->value)
			gzip_advance(gzip);
		return 0;
	case GZIP_NAME:
	case GZIP_COMMENT:
		if (byte == 0)
			gzip_advance(gzip);
		return 0;
	default: /* two bytes: the extra field's size, the header's CRC */
		gzip->value |= (uint32_t)byte << 8 * gzip->n++;
		if (gzip->n < 2)
			return 0;
		if (gzip->at == GZIP_HEADER_CRC && gzip->value != gzip->header_crc)
			return error_set(err, -EBADMSG, "gzip header checksum does not match");
		gzip_advance(gzip);
		return 0;
	}
}

/* Byte by byte: headers are short, and may be split between chunks anywhere. */
static int gzip_headers(struct gzip *gzip, struct error *err)
{
	struct decompressor *base = &gzip->base;

	while (base->left > 0 && gzip->at < GZIP_DATA) {
		int r = gzip_header(gzip, *base->at, err);

		if (r < 0)
			return r;
		base->at++;
		base->left--;
	}
	if (gzip->at == GZIP_DATA) {
		isal_inflate_reset(&gzip->state);
		gzip->state.crc_flag = ISAL_GZIP_NO_HDR_VER; /* which the reset forgets */
	}
	return 0;
}

/* Behind the last member; Go takes none of it for a member, and no other byte than zero. */
static int gzip_padding(struct decompressor *base, struct error *err)
{
	for (; base->left > 0; base->at++, base->left--) {
		if (*base->at != 0)
			return decompress_garbage(base, err);
	}
	return 0;
}

static int gzip_inflate(struct gzip *gzip, uint8_t *room, size_t size, size_t *ret_size,
			struct error *err)
{
	struct decompressor *base = &gzip->base;
	struct inflate_state *state = &gzip->state;
	int r;

	state->next_in = (uint8_t *)base->at;
	state->avail_in = (uint32_t)base->left;
	state->next_out = room;
	state->avail_out = (uint32_t)size;
	r = isal_inflate(state);
	if (r == ISAL_INCORRECT_CHECKSUM)
		return error_set(err, -EBADMSG, "gzip checksum or length does not match the data");
	if (r < 0 || r == ISAL_NEED_DICT)
		return decompress_malformed(base, err);

	base->at = state->next_in;
	base->left = state->avail_in;
	*ret_size = size - state->avail_out;
	if (state->block_state == ISAL_BLOCK_FINISH) {
		base->complete = true;
		gzip->at = GZIP_FIXED;
		gzip->n = gzip->crc = 0;
		gzip->not_first = true;
	}
	return 0;
}

static int gzip_step(struct decompressor *base, uint8_t *room, size_t size, size_t *ret_size,
		     struct error *err)
{
	struct gzip *gzip = (struct gzip *)base;

	if (gzip->at == GZIP_PADDING)
		return gzip_padding(base, err);
	if (gzip->at != GZIP_DATA)
		return gzip_headers(gzip, err);
	return gzip_inflate(gzip, room, size, ret_size, err);
}

static int gzip_open(struct decompressor *base, struct error *err)
{
	isal_inflate_init(&((struct gzip *)base)->state);
	return 0;
}

static void gzip_close(struct decompressor *base)
{
}

const struct codec codec_gzip = {
	.name = "gzip",
	.size = sizeof(struct gzip),
	.open = gzip_open,
	.step = gzip_step,
	.close = gzip_close,
};
