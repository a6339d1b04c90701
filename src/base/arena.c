/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks in a list, newest first; a large allocation gets a chunk of its own. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CHUNK 1024
#define LAST_CHUNK  (256 * 1024)

/* `used` counts from data[0]; what lies behind it is not initialised. */
struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct arena_chunk *chunks; /* the first one is being filled */
	uint64_t used, max;         /* bytes asked for, and their cap */
	size_t next_size;
	bool full;
};

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct arena_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

struct arena *arena_new(uint64_t max)
{
	struct arena *arena = malloc(sizeof(*arena));

	if (arena)
		*arena = (struct arena){.max = max, .next_size = FIRST_CHUNK};
	return arena;
}

static struct arena_chunk *chunk_new(size_t size)
{
	struct arena_chunk *chunk;

	if (__builtin_add_overflow(size, sizeof(*chunk), &size))
		return NULL;
	chunk = malloc(size);
	if (chunk)
		*chunk = (struct arena_chunk){.size = size - sizeof(*chunk)};
	return chunk;
}

/* A chunk with room for size bytes. One that is made for a single large piece goes behind the one
 * being filled, whose rest is still of use. */
static struct arena_chunk *chunk_with_room(struct arena *arena, size_t size)
{
	struct arena_chunk *first = arena->chunks;
	/* A quarter: at most that much of the chunk being filled could be wasted by leaving it. */
	bool alone = size > arena->next_size / 4 && first;
	struct arena_chunk *chunk = chunk_new(alone ? size : MAX(arena->next_size, size));

	if (!chunk)
		return NULL;
	if (alone) {
		chunk->next = first->next;
		first->next = chunk;
	} else {
		chunk->next = first;
		arena->chunks = chunk;
		arena->next_size = MIN(arena->next_size * 2, (size_t)LAST_CHUNK);
	}
	return chunk;
}

/* Cuts size bytes off the chunk being filled, or off a new one. What the cap counts is what was
 * asked for, so that a limit means the same whatever the alignment and the chunks come to. */
static void *take(struct arena *arena, size_t size, size_t align)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t start = 0, end;

	assert(align > 0 && (align & (align - 1)) == 0);
	assert(arena->used <= arena->max);
	if (size > arena->max - arena->used) {
		arena->full = true;
		return NULL;
	}
	if (chunk) {
		start = (chunk->used + align - 1) & ~(align - 1);
		if (__builtin_add_overflow(start, size, &end) || end > chunk->size)
			chunk = NULL;
	}
	if (!chunk) {
		chunk = chunk_with_room(arena, size);
		start = 0;
	}
	if (!chunk)
		return NULL;
	chunk->used = start + size;
	arena->used += size;
	return chunk->data + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *memory = take(arena, size, alignof(max_align_t) / 2);

	return memory ? memset(memory, 0, size) : NULL;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(arena, total);
}

void *arena_bytes(struct arena *arena, size_t size)
{
	return take(arena, size, 1);
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void *copy = take(arena, size, alignof(max_align_t) / 2);

	return copy && size > 0 ? memcpy(copy, data, size) : copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return arena_strndup(arena, string, strlen(string));
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
	char *copy;
	size_t size;

	if (__builtin_add_overflow(length, (size_t)1, &size))
		return NULL;
	copy = take(arena, size, 1);
	if (!copy)
		return NULL;
	if (length > 0)
		memcpy(copy, string, length);
	copy[length] = '\0';
	return copy;
}

/* Formatted twice, since the arena cannot give back what a guess took too much. */
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	assert(format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return NULL;
	text = take(arena, (size_t)len + 1, 1);
	if (text && vsnprintf(text, (size_t)len + 1, format, args) != len)
		return NULL;
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

int arena_full(const struct arena *arena)
{
	return arena->full;
}

uint64_t arena_used(const struct arena *arena)
{
	return arena->used;
}

void arena_absorb(struct arena *arena, struct arena *from)
{
	struct arena_chunk **tail = &arena->chunks;

	assert(arena != from);
	/* Behind our own chunks: the first one goes on being filled. */
	while (*tail)
		tail = &(*tail)->next;
	*tail = TAKE(from->chunks);
	/* The caller has compared with its own limit; here the sum must only not wrap around. */
	if (__builtin_add_overflow(arena->used, from->used, &arena->used) ||
	    arena->used > arena->max)
		arena->used = arena->max;
	free(from); /* not arena_free(): its chunks live on as ours */
}
