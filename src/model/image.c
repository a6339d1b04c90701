/* SPDX-License-Identifier: Apache-2.0 */
/* Birth and death of an image. */
#include "model/image.h"

#include <assert.h>

void image_free(struct image *image)
{
	if (!image)
		return;
	file_tree_free(image->tree);
	arena_free(image->arena); /* the image itself lives there */
}

int image_new(const char *name, struct image **ret, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct image *image = arena ? arena_alloc(arena, sizeof(*image)) : NULL;

	assert(name && ret);
	if (!image)
		return error_oom(err);
	image->name = arena_strdup(arena, name);
	if (!image->name)
		return error_oom(err);
	image->arena = TAKE(arena);
	*ret = image;
	return 0;
}
