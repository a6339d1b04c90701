/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only what checks and reports read. "container_config", which builders leave behind, says how the
 * last build step ran and never counts.
 */
#include "source/image_config.h"

#include <errno.h>
#include <stddef.h>

#include "format/json.h"
#include "source/manifest.h"

struct field {
	const char *key;
	size_t offset; /* in struct image_config */
};

static const struct field lists[] = {
	{"Entrypoint", offsetof(struct image_config, entrypoint)},
	{"Cmd", offsetof(struct image_config, cmd)},
	{"Env", offsetof(struct image_config, env)},
	{"Shell", offsetof(struct image_config, shell)},
	{"OnBuild", offsetof(struct image_config, on_build)},
};

/* Go's map[string]struct{}: the keys count. */
static const struct field sets[] = {
	{"ExposedPorts", offsetof(struct image_config, exposed_ports)},
	{"Volumes", offsetof(struct image_config, volumes)},
};

/* Counted first: the arena cannot grow an array in place. */
static int parse_set(const struct json *json, const char *key, struct arena *arena,
		     struct string_list *ret, struct error *err)
{
	struct string_list list = {.set = true};
	const struct json *object, *value;
	const char *name;
	void *at = NULL;
	size_t n = 0;
	int r = json_get_object(json, key, &object, err);

	if (r <= 0)
		return r;
	while (json_object_next(object, &at, &name, &value))
		n++;
	list.items = arena_calloc(arena, n, sizeof(*list.items));
	if (!list.items)
		return error_oom(err);
	at = NULL;
	while (list.len < n && json_object_next(object, &at, &name, &value)) {
		list.items[list.len] = arena_strdup(arena, name);
		if (!list.items[list.len++])
			return error_oom(err);
	}
	*ret = list;
	return 0;
}

/* Offsets come from the tables above, all of them of struct string_list. */
static struct string_list *list_at(struct image_config *config, size_t offset)
{
	return (void *)((char *)config + offset);
}

static int parse_config(const struct json *json, struct arena *arena, struct image_config *ret,
			struct error *err)
{
	const struct json *healthcheck = NULL;
	int r = manifest_string(json, "User", arena, &ret->user, err);

	if (r == 0)
		r = manifest_string(json, "WorkingDir", arena, &ret->working_dir, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(lists); i++)
		r = manifest_strings(json, lists[i].key, arena, list_at(ret, lists[i].offset), err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sets); i++)
		r = parse_set(json, sets[i].key, arena, list_at(ret, sets[i].offset), err);
	if (r == 0)
		r = json_get_bool(json, "ArgsEscaped", &ret->args_escaped, err);
	if (r >= 0)
		r = json_get_object(json, "Healthcheck", &healthcheck, err);
	if (r > 0)
		r = manifest_strings(healthcheck, "Test", arena, &ret->healthcheck.test, err);
	return r;
}

/* 1: a layer's entry and *ret_text, 0: of no layer. */
static int parse_history_entry(const struct json *json, struct arena *arena, const char **ret_text,
			       struct error *err)
{
	const char *text = NULL;
	bool empty = false;
	int r;

	if (json_type_of(json) != JSON_TYPE_OBJECT)
		return error_set(err, -EBADMSG, "an entry of history is not an object");
	r = json_get_bool(json, "empty_layer", &empty, err);
	if (r >= 0)
		r = manifest_string(json, "created_by", arena, &text, err);
	if (r < 0)
		return error_wrap(err, r, "history");
	if (text && *text)
		*ret_text = text;
	return empty ? 0 : 1;
}

/* Entries of empty layers are left out, so that the rest stand beside the layers; a history that
 * does not fit names no layer rather than a wrong one. */
static int parse_history(const struct json *json, struct arena *arena, struct config_layers *ret,
			 struct error *err)
{
	struct string_list list = {.set = true};
	const struct json *history;
	int r = json_get_array(json, "history", &history, err);

	if (r <= 0)
		return r;
	list.items = arena_calloc(arena, json_array_len(history), sizeof(*list.items));
	if (!list.items)
		return error_oom(err);
	for (size_t i = 0; i < json_array_len(history); i++) {
		r = parse_history_entry(json_array_at(history, i), arena, &list.items[list.len],
					err);
		if (r < 0)
			return r;
		if (r > 0)
			list.len++;
		else
			list.items[list.len] = NULL;
	}
	if (list.len == ret->diff_ids.len)
		ret->created_by = list;
	return 0;
}

static int parse_layers(const struct json *json, const struct limits *limits, struct arena *arena,
			struct config_layers *ret, struct error *err)
{
	const struct json *rootfs;
	int r = json_get_object(json, "rootfs", &rootfs, err);

	if (r == 0)
		return error_set(err, -EBADMSG, "has no rootfs: not an image's configuration");
	if (r > 0)
		r = manifest_strings(rootfs, "diff_ids", arena, &ret->diff_ids, err);
	if (r < 0)
		return error_wrap(err, r, "rootfs");
	if (ret->diff_ids.len > limits->layers)
		return error_set(err, -E2BIG, "%zu diff_ids, more than the limit of %llu",
				 ret->diff_ids.len, (unsigned long long)limits->layers);
	return parse_history(json, arena, ret, err);
}

static int parse_image(const struct json *json, const struct limits *limits, struct image *image,
		       struct config_layers *ret, struct error *err)
{
	struct platform *platform = &image->platform;
	const struct json *config = NULL;
	int r;

	if (json_type_of(json) != JSON_TYPE_OBJECT)
		return error_set(err, -EBADMSG, "is not a JSON object");
	r = manifest_string(json, "os", image->arena, &platform->os, err);
	if (r == 0)
		r = manifest_string(json, "architecture", image->arena, &platform->architecture,
				    err);
	if (r == 0)
		r = manifest_string(json, "variant", image->arena, &platform->variant, err);
	if (r == 0)
		r = json_get_object(json, "config", &config, err);
	if (r > 0) {
		r = parse_config(config, image->arena, &image->config, err);
		if (r < 0)
			return error_wrap(err, r, "config");
	}
	if (r < 0)
		return r;
	return parse_layers(json, limits, image->arena, ret, err);
}

int image_config_parse(const char *data, size_t size, const struct limits *limits,
		       struct image *image, struct config_layers *ret, struct error *err)
{
	_cleanup_(json_unrefp) struct json *json = NULL;
	struct config_layers layers = {};
	int r = json_parse(data, size, limits->json_depth, &json, err);

	if (r == 0)
		r = parse_image(json, limits, image, &layers, err);
	if (r == 0)
		*ret = layers;
	return r;
}
