/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms of images: the host's, and which of several fits best (OCI image-index.md). */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "model/image.h"

/* The platform of this machine, in Go's words: linux/amd64, linux/arm64/v8, linux/arm/v7. */
struct platform platform_host(void);

/* 0: does not fit; else the larger the better. wanted: os and architecture are set. An offer that
 * names no os is for any, as containerd has it. */
unsigned int platform_fits(const struct platform *wanted, const struct platform *offered);

/* "linux/arm64/v8"; "unknown" when nothing is said. NULL: -ENOMEM. */
char *platform_text(const struct platform *platform, struct arena *arena);

/* BuildKit's attestations stand in an index as images of the platform unknown/unknown. */
bool platform_is_unknown(const struct platform *platform);
