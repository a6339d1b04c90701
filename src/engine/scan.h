/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of one image -> its merged file tree, with the bodies that checks want. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/limits.h"
#include "engine/progress.h"
#include "source/source.h"

struct scan_options {
	const struct limits *limits;
	unsigned int jobs;         /* layers read at once, at most */
	struct progress *progress; /* may be NULL */
};

/*
 * Reads every layer of image `index` (several at once where the source can), lays them over one
 * another in order, and reads those layers again that hold a file which a check turned out to want.
 * On success the image's tree is set and complete; on error it is not, and the error names the
 * blob.
 */
int scan_image(struct source *source, size_t index, const struct scan_options *options,
	       struct error *err);
