/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a manifest or an index, however deeply nested, to the images that are to be judged: the one
 * that fits the wanted platform best, or all of them. Every blob is verified on the way, so that no
 * index can hold itself; limits->index_depth and limits->images bound what is read.
 */
#pragma once

#include "source/manifest.h"
#include "source/source_class.h"

/*
 * Adds the images behind one descriptor. name: what they are known by; any_platform: a manifest
 * that is the only one is taken, whatever its platform. -ENOENT when nothing fits: the error lists
 * what is there. Artifacts that are no images are left out; when there is nothing else, that is
 * -EOPNOTSUPP, or with may_be_artifact no error.
 */
int image_resolve_descriptor(struct source *source, const struct descriptor *descriptor,
			     const char *name, bool any_platform, bool may_be_artifact,
			     struct error *err);

/* The same for a manifest that no descriptor names: `data` is the blob called `blob`. */
int image_resolve_manifest(struct source *source, const char *blob, const char *data, size_t size,
			   const char *digest, const char *name, struct error *err);

/* True when the user let us choose: the host's platform, and no other was named. */
static inline bool image_resolve_by_default(const struct source *source)
{
	return !source->options->all_platforms && !source->options->platform.os;
}
struct platform image_resolve_wanted(const struct source *source);
