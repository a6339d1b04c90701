/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where images come from. Opening a target reads and verifies manifests and configurations; layers
 * are read later, by source_read_layer(), several at once. One file a transport, one row each in
 * sources.def.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/digester.h"
#include "model/image.h"

struct source_options {
	const struct limits *limits;
	struct digest_crew *crew; /* may be NULL */
	struct platform platform; /* wanted of an index; os NULL: the host's */
	bool all_platforms;
	bool verify; /* digests of layers; manifests and configs always are */
	/* Called now and then with bytes read so far, from any thread; may be NULL. */
	void (*progress)(void *data, uint64_t bytes);
	void *progress_data;
};

struct source; /* an opened target */

/* One image of a source; `layers` of the model and read_layer's index agree. */
struct source_image {
	struct image *image; /* owned by the source until taken with TAKE() */
	void *private_data;  /* the transport's */
};

void source_free(struct source *source);
DEFINE_FREEP(struct source, source_free)

/*
 * Opens a target as the user wrote it: "oci:DIR[:REF]", or a path without a prefix (told by its
 * content), or "-". *ret_source has at least one image. Errors name the file or blob:
 * -ENOENT, -EACCES, -EBADMSG (malformed, digest mismatch), -E2BIG, -EOPNOTSUPP (not an image).
 * options are borrowed for the source's life.
 */
int source_open(const char *target, const struct source_options *options,
		struct source **ret_source, struct error *err);

size_t source_n_images(const struct source *source);
struct image *source_image(const struct source *source, size_t index);

/* Bytes that all layers of image `index` have as stored; 0 when not known (standard input). */
uint64_t source_image_bytes(const struct source *source, size_t index);

/* What to keep of the files that stream past, beside the fixed names (see body_keeper.h). */
struct body_wishes {
	const char *const *paths; /* absolute, exact; from an earlier pass */
	size_t n_paths;
	const char *const *scripts; /* base names that entrypoint and command mention */
	size_t n_scripts;
};

/*
 * Reads one layer (for a rootfs: the whole tree as layer 0) into a tree of its own, verified:
 * blob digest, diffID, compression. *ret_tree is complete and true, or there is an error that names
 * the blob. Thread-safe for different layers where source_is_concurrent().
 */
int source_read_layer(struct source *source, size_t image, size_t layer,
		      const struct body_wishes *wishes, struct file_tree **ret_tree,
		      struct error *err);
/* False for standard input and compressed archives: layers were read while the archive passed. */
bool source_is_concurrent(const struct source *source);
/* True when a layer can be read a second time. */
bool source_is_repeatable(const struct source *source);
