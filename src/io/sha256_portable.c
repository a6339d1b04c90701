/* SPDX-License-Identifier: Apache-2.0 */
/* No SHA-256 of our own on this processor: libcrypto has good ones for all of them. */
#include <assert.h>

#include "io/sha256_blocks.h"

bool sha256_blocks_supported(void)
{
	return false;
}

void sha256_blocks(uint32_t state[8], const uint8_t *data, size_t n)
{
	assert(!"never called where it is not supported");
}

void sha256_blocks_pair(uint32_t state_a[8], const uint8_t *data_a, uint32_t state_b[8],
			const uint8_t *data_b, size_t n)
{
	assert(!"never called where it is not supported");
}
