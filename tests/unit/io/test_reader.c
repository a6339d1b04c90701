/* SPDX-License-Identifier: Apache-2.0 */
/* Exact amounts out of streams whose pieces have every size. */
#include "pieces.h"

#include "oom.h"

#define SIZE 10000

static const size_t piece_sizes[] = {1, 2, 3, 7, 512, 4096, 9999, SIZE};
static uint8_t content[SIZE];

static struct reader reader_over(size_t piece, bool may_skip)
{
	struct stream *stream = pieces_open(content, SIZE, piece, 0);

	assert_non_null(stream);
	pieces_allow_skip(stream, may_skip);
	return (struct reader){.stream = stream};
}

static void reader_done(struct reader *reader)
{
	reader_clear(reader);
	stream_free(reader->stream);
}

static void test_read(void **state)
{
	uint8_t buf[SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct reader reader = reader_over(piece_sizes[i], false);
		struct error err = {};

		assert_int_equal(reader_read(&reader, buf, 0, &err), 1);
		assert_int_equal(reader_read(&reader, buf, 1, &err), 1);
		assert_int_equal(reader_read(&reader, buf + 1, SIZE - 1, &err), 1);
		assert_memory_equal(buf, content, SIZE);
		assert_int_equal(reader_read(&reader, buf, 1, &err), 0);
		reader_done(&reader);
	}
}

static void test_read_truncated(void **state)
{
	uint8_t buf[SIZE + 1];

	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct reader reader = reader_over(piece_sizes[i], false);
		struct error err = {};

		assert_int_equal(reader_read(&reader, buf, SIZE + 1, &err), -EBADMSG);
		assert_non_null(strstr(err.message, "truncated"));
		reader_done(&reader);
	}
}

static void test_piece(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct reader reader = reader_over(piece_sizes[i], false);
		const uint8_t *piece;
		size_t size, at = 0;

		while (reader_piece(&reader, 100, &piece, &size, NULL) > 0) {
			assert_in_range(size, 1, MIN(piece_sizes[i], (size_t)100));
			assert_memory_equal(piece, content + at, size);
			at += size;
		}
		assert_int_equal(at, SIZE);
		reader_done(&reader);
	}
}

static void test_drop(void **state)
{
	for (size_t i = 0; i < 4 * ARRAY_SIZE(piece_sizes); i++) {
		struct reader reader = reader_over(piece_sizes[i / 4], i & 1);
		bool may_seek = i & 2;
		struct error err = {};
		uint8_t byte;

		assert_int_equal(reader_read(&reader, &byte, 1, &err), 1);
		assert_int_equal(reader_drop(&reader, 0, may_seek, &err), 0);
		assert_int_equal(reader_drop(&reader, 4999, may_seek, &err), 0);
		assert_int_equal(reader_read(&reader, &byte, 1, &err), 1);
		assert_int_equal(byte, content[5000]);
		assert_int_equal(reader_drop(&reader, SIZE - 5001, may_seek, &err), 0);
		assert_int_equal(reader.stream->position, SIZE);
		assert_int_equal(reader_drop(&reader, 1, may_seek, &err), -EBADMSG);
		reader_done(&reader);
	}
}

/* A stream that cannot skip is read; nothing that was peeked at is skipped over. */
static void test_drop_behind_peek(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct reader reader = reader_over(piece_sizes[i], true);
		const uint8_t *data;
		size_t size;
		uint8_t byte;

		assert_int_equal(reader_peek(&reader, 600, &data, &size, NULL), 0);
		assert_int_equal(reader_drop(&reader, 599, true, NULL), 0);
		assert_int_equal(reader_read(&reader, &byte, 1, NULL), 1);
		assert_int_equal(byte, content[599]);
		assert_int_equal(reader_drop(&reader, 1000, true, NULL), 0);
		assert_int_equal(reader_read(&reader, &byte, 1, NULL), 1);
		assert_int_equal(byte, content[1600]);
		reader_done(&reader);
	}
}

static void test_peek(void **state)
{
	static const size_t wanted[] = {1, 6, 512, 513, 4096};

	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct reader reader = reader_over(piece_sizes[i], false);
		size_t at = 0;

		while (at < SIZE) {
			size_t want = wanted[at % ARRAY_SIZE(wanted)], size, n;
			const uint8_t *data;

			assert_int_equal(reader_peek(&reader, want, &data, &size, NULL), 0);
			assert_int_equal(size, MIN(want, SIZE - at));
			assert_memory_equal(data, content + at, size);
			/* Nothing was consumed. */
			assert_int_equal(reader_piece(&reader, 97, &data, &n, NULL), 1);
			assert_memory_equal(data, content + at, n);
			at += n;
		}
		reader_done(&reader);
	}
}

static void test_peek_at_end(void **state)
{
	struct reader reader = reader_over(SIZE, false);
	const uint8_t *data;
	size_t size;

	assert_int_equal(reader_drop(&reader, SIZE, false, NULL), 0);
	assert_int_equal(reader_peek(&reader, 6, &data, &size, NULL), 0);
	assert_int_equal(size, 0);
	assert_non_null(data);
	reader_done(&reader);
}

static void test_chunk(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(piece_sizes); i++) {
		struct reader reader = reader_over(piece_sizes[i], false);
		struct chunk *chunk;
		const uint8_t *data;
		size_t size, at = 5;

		assert_int_equal(reader_drop(&reader, at, false, NULL), 0);
		assert_int_equal(reader_peek(&reader, 20, &data, &size, NULL), 0);
		while (reader_chunk(&reader, &chunk, NULL) > 0) {
			assert_memory_equal(chunk->data, content + at, chunk->size);
			at += chunk->size;
			chunk_unref(chunk);
		}
		assert_int_equal(at, SIZE);
		reader_done(&reader);
	}
}

static void test_slurp(void **state)
{
	static const struct {
		uint64_t max;
		int expected;
	} rows[] = {{SIZE, 0}, {UINT64_MAX, 0}, {SIZE - 1, -E2BIG}, {1, -E2BIG}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reader reader = reader_over(777, false);
		_cleanup_free_ char *data = NULL;
		struct error err = {};
		size_t size = 0;

		assert_int_equal(reader_slurp(&reader, rows[i].max, &data, &size, &err),
				 rows[i].expected);
		if (rows[i].expected == 0) {
			assert_int_equal(size, SIZE);
			assert_memory_equal(data, content, SIZE);
			assert_int_equal(data[SIZE], '\0');
		} else {
			assert_null(data);
			assert_non_null(strstr(err.message, "more than"));
		}
		reader_done(&reader);
	}
}

static void test_slurp_empty(void **state)
{
	struct reader reader = reader_over(1, false);
	_cleanup_free_ char *data = NULL;
	size_t size = 1;

	((struct pieces *)reader.stream)->left = 0;
	assert_int_equal(reader_slurp(&reader, 1, &data, &size, NULL), 0);
	assert_int_equal(size, 0);
	assert_string_equal(data, "");
	reader_done(&reader);
}

/* An error of the stream comes through every call. */
static void test_broken(void **state)
{
	struct stream *stream = pieces_open(content, 10, 10, -EIO);
	struct reader reader = {.stream = stream};
	struct error err = {};
	const uint8_t *data;
	struct chunk *chunk;
	uint8_t buf[20];
	size_t size;
	char *text;

	assert_int_equal(reader_peek(&reader, 11, &data, &size, &err), -EIO);
	assert_string_equal(err.message, "source broke");
	assert_int_equal(reader_read(&reader, buf, 11, &err), -EIO);
	assert_int_equal(reader_piece(&reader, 1, &data, &size, &err), -EIO);
	assert_int_equal(reader_drop(&reader, 1, true, &err), -EIO);
	assert_int_equal(reader_chunk(&reader, &chunk, &err), -EIO);
	assert_int_equal(reader_slurp(&reader, 100, &text, &size, &err), -EIO);
	reader_done(&reader);
}

static int peek_and_slurp(void)
{
	struct stream *stream = pieces_open(content, SIZE, 1000, 0);
	struct reader reader = {.stream = stream};
	const uint8_t *data;
	struct chunk *chunk;
	size_t size;
	char *text;
	int r;

	if (!stream)
		return -ENOMEM;
	r = reader_peek(&reader, 1500, &data, &size, NULL);
	if (r == 0)
		r = reader_drop(&reader, 1, false, NULL);
	if (r == 0)
		r = reader_chunk(&reader, &chunk, NULL);
	if (r > 0) {
		chunk_unref(chunk);
		r = reader_slurp(&reader, SIZE, &text, &size, NULL);
	}
	if (r == 0)
		free(text);
	reader_done(&reader);
	return r;
}

static void test_oom(void **state)
{
	struct chunk *held[64];

	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		held[i] = chunk_new();
	OOM_SWEEP(peek_and_slurp(), (void)0);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		chunk_unref(held[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_truncated),
		cmocka_unit_test(test_piece),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_drop_behind_peek),
		cmocka_unit_test(test_peek),
		cmocka_unit_test(test_peek_at_end),
		cmocka_unit_test(test_chunk),
		cmocka_unit_test(test_slurp),
		cmocka_unit_test(test_slurp_empty),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_oom),
	};

	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)(i * 7 + i / 256);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
