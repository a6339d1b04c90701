/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks and the streams that read files, pipes and memory. Chunks come from a free list, last in
 * first out, so that a pipeline runs in the same few buffers while they are warm in the cache; the
 * list keeps FREE_MAX of them and gives the rest back. Any thread may drop a reference.
 */
#include "io/stream.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "io/interrupt.h"

#define FREE_MAX 16

struct chunk_memory {
	struct chunk chunk;          /* first: what others see */
	atomic_uint refs;            /* the last one to go frees it */
	struct chunk_memory *parent; /* of a view: whose bytes these are, or NULL */
	struct chunk_memory *next;   /* in the free list */
	bool is_view;
	uint8_t bytes[]; /* CHUNK_SIZE; none in a view */
};

static struct {
	pthread_mutex_t lock;
	struct chunk_memory *first;
	unsigned int count;
} free_list = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A chunk that others see is the first member of its memory. */
static struct chunk_memory *chunk_memory(struct chunk *chunk)
{
	return (struct chunk_memory *)chunk;
}

static struct chunk_memory *free_list_take(void)
{
	struct chunk_memory *memory;

	pthread_mutex_lock(&free_list.lock);
	memory = free_list.first;
	if (memory) {
		free_list.first = memory->next;
		free_list.count--;
	}
	pthread_mutex_unlock(&free_list.lock);
	return memory;
}

/* False: the list is full, and the memory is the caller's to free. */
static bool free_list_put(struct chunk_memory *memory)
{
	bool kept = false;

	pthread_mutex_lock(&free_list.lock);
	if (free_list.count < FREE_MAX) {
		memory->next = free_list.first;
		free_list.first = memory;
		free_list.count++;
		kept = true;
	}
	pthread_mutex_unlock(&free_list.lock);
	return kept;
}

struct chunk *chunk_new(void)
{
	struct chunk_memory *memory = free_list_take();

	if (!memory)
		memory = malloc(sizeof(*memory) + CHUNK_SIZE);
	if (!memory)
		return NULL;

	memory->chunk = (struct chunk){.data = memory->bytes};
	atomic_init(&memory->refs, 1);
	memory->parent = NULL;
	memory->is_view = false;
	return &memory->chunk;
}

struct chunk *chunk_view(struct chunk *parent, const uint8_t *data, size_t size)
{
	struct chunk_memory *memory = malloc(sizeof(*memory));

	assert(size > 0);
	if (!memory)
		return NULL;

	memory->chunk = (struct chunk){.data = data, .size = size};
	atomic_init(&memory->refs, 1);
	memory->parent = parent ? chunk_memory(chunk_ref(parent)) : NULL;
	memory->is_view = true;
	return &memory->chunk;
}

uint8_t *chunk_buffer(struct chunk *chunk)
{
	assert(!chunk_memory(chunk)->is_view);
	return chunk_memory(chunk)->bytes;
}

/* Relaxed: whoever takes a reference has one already, so that nobody can free it meanwhile. */
struct chunk *chunk_ref(struct chunk *chunk)
{
	assert(chunk);
	atomic_fetch_add_explicit(&chunk_memory(chunk)->refs, 1, memory_order_relaxed);
	return chunk;
}

void chunk_unref(struct chunk *chunk)
{
	struct chunk_memory *memory = chunk ? chunk_memory(chunk) : NULL;

	/* A loop and not a recursion: views of views of views would make one. acq_rel: what other
	 * threads read through their references happened before the memory is given away. */
	while (memory && atomic_fetch_sub_explicit(&memory->refs, 1, memory_order_acq_rel) == 1) {
		struct chunk_memory *parent = memory->parent;

		if (memory->is_view || !free_list_put(memory))
			free(memory);
		memory = parent;
	}
}

void stream_free(struct stream *stream)
{
	if (stream)
		stream->class->free(stream);
}

int stream_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct chunk *chunk;
	int r;

	assert(stream && ret);
	r = interrupt_check(err);
	if (r < 0)
		return r;
	r = stream->class->next(stream, &chunk, err);
	if (r <= 0)
		return r;

	assert(chunk->size > 0);
	stream->position += chunk->size;
	*ret = chunk;
	return 1;
}

int64_t stream_skip(struct stream *stream, uint64_t n, struct error *err)
{
	int64_t skipped;

	if (!stream->class->skip || n == 0)
		return 0;
	skipped = stream->class->skip(stream, MIN(n, (uint64_t)INT64_MAX), err);
	assert(skipped <= 0 || (uint64_t)skipped <= n);
	if (skipped > 0)
		stream->position += (uint64_t)skipped;
	return skipped;
}

/* Files: a range of a regular one by position, or all that a descriptor has to give. */

#define AHEAD_AFTER_SKIP ((size_t)4 * 1024)

struct stream_file {
	struct stream stream;
	int fd;
	uint64_t offset, left; /* of a range */
	size_t ahead;          /* how much of a range to read at once */
};

/* Fills buf as far as the file goes; at: position for pread, negative for read. */
static ssize_t read_full(int fd, uint8_t *buf, size_t size, int64_t at, struct error *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = at < 0 ? read(fd, buf + done, size - done)
				   : pread(fd, buf + done, size - done, at + (int64_t)done);

		if (n == 0)
			break;
		if (n < 0 && errno == EINTR) {
			int r = interrupt_check(err);

			if (r < 0)
				return r;
		} else if (n < 0) {
			return error_errno(err, errno, "cannot read");
		} else {
			done += (size_t)n;
		}
	}
	return (ssize_t)done;
}

/* A short read would do too, but full chunks keep the pipeline's locks and queues rare. */
static int file_next(struct stream *stream, size_t size, int64_t at, struct chunk **ret,
		     struct error *err)
{
	struct stream_file *file = (struct stream_file *)stream;
	_cleanup_(chunk_unrefp) struct chunk *chunk = chunk_new();
	ssize_t n;

	assert(size > 0 && size <= CHUNK_SIZE);
	if (!chunk)
		return error_oom(err);
	n = read_full(file->fd, chunk_buffer(chunk), size, at, err);
	if (n <= 0)
		return (int)n;

	chunk->size = (size_t)n;
	*ret = TAKE(chunk);
	return 1;
}

/* After a skip little is read at first, and twice as much each time that reading goes on. */
static int range_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct stream_file *file = (struct stream_file *)stream;
	size_t size = MIN(file->left, (uint64_t)file->ahead);
	int r;

	if (size == 0)
		return 0;
	r = file_next(stream, size, (int64_t)file->offset, ret, err);
	if (r < 0)
		return r;
	/* What was promised is not there: the file was cut, or its index lies. */
	if (r == 0)
		return error_set(err, -EBADMSG, "truncated: %ju bytes are missing",
				 (uintmax_t)file->left);
	file->offset += (*ret)->size;
	file->left -= (*ret)->size;
	file->ahead = MIN(file->ahead * 2, (size_t)CHUNK_SIZE);
	return 1;
}

static int64_t range_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct stream_file *file = (struct stream_file *)stream;

	n = MIN(n, file->left);
	file->offset += n;
	file->left -= n;
	/* Whoever skips wants a header, and may skip again right behind it. */
	if (n > 0)
		file->ahead = AHEAD_AFTER_SKIP;
	return (int64_t)n;
}

static int fd_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	return file_next(stream, CHUNK_SIZE, -1, ret, err);
}

static void stream_free_plain(struct stream *stream)
{
	free(stream);
}

static const struct stream_class range_class = {.name = "range",
						.next = range_next,
						.skip = range_skip,
						.free = stream_free_plain};

static const struct stream_class fd_class = {.name = "descriptor",
					     .next = fd_next,
					     .free = stream_free_plain};

/* pread(2) and not lseek(2): several ranges of one descriptor are read at once. */
int stream_open_range(int fd, uint64_t offset, uint64_t size, struct stream **ret,
		      struct error *err)
{
	struct stream_file *file;
	uint64_t end;

	assert(fd >= 0);
	if (__builtin_add_overflow(offset, size, &end) || end > INT64_MAX)
		return error_set(err, -EBADMSG, "truncated: no file is that long");
	file = malloc(sizeof(*file));
	if (!file)
		return error_oom(err);

	*file = (struct stream_file){.stream.class = &range_class,
				     .fd = fd,
				     .offset = offset,
				     .left = size,
				     .ahead = CHUNK_SIZE};
	*ret = (struct stream *)file;
	return 0;
}

int stream_open_fd(int fd, struct stream **ret, struct error *err)
{
	struct stream_file *file = malloc(sizeof(*file));

	assert(fd >= 0);
	if (!file)
		return error_oom(err);
	*file = (struct stream_file){.stream.class = &fd_class, .fd = fd};
	*ret = (struct stream *)file;
	return 0;
}

/* Memory. */

struct stream_memory {
	struct stream stream;
	const uint8_t *data;
	size_t left;
};

static int memory_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct stream_memory *memory = (struct stream_memory *)stream;
	size_t size = MIN(memory->left, (size_t)CHUNK_SIZE);

	if (size == 0)
		return 0;
	*ret = chunk_view(NULL, memory->data, size);
	if (!*ret)
		return error_oom(err);
	memory->data += size;
	memory->left -= size;
	return 1;
}

static int64_t memory_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct stream_memory *memory = (struct stream_memory *)stream;
	size_t size = MIN(n, (uint64_t)memory->left);

	memory->data += size;
	memory->left -= size;
	return (int64_t)size;
}

static const struct stream_class memory_class = {.name = "memory",
						 .next = memory_next,
						 .skip = memory_skip,
						 .free = stream_free_plain};

int stream_open_memory(const void *data, size_t size, struct stream **ret, struct error *err)
{
	struct stream_memory *memory = malloc(sizeof(*memory));

	assert(data || size == 0);
	if (!memory)
		return error_oom(err);
	*memory = (struct stream_memory){.stream.class = &memory_class, .data = data, .left = size};
	*ret = (struct stream *)memory;
	return 0;
}
