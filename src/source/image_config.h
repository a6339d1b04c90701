/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image configurations (OCI image-spec config.md, docker image JSON v1.2) as Go's decoder reads
 * them: absent and null are the same; a wrong type is an error that names the field.
 */
#pragma once

#include "base/limits.h"
#include "model/image.h"

struct config_layers {
	struct string_list diff_ids;
	/* created_by of each layer, empty_layer entries left out; len 0 when the history does not
	 * have one entry for each diffID: then nobody knows which line made which layer. */
	struct string_list created_by;
};

/* Fills image->config and image->platform (strings in the image's arena). -EBADMSG, -E2BIG. */
int image_config_parse(const char *data, size_t size, const struct limits *limits,
		       struct image *image, struct config_layers *ret, struct error *err);
