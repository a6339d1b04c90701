/* SPDX-License-Identifier: Apache-2.0 */
/* Our SHA-256 against libcrypto's: every way to cut a message, alone and in pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "io/hash_state.h"

#define SIZE 20000

static uint8_t content[SIZE];

static void assert_digest(struct hash_state *state, size_t offset, size_t size)
{
	uint8_t digest[DIGEST_MAX_SIZE], expected[DIGEST_MAX_SIZE];
	struct hash_state reference;

	assert_int_equal(hash_state_init(&reference, DIGEST_SHA256, false, NULL), 0);
	assert_false(reference.native);
	assert_int_equal(hash_state_update(&reference, content + offset, size, NULL), 0);
	assert_int_equal(hash_state_finish(&reference, expected, NULL), 32);
	hash_state_clear(&reference);
	assert_int_equal(hash_state_finish(state, digest, NULL), 32);
	assert_memory_equal(digest, expected, 32);
	hash_state_clear(state);
}

static void skip_unless_native(void)
{
	if (!sha256_blocks_supported())
		skip();
}

static void test_single(void **state)
{
	skip_unless_native();
	for (size_t size = 0; size < 200; size++) {
		for (size_t cut = 0; cut <= size; cut += 7) {
			struct hash_state hash;

			assert_int_equal(hash_state_init(&hash, DIGEST_SHA256, true, NULL), 0);
			assert_true(hash.native);
			hash_state_update(&hash, content, cut, NULL);
			hash_state_update(&hash, content + cut, size - cut, NULL);
			assert_digest(&hash, 0, size);
		}
	}
}

/* Pieces of random sizes, each pair as far as the shorter goes, until both are through. */
static void test_pair(void **state)
{
	unsigned int seed = 7;

	skip_unless_native();
	for (int round = 0; round < 300; round++) {
		size_t size_a = (size_t)rand_r(&seed) % SIZE, size_b = (size_t)rand_r(&seed) % SIZE;
		size_t max = 1 + (size_t)rand_r(&seed) % 3000, at_a = 0, at_b = 0;
		struct hash_state a, b;

		assert_int_equal(hash_state_init(&a, DIGEST_SHA256, true, NULL), 0);
		assert_int_equal(hash_state_init(&b, DIGEST_SHA256, true, NULL), 0);
		while (at_a < size_a && at_b < size_b) {
			size_t n_a = MIN(1 + (size_t)rand_r(&seed) % max, size_a - at_a);
			size_t n_b = MIN(1 + (size_t)rand_r(&seed) % max, size_b - at_b);
			size_t done_a = n_a, done_b = n_b;

			hash_state_update_pair(&a, content + at_a, &done_a, &b, content + at_b,
					       &done_b);
			assert_true(done_a <= n_a && done_b <= n_b);
			assert_true(done_a == n_a || done_b == n_b);
			at_a += done_a;
			at_b += done_b;
		}
		hash_state_update(&a, content + at_a, size_a - at_a, NULL);
		hash_state_update(&b, content + at_b, size_b - at_b, NULL);
		assert_digest(&a, 0, size_a);
		assert_digest(&b, 0, size_b);
	}
}

/* The lanes do not mix: the same two messages give their own digests in either place. */
static void test_lanes(void **state)
{
	skip_unless_native();
	for (size_t i = 0; i < 2; i++) {
		struct hash_state a, b;
		size_t size_a = 6400, size_b = 6400;

		hash_state_init(&a, DIGEST_SHA256, true, NULL);
		hash_state_init(&b, DIGEST_SHA256, true, NULL);
		hash_state_update_pair(&a, content + i, &size_a, &b, content + 1 - i, &size_b);
		assert_int_equal(size_a, 6400);
		assert_int_equal(size_b, 6400);
		assert_digest(&a, i, 6400);
		assert_digest(&b, 1 - i, 6400);
	}
}

static void test_others_are_not_native(void **state)
{
	static const struct {
		enum digest_algorithm algorithm;
		int size;
	} rows[] = {{DIGEST_SHA384, 48}, {DIGEST_SHA512, 64}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t digest[DIGEST_MAX_SIZE];
		struct hash_state hash;

		assert_int_equal(hash_state_init(&hash, rows[i].algorithm, true, NULL), 0);
		assert_false(hash.native);
		assert_int_equal(hash_state_update(&hash, content, SIZE, NULL), 0);
		assert_int_equal(hash_state_finish(&hash, digest, NULL), rows[i].size);
		hash_state_clear(&hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_pair),
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_others_are_not_native),
	};

	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)(i * 101 + i / 256);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
