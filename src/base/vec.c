/* SPDX-License-Identifier: Apache-2.0 */
/* Doubling growth for VEC(). */
#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>

int vec_grow(void **items, size_t *cap, size_t len, size_t size)
{
	size_t new_cap = *cap ? *cap * 2 : 8;
	size_t bytes;
	void *grown;

	assert(len <= *cap);
	assert(size > 0);
	if (len < *cap)
		return 0;
	if (new_cap < *cap)
		return -ENOMEM;
	if (__builtin_mul_overflow(new_cap, size, &bytes))
		return -ENOMEM;
	grown = realloc(*items, bytes);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*cap = new_cap;
	return 0;
}
