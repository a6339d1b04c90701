/* SPDX-License-Identifier: Apache-2.0 */
/* The extended attributes of a file in a directory that checks read: capabilities and ACLs. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "model/file_tree.h"

/*
 * Reads security.* and system.posix_acl_* of dirfd/name, which is a regular file or a directory,
 * into the arena. The file is not opened where /proc is mounted. *ret may become NULL: none.
 * -EACCES, -E2BIG: a value over limits->xattr_bytes.
 */
int rootfs_xattr_read(int dirfd, const char *name, const struct limits *limits, struct arena *arena,
		      struct file_xattr **ret, struct error *err);
