/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One running SHA-2 (FIPS 180-4): by this processor's own instructions for SHA-256, else by
 * libcrypto, which is loaded when first needed. Not thread-safe; owned by one digester.
 */
#pragma once

#include "io/digester.h"
#include "io/sha256_blocks.h"

struct hash_state {
	enum digest_algorithm algorithm;
	bool native;   /* by sha256_blocks() */
	void *context; /* libcrypto's, unless native */
	uint32_t words[8];
	uint64_t total; /* bytes taken so far */
	uint8_t partial[SHA256_BLOCK];
	size_t n_partial;
};

/* native: wanted where it is possible. */
int hash_state_init(struct hash_state *state, enum digest_algorithm algorithm, bool native,
		    struct error *err);
void hash_state_clear(struct hash_state *state);
int hash_state_update(struct hash_state *state, const uint8_t *data, size_t size,
		      struct error *err);
/* Two native states side by side, as far as the shorter piece goes; never fails. Counts what was
 * taken of each: all of at least one. */
void hash_state_update_pair(struct hash_state *a, const uint8_t *data_a, size_t *size_a,
			    struct hash_state *b, const uint8_t *data_b, size_t *size_b);
/* The digest into `digest` (DIGEST_MAX_SIZE bytes): its size. The state is used up. */
int hash_state_finish(struct hash_state *state, uint8_t *digest, struct error *err);

/* hash_openssl.c: the same by libcrypto. */
int hash_openssl_new(enum digest_algorithm algorithm, void **ret, struct error *err);
void hash_openssl_free(void *context);
int hash_openssl_update(void *context, const uint8_t *data, size_t size, struct error *err);
int hash_openssl_finish(void *context, uint8_t *digest, struct error *err);
