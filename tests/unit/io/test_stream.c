/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks, and the streams over files, pipes and memory. */
#include "pieces.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "oom.h"

#define FILE_SIZE (2 * CHUNK_SIZE + 1000)

static uint8_t content[FILE_SIZE];

/* A file of FILE_SIZE bytes that has no name any more. */
static int make_file(void)
{
	char path[] = "/tmp/test_stream.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, content, sizeof(content)), sizeof(content));
	return fd;
}

static void test_chunk_references(void **state)
{
	struct chunk *chunk = chunk_new();
	struct chunk *view, *inner;

	assert_non_null(chunk);
	memcpy(chunk_buffer(chunk), "abcdef", 6);
	chunk->size = 6;
	view = chunk_view(chunk, chunk->data + 1, 4);
	inner = chunk_view(view, view->data + 1, 2);
	assert_ptr_equal(chunk_ref(chunk), chunk);
	chunk_unref(chunk);
	chunk_unref(chunk);
	chunk_unref(view);
	/* Only the innermost is left and keeps the memory. */
	assert_int_equal(inner->size, 2);
	assert_memory_equal(inner->data, "cd", 2);
	chunk_unref(inner);
	chunk_unref(NULL);
}

static void test_chunk_reuse(void **state)
{
	struct chunk *chunks[40], *again;

	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		chunks[i] = chunk_new();
		assert_non_null(chunks[i]);
		memset(chunk_buffer(chunks[i]), (int)i, CHUNK_SIZE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++)
		assert_int_equal(chunk_buffer(chunks[i])[CHUNK_SIZE - 1], i);
	/* More than the free list takes. */
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++)
		chunk_unref(chunks[i]);
	/* A chunk from the list comes without malloc, as if new. */
	oom_arm(0);
	again = chunk_new();
	assert_false(oom_disarm());
	assert_non_null(again);
	assert_int_equal(again->size, 0);
	chunk_unref(again);
}

static void *unref_in_thread(void *data)
{
	for (int i = 0; i < 1000; i++)
		chunk_unref(data);
	return NULL;
}

static void test_chunk_threads(void **state)
{
	struct chunk *chunk = chunk_new();
	pthread_t threads[4];

	for (int i = 0; i < 4000; i++)
		chunk_ref(chunk);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, unref_in_thread, chunk), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	memset(chunk_buffer(chunk), 1, CHUNK_SIZE); /* still ours */
	chunk_unref(chunk);
}

static void test_range(void **state)
{
	static const struct {
		uint64_t offset, size, skip;
		int expected;
	} rows[] = {
		{0, 0, 0, 0},
		{0, 1, 0, 0},
		{0, FILE_SIZE, 0, 0},
		{1, FILE_SIZE - 1, 0, 0},
		{CHUNK_SIZE - 1, CHUNK_SIZE + 1, 0, 0},
		{5, 100, 10, 0},
		{5, 100, 100, 0},
		{FILE_SIZE, 0, 0, 0},
		{FILE_SIZE - 1, 2, 0, -EBADMSG},
		{0, FILE_SIZE + 1, 0, -EBADMSG},
		{FILE_SIZE + 1, 1, 0, -EBADMSG},
		{INT64_MAX - 1, 1, 0, -EBADMSG},
	};
	int fd = make_file();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(stream_freep) struct stream *stream = NULL;
		struct strbuf buf = STRBUF_INIT(SIZE_MAX);
		struct error err = {};
		int r;

		assert_int_equal(stream_open_range(fd, rows[i].offset, rows[i].size, &stream, &err),
				 0);
		assert_int_equal(stream_skip(stream, rows[i].skip, &err), rows[i].skip);
		r = read_all(stream, &buf, &err);
		assert_int_equal(r, rows[i].expected);
		if (r == 0) {
			assert_int_equal(buf.len, rows[i].size - rows[i].skip);
			assert_int_equal(stream->position, rows[i].size);
			assert_memory_equal(strbuf_string(&buf),
					    content + rows[i].offset + rows[i].skip, buf.len);
		} else {
			assert_non_null(strstr(err.message, "truncated"));
		}
		strbuf_clear(&buf);
	}
	close(fd);
}

static void test_range_limits(void **state)
{
	struct stream *stream = NULL;
	struct error err = {};

	assert_int_equal(stream_open_range(0, UINT64_MAX, 1, &stream, &err), -EBADMSG);
	assert_int_equal(stream_open_range(0, INT64_MAX, 1, &stream, &err), -EBADMSG);
	assert_null(stream);
	assert_int_equal(stream_open_range(0, INT64_MAX, 0, &stream, &err), 0);
	stream_free(stream);
}

static void test_range_skip_is_clamped(void **state)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct chunk *chunk;
	int fd = make_file();

	assert_int_equal(stream_open_range(fd, 0, 100, &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, UINT64_MAX, NULL), 100);
	assert_int_equal(stream_next(stream, &chunk, NULL), 0);
	assert_int_equal(stream->position, 100);
	close(fd);
}

static void test_fd_file(void **state)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct strbuf buf = STRBUF_INIT(SIZE_MAX);
	struct error err = {};
	int fd = make_file();

	lseek(fd, 10, SEEK_SET);
	assert_int_equal(stream_open_fd(fd, &stream, &err), 0);
	assert_int_equal(stream_skip(stream, 1, &err), 0);
	assert_int_equal(read_all(stream, &buf, &err), 0);
	assert_int_equal(buf.len, FILE_SIZE - 10);
	assert_memory_equal(buf.data, content + 10, buf.len);
	strbuf_clear(&buf);
	close(fd);
}

static void *write_slowly(void *data)
{
	int fd = *(int *)data;

	for (size_t at = 0; at < 5000; at += 100) {
		assert_int_equal(write(fd, content + at, 100), 100);
		if (at % 1000 == 0)
			usleep(100);
	}
	close(fd);
	return NULL;
}

/* Short reads are put together: parsers get whole chunks. */
static void test_fd_pipe(void **state)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct chunk *chunk = NULL;
	pthread_t writer;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_slowly, &fds[1]), 0);
	assert_int_equal(stream_open_fd(fds[0], &stream, NULL), 0);
	assert_int_equal(stream_next(stream, &chunk, NULL), 1);
	assert_int_equal(chunk->size, 5000);
	assert_memory_equal(chunk->data, content, 5000);
	chunk_unref(chunk);
	assert_int_equal(stream_next(stream, &chunk, NULL), 0);
	pthread_join(writer, NULL);
	close(fds[0]);
}

static void test_fd_errors(void **state)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct error err = {};
	struct chunk *chunk;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	assert_int_equal(stream_open_fd(fd, &stream, &err), 0);
	assert_int_equal(stream_next(stream, &chunk, &err), -EISDIR);
	assert_non_null(strstr(err.message, "cannot read"));
	close(fd);
}

static void test_memory(void **state)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct strbuf buf = STRBUF_INIT(SIZE_MAX);

	assert_int_equal(stream_open_memory(content, sizeof(content), &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, 7, NULL), 7);
	assert_int_equal(read_all(stream, &buf, NULL), 0);
	assert_int_equal(buf.len, FILE_SIZE - 7);
	assert_memory_equal(buf.data, content + 7, buf.len);
	assert_int_equal(stream_skip(stream, 1, NULL), 0);
	strbuf_clear(&buf);
}

static int open_and_read(int fd)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct chunk *chunk;
	int r;

	r = stream_open_range(fd, 0, 10, &stream, NULL);
	if (r == 0)
		r = stream_next(stream, &chunk, NULL);
	if (r > 0)
		chunk_unref(chunk);
	return r;
}

static int view_memory(void)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct chunk *chunk;
	int r;

	r = stream_open_memory(content, 10, &stream, NULL);
	if (r == 0)
		r = stream_next(stream, &chunk, NULL);
	if (r > 0)
		chunk_unref(chunk);
	return r;
}

static void test_oom(void **state)
{
	struct chunk *held[64];
	int fd = make_file();

	/* Empties the free list, so that chunks are allocated. */
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		held[i] = chunk_new();
	OOM_SWEEP(open_and_read(fd), (void)0);
	OOM_SWEEP(view_memory(), (void)0);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		chunk_unref(held[i]);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunk_references),
		cmocka_unit_test(test_chunk_reuse),
		cmocka_unit_test(test_chunk_threads),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_range_limits),
		cmocka_unit_test(test_range_skip_is_clamped),
		cmocka_unit_test(test_fd_file),
		cmocka_unit_test(test_fd_pipe),
		cmocka_unit_test(test_fd_errors),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_oom),
	};

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31 + i / 251);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
