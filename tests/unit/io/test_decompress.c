/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every format: pieces of every size, every truncation, every flipped byte, members and frames in a
 * row, padding and garbage behind them, caps.
 */
#include "pieces.h"

#include "io/decompress.h"
#include "oom.h"

#define LINE   "root out of containers\n"
#define REPEAT 200
#define BODY   (REPEAT * (sizeof(LINE) - 1))

/* BODY as gzip -9 -n, zstd -19, bzip2, xz --check=crc32 and lz4 -9 wrote it. */
static const uint8_t body_gzip[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc8, 0xb1, 0x09,
	0xc0, 0x20, 0x10, 0x00, 0xc0, 0xde, 0x29, 0x5c, 0x4d, 0x82, 0x42, 0x1a, 0x1f, 0x3e,
	0xba, 0xbf, 0x59, 0x43, 0xb8, 0xe2, 0x9a, 0xcb, 0x88, 0x55, 0x63, 0xff, 0x46, 0x7d,
	0x62, 0xae, 0xf6, 0xce, 0x9e, 0x5f, 0x49, 0xad, 0xb5, 0xd6, 0x5a, 0x6b, 0xad, 0xb5,
	0xd6, 0x5a, 0x6b, 0x7d, 0x77, 0x1f, 0xc3, 0xb2, 0x50, 0xda, 0xf8, 0x11, 0x00, 0x00,
};

static const uint8_t body_zstd[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68, 0xfd, 0x00, 0x00, 0xb8, 0x72, 0x6f, 0x6f, 0x74, 0x20,
	0x6f, 0x75, 0x74, 0x20, 0x6f, 0x66, 0x20, 0x63, 0x6f, 0x6e, 0x74, 0x61, 0x69, 0x6e, 0x65,
	0x72, 0x73, 0x0a, 0x01, 0x00, 0xbd, 0x43, 0xfb, 0xd9, 0x04, 0x4a, 0xde, 0x7a, 0x57,
};

static const uint8_t body_bzip2[] = {
	0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xc9, 0x3d, 0xa3, 0x4a, 0x00,
	0x06, 0xa3, 0xd1, 0x80, 0x00, 0x10, 0x40, 0x00, 0x2b, 0x21, 0x9e, 0x00, 0x20, 0x00, 0x90,
	0x20, 0x1a, 0x00, 0x0a, 0x55, 0x19, 0x43, 0x62, 0x9b, 0x62, 0x2f, 0xa2, 0x2e, 0x0a, 0x46,
	0x44, 0x5a, 0x11, 0x6c, 0x45, 0xf8, 0x45, 0xb1, 0x17, 0x62, 0x2c, 0x88, 0xb4, 0x22, 0xe0,
	0x8b, 0x02, 0x2c, 0x08, 0xb6, 0x22, 0xe0, 0x8b, 0x22, 0x2f, 0xe2, 0x2f, 0x82, 0x2d, 0x08,
	0xba, 0x11, 0x7a, 0x2e, 0xe4, 0x8a, 0x70, 0xa1, 0x21, 0x92, 0x7b, 0x46, 0x94,
};

static const uint8_t body_xz[] = {
	0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00,
	0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0xe0, 0x11, 0xf7, 0x00,
	0x32, 0x5d, 0x00, 0x39, 0x1b, 0xec, 0xe8, 0x20, 0x2f, 0x90, 0x5a, 0x75, 0x82, 0x80,
	0x30, 0xc3, 0x59, 0x97, 0x87, 0xa9, 0x89, 0x3c, 0xf7, 0x2b, 0x9a, 0xab, 0x58, 0x33,
	0x35, 0xe3, 0x57, 0x64, 0x30, 0x0f, 0x27, 0xd0, 0xe6, 0x1b, 0x8a, 0xf7, 0xca, 0x41,
	0x9e, 0x80, 0x2c, 0x2b, 0xcb, 0x2e, 0xc9, 0xca, 0x0f, 0x40, 0x00, 0x00, 0x00, 0x00,
	0xc3, 0xb2, 0x50, 0xda, 0x00, 0x01, 0x4a, 0xf8, 0x23, 0x00, 0x00, 0x00, 0x9b, 0xe6,
	0x55, 0xa7, 0x3e, 0x30, 0x0d, 0x8b, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
};

static const uint8_t body_lz4[] = {
	0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0x33, 0x00, 0x00, 0x00, 0xff, 0x08, 0x72,
	0x6f, 0x6f, 0x74, 0x20, 0x6f, 0x75, 0x74, 0x20, 0x6f, 0x66, 0x20, 0x63, 0x6f, 0x6e,
	0x74, 0x61, 0x69, 0x6e, 0x65, 0x72, 0x73, 0x0a, 0x17, 0x00, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xda,
	0x50, 0x6e, 0x65, 0x72, 0x73, 0x0a, 0x00, 0x00, 0x00, 0x00, 0xf7, 0xd1, 0xf9, 0x04,
};

#define BLOB(name) name, sizeof(name)

static const struct blob {
	const char *name;
	enum compression compression;
	const uint8_t *data;
	size_t size;
} blobs[] = {
	{"gzip", COMPRESSION_GZIP, BLOB(body_gzip)},    {"zstd", COMPRESSION_ZSTD, BLOB(body_zstd)},
	{"bzip2", COMPRESSION_BZIP2, BLOB(body_bzip2)}, {"xz", COMPRESSION_XZ, BLOB(body_xz)},
	{"lz4", COMPRESSION_LZ4, BLOB(body_lz4)},
};

static const size_t piece_sizes[] = {1, 2, 3, 5, 17, 1000};
static char body[BODY];

static int inflate(enum compression compression, const void *data, size_t size, size_t piece,
		   uint64_t max, struct strbuf *out, struct error *err)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct stream *source = pieces_open(data, size, piece, 0);
	int r;

	if (!source)
		return -ENOMEM;
	r = stream_decompress(source, compression, max, "layer-bytes", &stream, err);
	if (r < 0)
		return r;
	r = read_all(stream, out, err);
	if (r == 0) {
		struct chunk *chunk;

		/* The end is the end, and the source was read to its own. */
		assert_int_equal(stream_next(stream, &chunk, err), 0);
		assert_int_equal(stream->position, out->len);
	}
	return r;
}

/* `times` bodies come out. */
static void assert_inflates(const struct blob *blob, const struct strbuf *data, size_t times)
{
	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct strbuf out = STRBUF_INIT(SIZE_MAX);
		struct error err = {};

		if (inflate(blob->compression, data->data, data->len, piece_sizes[i], UINT64_MAX,
			    &out, &err) < 0)
			fail_msg("%s in pieces of %zu: %s", blob->name, piece_sizes[i],
				 err.message);
		assert_int_equal(out.len, times * BODY);
		for (size_t j = 0; j < times; j++)
			assert_memory_equal(out.data + j * BODY, body, BODY);
		strbuf_clear(&out);
	}
}

static void assert_refused(const struct blob *blob, const struct strbuf *data, const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct strbuf out = STRBUF_INIT(SIZE_MAX);
		struct error err = {};
		int r = inflate(blob->compression, strbuf_string(data), data->len, piece_sizes[i],
				UINT64_MAX, &out, &err);

		if (r != -EBADMSG || !strstr(err.message, message))
			fail_msg("%s in pieces of %zu: %d %s", blob->name, piece_sizes[i], r,
				 err.message);
		strbuf_clear(&out);
	}
}

static void add(struct strbuf *buf, const void *data, size_t size)
{
	assert_int_equal(strbuf_add(buf, data, size), 0);
}

static void test_whole(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		struct strbuf data = STRBUF_INIT(SIZE_MAX);

		add(&data, blobs[i].data, blobs[i].size);
		assert_inflates(&blobs[i], &data, 1);
		strbuf_clear(&data);
	}
}

/* Members in a row, wherever the pieces are cut. */
static void test_concatenated(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		struct strbuf data = STRBUF_INIT(SIZE_MAX);

		for (int n = 0; n < 3; n++)
			add(&data, blobs[i].data, blobs[i].size);
		assert_inflates(&blobs[i], &data, 3);
		for (size_t piece = 1; piece < data.len; piece++) {
			struct strbuf out = STRBUF_INIT(SIZE_MAX);

			assert_int_equal(inflate(blobs[i].compression, data.data, data.len, piece,
						 3 * BODY, &out, NULL),
					 0);
			assert_int_equal(out.len, 3 * BODY);
			strbuf_clear(&out);
		}
		strbuf_clear(&data);
	}
}

static void test_truncated(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		for (size_t size = 0; size < blobs[i].size; size++) {
			struct strbuf data = STRBUF_INIT(SIZE_MAX);

			add(&data, blobs[i].data, size);
			assert_refused(&blobs[i], &data, "truncated");
			strbuf_clear(&data);
		}
	}
}

/* The same behind a member that is whole. */
static void test_truncated_later(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		for (size_t size = 1; size < blobs[i].size; size++) {
			struct strbuf data = STRBUF_INIT(SIZE_MAX);

			add(&data, blobs[i].data, blobs[i].size);
			add(&data, blobs[i].data, size);
			assert_refused(&blobs[i], &data, "");
			strbuf_clear(&data);
		}
	}
}

/* Whatever bit is flipped, wrong data never comes out as if it were right. */
static void test_flipped(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		_cleanup_free_ uint8_t *copy = malloc(blobs[i].size);

		memcpy(copy, blobs[i].data, blobs[i].size);
		for (size_t bit = 0; bit < 8 * blobs[i].size; bit++) {
			struct strbuf out = STRBUF_INIT(1 << 20);
			int r;

			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
			r = inflate(blobs[i].compression, copy, blobs[i].size, 1000, 1 << 20, &out,
				    NULL);
			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (r == 0 && (out.len != BODY || memcmp(out.data, body, BODY) != 0))
				fail_msg("%s: bit %zu goes unnoticed", blobs[i].name, bit);
			assert_true(r == 0 || r == -EBADMSG || r == -E2BIG);
			strbuf_clear(&out);
		}
	}
}

static void test_garbage_behind(void **state)
{
	static const char *const garbage[] = {"x", "garbage", "\x1f\x8b", "\x28\xb5", "BZ", "\xfd"};

	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(garbage); j++) {
			struct strbuf data = STRBUF_INIT(SIZE_MAX);

			add(&data, blobs[i].data, blobs[i].size);
			add(&data, garbage[j], strlen(garbage[j]));
			assert_refused(&blobs[i], &data, "");
			strbuf_clear(&data);
		}
	}
}

static void test_gzip_padding(void **state)
{
	static const uint8_t zeros[2000];
	struct strbuf data = STRBUF_INIT(SIZE_MAX);

	add(&data, body_gzip, sizeof(body_gzip));
	add(&data, zeros, 1);
	assert_inflates(&blobs[0], &data, 1);
	add(&data, zeros, sizeof(zeros));
	assert_inflates(&blobs[0], &data, 1);
	/* Nothing can stand behind padding, not even a member. */
	add(&data, body_gzip, sizeof(body_gzip));
	assert_refused(&blobs[0], &data, "trailing garbage");
	strbuf_clear(&data);

	add(&data, zeros, sizeof(zeros));
	assert_refused(&blobs[0], &data, "malformed gzip header");
	strbuf_clear(&data);
}

static void add_le(struct strbuf *buf, uint32_t value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(value >> 8 * i);

		add(buf, &byte, 1);
	}
}

/* CRC-32 of RFC 1952 section 8, the slow way. */
static uint32_t crc32_of(const uint8_t *data, size_t size)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* A member of one stored block; flags and what they announce come before it. */
static void add_stored(struct strbuf *buf, uint8_t flags, const void *extra, size_t n_extra,
		       const char *text)
{
	size_t size = strlen(text);

	add(buf, "\x1f\x8b\x08", 3);
	add(buf, &flags, 1);
	add(buf, "\0\0\0\0\0\xff", 6);
	add(buf, extra, n_extra);
	add(buf, "\x01", 1);
	add_le(buf, (uint32_t)size, 2);
	add_le(buf, ~(uint32_t)size & 0xffff, 2);
	add(buf, text, size);
	add_le(buf, crc32_of((const uint8_t *)text, size), 4);
	add_le(buf, (uint32_t)size, 4);
}

static void assert_text(const struct strbuf *data, size_t piece, const char *expected)
{
	struct strbuf out = STRBUF_INIT(SIZE_MAX);
	struct error err = {};

	if (inflate(COMPRESSION_GZIP, data->data, data->len, piece, UINT64_MAX, &out, &err) < 0)
		fail_msg("pieces of %zu: %s", piece, err.message);
	assert_string_equal(strbuf_string(&out), expected);
	strbuf_clear(&out);
}

/* eStargz: a member a file, an extra field in the last; names, comments and header checksums. */
static void test_gzip_members(void **state)
{
	struct strbuf data = STRBUF_INIT(SIZE_MAX);

	add_stored(&data, 0, "", 0, "a");
	add_stored(&data, 0, "", 0, "");
	add_stored(&data, 4, "\x03\0abc", 5, "b");
	add_stored(&data, 8, "name", 5, "c");
	add_stored(&data, 16, "comment", 8, "d");
	add_stored(&data, 28, "\x02\0xyn\0c", 8, "e");
	add_stored(&data, 0, "", 0, "");
	for (size_t piece = 1; piece <= data.len; piece++)
		assert_text(&data, piece, "abcde");
	strbuf_clear(&data);
}

static void test_gzip_header_crc(void **state)
{
	static const uint8_t header[] = {0x1f, 0x8b, 8, 2 | 8, 0, 0, 0, 0, 0, 0xff, 'n', 0};
	uint32_t crc = crc32_of(header, sizeof(header));
	uint8_t extra[] = {'n', 0, (uint8_t)crc, (uint8_t)(crc >> 8)};
	struct strbuf data = STRBUF_INIT(SIZE_MAX);

	for (int i = 0; i < 2; i++)
		add_stored(&data, 2 | 8, extra, sizeof(extra), "x");
	for (size_t piece = 1; piece <= data.len; piece++)
		assert_text(&data, piece, "xx");
	strbuf_clear(&data);
	extra[3] ^= 1;
	add_stored(&data, 2 | 8, extra, sizeof(extra), "x");
	assert_refused(&blobs[0], &data, "header checksum");
	strbuf_clear(&data);
}

static void test_gzip_many_empty(void **state)
{
	struct strbuf data = STRBUF_INIT(SIZE_MAX);

	for (int i = 0; i < 20000; i++)
		add_stored(&data, 0, "", 0, "");
	add_stored(&data, 0, "", 0, "end");
	assert_text(&data, CHUNK_SIZE, "end");
	strbuf_clear(&data);
}

static void test_gzip_checksums(void **state)
{
	static const struct {
		size_t from_end;
		const char *message;
	} rows[] = {{8, "checksum"}, {5, "checksum"}, {4, "checksum"}, {1, "checksum"}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* In the last member and in one before. */
		for (int more = 0; more < 2; more++) {
			struct strbuf data = STRBUF_INIT(SIZE_MAX);

			add(&data, body_gzip, sizeof(body_gzip));
			data.data[data.len - rows[i].from_end] ^= 0x40;
			if (more)
				add(&data, body_gzip, sizeof(body_gzip));
			assert_refused(&blobs[0], &data, rows[i].message);
			strbuf_clear(&data);
		}
	}
}

/* A frame of `n` blocks that each repeat a byte 128 KiB times (RFC 8878 section 3.1.1.2.2). */
static void add_zstd_bomb(struct strbuf *buf, uint8_t window, int n)
{
	add(buf, "\x28\xb5\x2f\xfd\x00", 5);
	add(buf, &window, 1);
	for (int i = 0; i < n; i++) {
		add_le(buf, (128u << 10 << 3) | 1 << 1 | (i == n - 1), 3);
		add(buf, "z", 1);
	}
}

#define WINDOW_MIB(log) (uint8_t)(((log)-10) << 3)

static void test_caps(void **state)
{
	static const struct {
		size_t blocks;
		uint64_t max;
		int expected;
	} rows[] = {
		{1, 128 << 10, 0},           {1, (128 << 10) - 1, -E2BIG}, {16, 2 << 20, 0},
		{16, (2 << 20) - 1, -E2BIG}, {10000, 1 << 20, -E2BIG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf data = STRBUF_INIT(SIZE_MAX), out = STRBUF_INIT(SIZE_MAX);
		struct error err = {};

		add_zstd_bomb(&data, WINDOW_MIB(20), (int)rows[i].blocks);
		assert_int_equal(inflate(COMPRESSION_ZSTD, data.data, data.len, CHUNK_SIZE,
					 rows[i].max, &out, &err),
				 rows[i].expected);
		assert_true(out.len <= rows[i].max);
		if (rows[i].expected < 0)
			assert_non_null(strstr(err.message, "layer-bytes"));
		strbuf_clear(&out);
		strbuf_clear(&data);
	}
}

static void test_caps_everywhere(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		struct strbuf out = STRBUF_INIT(SIZE_MAX);

		assert_int_equal(inflate(blobs[i].compression, blobs[i].data, blobs[i].size, 1000,
					 BODY, &out, NULL),
				 0);
		assert_int_equal(inflate(blobs[i].compression, blobs[i].data, blobs[i].size, 1000,
					 BODY - 1, &out, NULL),
				 -E2BIG);
		strbuf_clear(&out);
	}
}

static void test_zstd_window(void **state)
{
	struct strbuf data = STRBUF_INIT(SIZE_MAX), out = STRBUF_INIT(SIZE_MAX);
	struct error err = {};

	add_zstd_bomb(&data, WINDOW_MIB(27), 1);
	assert_int_equal(inflate(COMPRESSION_ZSTD, data.data, data.len, 1000, UINT64_MAX, &out,
				 &err),
			 0);
	strbuf_clear(&data);
	add_zstd_bomb(&data, WINDOW_MIB(28), 1);
	assert_int_equal(inflate(COMPRESSION_ZSTD, data.data, data.len, 1000, UINT64_MAX, &out,
				 &err),
			 -E2BIG);
	assert_non_null(strstr(err.message, "128 MiB"));
	strbuf_clear(&data);
	strbuf_clear(&out);
}

/* zstd:chunked: skippable frames before, between and behind. */
static void test_zstd_skippable(void **state)
{
	static const char skippable[] = "\x5a\x2a\x4d\x18\x04\0\0\0skip";
	struct strbuf data = STRBUF_INIT(SIZE_MAX);

	for (int i = 0; i < 2; i++) {
		add(&data, skippable, sizeof(skippable) - 1);
		add(&data, body_zstd, sizeof(body_zstd));
	}
	add(&data, skippable, sizeof(skippable) - 1);
	assert_inflates(&blobs[1], &data, 2);
	assert_int_equal(compression_detect((const uint8_t *)data.data, 6), COMPRESSION_ZSTD);
	data.len -= 1;
	assert_refused(&blobs[1], &data, "truncated");
	strbuf_clear(&data);
}

/* What comes out is not unpacked again, whatever it looks like. */
static void test_not_nested(void **state)
{
	static const uint8_t lz4_of_gzip_magic[] = {
		0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, /* frame header */
		0x03, 0x00, 0x00, 0x80, 0x1f, 0x8b, 0x08, /* three stored bytes */
		0x00, 0x00, 0x00, 0x00,                   /* end mark */
	};
	struct strbuf out = STRBUF_INIT(SIZE_MAX);

	assert_int_equal(inflate(COMPRESSION_LZ4, BLOB(lz4_of_gzip_magic), 1000, UINT64_MAX, &out,
				 NULL),
			 0);
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.data, "\x1f\x8b\x08", 3);
	strbuf_clear(&out);
}

static void test_detect(void **state)
{
	static const struct {
		const char *data;
		size_t size;
		enum compression expected;
	} rows[] = {
		{"", 0, COMPRESSION_NONE},
		{"\x1f\x8b\x08", 3, COMPRESSION_GZIP},
		{"\x1f\x8b\x07", 3, COMPRESSION_NONE},
		{"\x1f\x8b", 2, COMPRESSION_NONE},
		{"\x28\xb5\x2f\xfd", 4, COMPRESSION_ZSTD},
		{"\x28\xb5\x2f", 3, COMPRESSION_NONE},
		{"\x50\x2a\x4d\x18", 4, COMPRESSION_ZSTD},
		{"\x5f\x2a\x4d\x18", 4, COMPRESSION_ZSTD},
		{"\x60\x2a\x4d\x18", 4, COMPRESSION_NONE},
		{"BZh9", 4, COMPRESSION_BZIP2},
		{"BZ9h", 4, COMPRESSION_NONE},
		{"\xfd\x37zXZ\0", 6, COMPRESSION_XZ},
		{"\xfd\x37zXZ", 5, COMPRESSION_NONE},
		{"\x04\x22\x4d\x18", 4, COMPRESSION_LZ4},
		{"\0\0\0\0\0\0", 6, COMPRESSION_NONE},
		{"passwd", 6, COMPRESSION_NONE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(compression_detect((const uint8_t *)rows[i].data, rows[i].size),
				 rows[i].expected);
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		assert_int_equal(compression_detect(blobs[i].data, blobs[i].size),
				 blobs[i].compression);
		assert_string_equal(compression_name(blobs[i].compression), blobs[i].name);
	}
	assert_string_equal(compression_name(COMPRESSION_NONE), "none");
}

static void test_auto(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(piece_sizes); j++) {
			_cleanup_(stream_freep) struct stream *stream = NULL;
			struct strbuf out = STRBUF_INIT(SIZE_MAX);
			enum compression compression;

			assert_int_equal(stream_decompress_auto(pieces_open(blobs[i].data,
									    blobs[i].size,
									    piece_sizes[j], 0),
								BODY, "x", &compression, &stream,
								NULL),
					 0);
			assert_int_equal(compression, blobs[i].compression);
			assert_int_equal(read_all(stream, &out, NULL), 0);
			assert_memory_equal(out.data, body, BODY);
			strbuf_clear(&out);
		}
	}
}

/* What is not compressed comes through as it is, however short. */
static void test_auto_plain(void **state)
{
	for (size_t size = 0; size < 20; size++) {
		for (size_t piece = 1; piece < 8; piece++) {
			_cleanup_(stream_freep) struct stream *stream = NULL;
			struct strbuf out = STRBUF_INIT(SIZE_MAX);

			assert_int_equal(stream_decompress_auto(pieces_open(body, size, piece, 0),
								100, "x", NULL, &stream, NULL),
					 0);
			assert_int_equal(read_all(stream, &out, NULL), 0);
			assert_int_equal(out.len, size);
			assert_int_equal(stream->position, size);
			if (size > 0)
				assert_memory_equal(out.data, body, size);
			strbuf_clear(&out);
		}
	}
}

/* Skipping works behind the bytes that were peeked at. */
static void test_auto_skip(void **state)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct stream *source = pieces_open(body, BODY, 100, 0);
	struct chunk *chunk;

	pieces_allow_skip(source, true);
	assert_int_equal(stream_decompress_auto(source, 100, "x", NULL, &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, 50, NULL), 0);
	assert_int_equal(stream_next(stream, &chunk, NULL), 1);
	assert_int_equal(chunk->size, 100);
	chunk_unref(chunk);
	assert_int_equal(stream_skip(stream, 50, NULL), 50);
	assert_int_equal(stream_next(stream, &chunk, NULL), 1);
	assert_memory_equal(chunk->data, body + 150, 100);
	chunk_unref(chunk);
}

/* The source's own error comes out, not one about compression. */
static void test_source_breaks(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		for (size_t size = 0; size <= blobs[i].size; size++) {
			_cleanup_(stream_freep) struct stream *stream = NULL;
			struct strbuf out = STRBUF_INIT(SIZE_MAX);
			struct error err = {};
			int r = stream_decompress(pieces_open(blobs[i].data, size, 7, -EIO),
						  blobs[i].compression, BODY, "x", &stream, &err);

			if (r == 0)
				r = read_all(stream, &out, &err);
			assert_int_equal(r, -EIO);
			assert_string_equal(err.message, "source broke");
			strbuf_clear(&out);
		}
	}
}

static int sweep(const struct blob *blob)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct stream *source = pieces_open(blob->data, blob->size, 3, 0);
	struct chunk *chunk;
	int r;

	if (!source)
		return -ENOMEM;
	r = stream_decompress_auto(source, BODY, "x", NULL, &stream, NULL);
	while (r >= 0 && (r = stream_next(stream, &chunk, NULL)) > 0)
		chunk_unref(chunk);
	return r;
}

static void test_oom(void **state)
{
	struct chunk *held[64];

	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		held[i] = chunk_new();
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++)
		OOM_SWEEP(sweep(&blobs[i]), (void)0);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		chunk_unref(held[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),           cmocka_unit_test(test_concatenated),
		cmocka_unit_test(test_truncated),       cmocka_unit_test(test_truncated_later),
		cmocka_unit_test(test_flipped),         cmocka_unit_test(test_garbage_behind),
		cmocka_unit_test(test_gzip_padding),    cmocka_unit_test(test_gzip_members),
		cmocka_unit_test(test_gzip_header_crc), cmocka_unit_test(test_gzip_many_empty),
		cmocka_unit_test(test_gzip_checksums),  cmocka_unit_test(test_caps),
		cmocka_unit_test(test_caps_everywhere), cmocka_unit_test(test_zstd_window),
		cmocka_unit_test(test_zstd_skippable),  cmocka_unit_test(test_not_nested),
		cmocka_unit_test(test_detect),          cmocka_unit_test(test_auto),
		cmocka_unit_test(test_auto_plain),      cmocka_unit_test(test_auto_skip),
		cmocka_unit_test(test_source_breaks),   cmocka_unit_test(test_oom),
	};

	for (size_t i = 0; i < REPEAT; i++)
		memcpy(body + i * (sizeof(LINE) - 1), LINE, sizeof(LINE) - 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
