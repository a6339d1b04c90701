/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs: a root file system in a directory, judged as it lies there. */
#include "source/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "source/rootfs_walk.h"

int rootfs_add_image(struct source *source, struct error *err)
{
	_cleanup_(image_freep) struct image *image = NULL;
	int r = image_new(source->name->path, &image, err);

	if (r < 0)
		return r;
	image->rootfs = true;
	image->n_layers = 1;
	image->layers = arena_calloc(image->arena, 1, sizeof(*image->layers));
	if (!image->layers)
		return error_oom(err);
	image->layers[0].size = UINT64_MAX;
	image->layers[0].blob_name = image->name;
	return source_add_image(source, TAKE(image), NULL, err);
}

static int rootfs_open(struct source *source, struct error *err)
{
	source->repeatable = true;
	return rootfs_add_image(source, err);
}

/* A directory that holds what every root file system does. */
static int rootfs_claims(struct source *source, struct error *err)
{
	static const char *const names[] = {"etc", "usr", "bin"};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (fstatat(confined_fd(source->dir), names[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			return 1;
	}
	return 0;
}

static int rootfs_read_layer(struct source *source, size_t image, size_t layer,
			     const struct body_wishes *wishes, struct file_tree **ret_tree,
			     struct error *err)
{
	return rootfs_walk(source->dir, source->name->path, source->options->limits, wishes,
			   ret_tree, err);
}

const struct source_class source_rootfs = {
	.name = "rootfs",
	.syntax = "rootfs:DIR",
	.help = "root file system in a directory",
	.input = INPUT_DIR,
	.claims = rootfs_claims,
	.open = rootfs_open,
	.read_layer = rootfs_read_layer,
};
