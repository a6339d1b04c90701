/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed as a whole: alignment, caps, absorbing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "oom.h"

static void test_alignment_and_zero(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);

	for (size_t size = 1; size < 3000; size += 37) {
		unsigned char *memory = arena_alloc(arena, size);

		assert_int_equal((uintptr_t)memory % 8, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
		memset(arena_bytes(arena, 3), 0xff, 3);
	}
}

static void test_large_pieces_leave_the_chunk(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	char *before = arena_bytes(arena, 1), *after;

	assert_non_null(arena_alloc(arena, 10 << 20));
	after = arena_bytes(arena, 1);
	assert_ptr_equal(after, before + 1);
}

static void test_cap(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(100);

	assert_non_null(arena_bytes(arena, 60));
	assert_non_null(arena_bytes(arena, 40));
	assert_false(arena_full(arena));
	assert_null(arena_bytes(arena, 1));
	assert_true(arena_full(arena));
	assert_int_equal(arena_used(arena), 100);
}

static void test_overflow(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);

	assert_null(arena_calloc(arena, SIZE_MAX / 2, 3));
	assert_null(arena_strndup(arena, "x", SIZE_MAX));
	assert_non_null(arena_calloc(arena, 0, 8));
}

static void test_strings(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);

	assert_string_equal(arena_strdup(arena, "one"), "one");
	assert_string_equal(arena_strndup(arena, "twofold", 3), "two");
	assert_string_equal(arena_printf(arena, "%s-%d", "three", 3), "three-3");
	assert_memory_equal(arena_memdup(arena, "a\0b", 3), "a\0b", 3);
}

static void test_absorb(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1000);
	struct arena *other = arena_new(1000);
	char *mine = arena_strdup(arena, "mine"), *theirs = arena_strdup(other, "theirs");

	arena_absorb(arena, other);
	assert_string_equal(mine, "mine");
	assert_string_equal(theirs, "theirs");
	assert_int_equal(arena_used(arena), 12);
	assert_non_null(arena_bytes(arena, 988));
	assert_null(arena_bytes(arena, 1));
}

static void test_absorb_by_an_empty_one(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1000);
	struct arena *other = arena_new(1000), *empty = arena_new(10);
	char *theirs = arena_strdup(other, "theirs");

	arena_absorb(arena, other);
	arena_absorb(arena, empty);
	assert_non_null(arena_strdup(arena, "more"));
	assert_string_equal(theirs, "theirs");
}

static int fill(struct arena **ret)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);

	if (!arena || !arena_alloc(arena, 100) || !arena_alloc(arena, 100000) ||
	    !arena_printf(arena, "%05000d", 1))
		return -ENOMEM;
	*ret = TAKE(arena);
	return 0;
}

static void test_oom(void **state)
{
	struct arena *arena;

	OOM_SWEEP(fill(&arena), arena_free(arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment_and_zero),
		cmocka_unit_test(test_large_pieces_leave_the_chunk),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_absorb),
		cmocka_unit_test(test_absorb_by_an_empty_one),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
