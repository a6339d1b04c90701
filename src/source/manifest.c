/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON trees are read into plain structs, every string copied into the caller's arena. Fields that
 * nobody asks for are not looked at; those that are must have their type.
 */
#include "source/manifest.h"

#include <errno.h>
#include <string.h>

#include "format/json.h"

#define ANNOTATION_REF  "org.opencontainers.image.ref.name"
#define ANNOTATION_NAME "io.containerd.image.name"

int manifest_string(const struct json *object, const char *key, struct arena *arena,
		    const char **ret, struct error *err)
{
	const char *text;
	int r = json_get_string(object, key, &text, err);

	if (r < 0)
		return r;
	text = r > 0 ? arena_strdup(arena, text) : NULL;
	if (r > 0 && !text)
		return error_oom(err);
	*ret = text;
	return 0;
}

int manifest_strings(const struct json *object, const char *key, struct arena *arena,
		     struct string_list *ret, struct error *err)
{
	struct string_list list = {};
	const struct json *array;
	int r = json_get_array(object, key, &array, err);

	if (r <= 0)
		return r;
	list.set = true;
	list.len = json_array_len(array);
	list.items = arena_calloc(arena, list.len, sizeof(*list.items));
	if (!list.items)
		return error_oom(err);
	for (size_t i = 0; i < list.len; i++) {
		const struct json *item = json_array_at(array, i);
		const char *text = json_text(item);

		if (json_type_of(item) == JSON_TYPE_NULL)
			text = "";
		if (!text)
			return error_set(err, -EBADMSG, "%s[%zu] is not a string", key, i);
		list.items[i] = arena_strdup(arena, text);
		if (!list.items[i])
			return error_oom(err);
	}
	*ret = list;
	return 0;
}

static int parse_platform(const struct json *json, struct arena *arena, struct platform *ret,
			  struct error *err)
{
	const struct json *platform;
	int r = json_get_object(json, "platform", &platform, err);

	if (r <= 0)
		return r;
	r = manifest_string(platform, "os", arena, &ret->os, err);
	if (r == 0)
		r = manifest_string(platform, "architecture", arena, &ret->architecture, err);
	if (r == 0)
		r = manifest_string(platform, "variant", arena, &ret->variant, err);
	return r;
}

static int parse_annotations(const struct json *json, struct arena *arena, struct descriptor *ret,
			     struct error *err)
{
	const struct json *annotations;
	int r = json_get_object(json, "annotations", &annotations, err);

	if (r <= 0)
		return r;
	r = manifest_string(annotations, ANNOTATION_REF, arena, &ret->ref_name, err);
	if (r == 0)
		r = manifest_string(annotations, ANNOTATION_NAME, arena, &ret->image_name, err);
	return r;
}

static int parse_descriptor(const struct json *json, struct arena *arena, struct descriptor *ret,
			    struct error *err)
{
	const char *digest = NULL;
	int64_t size = 0;
	int r;

	*ret = (struct descriptor){.size = UINT64_MAX};
	if (json_type_of(json) != JSON_TYPE_OBJECT)
		return error_set(err, -EBADMSG, "a descriptor is not an object");
	r = json_get_string(json, "digest", &digest, err);
	if (r == 0)
		return error_set(err, -EBADMSG, "a descriptor has no digest");
	if (r > 0)
		r = digest_text_parse(digest, &ret->digest, err);
	if (r < 0)
		return r;
	r = json_get_int(json, "size", &size, err);
	if (r > 0 && size < 0)
		return error_set(err, -EBADMSG, "a descriptor has the size %lld", (long long)size);
	if (r > 0)
		ret->size = (uint64_t)size;
	if (r >= 0)
		r = manifest_string(json, "mediaType", arena, &ret->media_type, err);
	if (r == 0)
		r = parse_platform(json, arena, &ret->platform, err);
	if (r == 0)
		r = parse_annotations(json, arena, ret, err);
	return r;
}

static int parse_items(const struct json *array, const char *what, uint64_t max,
		       struct arena *arena, struct manifest *ret, struct error *err)
{
	int r;

	ret->n_items = json_array_len(array);
	if (ret->n_items > max)
		return error_set(err, -E2BIG, "%zu %s, more than the limit of %llu", ret->n_items,
				 what, (unsigned long long)max);
	ret->items = arena_calloc(arena, ret->n_items, sizeof(*ret->items));
	if (!ret->items)
		return error_oom(err);
	for (size_t i = 0; i < ret->n_items; i++) {
		r = parse_descriptor(json_array_at(array, i), arena, &ret->items[i], err);
		if (r < 0)
			return error_wrap(err, r, "%s[%zu]", what, i);
	}
	return 0;
}

static int parse_image(const struct json *json, const struct json *layers,
		       const struct limits *limits, struct arena *arena, struct manifest *ret,
		       struct error *err)
{
	const struct json *config;
	int r = json_get_object(json, "config", &config, err);

	if (r == 0)
		return error_set(err, -EBADMSG, "the manifest has no config");
	if (r > 0)
		r = parse_descriptor(config, arena, &ret->config, err);
	if (r < 0)
		return error_wrap(err, r, "config");
	return parse_items(layers, "layers", limits->layers, arena, ret, err);
}

static int parse_json(const struct json *json, const struct limits *limits, struct arena *arena,
		      struct manifest *ret, struct error *err)
{
	const struct json *manifests = NULL, *layers = NULL, *config = NULL;
	int64_t version = 2;
	int has_index, has_layers, has_config, r;

	if (json_type_of(json) != JSON_TYPE_OBJECT)
		return error_set(err, -EBADMSG, "is not a manifest: not a JSON object");
	r = json_get_int(json, "schemaVersion", &version, err);
	if (r < 0)
		return r;
	if (version == 1)
		return error_set(err, -EOPNOTSUPP,
				 "is a docker schema 1 manifest, which is obsolete; pull and push "
				 "the image with a current tool");
	has_index = json_get_array(json, "manifests", &manifests, err);
	has_layers = has_index < 0 ? 0 : json_get_array(json, "layers", &layers, err);
	has_config = has_layers < 0 ? 0 : json_get_object(json, "config", &config, err);
	if (has_index < 0 || has_layers < 0 || has_config < 0)
		return -EBADMSG;
	if (has_index && (has_layers || has_config))
		return error_set(err, -EBADMSG, "is a manifest and an index at once");
	if (has_index) {
		ret->index = true;
		return parse_items(manifests, "manifests", limits->images, arena, ret, err);
	}
	if (!has_layers && !has_config)
		return error_set(err, -EBADMSG, "is neither an image manifest nor an index");
	return parse_image(json, layers, limits, arena, ret, err);
}

int manifest_parse(const char *data, size_t size, const struct limits *limits, struct arena *arena,
		   struct manifest *ret, struct error *err)
{
	_cleanup_(json_unrefp) struct json *json = NULL;
	struct manifest manifest = {};
	int r = json_parse(data, size, limits->json_depth, &json, err);

	if (r == 0)
		r = parse_json(json, limits, arena, &manifest, err);
	if (r == 0)
		*ret = manifest;
	return r;
}

bool manifest_is_image(const struct manifest *manifest)
{
	static const char *const types[] = {
		"", "application/vnd.oci.image.config.v1+json",
		"application/vnd.docker.container.image.v1+json",
		"application/octet-stream", /* docker before 1.10 pushed it so */
	};
	const char *type = manifest->config.media_type ? manifest->config.media_type : "";

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

static int parse_docker_item(const struct json *json, const struct limits *limits,
			     struct arena *arena, struct docker_item *ret, struct error *err)
{
	int r;

	if (json_type_of(json) != JSON_TYPE_OBJECT)
		return error_set(err, -EBADMSG, "is not an object");
	r = manifest_string(json, "Config", arena, &ret->config, err);
	if (r == 0 && !ret->config)
		return error_set(err, -EBADMSG, "names no Config");
	if (r == 0)
		r = manifest_strings(json, "RepoTags", arena, &ret->tags, err);
	if (r == 0)
		r = manifest_strings(json, "Layers", arena, &ret->layers, err);
	if (r == 0 && ret->layers.len > limits->layers)
		return error_set(err, -E2BIG, "%zu layers, more than the limit of %llu",
				 ret->layers.len, (unsigned long long)limits->layers);
	return r;
}

int manifest_parse_docker(const char *data, size_t size, const struct limits *limits,
			  struct arena *arena, struct docker_item **ret, size_t *ret_len,
			  struct error *err)
{
	_cleanup_(json_unrefp) struct json *json = NULL;
	struct docker_item *items;
	size_t len;
	int r = json_parse(data, size, limits->json_depth, &json, err);

	if (r < 0)
		return r;
	if (json_type_of(json) != JSON_TYPE_ARRAY)
		return error_set(err, -EBADMSG, "is not a JSON array");
	len = json_array_len(json);
	if (len > limits->images)
		return error_set(err, -E2BIG, "%zu images, more than the limit of %llu", len,
				 (unsigned long long)limits->images);
	items = arena_calloc(arena, len, sizeof(*items));
	if (!items)
		return error_oom(err);
	for (size_t i = 0; i < len; i++) {
		r = parse_docker_item(json_array_at(json, i), limits, arena, &items[i], err);
		if (r < 0)
			return error_wrap(err, r, "[%zu]", i);
	}
	*ret = items;
	*ret_len = len;
	return 0;
}
