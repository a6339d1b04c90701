/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests as values: OCI image manifest and index (image-spec manifest.md, image-index.md),
 * docker schema 2 manifest and manifest list. Which one it is, is told by what it holds; a text
 * that is two of them at once is refused (CVE-2021-41190).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "format/digest_text.h"
#include "model/image.h"

struct json;

struct descriptor {
	const char *media_type; /* NULL: not said */
	struct digest_text digest;
	uint64_t size; /* UINT64_MAX: not said */
	struct platform platform;
	const char *ref_name;   /* org.opencontainers.image.ref.name, or NULL */
	const char *image_name; /* io.containerd.image.name, or NULL */
};

struct manifest {
	bool index;               /* items are manifests, not layers */
	struct descriptor config; /* not of an index */
	struct descriptor *items;
	size_t n_items;
};

/* Strings in the arena. -EBADMSG, -E2BIG (limits->layers), -EOPNOTSUPP: docker schema 1. */
int manifest_parse(const char *data, size_t size, const struct limits *limits, struct arena *arena,
		   struct manifest *ret, struct error *err);

/* False for artifacts: manifests whose configuration is of another media type than an image's. */
bool manifest_is_image(const struct manifest *manifest);

/* One entry of docker-archive's manifest.json (moby image/tarexport). */
struct docker_item {
	const char *config; /* name of the member */
	struct string_list tags, layers;
};
int manifest_parse_docker(const char *data, size_t size, const struct limits *limits,
			  struct arena *arena, struct docker_item **ret, size_t *ret_len,
			  struct error *err);

/* An array of strings; null elements are "" as Go has it. set is false when absent or null. */
int manifest_strings(const struct json *object, const char *key, struct arena *arena,
		     struct string_list *ret, struct error *err);
/* A string copied into the arena; NULL when absent or null. */
int manifest_string(const struct json *object, const char *key, struct arena *arena,
		    const char **ret, struct error *err);
