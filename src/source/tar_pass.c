/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers are scanned with the digests that an image may claim: sha256 for the diffID, and for
 * members below blobs/ the blob's, in the algorithm of their directory.
 */
#include "source/tar_pass.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "io/tar.h"
#include "source/replay.h"

struct pass {
	struct tar_archive *archive;
	const struct limits *limits;
	struct tar_members *members;
	struct tar_reader *tar;
	struct tar_pass_result *results;
	uint64_t tree_bytes, json_bytes; /* kept so far */
};

void tar_pass_result_free(struct tar_pass_result *result)
{
	if (!result)
		return;
	free(result->data);
	free(result->message);
	layer_result_clear(&result->layer);
	free(result);
}

/* The archive from its start, uncompressed, as a tar reader. */
static int open_tar(struct tar_archive *archive, struct stream **ret_stream,
		    struct tar_reader **ret_tar, struct error *err)
{
	const struct limits *limits = archive->options->limits;
	struct stream *raw = NULL, *stream = NULL;
	int r = tar_archive_stream(archive, &raw, err);

	if (r == 0)
		r = stream_decompress_auto(raw, limits->layer_bytes, "layer-bytes", NULL, &stream,
					   err);
	if (r < 0)
		return r;
	r = tar_reader_new(stream, limits, true, ret_tar, err);
	if (r < 0)
		stream_free(stream);
	else
		*ret_stream = stream;
	return r;
}

void tar_walk_clear(struct tar_walk *walk)
{
	stream_free(walk->body);
	tar_reader_free(walk->tar);
	stream_free(walk->archive);
}

int tar_walk_open(struct tar_archive *archive, const struct tar_member *member,
		  struct tar_walk *ret, struct error *err)
{
	_cleanup_(tar_walk_clear) struct tar_walk walk = {};
	const struct tar_entry *entry;
	int r = open_tar(archive, &walk.archive, &walk.tar, err);

	if (r < 0)
		return r;
	do {
		r = tar_reader_next(walk.tar, &entry, err);
		if (r == 0)
			return error_set(err, -EBADMSG, "%.256s changed while it was read",
					 archive->path);
		if (r < 0)
			return r;
		/* By place and not by name: names may come twice. */
	} while (entry->offset != member->offset || (entry->type != '0' && entry->type != '7'));
	r = tar_reader_body_stream(walk.tar, &walk.body, err);
	if (r < 0)
		return r;
	ret->archive = TAKE(walk.archive);
	ret->tar = TAKE(walk.tar);
	ret->body = TAKE(walk.body);
	return 0;
}

/* What is small and starts like JSON is kept; everything else may be a layer. A layer that was kept
 * is scanned from memory when it is asked for (tar_store.c). */
static bool looks_like_json(const struct pass *pass, const struct tar_entry *entry,
			    const struct chunk *first)
{
	size_t at = 0;

	if (entry->size > pass->limits->json_bytes || tar_looks_like(first->data, first->size))
		return false;
	while (at < first->size && first->data[at] && strchr(" \t\r\n", first->data[at]))
		at++;
	return at < first->size && (first->data[at] == '{' || first->data[at] == '[');
}

/* All together are capped too, since an archive may hold a million of them. */
static int keep_json(struct pass *pass, struct stream *body, struct tar_pass_result *result,
		     struct error *err)
{
	_cleanup_(reader_clear) struct reader reader = {.stream = body};
	int r = reader_slurp(&reader, pass->limits->json_bytes, &result->data, &result->size, err);

	if (r < 0)
		return r;
	pass->json_bytes += result->size;
	if (pass->json_bytes > pass->limits->bodies_bytes)
		return error_set(err, -E2BIG, "JSON members exceed the limit bodies-bytes");
	return 0;
}

/* Digest algorithm of "blobs/sha512/..."; false: the name claims none. */
static bool blob_algorithm(const char *name, enum digest_algorithm *ret)
{
	struct digest_text digest = {};
	const char *slash;

	if (strncmp(name, "blobs/", 6) != 0)
		return false;
	name += 6;
	slash = strchr(name, '/');
	if (!slash || (size_t)(slash - name) >= sizeof(digest.algorithm))
		return false;
	memcpy(digest.algorithm, name, (size_t)(slash - name));
	*ret = layer_algorithm(&digest);
	return true;
}

/* Failing is a result, unless it is ours and not the member's. */
static int scan_member(struct pass *pass, const struct tar_member *member, struct stream *body,
		       struct tar_pass_result *result, struct error *err)
{
	const struct source_options *options = pass->archive->options;
	struct layer_request request = {
		.options = options,
		.what = member->name,
		.digest_diff = options->verify,
	};
	struct error inner = {};
	int r;

	request.digest_blob =
		blob_algorithm(member->name, &request.blob_algorithm) && options->verify;
	r = layer_scan(body, &request, &result->layer, &inner);
	if (r == -ENOMEM || r == -ECANCELED) {
		if (err)
			*err = inner;
		return r;
	}
	if (r < 0) {
		char *message = strdup(inner.message);

		if (!message)
			return error_oom(err);
		result->code = r;
		result->message = message;
		return 0;
	}
	pass->tree_bytes += file_tree_memory(result->layer.tree);
	if (pass->tree_bytes > pass->limits->tree_bytes)
		return error_set(err, -E2BIG, "all layers together exceed the limit tree-bytes");
	return 0;
}

/* The first chunk tells what it is, and is put back in front. */
static int read_body(struct pass *pass, const struct tar_entry *entry,
		     const struct tar_member *member, struct tar_pass_result *result,
		     struct error *err)
{
	_cleanup_(stream_freep) struct stream *body = NULL;
	_cleanup_(chunk_unrefp) struct chunk *first = NULL;
	int r = tar_reader_body_stream(pass->tar, &body, err);
	bool json;

	if (r == 0)
		r = stream_next(body, &first, err);
	if (r < 0)
		return r;
	json = first && looks_like_json(pass, entry, first);
	r = replay_stream(&first, first ? 1 : 0, TAKE(body), &body, err);
	if (r < 0)
		return r;
	if (json)
		return keep_json(pass, body, result, err);
	return scan_member(pass, member, TAKE(body), result, err);
}

/* Links, directories and the like have a name but no body. */
static int pass_member(struct pass *pass, const struct tar_entry *entry, struct error *err)
{
	struct tar_pass_result *result;
	struct tar_member *member;
	int r = tar_members_add(pass->members, entry, &member, err);

	assert(pass->tar);
	if (r < 0 || !member)
		return r;
	member->result = NULL;
	if (entry->type != '0' && entry->type != '7')
		return 0;
	result = calloc(1, sizeof(*result));
	if (!result)
		return error_oom(err);
	result->next = pass->results;
	pass->results = result;
	member->result = result;
	return read_body(pass, entry, member, result, err);
}

int tar_pass(struct tar_archive *archive, struct tar_members *members,
	     struct tar_pass_result **ret_results, struct error *err)
{
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct pass pass = {.archive = archive,
			    .limits = archive->options->limits,
			    .members = members};
	const struct tar_entry *entry;
	int r = open_tar(archive, &stream, &tar, err);

	assert(ret_results);
	if (r < 0)
		return r;
	pass.tar = tar;
	while ((r = tar_reader_next(tar, &entry, err)) > 0) {
		r = pass_member(&pass, entry, err);
		if (r < 0)
			break;
	}
	/* What a compressed archive ends with is its checksum. */
	if (r == 0)
		r = tar_reader_drain(tar, err);
	*ret_results = pass.results; /* also on error: to be freed */
	return r;
}
