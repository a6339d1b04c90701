/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index.json is an index of names and of platforms at once. A manifest that is alone under its name
 * is judged whatever its platform (tools write the host's there), unless the user asked for one.
 */
#include "source/oci_index.h"

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/image_reference.h"
#include "format/json.h"
#include "source/image_resolve.h"
#include "source/platform.h"

#define LIST_MAX 256

struct layout {
	struct source *source;
	struct arena *arena;
	struct manifest index;
	bool *chosen; /* of index.items */
	size_t n_chosen;
};

static int check_version(struct source *source, struct error *err)
{
	_cleanup_(json_unrefp) struct json *json = NULL;
	_cleanup_free_ char *data = NULL;
	const char *version = NULL;
	struct error inner = {};
	size_t size;
	int r;

	r = blob_read(source->store, "oci-layout", NULL, UINT64_MAX, source->options->limits, &data,
		      &size, NULL, &inner);
	/* Some tools leave it out; index.json says enough. */
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, r, "%s", inner.message);
	r = json_parse(data, size, source->options->limits->json_depth, &json, err);
	if (r == 0)
		r = json_get_string(json, "imageLayoutVersion", &version, err);
	if (r < 0)
		return error_wrap(err, r, "oci-layout");
	if (version && strncmp(version, "1.", 2) != 0)
		return error_set(err, -EOPNOTSUPP, "oci-layout: version %.64s is not known",
				 version);
	return 0;
}

static int read_index(struct layout *layout, struct error *err)
{
	struct source *source = layout->source;
	const struct limits *limits = source->options->limits;
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r;

	r = blob_read(source->store, "index.json", NULL, UINT64_MAX, limits, &data, &size, NULL,
		      err);
	if (r < 0)
		return r;
	r = manifest_parse(data, size, limits, layout->arena, &layout->index, err);
	if (r < 0)
		return error_wrap(err, r, "index.json");
	if (!layout->index.index)
		return error_set(err, -EBADMSG, "index.json is not an index");
	layout->chosen =
		arena_calloc(layout->arena, layout->index.n_items, sizeof(*layout->chosen));
	return layout->chosen ? 0 : error_oom(err);
}

static bool is_named(const struct descriptor *item, const char *reference)
{
	return (item->ref_name && strcmp(item->ref_name, reference) == 0) ||
	       (item->image_name && image_reference_same(item->image_name, reference));
}

static const char *item_name(const struct descriptor *item)
{
	if (item->image_name)
		return item->image_name;
	return item->ref_name ? item->ref_name : "(no name)";
}

static int not_found(const struct layout *layout, struct error *err)
{
	const struct target_name *name = layout->source->name;
	struct strbuf list = STRBUF_INIT(LIST_MAX);
	int r;

	/* A list that is too long is cut. */
	for (size_t i = 0; i < layout->index.n_items; i++)
		(void)strbuf_printf(&list, "%s%.100s", i > 0 ? ", " : "",
				    item_name(&layout->index.items[i]));
	if (name->reference)
		r = error_set(err, -ENOENT, "%.128s holds no %.64s; there is: %s", name->path,
			      name->reference, strbuf_string(&list));
	else if (name->index >= 0)
		r = error_set(err, -ENOENT, "%.128s holds no image @%lld, but %zu", name->path,
			      (long long)name->index, layout->index.n_items);
	else
		r = error_set(err, -ENOENT, "%.256s holds no image", name->path);
	strbuf_clear(&list);
	return r;
}

static int select_by_name(struct layout *layout, struct error *err)
{
	const struct target_name *name = layout->source->name;

	for (size_t i = 0; i < layout->index.n_items; i++) {
		const struct descriptor *item = &layout->index.items[i];

		if (name->reference)
			layout->chosen[i] = is_named(item, name->reference);
		else
			layout->chosen[i] = name->index < 0 || (size_t)name->index == i;
		layout->n_chosen += layout->chosen[i];
	}
	return layout->n_chosen > 0 || layout->source->n_listed > 0 ? 0 : not_found(layout, err);
}

static bool same_group(const struct descriptor *a, const struct descriptor *b)
{
	return strcmp(item_name(a), item_name(b)) == 0;
}

/* How many of the chosen ones share the name of item i; attestations do not count. */
static size_t group_size(const struct layout *layout, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < layout->index.n_items; k++)
		n += layout->chosen[k] && !platform_is_unknown(&layout->index.items[k].platform) &&
		     same_group(&layout->index.items[i], &layout->index.items[k]);
	return n;
}

/* "latest" alone says little: it is known by the layout's path and the tag. */
static const char *display_name(struct layout *layout, size_t i)
{
	const struct descriptor *item = &layout->index.items[i];
	const char *path = layout->source->name->path;

	if (item->image_name)
		return item->image_name;
	if (item->ref_name && strpbrk(item->ref_name, "/:"))
		return item->ref_name;
	if (item->ref_name)
		return arena_printf(layout->arena, "%s:%s", path, item->ref_name);
	return layout->n_chosen > 1 ? arena_printf(layout->arena, "%s:@%zu", path, i) : path;
}

/* 1: taken, 0: another platform's. */
static int resolve_item(struct layout *layout, size_t i, struct error *err)
{
	struct source *source = layout->source;
	const struct descriptor *item = &layout->index.items[i];
	struct platform wanted = image_resolve_wanted(source);
	bool unknown = platform_is_unknown(&item->platform);
	size_t n = group_size(layout, i);
	bool alone =
		image_resolve_by_default(source) && (!item->platform.os || n == (unknown ? 0 : 1));
	const char *name = display_name(layout, i);
	int r;

	if (!name)
		return error_oom(err);
	/* About the images of that name. On its own it may be run like any other. */
	if (unknown && n > 0)
		return 0;
	if (!alone && !source->options->all_platforms && item->platform.os &&
	    platform_fits(&wanted, &item->platform) == 0)
		return 0;
	r = image_resolve_descriptor(source, item, name, alone, layout->n_chosen > 1, err);
	return r < 0 ? r : 1;
}

static int no_match(struct layout *layout, struct error *err)
{
	struct platform wanted = image_resolve_wanted(layout->source);
	char *text = platform_text(&wanted, layout->arena), *offered;
	struct strbuf list = STRBUF_INIT(LIST_MAX);
	int r;

	for (size_t i = 0; i < layout->index.n_items; i++) {
		offered = platform_text(&layout->index.items[i].platform, layout->arena);
		if (layout->chosen[i] && offered)
			(void)strbuf_printf(&list, "%s%.64s", list.len > 0 ? ", " : "", offered);
	}
	r = error_set(err, -ENOENT, "%.128s: no image for %s; there is: %s",
		      layout->source->name->path, text ? text : "this platform",
		      strbuf_string(&list));
	strbuf_clear(&list);
	return r;
}

static int resolve_items(struct layout *layout, struct error *err)
{
	bool any = false;

	for (size_t i = 0; i < layout->index.n_items; i++) {
		int r = layout->chosen[i] ? resolve_item(layout, i, err) : 0;

		if (r < 0)
			return r;
		any = any || r > 0;
	}
	if (!any && layout->source->n_listed == 0)
		return no_match(layout, err);
	if (layout->source->images.len == 0)
		return error_set(err, -EOPNOTSUPP, "%.256s holds artifacts, but no image",
				 layout->source->name->path);
	return 0;
}

int oci_index_open(struct source *source, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct layout layout = {.source = source, .arena = arena};
	int r;

	if (!arena)
		return error_oom(err);
	r = check_version(source, err);
	if (r == 0)
		r = read_index(&layout, err);
	if (r == 0)
		r = select_by_name(&layout, err);
	if (r == 0)
		r = resolve_items(&layout, err);
	return r;
}
