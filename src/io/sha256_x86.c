/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 blocks (FIPS 180-4 section 6.2.2) with the SHA extensions of x86 (Intel SDM volume 2,
 * SHA256RNDS2, SHA256MSG1, SHA256MSG2). One stream waits for the latency of SHA256RNDS2; the second
 * one of a pair runs in its gaps, until the one port that executes these instructions is full (1.35
 * times the bytes a second, measured; a message schedule in AVX-512 beside it was slower). Whether
 * the processor has them is asked at run time.
 */
#include <cpuid.h>
#include <immintrin.h>

#include "io/sha256_blocks.h"

#define TARGET             __attribute__((target("sha,sse4.1")))
#define TARGET_INLINE      static inline __attribute__((always_inline, target("sha,sse4.1")))

#define CPUID_1_ECX_SSSE3  (1u << 9)
#define CPUID_1_ECX_SSE4_1 (1u << 19)
#define CPUID_7_EBX_SHA    (1u << 29)

/* FIPS 180-4 section 4.2.2. */
static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* One stream: the state in the order that SHA256RNDS2 wants, 16 words of message schedule. */
struct lane {
	__m128i abef, cdgh;
	__m128i words[4];
};

bool sha256_blocks_supported(void)
{
	unsigned int eax, ebx, ecx, edx;
	const unsigned int sse = CPUID_1_ECX_SSSE3 | CPUID_1_ECX_SSE4_1;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & sse) != sse)
		return false;
	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & CPUID_7_EBX_SHA) != 0;
}

TARGET_INLINE __m128i load(const void *from)
{
	return _mm_loadu_si128((const __m128i *)from);
}

TARGET_INLINE void lane_load(struct lane *lane, const uint32_t state[8])
{
	__m128i dcba = load(state), hgfe = load(state + 4);
	__m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);

	lane->abef = _mm_alignr_epi8(cdab, efgh, 8);
	lane->cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
}

TARGET_INLINE void lane_store(const struct lane *lane, uint32_t state[8])
{
	__m128i feba = _mm_shuffle_epi32(lane->abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(lane->cdgh, 0xb1);

	_mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

TARGET_INLINE void lane_message(struct lane *lane, const uint8_t *block)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	for (int i = 0; i < 4; i++)
		lane->words[i] = _mm_shuffle_epi8(load(block + (size_t)16 * i), big_endian);
}

/* Rounds 4i to 4i + 3, and the schedule's words for four steps later. */
TARGET_INLINE void lane_rounds(struct lane *lane, int i)
{
	__m128i *word = &lane->words[i % 4], last = lane->words[(i + 3) % 4];
	__m128i sum = _mm_add_epi32(*word, load(round_constants + 4 * (size_t)i));

	lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
	sum = _mm_shuffle_epi32(sum, 0x0e);
	lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, sum);
	if (i < 12) {
		sum = _mm_sha256msg1_epu32(*word, lane->words[(i + 1) % 4]);
		sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, lane->words[(i + 2) % 4], 4));
		*word = _mm_sha256msg2_epu32(sum, last);
	}
}

TARGET_INLINE void lane_add(struct lane *lane, const struct lane *before)
{
	lane->abef = _mm_add_epi32(lane->abef, before->abef);
	lane->cdgh = _mm_add_epi32(lane->cdgh, before->cdgh);
}

TARGET void sha256_blocks(uint32_t state[8], const uint8_t *data, size_t n)
{
	struct lane lane;

	lane_load(&lane, state);
	for (; n > 0; n--, data += SHA256_BLOCK) {
		const struct lane before = lane;

		lane_message(&lane, data);
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++)
			lane_rounds(&lane, i);
		lane_add(&lane, &before);
	}
	lane_store(&lane, state);
}

TARGET void sha256_blocks_pair(uint32_t state_a[8], const uint8_t *data_a, uint32_t state_b[8],
			       const uint8_t *data_b, size_t n)
{
	struct lane a, b;

	lane_load(&a, state_a);
	lane_load(&b, state_b);
	for (; n > 0; n--, data_a += SHA256_BLOCK, data_b += SHA256_BLOCK) {
		const struct lane before_a = a, before_b = b;

		lane_message(&a, data_a);
		lane_message(&b, data_b);
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			lane_rounds(&a, i);
			lane_rounds(&b, i);
		}
		lane_add(&a, &before_a);
		lane_add(&b, &before_b);
	}
	lane_store(&a, state_a);
	lane_store(&b, state_b);
}
