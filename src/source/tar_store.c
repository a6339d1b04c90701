/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place: a layer is a range of the file. From a pass: the tree that was made on the way is
 * handed out, copies of it where several images share the layer; when it is gone, or bodies are
 * wanted that the pass did not keep, a file is walked through again, and a pipe is at its end.
 */
#include "source/tar_store.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "io/tar.h"
#include "source/tar_pass.h"

struct tar_store {
	struct blob_store store;
	struct tar_archive *archive;
	struct tar_members *members; /* borrowed */
	bool in_place;
	struct tar_pass_result *results;
	bool settled; /* trees that no image uses are gone */
};

static struct tar_store *tar_store(struct blob_store *store)
{
	return (struct tar_store *)store;
}

static bool is_in_place(const struct tar_archive *archive)
{
	return archive->is_file && archive->compression == COMPRESSION_NONE;
}

/* The body of a member, read where it stands; walk holds what the stream needs. */
static int open_body(struct tar_store *store, const struct tar_member *member,
		     struct tar_walk *walk, struct stream **ret, struct error *err)
{
	struct tar_archive *archive = store->archive;
	struct stream *stream;
	uint64_t offset;
	int r;

	if (!store->in_place || member->sparse) {
		r = tar_walk_open(archive, member, walk, err);
		if (r == 0)
			*ret = TAKE(walk->body);
		return r;
	}
	if (__builtin_add_overflow(archive->start, member->offset, &offset))
		return error_set(err, -EBADMSG, "%.256s: lies behind the archive's end",
				 member->name);
	r = stream_open_range(archive->fd, offset, member->stored, &stream, err);
	if (r < 0)
		return r;
	return meter_stream(archive->meter, stream, UINT64_MAX, ret, err);
}

/* Small bodies only: the caller's max is a limit on JSON. */
static int read_in_place(struct tar_store *store, const struct tar_member *member, uint64_t max,
			 char **ret, size_t *ret_size, struct error *err)
{
	_cleanup_(tar_walk_clear) struct tar_walk walk = {};
	_cleanup_(stream_freep) struct stream *stream = NULL;
	_cleanup_(reader_clear) struct reader reader = {};
	int r = open_body(store, member, &walk, &stream, err);

	if (r < 0)
		return r;
	reader.stream = stream;
	return reader_slurp(&reader, max, ret, ret_size, err);
}

/* What the pass did not take for JSON is none, or larger than the limit. */
static int read_kept(const struct tar_member *member, uint64_t max, char **ret, size_t *ret_size,
		     struct error *err)
{
	const struct tar_pass_result *result = member->result;
	char *copy;

	assert(member->result);
	if (!result->data)
		return error_set(err, member->size > max ? -E2BIG : -EBADMSG,
				 member->size > max ? "larger than the limit json-bytes"
						    : "is not JSON");
	copy = malloc(result->size + 1);
	if (!copy)
		return error_oom(err);
	memcpy(copy, result->data, result->size + 1);
	*ret = copy;
	*ret_size = result->size;
	return 0;
}

/* Readers differ in whether the first or the last of two members counts. A name that is a digest
 * settles it; no verdict may hang on another. */
static bool is_ambiguous(const struct tar_member *member)
{
	const char *slash = strrchr(member->name, '/');
	const char *name = slash ? slash + 1 : member->name;

	return member->twice && strspn(name, "0123456789abcdef") < 64;
}

/* "blobs/sha256/HEX", "HEX.json": whoever reads one compares its digest. */
static bool is_digest_name(const char *name)
{
	static const char blobs[] = "blobs/sha256/";
	bool blob = strncmp(name, blobs, strlen(blobs)) == 0;
	const char *hex = blob ? name + strlen(blobs) : name;

	return strspn(hex, "0123456789abcdef") == 64 && strcmp(hex + 64, blob ? "" : ".json") == 0;
}

static int store_read(struct blob_store *base, const char *name, uint64_t max, char **ret,
		      size_t *ret_size, struct error *err)
{
	struct tar_store *store = tar_store(base);
	struct tar_member *member;
	int r = tar_members_resolve(store->members, name, &member, err);

	if (r < 0)
		return r;
	if (member->twice && !is_digest_name(name))
		return error_set(err, -EBADMSG, "%.256s: is in the archive twice", name);
	if (member->result)
		r = read_kept(member, max, ret, ret_size, err);
	else
		r = read_in_place(store, member, max, ret, ret_size, err);
	return r < 0 ? error_wrap(err, r, "%.256s", name) : 0;
}

/* From the file, with what this request wishes. */
static int scan_again(struct tar_store *store, const struct tar_member *member,
		      const struct layer_request *request, struct layer_result *ret,
		      struct error *err)
{
	_cleanup_(tar_walk_clear) struct tar_walk walk = {};
	struct stream *stream = NULL;
	int r = open_body(store, member, &walk, &stream, err);

	if (r < 0)
		return error_wrap(err, r, "%s", request->what);
	return layer_scan(stream, request, ret, err);
}

/* The pass did not know yet which layer of which image it was reading. */
static void set_layer(struct file_tree *tree, uint32_t layer)
{
	struct file_node *node;

	FILE_TREE_FOREACH (tree, node) {
		if (node->inode)
			node->inode->layer = layer;
	}
}

/* The tree of the pass: itself to its only user, copies when there are several. */
static int hand_out(struct tar_pass_result *result, uint32_t layer, struct layer_result *ret,
		    struct error *err)
{
	struct layer_result copy = result->layer;
	int r = 0;

	assert(result->layer.tree);
	if (result->uses <= 1) {
		copy.tree = TAKE(result->layer.tree);
		set_layer(copy.tree, layer);
	} else {
		copy.tree = NULL;
		r = file_tree_clone(result->layer.tree, layer, &copy.tree, err);
	}
	if (r == 0)
		*ret = copy;
	return r;
}

/* Once all images are known: trees that none of them uses would only take memory. */
static void settle(struct tar_store *store)
{
	for (struct tar_pass_result *at = store->results; at && !store->settled; at = at->next) {
		if (at->uses == 0)
			layer_result_clear(&at->layer);
	}
	store->settled = true;
}

/* A member that failed on the way fails when it is asked for, and only then. */
static int scan_kept(struct tar_store *store, const struct tar_member *member,
		     const struct layer_request *request, struct layer_result *ret,
		     struct error *err)
{
	struct tar_pass_result *result = member->result;
	bool more_bodies = request->wishes && request->wishes->n_paths > 0;
	struct stream *stream;
	int r;

	assert(member->result);
	settle(store);
	if (result->code < 0)
		return error_set(err, result->code, "%s: %s", request->what, result->message);
	if (result->data) {
		r = stream_open_memory(result->data, result->size, &stream, err);
		return r < 0 ? r : layer_scan(stream, request, ret, err);
	}
	if (store->archive->is_file && (more_bodies || !result->layer.tree))
		return scan_again(store, member, request, ret, err);
	if (!result->layer.tree)
		return error_set(err, -EINVAL, "%s: standard input cannot be read twice",
				 request->what);
	return hand_out(result, request->layer, ret, err);
}

static int store_scan(struct blob_store *base, const char *name,
		      const struct layer_request *request, struct layer_result *ret,
		      struct error *err)
{
	struct tar_store *store = tar_store(base);
	struct tar_member *member;
	int r = tar_members_resolve(store->members, name, &member, err);

	if (r < 0)
		return error_wrap(err, r, "%s", request->what);
	if (is_ambiguous(member))
		return error_set(err, -EBADMSG, "%s: is in the archive twice", request->what);
	if (member->result)
		return scan_kept(store, member, request, ret, err);
	return scan_again(store, member, request, ret, err);
}

static int store_size(struct blob_store *base, const char *name, uint64_t *ret)
{
	struct tar_store *store = tar_store(base);
	struct tar_member *member;
	int r = tar_members_resolve(store->members, name, &member, NULL);

	/* What passed already takes no more time. */
	if (r == 0)
		*ret = store->in_place ? member->stored : 0;
	return r;
}

/* Counted before the first layer is read, so that the last user can take the tree itself. */
static void store_use(struct blob_store *base, const char *name)
{
	struct tar_member *member;

	if (tar_members_resolve(tar_store(base)->members, name, &member, NULL) == 0 &&
	    member->result)
		member->result->uses++;
}

static void store_free(struct blob_store *base)
{
	struct tar_store *store = tar_store(base);

	for (struct tar_pass_result *at = store->results, *next; at; at = next) {
		next = at->next;
		tar_pass_result_free(at);
	}
	free(store);
}

static const struct blob_store_class tar_store_class = {
	.read = store_read,
	.scan = store_scan,
	.size = store_size,
	.use = store_use,
	.free = store_free,
};

/* Headers only: bodies are skipped, and read later where they stand. */
static int index_archive(struct tar_store *store, struct error *err)
{
	struct tar_archive *archive = store->archive;
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	_cleanup_(stream_freep) struct stream *stream = NULL;
	const struct tar_entry *entry;
	struct tar_member *member;
	int r = stream_open_range(archive->fd, archive->start, archive->size, &stream, err);

	if (r == 0)
		r = tar_reader_new(stream, archive->options->limits, true, &tar, err);
	while (r >= 0) {
		r = tar_reader_next(tar, &entry, err);
		if (r <= 0)
			break;
		r = tar_members_add(store->members, entry, &member, err);
	}
	return r;
}

int tar_store_new(struct tar_archive *archive, struct tar_members **ret_members,
		  struct blob_store **ret_store, struct error *err)
{
	_cleanup_(blob_store_freep) struct blob_store *base = NULL;
	_cleanup_(tar_members_freep) struct tar_members *members = NULL;
	struct tar_store *store;
	int r = tar_members_new(archive->options->limits, &members, err);

	assert(!archive->store);
	if (r < 0)
		return r;
	store = calloc(1, sizeof(*store));
	if (!store)
		return error_oom(err);
	base = &store->store;
	store->archive = archive;
	store->members = members;
	store->in_place = is_in_place(archive);
	store->store = (struct blob_store){.class = &tar_store_class,
					   .naming = BLOB_NAMING_OCI,
					   .concurrent = store->in_place,
					   .repeatable = archive->is_file};
	if (store->in_place)
		r = index_archive(store, err);
	else
		r = tar_pass(archive, members, &store->results, err);
	if (r < 0)
		return r;
	*ret_members = TAKE(members);
	*ret_store = TAKE(base);
	return 0;
}
