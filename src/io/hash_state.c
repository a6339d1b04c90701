/* SPDX-License-Identifier: Apache-2.0 */
/* Padding and bookkeeping of SHA-256 (FIPS 180-4 sections 5.1.1, 5.3.3, 6.2) around the blocks. */
#include "io/hash_state.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

static const uint32_t sha256_initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

int hash_state_init(struct hash_state *state, enum digest_algorithm algorithm, bool native,
		    struct error *err)
{
	*state = (struct hash_state){.algorithm = algorithm};
	state->native = native && algorithm == DIGEST_SHA256 && sha256_blocks_supported();
	if (!state->native)
		return hash_openssl_new(algorithm, &state->context, err);
	memcpy(state->words, sha256_initial, sizeof(state->words));
	return 0;
}

void hash_state_clear(struct hash_state *state)
{
	hash_openssl_free(state->context);
	state->context = NULL;
}

/* Completes a block that an earlier piece began: how many bytes went into it. */
static size_t take_head(struct hash_state *state, const uint8_t *data, size_t size)
{
	size_t n = MIN(SHA256_BLOCK - state->n_partial, size);

	assert(state->n_partial < SHA256_BLOCK);
	if (state->n_partial == 0)
		return 0;
	memcpy(state->partial + state->n_partial, data, n);
	state->n_partial += n;
	if (state->n_partial == SHA256_BLOCK) {
		sha256_blocks(state->words, state->partial, 1);
		state->n_partial = 0;
	}
	return n;
}

/* Keeps less than a block for later. */
static size_t take_tail(struct hash_state *state, const uint8_t *data, size_t size)
{
	if (size >= SHA256_BLOCK || size == 0)
		return 0;
	assert(state->n_partial == 0);
	memcpy(state->partial, data, size);
	state->n_partial = size;
	return size;
}

static void native_update(struct hash_state *state, const uint8_t *data, size_t size)
{
	size_t at = take_head(state, data, size);
	size_t n = (size - at) / SHA256_BLOCK;

	if (n > 0)
		sha256_blocks(state->words, data + at, n);
	at += n * SHA256_BLOCK;
	take_tail(state, data + at, size - at);
	state->total += size;
}

int hash_state_update(struct hash_state *state, const uint8_t *data, size_t size, struct error *err)
{
	if (!state->native)
		return hash_openssl_update(state->context, data, size, err);
	native_update(state, data, size);
	return 0;
}

void hash_state_update_pair(struct hash_state *a, const uint8_t *data_a, size_t *size_a,
			    struct hash_state *b, const uint8_t *data_b, size_t *size_b)
{
	size_t at_a = take_head(a, data_a, *size_a);
	size_t at_b = take_head(b, data_b, *size_b);
	size_t n = MIN(*size_a - at_a, *size_b - at_b) / SHA256_BLOCK;

	if (n > 0)
		sha256_blocks_pair(a->words, data_a + at_a, b->words, data_b + at_b, n);
	at_a += n * SHA256_BLOCK;
	at_b += n * SHA256_BLOCK;
	at_a += take_tail(a, data_a + at_a, *size_a - at_a);
	at_b += take_tail(b, data_b + at_b, *size_b - at_b);
	assert(at_a == *size_a || at_b == *size_b);
	a->total += *size_a = at_a;
	b->total += *size_b = at_b;
}

static int native_finish(struct hash_state *state, uint8_t *digest)
{
	uint8_t padding[2 * SHA256_BLOCK] = {0x80};
	size_t pad = (state->n_partial < 56 ? 56 : 120) - state->n_partial;
	const uint64_t bits = htobe64(state->total * 8);

	memcpy(padding + pad, &bits, sizeof(bits));
	native_update(state, padding, pad + sizeof(bits));
	assert(state->n_partial == 0);
	for (size_t i = 0; i < ARRAY_SIZE(state->words); i++) {
		const uint32_t word = htobe32(state->words[i]);

		memcpy(digest + 4 * i, &word, sizeof(word));
	}
	return sizeof(state->words);
}

int hash_state_finish(struct hash_state *state, uint8_t *digest, struct error *err)
{
	if (!state->native)
		return hash_openssl_finish(state->context, digest, err);
	return native_finish(state, digest);
}
