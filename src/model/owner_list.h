/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which package owns which path, made small while a package database streams past: a hash of each
 * path, and the package's name. A wrong hash match could only name a wrong package, never change a
 * verdict.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct owner_row {
	uint64_t path_hash; /* owner_hash() of the path */
	uint32_t package;   /* index into packages */
};

struct owner_list {
	struct owner_row *rows; /* sorted by path_hash once finished */
	size_t n_rows;
	const char **packages; /* "passwd", "busybox" */
	size_t n_packages;
};

/* Hash of an absolute or relative path: leading slashes and "./" do not count. */
uint64_t owner_hash(const char *path, size_t len);

void owner_list_sort(struct owner_list *list);

/*
 * Name of the package that owns the path, or NULL. A path that no package claims is tried again
 * across the merge of / and /usr: dpkg's list of login says /bin/su where the file is /usr/bin/su.
 * Of several owners the first of `packages`.
 */
const char *owner_list_find(const struct owner_list *list, const char *path);
