/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI image layout (image-spec image-layout.md), in a directory or an archive: which of the
 * manifests that index.json lists are judged.
 */
#pragma once

#include "source/source_class.h"

/* source_class.open of both; source->store is set. Every manifest is judged unless the target names
 * one: by org.opencontainers.image.ref.name, by image name, or "@N". Manifests of one name that say
 * different platforms are one image's, and the wanted platform's is taken. */
int oci_index_open(struct source *source, struct error *err);
