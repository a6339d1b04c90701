/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies, so that the memory of one image is free before the next is read. A failed copy is found
 * once, at the end: an arena that is out of memory stays so.
 */
#include "engine/describe.h"

#include <assert.h>
#include <string.h>

struct copier {
	struct arena *arena;
	bool failed;
};

static const char *copy(struct copier *copier, const char *string)
{
	char *result;

	if (!string)
		return NULL;
	result = arena_strdup(copier->arena, string);
	if (!result)
		copier->failed = true;
	return result;
}

/* As users write it; without both parts there is nothing to name. */
static const char *platform_text(struct copier *copier, const struct platform *platform)
{
	char *text;

	if (!platform->os || !platform->architecture)
		return NULL;
	text = arena_printf(copier->arena, "%s/%s%s%s", platform->os, platform->architecture,
			    platform->variant ? "/" : "",
			    platform->variant ? platform->variant : "");
	if (!text)
		copier->failed = true;
	return text;
}

/* One more than needed: an image without layers has an array all the same. */
static void copy_layers(struct copier *copier, const struct image *image, struct target *target)
{
	target->layers = arena_calloc(copier->arena, image->n_layers + 1, sizeof(*target->layers));
	if (!target->layers) {
		copier->failed = true;
		return;
	}
	for (size_t i = 0; i < image->n_layers; i++)
		target->layers[i] = (struct target_layer){
			.digest = copy(copier, image->layers[i].digest),
			.diff_id = copy(copier, image->layers[i].diff_id),
			.created_by = copy(copier, image->layers[i].created_by),
		};
	target->n_layers = image->n_layers;
}

int describe_image(const struct image *image, const char *written, struct arena *arena,
		   struct target **ret, struct error *err)
{
	struct copier copier = {.arena = arena};
	struct target *target = arena_alloc(arena, sizeof(*target));

	assert(image && written && ret);
	if (!target)
		return error_oom(err);
	target->kind = image->rootfs ? TARGET_ROOTFS : TARGET_IMAGE;
	target->target = copy(&copier, written);
	target->name = copy(&copier, image->name);
	target->platform = platform_text(&copier, &image->platform);
	target->digest = copy(&copier, image->digest);
	copy_layers(&copier, image, target);
	if (copier.failed)
		return error_oom(err);
	*ret = target;
	return 0;
}

static struct start_view copy_view(struct copier *copier, const struct start_view *view)
{
	struct start_view result = *view;

	result.why = copy(copier, view->why);
	return result;
}

/* All strings of it point into the image's arena, which goes with the image. */
static struct start_user *copy_user(struct copier *copier, const struct start_user *from)
{
	struct start_user *user = arena_memdup(copier->arena, from, sizeof(*from));

	if (!user) {
		copier->failed = true;
		return NULL;
	}
	user->configured = copy(copier, from->configured);
	user->name = copy(copier, from->name);
	user->home = copy(copier, from->home);
	user->source = copy(copier, from->source);
	user->older_why = copy(copier, from->older_why);
	user->docker = copy_view(copier, &from->docker);
	user->containerd = copy_view(copier, &from->containerd);
	user->kubelet = copy_view(copier, &from->kubelet);
	if (from->n_groups > 0)
		user->groups = arena_memdup(copier->arena, from->groups,
					    from->n_groups * sizeof(*from->groups));
	if (from->n_groups > 0 && !user->groups)
		copier->failed = true;
	return user;
}

/* After the merge: names are counted in the merged tree. */
int describe_user(const struct image *image, struct target *target, struct arena *arena,
		  struct error *err)
{
	struct copier copier = {.arena = arena};
	const struct file_node *node;

	assert(image->tree && target);
	FILE_TREE_FOREACH (image->tree, node)
		target->n_entries += node->parent != NULL;
	/* A bare file system has a start user only when one was given. */
	if (!image->rootfs || image->config.user || image->start_user.configured)
		target->user = copy_user(&copier, &image->start_user);
	return copier.failed ? error_oom(err) : 0;
}
