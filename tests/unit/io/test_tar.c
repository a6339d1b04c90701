/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: types, long names, ends good and bad, bodies that are read, dropped or skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oom.h"
#include "tar_build.h"

static void test_empty(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	assert_reads(&archive, "end");
	add_end(&archive);
	assert_reads(&archive, "end");
}

static void test_types(void **state)
{
	static const struct {
		struct member member;
		const char *expected;
	} rows[] = {
		{{.type = '0', .body = "b"}, "0 f 644 1000:100 1 \"b\"\nend"},
		{{.type = '0', .name = "d/"}, "0 d/ 644 1000:100 0 \"\"\nend"},
		{{.type = '7', .body = "b"}, "7 f 644 1000:100 1 \"b\"\nend"},
		{{.type = 'Z', .body = "b"}, "Z f 644 1000:100 1 \"b\"\nend"},
		{{.type = 'V', .body = "b"}, "V f 644 1000:100 1 \"b\"\nend"},
		{{.type = '1', .link = "l"}, "1 f>l 644 1000:100 0 \"\"\nend"},
		{{.type = '2', .link = "../l"}, "2 f>../l 644 1000:100 0 \"\"\nend"},
		{{.type = '0', .link = "l"}, "0 f 644 1000:100 0 \"\"\nend"},
		{{.type = '5', .name = "d/", .mode = "0040755"}, "5 d/ 40755 1000:100 0 \"\"\nend"},
		{{.type = '6'}, "6 f 644 1000:100 0 \"\"\nend"},
		{{.type = '3', .dev_major = "0000005", .dev_minor = "0000001"},
		 "3 f 644 1000:100 0 dev=5,1 \"\"\nend"},
		{{.type = '4', .dev_major = "0000010", .magic = GNU_MAGIC},
		 "4 f 644 1000:100 0 dev=8,0 \"\"\nend"},
		/* V7 has no such fields. */
		{{.type = '4', .dev_major = "0000010", .magic = V7_MAGIC},
		 "4 f 644 1000:100 0 \"\"\nend"},
		{{.name = "", .prefix = "p"}, "0 p/ 644 1000:100 0 \"\"\nend"},
		{{.name = ""}, "0  644 1000:100 0 \"\"\nend"},
		{{.name = "../../x"}, "0 ../../x 644 1000:100 0 \"\"\nend"},
		{{.mode = "0104755", .uid = "0000000"}, "0 f 104755 0:100 0 \"\"\nend"},
		/* Full fields, with the next number right behind them. */
		{{.mode = "00104755", .uid = "00001000", .gid = "00000100"},
		 "0 f 104755 512:64 0 \"\"\nend"},
		{{.uid = "\x80\0\0\x01\0\0\0\0"}, "0 f 644 4294967296:100 0 \"\"\nend"},
		{{.uid = "\xff\xff\xff\xff\xff\xff\xff\xff"}, "0 f 644 -1:100 0 \"\"\nend"},
		{{.size_field = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
		 "error 74: size of the member is negative"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf archive = STRBUF_INIT(SIZE_MAX);

		add_member(&archive, &rows[i].member);
		assert_reads(&archive, rows[i].expected);
	}
}

/* The type of V7 files is NUL, and of its directories, too. */
static void test_type_nul(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	char block[TAR_BLOCK];
	struct member member = {.name = "d/", .magic = V7_MAGIC};

	make_header(block, &member, 3);
	block[156] = '\0';
	put_checksum(block);
	add_bytes(&archive, block, sizeof(block));
	assert_reads(&archive, "5 d/ 644 1000:100 0 \"\"\nend");

	/* The name that decides is the long one. */
	add_bytes(&archive, block, sizeof(block));
	archive.len = 0;
	ADD(&archive, .type = 'L', .body = "long");
	add_bytes(&archive, block, sizeof(block));
	add_bytes(&archive, "abc", 3);
	add_padding(&archive);
	assert_reads(&archive, "0 long 644 1000:100 3 \"abc\"\nend");
	PAX(&archive, "path", "long/");
	block[1] = '\0';
	put_checksum(block);
	add_bytes(&archive, block, sizeof(block));
	assert_reads(&archive, "5 long/ 644 1000:100 0 \"\"\nend");
}

/* No body follows types 1 to 6, whatever their size says. */
static void test_header_only(void **state)
{
	static const char *const sizes[] = {"00000001000", "77777777777",
					    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};

	for (char type = '1'; type <= '6'; type++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct strbuf archive = STRBUF_INIT(SIZE_MAX);
			char expected[80];

			ADD(&archive, .type = type, .size_field = sizes[i]);
			ADD(&archive, .name = "next");
			snprintf(expected, sizeof(expected),
				 "%c f 644 1000:100 0 \"\"\n0 next 644 1000:100 0 \"\"\nend", type);
			assert_reads(&archive, expected);
		}
	}
}

static void test_long_names(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	ADD(&archive, .type = 'L', .name = "././@LongLink", .body = "long name", .size = 10);
	ADD(&archive, .type = 'K', .name = "././@LongLink", .body = "long link");
	ADD(&archive, .type = '2', .link = "short");
	ADD(&archive, .type = '2', .link = "short");
	assert_reads(&archive, "2 long\\x20name>long\\x20link 644 1000:100 0 \"\"\n"
			       "2 f>short 644 1000:100 0 \"\"\nend");

	/* The last one counts; an empty one takes it back. */
	ADD(&archive, .type = 'L', .body = "first");
	ADD(&archive, .type = 'L', .body = "second\0third", .size = 12);
	ADD(&archive, .type = 'K', .body = "first");
	ADD(&archive, .type = 'K', .body = "\0", .size = 1);
	ADD(&archive, .type = '1', .link = "short");
	assert_reads(&archive, "1 second>short 644 1000:100 0 \"\"\nend");

	/* Forgotten at a global header, which is a member itself. */
	ADD(&archive, .type = 'L', .body = "long");
	ADD(&archive, .type = 'g', .name = "global");
	ADD(&archive, .name = "short");
	assert_reads(&archive, "g global 644 1000:100 0 \"\"\n0 short 644 1000:100 0 \"\"\nend");
}

/* Go's order: header, PAX, GNU long name, name of a PAX sparse file. */
static void test_name_order(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	PAX(&archive, "path", "pax", "linkpath", "pax-link");
	ADD(&archive, .type = 'L', .body = "gnu");
	ADD(&archive, .type = 'K', .body = "gnu-link");
	ADD(&archive, .type = '2', .link = "short");
	assert_reads(&archive, "2 gnu>gnu-link 644 1000:100 0 \"\"\nend");

	ADD(&archive, .type = 'L', .body = "gnu/");
	PAX(&archive, "path", "pax", "GNU.sparse.name", "sparse", "GNU.sparse.map", "0,0",
	    "GNU.sparse.numblocks", "1");
	ADD(&archive, .type = '0');
	assert_reads(&archive, "0 sparse 644 1000:100 0 sparse \"\"\nend");
}

static void test_long_name_cap(void **state)
{
	struct limits limits = limits_default;
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	char *text;

	ADD(&archive, .type = 'L', .body = "12345");
	ADD(&archive, .name = "f");
	limits.pax_bytes = 5;
	text = describe_pieces(&archive, SIZE_MAX, &limits);
	assert_string_equal(text, "0 12345 644 1000:100 0 \"\"\nend");
	free(text);
	limits.pax_bytes = 4;
	text = describe_pieces(&archive, SIZE_MAX, &limits);
	assert_string_equal(text, "error 7: extended header is over the limit pax-bytes");
	free(text);
	strbuf_clear(&archive);
	/* A claim alone is enough. */
	ADD(&archive, .type = 'x', .size_field = "77777777777");
	assert_reads(&archive, "error 7: extended header is over the limit pax-bytes");
}

static void test_zero_blocks(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	/* Nothing behind the end is looked at. */
	ADD(&archive, .name = "a");
	add_end(&archive);
	ADD(&archive, .name = "b");
	add_bytes(&archive, "garbage", 7);
	assert_reads(&archive, "0 a 644 1000:100 0 \"\"\nend");
	add_zeros(&archive, TAR_BLOCK);
	assert_reads(&archive, "end");
	add_zeros(&archive, TAR_BLOCK);
	ADD(&archive, .name = "b");
	assert_reads(&archive, "error 74: a zero block within the archive");
	add_zeros(&archive, TAR_BLOCK + 1);
	assert_reads(&archive, "error 74: archive ends inside a header");
}

/* Where an archive may be cut, and where not. */
static void test_truncation(void **state)
{
	static const struct {
		size_t size;
		const char *expected;
	} rows[] = {
		{0, "end"},
		{1, "error 74: archive ends inside a header"},
		{511, "error 74: archive ends inside a header"},
		{512, "0 a 644 1000:100 3 \"\"\nerror 74: archive ends inside a member"},
		{514, "0 a 644 1000:100 3 \"bo\"\nerror 74: archive ends inside a member"},
		{515, "0 a 644 1000:100 3 \"bod\"\nend"},
		{516, "0 a 644 1000:100 3 \"bod\"\nend"},
		{1023, "0 a 644 1000:100 3 \"bod\"\nend"},
		{1024, "0 a 644 1000:100 3 \"bod\"\nend"},
		{1025, "0 a 644 1000:100 3 \"bod\"\nerror 74: archive ends inside a header"},
		{1536, "0 a 644 1000:100 3 \"bod\"\nerror 74: archive ends inside a member"},
		{1540, "0 a 644 1000:100 3 \"bod\"\nerror 74: archive ends inside a member"},
		{1541, "0 a 644 1000:100 3 \"bod\"\nend"},
		{2048, "0 a 644 1000:100 3 \"bod\"\nend"},
		{2559, "0 a 644 1000:100 3 \"bod\"\nerror 74: archive ends inside a header"},
		{2560, "0 a 644 1000:100 3 \"bod\"\n0 other 644 1000:100 0 \"\"\nend"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf archive = STRBUF_INIT(SIZE_MAX);

		ADD(&archive, .name = "a", .body = "bod");
		ADD(&archive, .type = 'L', .body = "other");
		ADD(&archive, .name = "b");
		archive.len = rows[i].size;
		assert_reads(&archive, rows[i].expected);
	}
}

static void test_garbage(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	char noise[TAR_BLOCK];

	memset(noise, 'x', sizeof(noise));
	ADD(&archive, .name = "a");
	add_bytes(&archive, noise, sizeof(noise));
	assert_reads(&archive,
		     "0 a 644 1000:100 0 \"\"\nerror 74: not a tar header: checksum is wrong");
	ADD(&archive, .mode = "99");
	assert_reads(&archive, "error 74: malformed mode field in tar header");
}

/* The message says where, and a broken archive stays broken. */
static void test_error(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	struct pieces pieces;
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	const uint8_t *piece;
	struct stream *stream;
	struct chunk *chunk;
	struct error err = {};
	size_t size;

	ADD(&archive, .name = "a");
	ADD(&archive, .mode = "99");
	ADD(&archive, .name = "b");
	pieces = pieces_of(&archive, 700);
	assert_int_equal(tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL), 0);
	assert_int_equal(tar_reader_body_stream(tar, &stream, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_reader_next(tar, &entry, &err), -EBADMSG);
	assert_string_equal(err.message,
			    "tar archive, near byte 1024: malformed mode field in tar header");
	err.message[0] = '\0';
	assert_int_equal(tar_reader_next(tar, &entry, &err), -EBADMSG);
	assert_string_equal(err.message,
			    "tar archive, near byte 1024: malformed mode field in tar header");
	assert_int_equal(tar_reader_body(tar, &piece, &size, &err), -EBADMSG);
	assert_int_equal(tar_reader_drain(tar, &err), -EBADMSG);
	assert_int_equal(stream_next(stream, &chunk, &err), -EBADMSG);
	assert_int_equal(stream_skip(stream, 1, &err), 0);
	stream_free(stream);
	strbuf_clear(&archive);
}

/* A member whose body was not read, or only begun, is dropped by the next step. */
static void test_drop(void **state)
{
	static const size_t sizes[] = {0, 1, 511, 512, 513, 5000};
	char body[5000];

	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < ARRAY_SIZE(sizes) * 4; i++) {
		_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
		struct strbuf archive = STRBUF_INIT(SIZE_MAX);
		const struct tar_entry *entry;
		struct pieces pieces;
		const uint8_t *piece;
		size_t size;

		ADD(&archive, .body = sizes[i / 4] > 0 ? body : NULL, .size = sizes[i / 4]);
		ADD(&archive, .name = "next", .body = "n");
		pieces = pieces_of(&archive, i % 2 ? 100 : SIZE_MAX);
		assert_int_equal(tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL),
				 0);
		assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
		assert_int_equal(entry->offset, TAR_BLOCK);
		if (i % 4 > 1)
			assert_int_equal(tar_reader_body(tar, &piece, &size, NULL),
					 entry->size > 0);
		assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
		assert_string_equal(entry->path, "next");
		assert_int_equal(entry->offset, archive.len - TAR_BLOCK);
		assert_int_equal(entry->stored, 1);
		strbuf_clear(&archive);
	}
}

/* A stream that can skip: counts what it was asked to. */
struct seeking {
	struct pieces pieces;
	uint64_t skipped;
};

static int64_t seeking_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct seeking *seeking = (struct seeking *)stream;
	size_t size = MIN(n, (uint64_t)seeking->pieces.left);

	seeking->pieces.data += size;
	seeking->pieces.left -= size;
	seeking->skipped += size;
	return (int64_t)size;
}

static const struct stream_class seeking_class = {.name = "seeking",
						  .next = pieces_next,
						  .skip = seeking_skip};

static void test_seek(void **state)
{
	static char body[100000];

	for (int may_seek = 0; may_seek < 2; may_seek++) {
		_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
		struct strbuf archive = STRBUF_INIT(SIZE_MAX);
		struct seeking seeking;
		const struct tar_entry *entry;

		ADD(&archive, .body = body, .size = sizeof(body));
		ADD(&archive, .name = "next");
		seeking = (struct seeking){.pieces = pieces_of(&archive, 1024)};
		seeking.pieces.stream.class = &seeking_class;
		assert_int_equal(tar_reader_new(&seeking.pieces.stream, &limits_default, may_seek,
						&tar, NULL),
				 0);
		assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
		assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
		assert_string_equal(entry->path, "next");
		assert_int_equal(entry->offset, archive.len);
		assert_int_equal(seeking.skipped, may_seek ? sizeof(body) - TAR_BLOCK : 0);
		assert_int_equal(tar_reader_next(tar, &entry, NULL), 0);
		strbuf_clear(&archive);
	}
}

/* Skipping over the end of a cut archive is noticed. */
static void test_seek_truncated(void **state)
{
	static char body[100000];
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	struct seeking seeking;
	struct stream *stream;
	const struct tar_entry *entry;

	ADD(&archive, .body = body, .size = sizeof(body));
	archive.len = 50000;
	seeking = (struct seeking){.pieces = pieces_of(&archive, 1024)};
	seeking.pieces.stream.class = &seeking_class;
	assert_int_equal(tar_reader_new(&seeking.pieces.stream, &limits_default, true, &tar, NULL),
			 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), -EBADMSG);
	tar_reader_free(TAKE(tar));

	seeking.pieces = pieces_of(&archive, 1024);
	seeking.pieces.stream.class = &seeking_class;
	assert_int_equal(tar_reader_new(&seeking.pieces.stream, &limits_default, true, &tar, NULL),
			 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_reader_body_stream(tar, &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, sizeof(body), NULL), -EBADMSG);
	stream_free(stream);
	strbuf_clear(&archive);
}

static void read_stream(struct stream *stream, struct strbuf *out)
{
	struct chunk *chunk;
	int r;

	while ((r = stream_next(stream, &chunk, NULL)) > 0) {
		add_bytes(out, chunk->data, chunk->size);
		chunk_unref(chunk);
	}
	assert_int_equal(r, 0);
}

/* Members as streams; a chunk outlives the walker's next step. */
static void test_body_stream(void **state)
{
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	struct strbuf archive = STRBUF_INIT(SIZE_MAX), out = STRBUF_INIT(SIZE_MAX);
	const struct tar_entry *entry;
	struct pieces pieces;
	struct stream *stream;
	struct chunk *chunk;

	ADD(&archive, .name = "a", .body = "first");
	PAX(&archive, "GNU.sparse.map", "2,2", "GNU.sparse.numblocks", "1", "GNU.sparse.size", "6");
	ADD(&archive, .name = "b", .body = "xy");
	ADD(&archive, .name = "c", .body = "third");
	pieces = pieces_of(&archive, 515);
	assert_int_equal(tar_reader_new(&pieces.stream, &limits_default, true, &tar, NULL), 0);

	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_reader_body_stream(tar, &stream, NULL), 0);
	assert_int_equal(stream_next(stream, &chunk, NULL), 1);
	assert_int_equal(chunk->size, 3);
	assert_int_equal(stream_skip(stream, 1, NULL), 1);
	assert_int_equal(stream->position, 4);
	read_stream(stream, &out);
	assert_string_equal(out.data, "t");
	assert_int_equal(stream_skip(stream, 1, NULL), 0);
	stream_free(stream);

	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_memory_equal(chunk->data, "fir", 3);
	chunk_unref(chunk);
	strbuf_reset(&out);
	assert_int_equal(tar_reader_body_stream(tar, &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, 1, NULL), 0);
	read_stream(stream, &out);
	assert_int_equal(out.len, 6);
	assert_memory_equal(out.data, "\0\0xy\0\0", 6);
	stream_free(stream);

	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_reader_body_stream(tar, &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, 100, NULL), 5);
	stream_free(stream);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 0);
	strbuf_clear(&archive);
	strbuf_clear(&out);
}

static void test_drain(void **state)
{
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	const struct tar_entry *entry;
	struct pieces pieces;

	ADD(&archive, .name = "a", .body = "body");
	add_end(&archive);
	add_zeros(&archive, 5000);
	pieces = pieces_of(&archive, 512);
	assert_int_equal(tar_reader_new(&pieces.stream, &limits_default, true, &tar, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 0);
	assert_true(pieces.stream.position < archive.len);
	assert_int_equal(tar_reader_drain(tar, NULL), 0);
	assert_int_equal(pieces.stream.position, archive.len);
	assert_int_equal(tar_reader_drain(tar, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 0);
	strbuf_clear(&archive);
}

/* From the middle of a member: nothing of it is left to read. */
static void test_drain_early(void **state)
{
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	const struct tar_entry *entry;
	const uint8_t *piece;
	size_t size;
	struct pieces pieces;

	ADD(&archive, .name = "a", .body = "body");
	ADD(&archive, .name = "b");
	pieces = pieces_of(&archive, 512);
	assert_int_equal(tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_reader_drain(tar, NULL), 0);
	assert_int_equal(tar_reader_body(tar, &piece, &size, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 0);
	tar_reader_free(NULL);
	strbuf_clear(&archive);
}

static int failing_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	return error_set(err, -EIO, "no such luck");
}

static void test_stream_error(void **state)
{
	static const struct stream_class failing_class = {.name = "failing", .next = failing_next};
	struct stream stream = {.class = &failing_class};
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	struct error err = {};

	assert_int_equal(tar_reader_new(&stream, &limits_default, false, &tar, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, &err), -EIO);
	assert_string_equal(err.message, "tar archive, near byte 0: no such luck");
	tar_reader_free(TAKE(tar));
	assert_int_equal(tar_reader_new(&stream, &limits_default, false, &tar, NULL), 0);
	assert_int_equal(tar_reader_drain(tar, &err), -EIO);
	assert_int_equal(tar_reader_next(tar, &entry, &err), -EIO);
}

/* Everything once, member by member and as streams. */
static int read_once(const struct strbuf *archive)
{
	struct pieces pieces = pieces_of(archive, 600);
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	int r = tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL);

	while (r >= 0) {
		_cleanup_(stream_freep) struct stream *stream = NULL;
		struct chunk *chunk;

		r = tar_reader_next(tar, &entry, NULL);
		if (r == 0)
			break;
		if (r > 0)
			r = tar_reader_body_stream(tar, &stream, NULL);
		while (r >= 0 && (r = stream_next(stream, &chunk, NULL)) > 0)
			chunk_unref(chunk);
	}
	return r;
}

static void test_oom(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	ADD(&archive, .type = 'L', .body = "long");
	ADD(&archive, .name = "a", .body = "body");
	ADD(&archive, .name = "b", .body = "body");
	OOM_SWEEP(read_once(&archive), (void)0);
	strbuf_clear(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),         cmocka_unit_test(test_types),
		cmocka_unit_test(test_type_nul),      cmocka_unit_test(test_header_only),
		cmocka_unit_test(test_long_names),    cmocka_unit_test(test_name_order),
		cmocka_unit_test(test_long_name_cap), cmocka_unit_test(test_zero_blocks),
		cmocka_unit_test(test_truncation),    cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_error),         cmocka_unit_test(test_drop),
		cmocka_unit_test(test_seek),          cmocka_unit_test(test_seek_truncated),
		cmocka_unit_test(test_body_stream),   cmocka_unit_test(test_drain),
		cmocka_unit_test(test_drain_early),   cmocka_unit_test(test_stream_error),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
