/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One layer: a stream of bytes as stored -> digests, decompression, tar, file tree. The compression
 * is told by the bytes, whatever the media type says. What is expected of the digests is compared
 * by the caller (layer_verify()), because an archive that streams past names it only at its end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "format/digest_text.h"
#include "io/decompress.h"
#include "io/digester.h"
#include "io/stream.h"
#include "model/file_tree.h"
#include "source/meter.h"
#include "source/source.h"

struct layer_request {
	const struct source_options *options;
	const struct body_wishes *wishes; /* NULL: none known */
	uint32_t layer;                   /* index for the inodes */
	const char *what;                 /* "layer 2 of 5 (sha256:...)": put before messages */
	bool verbatim;                    /* no layer but a whole tree: no whiteouts */
	bool digest_blob, digest_diff;    /* which digests to compute */
	enum digest_algorithm blob_algorithm, diff_algorithm;
};

struct layer_result {
	struct file_tree *tree;
	uint64_t stored; /* bytes as stored; only with a digest */
	enum digest_algorithm blob_algorithm, diff_algorithm;
	char blob[2 * DIGEST_MAX_SIZE + 1]; /* lower-case hex; "": not computed */
	char diff[2 * DIGEST_MAX_SIZE + 1];
};

void layer_result_clear(struct layer_result *result);

/* Reads the whole layer; `stream` is owned, also on error. *ret is set on success only. */
int layer_scan(struct stream *stream, const struct layer_request *request, struct layer_result *ret,
	       struct error *err);

/* What a manifest and a configuration say of a layer. */
struct layer_claim {
	const char *what;
	bool has_blob, has_diff;
	struct digest_text blob, diff;
	uint64_t size; /* of the blob; UINT64_MAX: not said */
};

/* -EBADMSG when a digest or the size is not as claimed, or was not computed as needed. */
int layer_verify(const struct layer_result *result, const struct layer_claim *claim,
		 struct error *err);

/* Which of our algorithms a parsed digest names. */
enum digest_algorithm layer_algorithm(const struct digest_text *digest);
