/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees as text, for tests. One line an entry: "d PATH MODE UID GID", "f PATH MODE UID GID",
 * "h PATH TARGET MODE UID GID" (hardlink), "l PATH TARGET" (symlink), "c PATH MAJOR MINOR"
 * (character device); "w PATH" makes a verbatim file. tree_dump() writes the merged tree the same
 * way, sorted, one line a name, hardlinks with "*N" for their link count.
 */
#pragma once

#include "model/file_tree.h"

/* Applies the lines to a new tree. The error's code, or 0. */
int tree_script(const struct limits *limits, uint32_t layer, const char *text,
		struct file_tree **ret, struct error *err);
/* malloc'ed. */
char *tree_dump(const struct file_tree *tree);
