/* SPDX-License-Identifier: Apache-2.0 */
/* The image's private data is one claim and one blob name a layer, in the image's arena. */
#include "source/blob_image.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "source/image_config.h"

struct blob_claim {
	const char *name; /* in the store */
	struct layer_claim claim;
};

/* What the manifest and the configuration say of one layer, in the image's own memory: both texts
 * are gone when it is read. */
static int fill_layer(struct image *image, size_t i, const struct blob_image_layer *from,
		      const struct config_layers *config, struct blob_claim *claim,
		      struct error *err)
{
	struct arena *arena = image->arena;
	struct layer *layer = &image->layers[i];
	int r;

	r = digest_text_parse(config->diff_ids.items[i], &claim->claim.diff, err);
	if (r < 0)
		return error_wrap(err, r, "diff_ids[%zu]", i);
	layer->diff_id = config->diff_ids.items[i];
	layer->created_by = config->created_by.len > 0 ? config->created_by.items[i] : NULL;
	layer->size = from->size;
	layer->media_type = from->media_type ? arena_strdup(arena, from->media_type) : NULL;
	layer->blob_name =
		arena_printf(arena, "layer %zu of %zu (%s)", i + 1, image->n_layers, from->label);
	claim->name = arena_strdup(arena, from->name);
	claim->claim.what = layer->blob_name;
	claim->claim.has_diff = true;
	claim->claim.size = from->size;
	if (from->digest) {
		claim->claim.has_blob = true;
		claim->claim.blob = *from->digest;
		layer->digest =
			arena_printf(arena, "%s:%s", from->digest->algorithm, from->digest->hex);
	}
	if (!layer->blob_name || !claim->name || (from->media_type && !layer->media_type) ||
	    (from->digest && !layer->digest))
		return error_oom(err);
	return 0;
}

/* The manifest's layers and the configuration's diff_ids are matched by place: of lists that differ
 * in length nobody knows which layer is missing. */
static int fill_layers(struct source *source, struct image *image,
		       const struct blob_image_request *request, const struct config_layers *config,
		       struct blob_claim **ret, struct error *err)
{
	struct blob_claim *claims;

	if (config->diff_ids.len != request->n_layers)
		return error_set(err, -EBADMSG, "%zu diff_ids, but the manifest has %zu layers",
				 config->diff_ids.len, request->n_layers);
	image->n_layers = request->n_layers;
	image->layers = arena_calloc(image->arena, image->n_layers, sizeof(*image->layers));
	claims = arena_calloc(image->arena, image->n_layers, sizeof(*claims));
	if (!image->layers || !claims)
		return error_oom(err);
	for (size_t i = 0; i < image->n_layers; i++) {
		int r = fill_layer(image, i, &request->layers[i], config, &claims[i], err);

		if (r < 0)
			return r;
		source->store->class->use(source->store, claims[i].name);
	}
	*ret = claims;
	return 0;
}

/* The order counts: the first one names the image. */
static int copy_references(struct image *image, const struct string_list *from, struct error *err)
{
	struct string_list *to = &image->references;

	if (!from)
		return 0;
	to->set = from->set;
	to->len = from->len;
	to->items = arena_calloc(image->arena, from->len, sizeof(*to->items));
	if (!to->items)
		return error_oom(err);
	for (size_t i = 0; i < from->len; i++) {
		to->items[i] = arena_strdup(image->arena, from->items[i]);
		if (!to->items[i])
			return error_oom(err);
	}
	return 0;
}

int blob_image_add(struct source *source, const struct blob_image_request *request,
		   struct error *err)
{
	_cleanup_(image_freep) struct image *image = NULL;
	const char *digest = request->digest ? request->digest : request->config_digest;
	struct config_layers config;
	struct blob_claim *claims = NULL;
	int r;

	assert(request->name && request->config);
	r = image_new(request->name, &image, err);
	if (r < 0)
		return r;
	r = image_config_parse(request->config, request->config_size, source->options->limits,
			       image, &config, err);
	if (r == 0)
		r = fill_layers(source, image, request, &config, &claims, err);
	if (r < 0)
		return error_wrap(err, r, "%s", request->config_name);
	image->digest = arena_strdup(image->arena, digest);
	image->config_digest = arena_strdup(image->arena, request->config_digest);
	if (!image->digest || !image->config_digest)
		return error_oom(err);
	r = copy_references(image, request->references, err);
	if (r < 0)
		return r;
	return source_add_image(source, TAKE(image), claims, err);
}

int blob_image_read_layer(struct source *source, size_t image, size_t layer,
			  const struct body_wishes *wishes, struct file_tree **ret_tree,
			  struct error *err)
{
	const struct blob_claim *claims = source->images.items[image].private_data;
	const struct layer_claim *claim = &claims[layer].claim;
	bool verify = source->options->verify;
	struct layer_request request = {
		.options = source->options,
		.wishes = wishes,
		.layer = (uint32_t)layer,
		.what = claim->what,
		.digest_blob = verify && claim->has_blob,
		.digest_diff = verify,
		.blob_algorithm = layer_algorithm(&claim->blob),
		.diff_algorithm = layer_algorithm(&claim->diff),
	};
	struct layer_result result;
	int r;

	assert(image < source->images.len);
	assert(layer < source->images.items[image].image->n_layers);
	r = source->store->class->scan(source->store, claims[layer].name, &request, &result, err);
	if (r < 0)
		return r;
	r = verify ? layer_verify(&result, claim, err) : 0;
	if (r == 0)
		*ret_tree = TAKE(result.tree);
	layer_result_clear(&result);
	return r;
}

/* For progress only: 0 where it cannot be told. */
uint64_t blob_image_bytes(const struct source *source, size_t image)
{
	const struct source_image *entry = &source->images.items[image];
	const struct blob_claim *claims = entry->private_data;
	uint64_t total = 0, size;

	for (size_t i = 0; i < entry->image->n_layers; i++) {
		if (source->store->class->size(source->store, claims[i].name, &size) < 0 ||
		    __builtin_add_overflow(total, size, &total))
			return 0;
	}
	return total;
}
