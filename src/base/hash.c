/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF"). */
#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/macro.h"

static uint64_t key[2];
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void draw_key(void)
{
	/* Without entropy the table is merely slower to attack: the clock will do. */
	if (getrandom(key, sizeof(key), GRND_NONBLOCK) != (ssize_t)sizeof(key)) {
		struct timespec now = {};

		clock_gettime(CLOCK_REALTIME, &now);
		key[0] = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u;
		key[1] = (uint64_t)now.tv_sec ^ (uint64_t)(uintptr_t)&now;
	}
}

static uint64_t rotate(uint64_t value, unsigned int by)
{
	return value << by | value >> (64 - by);
}

/* The ARX round of section 2 of the paper. */
static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

uint64_t hash_bytes(uint64_t seed, const void *data, size_t size)
{
	const uint8_t *at = data;
	uint64_t v[4], word;
	size_t left = size;

	assert(data || size == 0);
	pthread_once(&key_once, draw_key);
	/* "somepseudorandomlygeneratedbytes"; the seed joins the half of the key that both v[0] and
	 * v[2] hold, which is another key to whoever does not know this one. */
	v[0] = key[0] ^ seed ^ 0x736f6d6570736575u;
	v[1] = key[1] ^ 0x646f72616e646f6du;
	v[2] = key[0] ^ seed ^ 0x6c7967656e657261u;
	v[3] = key[1] ^ 0x7465646279746573u;

	/* Words in the machine's own order: no hash leaves the process. */
	for (; left >= 8; left -= 8, at += 8) {
		memcpy(&word, at, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)size << 56;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)at[i] << (8 * i);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	/* 1 round a word and 3 at the end: enough against chosen names, half of the cost of 2-4. */
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
