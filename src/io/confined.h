/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory that nothing leads out of: every path from input is opened below it with
 * openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS), so that "..", absolute paths and symbolic links
 * stay inside or fail with -EXDEV reported as -EBADMSG.
 */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/macro.h"

struct confined;

void confined_free(struct confined *dir);
DEFINE_FREEP(struct confined, confined_free)

/* path: from the user, opened as it is. -ENOENT, -ENOTDIR, -EACCES. */
int confined_open(const char *path, struct confined **ret, struct error *err);

/* Read-only, O_CLOEXEC | O_NONBLOCK | O_NOCTTY; only regular files (else -EBADMSG). */
int confined_open_file(struct confined *dir, const char *path, int *ret_fd, struct stat *ret_stat,
		       struct error *err);
/* Reads a whole file with a NUL behind; -E2BIG past max. */
int confined_read(struct confined *dir, const char *path, uint64_t max, char **ret,
		  size_t *ret_size, struct error *err);
int confined_fd(const struct confined *dir);
