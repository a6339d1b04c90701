/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipeline is stored bytes -> meter -> blob digest -> decompression -> diffID digest -> tar. An
 * uncompressed layer is hashed once when both digests are of one kind. Without digests the tar
 * reader may skip bodies unread.
 */
#include "source/layer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "io/tar.h"
#include "source/body_keeper.h"

#define HEAD_MIN 256 /* bytes that tell text from binary */

struct scan {
	const struct layer_request *request;
	struct digester *blob, *diff;
	struct stream *stored; /* the end of what `top` pulls from; owned by top */
	struct stream *top;    /* uncompressed tar */
	struct tar_reader *tar;
	struct file_tree *tree;
	struct body_keeper *keeper;
	bool sparing;
	VEC(struct file_xattr) xattrs;
	struct strbuf head; /* of a body whose first pieces are too small to be told by */
};

static void scan_clear(struct scan *scan)
{
	body_keeper_free(scan->keeper);
	tar_reader_free(scan->tar);
	stream_free(scan->top);
	digester_free(scan->blob);
	digester_free(scan->diff);
	file_tree_free(scan->tree);
	vec_clear(&scan->xattrs);
	strbuf_clear(&scan->head);
}

void layer_result_clear(struct layer_result *result)
{
	file_tree_free(TAKE(result->tree));
}

/* Of a digest that was parsed, and so is one of the three. */
enum digest_algorithm layer_algorithm(const struct digest_text *digest)
{
	if (strcmp(digest->algorithm, "sha384") == 0)
		return DIGEST_SHA384;
	return strcmp(digest->algorithm, "sha512") == 0 ? DIGEST_SHA512 : DIGEST_SHA256;
}

/* What passes from here on is digested. On error the stream is gone or still in its place:
 * scan_clear() frees either. */
static int tee(struct stream **stream, struct digest_crew *crew, enum digest_algorithm algorithm,
	       struct digester **ret, struct error *err)
{
	int r = digester_new(crew, algorithm, ret, err);

	if (r < 0)
		return r;
	return stream_tee_digest(TAKE(*stream), *ret, stream, err);
}

/* Digests of what is stored stand below the decompressor, those of what comes out above it. */
static int open_pipeline(struct scan *scan, struct stream *stream, struct error *err)
{
	const struct layer_request *request = scan->request;
	struct digest_crew *crew = request->options->crew;
	enum compression compression;
	bool one_digest;
	int r;

	assert(stream);
	scan->top = stream;
	if (request->digest_blob) {
		r = tee(&scan->top, crew, request->blob_algorithm, &scan->blob, err);
		if (r < 0)
			return r;
	}
	scan->stored = scan->top;
	r = stream_decompress_auto(TAKE(scan->top), request->options->limits->layer_bytes,
				   "layer-bytes", &compression, &scan->top, err);
	if (r < 0)
		return r;
	one_digest = compression == COMPRESSION_NONE && request->digest_blob &&
		     request->blob_algorithm == request->diff_algorithm;
	scan->sparing =
		compression == COMPRESSION_NONE && !request->digest_blob && !request->digest_diff;
	if (request->digest_diff && !one_digest)
		return tee(&scan->top, crew, request->diff_algorithm, &scan->diff, err);
	return 0;
}

/* In the order in which scan_clear() takes them down again. */
static int prepare(struct scan *scan, struct stream *stream, struct error *err)
{
	const struct limits *limits = scan->request->options->limits;
	int r = open_pipeline(scan, stream, err);

	if (r == 0)
		r = tar_reader_new(scan->top, limits, true, &scan->tar, err);
	if (r == 0)
		r = file_tree_new(limits, scan->request->layer, &scan->tree, err);
	if (r == 0)
		r = body_keeper_new(scan->tree, limits, scan->request->wishes, scan->sparing,
				    &scan->keeper, err);
	return r;
}

/* The file type of a member; 0: a type that the runtimes refuse to unpack. */
static uint32_t member_type(char type)
{
	switch (type) {
	case '0':
	case '7':
		return S_IFREG;
	case '1':
		return S_IFREG; /* a hardlink: the target's type counts */
	case '2':
		return S_IFLNK;
	case '3':
		return S_IFCHR;
	case '4':
		return S_IFBLK;
	case '5':
		return S_IFDIR;
	case '6':
		return S_IFIFO;
	default:
		return 0;
	}
}

/* The tar reader's list becomes the tree's; the bytes stay where they are until the tree copies
 * them. */
static int copy_xattrs(struct scan *scan, const struct tar_xattr *from, struct error *err)
{
	scan->xattrs.len = 0;
	for (; from; from = from->next) {
		struct file_xattr xattr = {.name = from->name,
					   .value = from->value,
					   .size = from->size};

		if (vec_push(&scan->xattrs, xattr) < 0)
			return error_oom(err);
	}
	for (size_t i = 1; i < scan->xattrs.len; i++)
		scan->xattrs.items[i - 1].next = &scan->xattrs.items[i];
	return 0;
}

/* The engines write every attribute of a layer into the directory that overlayfs mounts, and this
 * one makes it take a directory's files (redirect) or a file's body (metacopy) from elsewhere below
 * (kernel: filesystems/overlayfs.rst): what is seen then is not what the members say. */
static int refuse_redirect(const struct tar_entry *member, struct error *err)
{
	for (const struct tar_xattr *at = member->xattrs; at; at = at->next) {
		if (strncmp(at->name, "trusted.overlay.", strlen("trusted.overlay.")) == 0)
			return error_set(
				err, -EBADMSG,
				"%.256s: has the attribute %.64s, by which a runtime would "
				"show other files than the layer holds",
				member->path, at->name);
	}
	return 0;
}

static bool has_body(const struct tar_entry *member)
{
	return member->type == '0' || member->type == '7';
}

/* The body of the current member, from its first piece on, goes to the keeper. */
static int feed_body(struct scan *scan, const uint8_t *piece, size_t size, struct error *err)
{
	int r = size > 0 ? 1 : 0;

	while (r > 0 && body_keeper_active(scan->keeper)) {
		r = body_keeper_feed(scan->keeper, piece, size, err);
		if (r == 0 && body_keeper_active(scan->keeper))
			r = tar_reader_body(scan->tar, &piece, &size, err);
	}
	return r;
}

/* The first piece of a body; *ret_size is 0 for an empty one. Where a chunk ends is chance: pieces
 * are joined until they show what file it is. */
static int first_piece(struct scan *scan, const uint8_t **ret, size_t *ret_size, struct error *err)
{
	int r = tar_reader_body(scan->tar, ret, ret_size, err);

	if (r <= 0 || *ret_size >= HEAD_MIN) {
		*ret_size = r > 0 ? *ret_size : 0;
		return r < 0 ? r : 0;
	}
	strbuf_reset(&scan->head);
	while (r > 0) {
		if (strbuf_add(&scan->head, *ret, *ret_size) < 0)
			return error_oom(err);
		r = scan->head.len < HEAD_MIN ? tar_reader_body(scan->tar, ret, ret_size, err) : 0;
	}
	*ret = (const uint8_t *)scan->head.data;
	*ret_size = scan->head.len;
	return r;
}

static int apply_member(struct scan *scan, const struct tar_entry *member,
			const struct file_entry *entry_in, struct error *err)
{
	struct file_entry entry = *entry_in;
	struct file_inode *inode;
	struct file_body *body;
	const char *digest;
	const uint8_t *piece = NULL;
	size_t size = 0;
	int r = 0;

	if (has_body(member) && body_keeper_start(scan->keeper, &entry, member->sparse)) {
		r = first_piece(scan, &piece, &size, err);
		if (r < 0)
			return r;
		entry.flags = body_keeper_look(scan->keeper, piece, size);
	}
	r = file_tree_apply(scan->tree, &entry, &inode, err);
	if (r < 0 || !has_body(member))
		return r;
	r = feed_body(scan, piece, size, err);
	if (r == 0)
		r = body_keeper_finish(scan->keeper, &body, &digest, err);
	if (r == 0 && inode) {
		inode->body = body;
		inode->digest = digest;
	}
	return r;
}

static int add_member(struct scan *scan, const struct tar_entry *member, struct error *err)
{
	struct file_entry entry = {
		.path = member->path,
		.link = member->link,
		.hardlink = member->type == '1',
		.uid = member->uid,
		.gid = member->gid,
		.size = member->size,
		.dev_major = (uint32_t)member->dev_major,
		.dev_minor = (uint32_t)member->dev_minor,
		.verbatim = scan->request->verbatim,
	};
	uint32_t type = member_type(member->type);
	int r;

	if (member->type == 'g')
		return 0;
	if (type == 0)
		return error_set(err, -EBADMSG, "%.256s: a tar member of unknown type 0x%02x",
				 member->path, (unsigned char)member->type);
	entry.mode = type | ((uint32_t)member->mode & 07777);
	r = entry.verbatim ? 0 : refuse_redirect(member, err);
	if (r == 0)
		r = copy_xattrs(scan, member->xattrs, err);
	if (r < 0)
		return r;
	entry.xattrs = scan->xattrs.len > 0 ? scan->xattrs.items : NULL;
	return apply_member(scan, member, &entry, err);
}

static int drain(struct stream *stream, struct error *err)
{
	struct chunk *chunk;
	int r;

	while ((r = stream_next(stream, &chunk, err)) > 0)
		chunk_unref(chunk);
	return r;
}

/* Digests are of all bytes, also of those behind the archive's or the compressed stream's end; and
 * a compressed stream that is cut there is cut, although all members were read. */
static int finish_stream(struct scan *scan, struct layer_result *result, struct error *err)
{
	int r;

	if (scan->sparing)
		return 0;
	r = tar_reader_drain(scan->tar, err);
	if (r == 0)
		r = drain(scan->top, err);
	if (r == 0 && scan->stored != scan->top)
		r = drain(scan->stored, err);
	if (r == 0 && scan->blob)
		r = digester_finish(scan->blob, result->blob, err);
	if (r == 0 && scan->diff)
		r = digester_finish(scan->diff, result->diff, err);
	if (r < 0)
		return r;
	if (scan->request->digest_diff && !scan->diff)
		memcpy(result->diff, result->blob, sizeof(result->diff));
	result->stored = scan->stored->position;
	return 0;
}

static int read_members(struct scan *scan, struct error *err)
{
	const struct tar_entry *member;
	int r;

	while ((r = tar_reader_next(scan->tar, &member, err)) > 0) {
		r = add_member(scan, member, err);
		if (r < 0)
			return r;
	}
	return r;
}

int layer_scan(struct stream *stream, const struct layer_request *request, struct layer_result *ret,
	       struct error *err)
{
	_cleanup_(scan_clear) struct scan scan = {.request = request,
						  .head = STRBUF_INIT(SIZE_MAX)};
	struct layer_result result = {.blob_algorithm = request->blob_algorithm,
				      .diff_algorithm = request->diff_algorithm};
	int r = prepare(&scan, stream, err);

	if (r == 0)
		r = read_members(&scan, err);
	if (r == 0)
		r = finish_stream(&scan, &result, err);
	if (r < 0)
		return error_wrap(err, r, "%s", request->what);
	result.tree = TAKE(scan.tree);
	*ret = result;
	return 0;
}

static int compare(const char *what, const char *kind, const struct digest_text *claimed,
		   enum digest_algorithm algorithm, const char *computed, struct error *err)
{
	if (algorithm != layer_algorithm(claimed) || !*computed)
		return error_set(err, -EBADMSG,
				 "%s: cannot verify a %s %s of an archive that streams past", what,
				 claimed->algorithm, kind);
	if (strcmp(claimed->hex, computed) != 0)
		return error_set(err, -EBADMSG, "%s: the %s does not match: expected %s, found %s",
				 what, kind, claimed->hex, computed);
	return 0;
}

int layer_verify(const struct layer_result *result, const struct layer_claim *claim,
		 struct error *err)
{
	int r = 0;

	if (claim->size != UINT64_MAX && claim->size != result->stored)
		return error_set(err, -EBADMSG,
				 "%s: the size does not match: expected %llu bytes, found %llu",
				 claim->what, (unsigned long long)claim->size,
				 (unsigned long long)result->stored);
	if (claim->has_blob)
		r = compare(claim->what, "digest", &claim->blob, result->blob_algorithm,
			    result->blob, err);
	if (r == 0 && claim->has_diff)
		r = compare(claim->what, "diffID", &claim->diff, result->diff_algorithm,
			    result->diff, err);
	return r;
}
