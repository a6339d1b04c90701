/* SPDX-License-Identifier: Apache-2.0 */
/* Image references: what is parsed and written out must parse again to the same. */
#include <assert.h>
#include <string.h>

#include "format/digest_text.h"
#include "format/image_reference.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(16 << 20);
	char *text = arena ? arena_strndup(arena, (const char *)data, size) : NULL;
	struct image_reference reference;
	struct digest_text digest;
	char *once;

	if (!text)
		return 0;
	digest_text_parse(text, &digest, NULL);
	if (image_reference_parse(text, arena, &reference, NULL) < 0)
		return 0;
	once = image_reference_string(&reference, arena);
	assert(once);
	assert(image_reference_parse(once, arena, &reference, NULL) == 0);
	assert(strcmp(once, image_reference_string(&reference, arena)) == 0);
	return 0;
}
