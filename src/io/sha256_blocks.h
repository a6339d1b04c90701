/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compression function of SHA-256 (FIPS 180-4 section 6.2.2) where the processor has
 * instructions for it: sha256_x86.c, or sha256_portable.c, which says that it has not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK 64

bool sha256_blocks_supported(void);

/* Takes n blocks into the state (eight words, native order). Only where it is supported. */
void sha256_blocks(uint32_t state[8], const uint8_t *data, size_t n);
/* The same for two streams at once, n blocks of each: in about 1.5 times the time of one, for the
 * instructions of one stream wait for one another. */
void sha256_blocks_pair(uint32_t state_a[8], const uint8_t *data_a, uint32_t state_b[8],
			const uint8_t *data_b, size_t n);
