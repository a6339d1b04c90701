/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-archive: what `docker save`, podman and others write: manifest.json lists images, each
 * with a configuration and layers (moby image/tarexport). Configurations are verified where their
 * name is a digest, layers against the configuration's diff_ids. An archive that has an index.json
 * too (docker since 25) holds the same images twice, if it is honest; `docker load` reads
 * manifest.json.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/image_reference.h"
#include "source/blob_image.h"
#include "source/image_resolve.h"
#include "source/oci_index.h"
#include "source/source_class.h"

#define LIST_MAX 256

/* "blobs/sha256/HEX", "sha256:HEX", "HEX.json": 1 when the name is a digest. */
static int name_digest(const char *name, struct digest_text *ret)
{
	char text[BLOB_DIGEST_MAX];
	const char *slash;
	size_t len = strlen(name);

	if (len >= sizeof(text))
		return 0;
	if (strncmp(name, "blobs/", 6) == 0 && (slash = strchr(name + 6, '/')))
		snprintf(text, sizeof(text), "%.*s:%s", (int)(slash - name - 6), name + 6,
			 slash + 1);
	else if (len == 69 && strcmp(name + 64, ".json") == 0)
		snprintf(text, sizeof(text), "sha256:%.64s", name);
	else
		snprintf(text, sizeof(text), "%s", name);
	return digest_text_parse(text, ret, NULL) == 0;
}

/* Without a reference or index, all of them: each is judged. */
static bool is_chosen(const struct target_name *name, const struct docker_item *item, size_t i)
{
	if (name->index >= 0)
		return (size_t)name->index == i;
	if (!name->reference)
		return true;
	for (size_t k = 0; k < item->tags.len; k++) {
		if (image_reference_same(item->tags.items[k], name->reference))
			return true;
	}
	return false;
}

/* What there is helps more than what there is not. */
static int not_found(const struct source *source, const struct docker_item *items, size_t n_items,
		     struct error *err)
{
	struct strbuf list = STRBUF_INIT(LIST_MAX);
	int r;

	/* A list that is too long is cut. */
	for (size_t i = 0; i < n_items; i++) {
		for (size_t k = 0; k < items[i].tags.len; k++)
			(void)strbuf_printf(&list, "%s%.128s", list.len > 0 ? ", " : "",
					    items[i].tags.items[k]);
	}
	if (source->name->reference)
		r = error_set(err, -ENOENT, "%.128s holds no %.64s; there is: %s",
			      source->name->path, source->name->reference, strbuf_string(&list));
	else if (source->name->index >= 0)
		r = error_set(err, -ENOENT, "%.128s holds no image @%lld, but %zu",
			      source->name->path, (long long)source->name->index, n_items);
	else
		r = error_set(err, -ENOENT, "%.256s holds no image", source->name->path);
	strbuf_clear(&list);
	return r;
}

/* A name under blobs/ is a digest that the blob must have; other names promise nothing. */
static int describe_layers(const struct docker_item *item, struct arena *arena,
			   struct blob_image_layer **ret, struct error *err)
{
	size_t n = item->layers.len;
	struct blob_image_layer *layers = arena_calloc(arena, n, sizeof(*layers));
	struct digest_text *digests = arena_calloc(arena, n, sizeof(*digests));

	if (!layers || !digests)
		return error_oom(err);
	for (size_t i = 0; i < n; i++) {
		const char *name = item->layers.items[i];
		bool blob = strncmp(name, "blobs/", 6) == 0 && name_digest(name, &digests[i]);

		layers[i] = (struct blob_image_layer){.name = name,
						      .label = name,
						      .digest = blob ? &digests[i] : NULL,
						      .size = UINT64_MAX};
	}
	*ret = layers;
	return 0;
}

/* The configuration's digest is compared where its name is one; without, the image is known by what
 * we found. */
static int add_item(struct source *source, const struct docker_item *item, const char *name,
		    struct arena *arena, struct error *err)
{
	const struct limits *limits = source->options->limits;
	char config_digest[BLOB_DIGEST_MAX];
	_cleanup_free_ char *config = NULL;
	struct blob_image_layer *layers = NULL;
	struct digest_text digest;
	size_t size;
	int r;

	r = blob_read(source->store, item->config,
		      name_digest(item->config, &digest) ? &digest : NULL, UINT64_MAX, limits,
		      &config, &size, config_digest, err);
	if (r == 0)
		r = describe_layers(item, arena, &layers, err);
	if (r < 0)
		return r;
	return blob_image_add(source,
			      &(struct blob_image_request){
				      .name = name,
				      .references = &item->tags,
				      .config_name = item->config,
				      .config = config,
				      .config_size = size,
				      .config_digest = config_digest,
				      .layers = layers,
				      .n_layers = item->layers.len,
			      },
			      err);
}

/* As the user asked for it, else by its tag, else by its place in the archive. */
static const char *display_name(const struct source *source, const struct docker_item *items,
				size_t n_items, size_t i, struct arena *arena)
{
	if (source->name->reference)
		return source->name->reference;
	if (items[i].tags.len > 0 && *items[i].tags.items[0])
		return items[i].tags.items[0];
	if (n_items > 1)
		return arena_printf(arena, "%s:@%zu", source->name->path, i);
	return source->name->path;
}

static int add_items(struct source *source, const struct docker_item *items, size_t n_items,
		     struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < n_items; i++) {
		const char *name;
		int r;

		if (!is_chosen(source->name, &items[i], i))
			continue;
		name = display_name(source, items, n_items, i, arena);
		if (!name)
			return error_oom(err);
		r = add_item(source, &items[i], name, arena, err);
		if (r < 0)
			return n_items > 1 ? error_wrap(err, r, "image @%zu", i) : r;
	}
	return source->images.len > 0 ? 0 : not_found(source, items, n_items, err);
}

static int read_items(struct source *source, struct arena *arena, struct docker_item **ret,
		      size_t *ret_len, struct error *err)
{
	const struct limits *limits = source->options->limits;
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = blob_read(source->store, "manifest.json", NULL, UINT64_MAX, limits, &data, &size,
			  NULL, err);

	if (r < 0)
		return r;
	r = manifest_parse_docker(data, size, limits, arena, ret, ret_len, err);
	return r < 0 ? error_wrap(err, r, "manifest.json") : 0;
}

/* podman and engines that keep images in containerd read index.json first: what it lists besides is
 * judged as well. When a platform was asked for, it need not be there. */
static int add_others(struct source *source, struct error *err)
{
	int r;

	if (!source->by_content || !tar_archive_has(source->archive, "index.json"))
		return 0;
	source->n_listed = source->images.len;
	r = oci_index_open(source, err);
	return r == -ENOENT && !image_resolve_by_default(source) ? 0 : r;
}

static int docker_archive_open(struct source *source, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct docker_item *items = NULL;
	size_t n_items = 0;
	int r;

	if (!arena)
		return error_oom(err);
	if (!tar_archive_has(source->archive, "manifest.json"))
		return tar_archive_explain(source->archive, err);
	r = read_items(source, arena, &items, &n_items, err);
	if (r < 0)
		return r;
	r = add_items(source, items, n_items, arena, err);
	return r < 0 ? r : add_others(source, err);
}

static int docker_archive_claims(struct source *source, struct error *err)
{
	int r = source->archive->is_tree ? 0 : tar_archive_load(source->archive, err);

	return r < 0 ? r : tar_archive_has(source->archive, "manifest.json");
}

const struct source_class source_docker_archive = {
	.name = "docker-archive",
	.syntax = "docker-archive:FILE[:REF]",
	.help = "archive of docker save, podman save, skopeo, ...",
	.input = INPUT_ARCHIVE,
	.has_reference = true,
	.claims = docker_archive_claims,
	.open = docker_archive_open,
	.read_layer = blob_image_read_layer,
};
