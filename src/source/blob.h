/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the blobs of an image are kept, a directory or an archive, and how they are named there.
 * Names are relative paths in the store.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/macro.h"
#include "format/digest_text.h"
#include "source/layer.h"

enum blob_naming {
	BLOB_NAMING_OCI, /* blobs/sha256/HEX (OCI image-layout.md) */
	BLOB_NAMING_DIR, /* HEX, HEX.manifest.json (containers-transports(5), dir:) */
};

struct blob_store;

struct blob_store_class {
	/* A small blob whole, with a NUL behind. -ENOENT, -E2BIG past max. */
	int (*read)(struct blob_store *store, const char *name, uint64_t max, char **ret,
		    size_t *ret_size, struct error *err);
	/* Scans a blob as a layer. */
	int (*scan)(struct blob_store *store, const char *name, const struct layer_request *request,
		    struct layer_result *ret, struct error *err);
	/* Bytes as stored. -ENOENT. Does not say why. */
	int (*size)(struct blob_store *store, const char *name, uint64_t *ret);
	/* Says that some image's layer is this blob: scan() will be called for it once more. */
	void (*use)(struct blob_store *store, const char *name);
	void (*free)(struct blob_store *store);
};

/* First member of every store. */
struct blob_store {
	const struct blob_store_class *class;
	enum blob_naming naming;
	bool concurrent, repeatable; /* scan(): several at once; more than once */
};

void blob_store_free(struct blob_store *store);
DEFINE_FREEP(struct blob_store, blob_store_free)

/* Name of the blob with this digest; is_manifest matters to BLOB_NAMING_DIR. */
#define BLOB_NAME_MAX 192
void blob_name(const struct blob_store *store, const struct digest_text *digest, bool is_manifest,
	       char buf[BLOB_NAME_MAX]);

/*
 * Reads a small blob and verifies it. digest NULL: nothing claims it; size UINT64_MAX: not said.
 * *ret_digest (may be NULL): "sha256:...", computed (also when digest is NULL).
 */
#define BLOB_DIGEST_MAX (16 + 1 + 2 * DIGEST_MAX_SIZE + 1)
int blob_read(struct blob_store *store, const char *name, const struct digest_text *digest,
	      uint64_t size, const struct limits *limits, char **ret, size_t *ret_size,
	      char ret_digest[BLOB_DIGEST_MAX], struct error *err);
