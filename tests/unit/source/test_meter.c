/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of several streams are counted together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "source/meter.h"

static uint64_t last;

static void progress(void *data, uint64_t bytes)
{
	*(uint64_t *)data = bytes;
}

static void test_counts(void **state)
{
	struct source_options options = {.progress = progress, .progress_data = &last};
	struct meter meter = {.options = &options};
	struct stream *a = NULL, *b = NULL;
	struct chunk *chunk = NULL;

	assert_int_equal(stream_open_memory("0123456789", 10, &a, NULL), 0);
	assert_int_equal(meter_stream(&meter, a, 10, &a, NULL), 0);
	assert_int_equal(stream_open_memory("abc", 3, &b, NULL), 0);
	assert_int_equal(meter_stream(&meter, b, UINT64_MAX, &b, NULL), 0);
	assert_int_equal(stream_skip(a, 4, NULL), 4);
	assert_int_equal(last, 4);
	assert_int_equal(stream_next(b, &chunk, NULL), 1);
	chunk_unref(chunk);
	assert_int_equal(last, 7);
	assert_int_equal(stream_next(a, &chunk, NULL), 1);
	assert_int_equal(chunk->size, 6);
	chunk_unref(chunk);
	assert_int_equal(last, 13);
	assert_int_equal(stream_next(a, &chunk, NULL), 0);
	assert_int_equal(last, 13);
	stream_free(a);
	stream_free(b);
}

static void test_nobody_listens(void **state)
{
	struct source_options options = {};
	struct meter meter = {.options = &options};
	struct stream *stream = NULL;
	struct chunk *chunk = NULL;

	assert_int_equal(stream_open_memory("abc", 3, &stream, NULL), 0);
	assert_int_equal(meter_stream(&meter, stream, 3, &stream, NULL), 0);
	assert_int_equal(stream_next(stream, &chunk, NULL), 1);
	assert_int_equal(meter.bytes, 3);
	chunk_unref(chunk);
	stream_free(stream);
}

static void test_cap(void **state)
{
	struct source_options options = {};
	struct meter meter = {.options = &options};
	struct stream *stream = NULL;
	struct chunk *chunk = NULL;
	struct error err = {};

	assert_int_equal(stream_open_memory("abc", 3, &stream, NULL), 0);
	assert_int_equal(meter_stream(&meter, stream, 2, &stream, NULL), 0);
	assert_int_equal(stream_next(stream, &chunk, &err), -E2BIG);
	assert_non_null(strstr(err.message, "layer-bytes"));
	stream_free(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
