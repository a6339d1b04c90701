/* SPDX-License-Identifier: Apache-2.0 */
/* What a report keeps of an image once the image itself is gone. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "model/image.h"
#include "model/report.h"

/* A target with copies (in the arena) of the image's name, platform, digests and layers. -ENOMEM.
 */
int describe_image(const struct image *image, const char *written, struct arena *arena,
		   struct target **ret, struct error *err);

/* The rest, when image->start_user is resolved and the tree merged: user and count of entries. */
int describe_user(const struct image *image, struct target *target, struct arena *arena,
		  struct error *err);
