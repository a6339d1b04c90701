/* SPDX-License-Identifier: Apache-2.0 */
/* What transports share: an opened source, and the row that each of them puts into sources.def. */
#pragma once

#include <stdbool.h>

#include "base/vec.h"
#include "io/confined.h"
#include "source/blob.h"
#include "source/meter.h"
#include "source/source.h"
#include "source/tar_archive.h"
#include "source/target_name.h"

enum source_input {
	INPUT_DIR,
	INPUT_ARCHIVE,
};

struct source_class {
	const char *name;   /* "docker-archive": the transport's prefix */
	const char *syntax; /* "docker-archive:FILE[:REF]" */
	const char *help;   /* one line */
	enum source_input input;
	bool has_reference;
	/* For targets without a prefix, by content: 1 it is ours, 0 not, or negative. The source's
	 * name and its dir or archive are set. */
	int (*claims)(struct source *source, struct error *err);
	/* Adds at least one image to the source. */
	int (*open)(struct source *source, struct error *err);
	int (*read_layer)(struct source *source, size_t image, size_t layer,
			  const struct body_wishes *wishes, struct file_tree **ret_tree,
			  struct error *err);
};

struct source {
	const struct source_class *class;
	const struct source_options *options;
	struct target_name *name;
	struct confined *dir; /* one of the two, by class->input */
	struct tar_archive *archive;
	struct blob_store *store; /* of dir or archive; NULL for a root file system */
	struct meter meter;
	VEC(struct source_image) images;
	size_t n_listed; /* images of manifest.json, which an index.json beside it may list again */
	bool by_content; /* the target had no prefix */
	bool concurrent, repeatable;
	uint64_t bytes; /* of a rootfs archive; 0: not known */
};

#define SOURCE(symbol) extern const struct source_class source_##symbol;
#include "source/sources.def"
#undef SOURCE

extern const struct source_class *const source_classes[];
extern const size_t n_source_classes;

/* Takes the image over, also on error. private_data lives in the image's arena. */
int source_add_image(struct source *source, struct image *image, void *private_data,
		     struct error *err);
