/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a directory into a file tree. Nothing is followed: every directory is opened component by
 * component with O_NOFOLLOW below the start; devices, FIFOs and sockets are never opened, other
 * files only when their body is wanted. Kernel file systems (proc, sysfs, cgroup, ...) that are
 * mounted below are not entered. Hardlinks are told by device and inode number.
 */
#pragma once

#include "io/confined.h"
#include "model/file_tree.h"
#include "source/source.h"

/* path: for messages. -EACCES: a directory, or a file that is needed, cannot be read. */
int rootfs_walk(struct confined *dir, const char *path, const struct limits *limits,
		const struct body_wishes *wishes, struct file_tree **ret, struct error *err);
