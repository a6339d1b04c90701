/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests against published vectors and against one another: pieces of every size, crews of every
 * size, many digesters in many threads.
 */
#include "pieces.h"

#include <pthread.h>
#include <stdio.h>

#include "io/digester.h"
#include "oom.h"

#define HEX_SIZE (2 * DIGEST_MAX_SIZE + 1)

static uint8_t content[3 * CHUNK_SIZE];

/* FIPS 180-4 examples (NIST CSRC), and the empty message. */
static const struct {
	enum digest_algorithm algorithm;
	const char *text;
	const char *hex;
} vectors[] = {
	{DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{DIGEST_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{DIGEST_SHA384, "abc",
	 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	 "8086072ba1e7cc2358baeca134c825a7"},
	{DIGEST_SHA512, "abc",
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

/* The digest of content[0..size), handed over in pieces of random sizes up to max. */
static void digest_pieces(struct digest_crew *crew, enum digest_algorithm algorithm, size_t size,
			  size_t max, unsigned int *seed, char *hex)
{
	_cleanup_(digester_freep) struct digester *digester = NULL;
	struct error err = {};
	size_t at = 0;

	assert_int_equal(digester_new(crew, algorithm, &digester, &err), 0);
	while (at < size) {
		size_t n = MIN(1 + (size_t)rand_r(seed) % max, size - at);
		struct chunk *chunk = chunk_view(NULL, content + at, n);

		assert_non_null(chunk);
		assert_int_equal(digester_update(digester, chunk, &err), 0);
		chunk_unref(chunk);
		at += n;
	}
	assert_int_equal(digester_finish(digester, hex, &err), 0);
}

static void test_vectors(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		char hex[HEX_SIZE] = "";

		assert_int_equal(digest_memory(vectors[i].algorithm, vectors[i].text,
					       strlen(vectors[i].text), hex, NULL),
				 0);
		assert_string_equal(hex, vectors[i].hex);
	}
}

/* One million times "a" (FIPS 180-4 examples). */
static void test_million(void **state)
{
	static const char expected[] =
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
	_cleanup_free_ char *text = malloc(1000000);
	char hex[HEX_SIZE];

	memset(text, 'a', 1000000);
	assert_int_equal(digest_memory(DIGEST_SHA256, text, 1000000, hex, NULL), 0);
	assert_string_equal(hex, expected);
}

/* Around every boundary of blocks and padding, in one piece and in many. */
static void test_sizes(void **state)
{
	struct digest_crew *crew;
	unsigned int seed = 1;

	assert_int_equal(digest_crew_new(0, &crew, NULL), 0);
	for (size_t size = 0; size < 300; size++) {
		char whole[HEX_SIZE], alone[HEX_SIZE], crewed[HEX_SIZE];

		assert_int_equal(digest_memory(DIGEST_SHA256, content, size, whole, NULL), 0);
		digest_pieces(NULL, DIGEST_SHA256, size, 70, &seed, alone);
		digest_pieces(crew, DIGEST_SHA256, size, 70, &seed, crewed);
		assert_string_equal(alone, whole);
		assert_string_equal(crewed, whole);
	}
	digest_crew_free(crew);
}

struct feeder {
	struct digest_crew *crew;
	unsigned int seed;
	size_t size, max;
	enum digest_algorithm algorithm;
};

static void *feed(void *data)
{
	struct feeder *feeder = data;

	for (int round = 0; round < 4; round++) {
		char expected[HEX_SIZE], hex[HEX_SIZE];
		size_t size = (size_t)rand_r(&feeder->seed) % feeder->size;

		assert_int_equal(digest_memory(feeder->algorithm, content, size, expected, NULL),
				 0);
		digest_pieces(feeder->crew, feeder->algorithm, size, feeder->max, &feeder->seed,
			      hex);
		assert_string_equal(hex, expected);
	}
	return NULL;
}

/* Feeders of long and short pieces, with other algorithms between them. */
static void test_threads(void **state)
{
	static const size_t max[] = {CHUNK_SIZE, 100000, 5000, 700, CHUNK_SIZE, 64};

	for (unsigned int n_threads = 0; n_threads < 4; n_threads++) {
		struct feeder feeders[ARRAY_SIZE(max)];
		pthread_t threads[ARRAY_SIZE(max)];
		struct digest_crew *crew;

		assert_int_equal(digest_crew_new(n_threads, &crew, NULL), 0);
		for (size_t i = 0; i < ARRAY_SIZE(max); i++) {
			feeders[i] = (struct feeder){.crew = crew,
						     .seed = (unsigned int)i + 10 * n_threads,
						     .size = MIN(sizeof(content), max[i] * 1000),
						     .max = max[i],
						     .algorithm = i == 2   ? DIGEST_SHA512
								  : i == 3 ? DIGEST_SHA384
									   : DIGEST_SHA256};
			assert_int_equal(pthread_create(&threads[i], NULL, feed, &feeders[i]), 0);
		}
		for (size_t i = 0; i < ARRAY_SIZE(max); i++)
			pthread_join(threads[i], NULL);
		digest_crew_free(crew);
	}
}

/* Two digesters fed by one thread in turn, as a blob and what it inflates to. */
static void test_two_of_one(void **state)
{
	for (unsigned int n_threads = 0; n_threads < 2; n_threads++) {
		struct digester *a, *b;
		char hex_a[HEX_SIZE], hex_b[HEX_SIZE], expected[HEX_SIZE];
		struct digest_crew *crew;

		assert_int_equal(digest_crew_new(n_threads, &crew, NULL), 0);
		assert_int_equal(digester_new(crew, DIGEST_SHA256, &a, NULL), 0);
		assert_int_equal(digester_new(crew, DIGEST_SHA256, &b, NULL), 0);
		for (size_t at = 0; at < sizeof(content); at += 4096) {
			struct chunk *chunk = chunk_view(NULL, content + at, 4096);

			assert_int_equal(digester_update(a, chunk, NULL), 0);
			if (at % 12288 == 0)
				assert_int_equal(digester_update(b, chunk, NULL), 0);
			chunk_unref(chunk);
		}
		assert_int_equal(digester_finish(a, hex_a, NULL), 0);
		assert_int_equal(digester_finish(b, hex_b, NULL), 0);
		assert_int_equal(digest_memory(DIGEST_SHA256, content, sizeof(content), expected,
					       NULL),
				 0);
		assert_string_equal(hex_a, expected);
		assert_string_not_equal(hex_b, expected);
		digester_free(a);
		digester_free(b);
		digest_crew_free(crew);
	}
}

/* Given up in the middle: the queue goes, and its chunks with it. */
static void test_abandoned(void **state)
{
	for (unsigned int n_threads = 0; n_threads < 2; n_threads++) {
		struct digest_crew *crew;

		assert_int_equal(digest_crew_new(n_threads, &crew, NULL), 0);
		for (int n = 0; n < 20; n++) {
			struct digester *digester;

			assert_int_equal(digester_new(crew, DIGEST_SHA256, &digester, NULL), 0);
			for (int i = 0; i < n; i++) {
				struct chunk *chunk = chunk_new();

				memset(chunk_buffer(chunk), i, CHUNK_SIZE);
				chunk->size = CHUNK_SIZE;
				assert_int_equal(digester_update(digester, chunk, NULL), 0);
				chunk_unref(chunk);
			}
			digester_free(digester);
		}
		digest_crew_free(crew);
	}
	digester_free(NULL);
	digest_crew_free(NULL);
}

/* A queued chunk lives on when its owner has let go. */
static void test_keeps_reference(void **state)
{
	char hex[HEX_SIZE], expected[HEX_SIZE];
	struct digester *digester;
	struct digest_crew *crew;

	assert_int_equal(digest_crew_new(0, &crew, NULL), 0);
	assert_int_equal(digester_new(crew, DIGEST_SHA256, &digester, NULL), 0);
	for (int i = 0; i < 3; i++) {
		struct chunk *chunk = chunk_new(), *other;

		memcpy(chunk_buffer(chunk), content + i * CHUNK_SIZE, CHUNK_SIZE);
		chunk->size = CHUNK_SIZE;
		assert_int_equal(digester_update(digester, chunk, NULL), 0);
		chunk_unref(chunk);
		other = chunk_new();
		memset(chunk_buffer(other), 0, CHUNK_SIZE);
		chunk_unref(other);
	}
	assert_int_equal(digester_finish(digester, hex, NULL), 0);
	digest_memory(DIGEST_SHA256, content, sizeof(content), expected, NULL);
	assert_string_equal(hex, expected);
	digester_free(digester);
	digest_crew_free(crew);
}

static void test_tee(void **state)
{
	_cleanup_(digester_freep) struct digester *digester = NULL;
	_cleanup_(stream_freep) struct stream *stream = NULL;
	char hex[HEX_SIZE], expected[HEX_SIZE];
	struct strbuf out = STRBUF_INIT(SIZE_MAX);
	struct stream *source = pieces_open(content, 10000, 777, 0);

	pieces_allow_skip(source, true);
	assert_int_equal(digester_new(NULL, DIGEST_SHA256, &digester, NULL), 0);
	assert_int_equal(stream_tee_digest(source, digester, &stream, NULL), 0);
	assert_int_equal(stream_skip(stream, 100, NULL), 0);
	assert_int_equal(read_all(stream, &out, NULL), 0);
	assert_int_equal(out.len, 10000);
	assert_memory_equal(out.data, content, 10000);
	assert_int_equal(digester_finish(digester, hex, NULL), 0);
	digest_memory(DIGEST_SHA256, content, 10000, expected, NULL);
	assert_string_equal(hex, expected);
	strbuf_clear(&out);
}

static void test_tee_breaks(void **state)
{
	_cleanup_(digester_freep) struct digester *digester = NULL;
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct strbuf out = STRBUF_INIT(SIZE_MAX);
	struct error err = {};

	assert_int_equal(digester_new(NULL, DIGEST_SHA256, &digester, NULL), 0);
	assert_int_equal(stream_tee_digest(pieces_open(content, 100, 10, -EIO), digester, &stream,
					   NULL),
			 0);
	assert_int_equal(read_all(stream, &out, &err), -EIO);
	assert_string_equal(err.message, "source broke");
	strbuf_clear(&out);
}

static int sweep(void)
{
	_cleanup_(digest_crew_freep) struct digest_crew *crew = NULL;
	_cleanup_(digester_freep) struct digester *digester = NULL;
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct strbuf out = STRBUF_INIT(SIZE_MAX);
	char hex[HEX_SIZE];
	int r;

	r = digest_crew_new(0, &crew, NULL);
	if (r == 0)
		r = digester_new(crew, DIGEST_SHA256, &digester, NULL);
	if (r == 0)
		r = stream_open_memory(content, 100, &stream, NULL);
	if (r == 0)
		r = stream_tee_digest(TAKE(stream), digester, &stream, NULL);
	if (r == 0)
		r = read_all(stream, &out, NULL);
	if (r == 0)
		r = digester_finish(digester, hex, NULL);
	strbuf_clear(&out);
	return r;
}

static void test_oom(void **state)
{
	OOM_SWEEP(sweep(), (void)0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),         cmocka_unit_test(test_million),
		cmocka_unit_test(test_sizes),           cmocka_unit_test(test_threads),
		cmocka_unit_test(test_two_of_one),      cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_keeps_reference), cmocka_unit_test(test_tee),
		cmocka_unit_test(test_tee_breaks),      cmocka_unit_test(test_oom),
	};

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 13 + i / 255);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
