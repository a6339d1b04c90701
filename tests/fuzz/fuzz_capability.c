/* SPDX-License-Identifier: Apache-2.0 */
/* The security.capability attribute, and its text. */
#include <assert.h>

#include "format/capability.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);
	struct file_capability capability;

	if (arena && capability_decode(data, size, &capability, NULL) == 0) {
		assert(capability.revision >= 1 && capability.revision <= 3);
		assert(capability_text(&capability, arena));
	}
	return 0;
}
