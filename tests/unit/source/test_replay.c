/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks that were looked at come first again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oom.h"
#include "source/replay.h"

static struct chunk *chunk_of(const char *text)
{
	struct chunk *chunk = chunk_new();

	assert_non_null(chunk);
	memcpy(chunk_buffer(chunk), text, strlen(text));
	chunk->size = strlen(text);
	return chunk;
}

static void expect_text(struct stream *stream, const char *text)
{
	_cleanup_(reader_clear) struct reader reader = {.stream = stream};
	_cleanup_free_ char *data = NULL;
	size_t size;

	assert_int_equal(reader_slurp(&reader, 1000, &data, &size, NULL), 0);
	assert_string_equal(data, text);
	assert_int_equal(stream->position, size);
}

static void test_order(void **state)
{
	for (size_t n = 0; n <= REPLAY_MAX; n++) {
		static const char *const texts[] = {"", "a", "ab", "abc", "abcd"};
		struct chunk *chunks[] = {chunk_of("a"), chunk_of("b"), chunk_of("c"),
					  chunk_of("d")};
		struct stream *rest = NULL, *stream = NULL;
		char expected[16];

		assert_int_equal(stream_open_memory("rest", 4, &rest, NULL), 0);
		assert_int_equal(replay_stream(chunks, n, rest, &stream, NULL), 0);
		snprintf(expected, sizeof(expected), "%srest", texts[n]);
		expect_text(stream, expected);
		stream_free(stream);
		assert_int_equal(replay_stream(chunks, n, NULL, &stream, NULL), 0);
		expect_text(stream, texts[n]);
		stream_free(stream);
		for (size_t i = 0; i < REPLAY_MAX; i++)
			chunk_unref(chunks[i]);
	}
}

static void test_skip(void **state)
{
	_cleanup_(chunk_unrefp) struct chunk *chunk = chunk_of("a");
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct stream *rest = NULL;
	struct chunk *first = NULL;

	assert_int_equal(stream_open_memory("rest", 4, &rest, NULL), 0);
	assert_int_equal(replay_stream(&chunk, 1, rest, &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, 2, NULL), 0); /* not over what it holds */
	assert_int_equal(stream_next(stream, &first, NULL), 1);
	chunk_unref(first);
	assert_int_equal(stream_skip(stream, 2, NULL), 2);
	assert_int_equal(stream_next(stream, &first, NULL), 1);
	assert_int_equal(first->size, 2);
	assert_memory_equal(first->data, "st", 2);
	chunk_unref(first);
}

/* Chunks that nobody pulled are dropped with the stream. */
static void test_left_over(void **state)
{
	_cleanup_(chunk_unrefp) struct chunk *chunk = chunk_of("a");
	struct stream *stream = NULL;

	assert_int_equal(replay_stream(&chunk, 1, NULL, &stream, NULL), 0);
	stream_free(stream);
	assert_memory_equal(chunk->data, "a", 1);
}

static int sweep(struct chunk *chunk)
{
	struct stream *stream = NULL, *rest = NULL;
	int r = stream_open_memory("rest", 4, &rest, NULL);

	if (r == 0)
		r = replay_stream(&chunk, 1, rest, &stream, NULL);
	stream_free(stream);
	return r;
}

static void test_oom(void **state)
{
	_cleanup_(chunk_unrefp) struct chunk *chunk = chunk_of("a");

	OOM_SWEEP(sweep(chunk), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_left_over),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
