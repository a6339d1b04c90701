/* SPDX-License-Identifier: Apache-2.0 */
/* A root file system in a directory. */
#pragma once

#include "source/source_class.h"

/* Adds the only image of a rootfs or rootfs-archive: one layer, no configuration. */
int rootfs_add_image(struct source *source, struct error *err);
