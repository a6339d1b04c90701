/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of indexes is walked depth first; its images become candidates, with their
 * configurations read only where a descriptor does not say the platform. Then the best one wins.
 */
#include "source/image_resolve.h"

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/json.h"
#include "source/blob_image.h"
#include "source/platform.h"

#define LIST_MAX 256 /* bytes of a list of platforms in an error message */

struct candidate {
	struct manifest manifest;
	const char *blob;   /* name of the manifest */
	const char *digest; /* "sha256:..." */
	bool said;          /* the platform, by the descriptor */
	unsigned int fits;
};

struct resolve {
	struct source *source;
	struct arena *arena;
	struct platform wanted;
	bool any; /* every platform will do */
	uint64_t loads;
	const char *artifact; /* media type of what was no image */
	bool attestation;     /* something was of the platform unknown/unknown */
	VEC(struct candidate) candidates;
	struct strbuf offered; /* platforms that were passed over */
};

static void resolve_clear(struct resolve *resolve)
{
	vec_clear(&resolve->candidates);
	strbuf_clear(&resolve->offered);
	arena_free(resolve->arena);
}

struct platform image_resolve_wanted(const struct source *source)
{
	const struct platform *platform = &source->options->platform;
	struct platform wanted = *platform;

	if (!platform->os)
		return platform_host();
	if (!wanted.architecture)
		wanted.architecture = platform_host().architecture;
	return wanted;
}

static int resolve_init(struct resolve *resolve, struct source *source, bool any, struct error *err)
{
	resolve->source = source;
	resolve->wanted = image_resolve_wanted(source);
	resolve->any = any || source->options->all_platforms;
	resolve->offered = STRBUF_INIT(LIST_MAX);
	resolve->arena = arena_new(UINT64_MAX);
	return resolve->arena ? 0 : error_oom(err);
}

/* True when the platform will do; else it is noted for the message. */
static unsigned int judge_platform(struct resolve *resolve, const struct platform *platform)
{
	unsigned int fits = resolve->any ? 1 : platform_fits(&resolve->wanted, platform);
	char *text;

	if (fits > 0)
		return fits;
	text = platform_text(platform, resolve->arena);
	/* A list that is too long is cut. */
	if (text)
		(void)strbuf_printf(&resolve->offered, "%s%.64s",
				    resolve->offered.len > 0 ? ", " : "", text);
	return 0;
}

static bool says_platform(const struct platform *platform)
{
	return platform->architecture && *platform->architecture;
}

static int read_config(struct resolve *resolve, const struct manifest *manifest, char **ret,
		       size_t *ret_size, char *ret_name, char *ret_digest, struct error *err)
{
	struct blob_store *store = resolve->source->store;
	const struct descriptor *config = &manifest->config;

	blob_name(store, &config->digest, false, ret_name);
	return blob_read(store, ret_name, &config->digest, config->size,
			 resolve->source->options->limits, ret, ret_size, ret_digest, err);
}

static int config_platform(struct resolve *resolve, const struct manifest *manifest,
			   struct platform *ret, struct error *err)
{
	_cleanup_(json_unrefp) struct json *json = NULL;
	_cleanup_free_ char *data = NULL;
	char name[BLOB_NAME_MAX], digest[BLOB_DIGEST_MAX];
	size_t size;
	int r;

	r = read_config(resolve, manifest, &data, &size, name, digest, err);
	if (r < 0)
		return r;
	r = json_parse(data, size, resolve->source->options->limits->json_depth, &json, err);
	if (r == 0)
		r = manifest_string(json, "os", resolve->arena, &ret->os, err);
	if (r == 0)
		r = manifest_string(json, "architecture", resolve->arena, &ret->architecture, err);
	if (r == 0)
		r = manifest_string(json, "variant", resolve->arena, &ret->variant, err);
	return r < 0 ? error_wrap(err, r, "%s", name) : 0;
}

static int add_candidate(struct resolve *resolve, const char *blob, const char *digest,
			 const struct manifest *manifest, const struct platform *said,
			 struct error *err)
{
	struct candidate candidate = {.manifest = *manifest, .fits = 1};
	struct platform platform = *said;
	int r;

	if (!manifest_is_image(manifest)) {
		resolve->artifact = manifest->config.media_type;
		return 0;
	}
	r = says_platform(&platform) ? 0 : config_platform(resolve, manifest, &platform, err);
	if (r < 0)
		return r;
	if (platform_is_unknown(&platform)) {
		resolve->attestation = true;
		return 0;
	}
	candidate.said = says_platform(said);
	if (says_platform(&platform))
		candidate.fits = judge_platform(resolve, &platform);
	if (candidate.fits == 0)
		return 0;
	candidate.blob = arena_strdup(resolve->arena, blob);
	candidate.digest = arena_strdup(resolve->arena, digest);
	if (!candidate.blob || !candidate.digest || vec_push(&resolve->candidates, candidate) < 0)
		return error_oom(err);
	return 0;
}

static int collect(struct resolve *resolve, const struct descriptor *descriptor, unsigned int depth,
		   struct error *err);

/* Only images of the wanted platform are read: an index may list what was not copied along. */
static int collect_index(struct resolve *resolve, const struct manifest *index, unsigned int depth,
			 struct error *err)
{
	/* One manifest or index that is all there is makes no choice for others. */
	resolve->any = resolve->source->options->all_platforms;
	for (size_t i = 0; i < index->n_items; i++) {
		const struct descriptor *item = &index->items[i];
		int r;

		if (platform_is_unknown(&item->platform))
			continue;
		if (says_platform(&item->platform) && judge_platform(resolve, &item->platform) == 0)
			continue;
		r = collect(resolve, item, depth + 1, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int collect_manifest(struct resolve *resolve, const char *blob, const char *data,
			    size_t size, const char *digest, const struct platform *said,
			    unsigned int depth, struct error *err)
{
	const struct limits *limits = resolve->source->options->limits;
	struct manifest manifest;
	int r = manifest_parse(data, size, limits, resolve->arena, &manifest, err);

	if (r < 0)
		return error_wrap(err, r, "%s", blob);
	if (!manifest.index)
		return add_candidate(resolve, blob, digest, &manifest, said, err);
	if (depth >= limits->index_depth)
		return error_set(err, -E2BIG,
				 "%s: indexes are nested deeper than the limit index-depth of %llu",
				 blob, (unsigned long long)limits->index_depth);
	return collect_index(resolve, &manifest, depth, err);
}

static int collect(struct resolve *resolve, const struct descriptor *descriptor, unsigned int depth,
		   struct error *err)
{
	const struct limits *limits = resolve->source->options->limits;
	_cleanup_free_ char *data = NULL;
	char name[BLOB_NAME_MAX], digest[BLOB_DIGEST_MAX];
	size_t size;
	int r;

	if (resolve->loads++ >= limits->images)
		return error_set(err, -E2BIG, "more manifests than the limit images of %llu",
				 (unsigned long long)limits->images);
	blob_name(resolve->source->store, &descriptor->digest, true, name);
	r = blob_read(resolve->source->store, name, &descriptor->digest, descriptor->size, limits,
		      &data, &size, digest, err);
	if (r < 0)
		return r;
	return collect_manifest(resolve, name, data, size, digest, &descriptor->platform, depth,
				err);
}

static int add_layers(struct resolve *resolve, const struct manifest *manifest,
		      struct blob_image_layer **ret, struct error *err)
{
	struct blob_image_layer *layers =
		arena_calloc(resolve->arena, manifest->n_items, sizeof(*layers));
	char name[BLOB_NAME_MAX];

	if (!layers)
		return error_oom(err);
	for (size_t i = 0; i < manifest->n_items; i++) {
		const struct descriptor *item = &manifest->items[i];

		if (item->media_type && strstr(item->media_type, "+encrypted"))
			return error_set(err, -EOPNOTSUPP, "layer %zu of %zu is encrypted", i + 1,
					 manifest->n_items);
		blob_name(resolve->source->store, &item->digest, false, name);
		layers[i] = (struct blob_image_layer){
			.name = arena_strdup(resolve->arena, name),
			.label = arena_printf(resolve->arena, "%s:%s", item->digest.algorithm,
					      item->digest.hex),
			.digest = &item->digest,
			.size = item->size,
			.media_type = item->media_type,
		};
		if (!layers[i].name || !layers[i].label)
			return error_oom(err);
	}
	*ret = layers;
	return 0;
}

static bool is_listed(const struct source *source, const char *config_digest)
{
	for (size_t i = 0; i < source->n_listed; i++) {
		if (strcmp(source->images.items[i].image->config_digest, config_digest) == 0)
			return true;
	}
	return false;
}

static int add_image(struct resolve *resolve, const struct candidate *candidate, const char *name,
		     struct error *err)
{
	char config_name[BLOB_NAME_MAX], config_digest[BLOB_DIGEST_MAX];
	_cleanup_free_ char *config = NULL;
	struct blob_image_layer *layers = NULL;
	size_t config_size;
	int r;

	r = read_config(resolve, &candidate->manifest, &config, &config_size, config_name,
			config_digest, err);
	if (r == 0 && is_listed(resolve->source, config_digest))
		return 0;
	if (r == 0)
		r = add_layers(resolve, &candidate->manifest, &layers, err);
	if (r < 0)
		return r;
	return blob_image_add(resolve->source,
			      &(struct blob_image_request){
				      .name = name,
				      .config_name = config_name,
				      .config = config,
				      .config_size = config_size,
				      .config_digest = config_digest,
				      .digest = candidate->digest,
				      .layers = layers,
				      .n_layers = candidate->manifest.n_items,
			      },
			      err);
}

static int no_match(struct resolve *resolve, const char *name, struct error *err)
{
	char *wanted = platform_text(&resolve->wanted, resolve->arena);

	if (resolve->offered.len == 0 && resolve->artifact)
		return error_set(err, -EOPNOTSUPP,
				 "%.200s is an artifact, not an image: its configuration is of the "
				 "media type %.200s",
				 name, resolve->artifact);
	if (resolve->offered.len == 0)
		return error_set(err, -ENOENT, "%.200s: the index holds no image", name);
	return error_set(err, -ENOENT, "%.128s: no image for %s; there is: %s", name,
			 wanted ? wanted : "this platform", strbuf_string(&resolve->offered));
}

/* Engines look at what says its platform first, whatever stands before it. */
static bool is_better(const struct candidate *candidate, const struct candidate *best)
{
	if (!best || candidate->said != best->said)
		return !best || candidate->said;
	return candidate->fits > best->fits;
}

static int choose(struct resolve *resolve, const char *name, struct error *err)
{
	const struct candidate *candidate, *best = NULL;
	int r;

	VEC_FOREACH (&resolve->candidates, candidate) {
		if (is_better(candidate, best))
			best = candidate;
	}
	if (!best)
		return no_match(resolve, name, err);
	if (!resolve->source->options->all_platforms)
		return add_image(resolve, best, name, err);
	VEC_FOREACH (&resolve->candidates, candidate) {
		r = add_image(resolve, candidate, name, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int image_resolve_descriptor(struct source *source, const struct descriptor *descriptor,
			     const char *name, bool any_platform, bool may_be_artifact,
			     struct error *err)
{
	_cleanup_(resolve_clear) struct resolve resolve = {};
	struct descriptor item = *descriptor;
	int r = resolve_init(&resolve, source, any_platform, err);

	/* Nobody chooses by it here: the configuration settles whether it is an attestation. */
	if (platform_is_unknown(&item.platform))
		item.platform = (struct platform){};
	if (r == 0)
		r = collect(&resolve, &item, 0, err);
	if (r == 0 && (resolve.artifact || resolve.attestation) && may_be_artifact &&
	    resolve.candidates.len == 0)
		return 0;
	if (r == 0)
		r = choose(&resolve, name, err);
	return r;
}

int image_resolve_manifest(struct source *source, const char *blob, const char *data, size_t size,
			   const char *digest, const char *name, struct error *err)
{
	_cleanup_(resolve_clear) struct resolve resolve = {};
	const struct platform unsaid = {};
	int r = resolve_init(&resolve, source, image_resolve_by_default(source), err);

	if (r == 0)
		r = collect_manifest(&resolve, blob, data, size, digest, &unsaid, 0, err);
	if (r == 0)
		r = choose(&resolve, name, err);
	return r;
}
