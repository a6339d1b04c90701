/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which file bodies of a layer are kept, and in which form, while they stream past:
 *
 *   - passwd, group, shadow, gshadow in a directory named etc or lib: whole, to limits->body_bytes;
 *   - files that have the base name of a path that was asked for: whole, likewise;
 *   - scripts (files that start with "#!", or have the base name of one that was asked for and look
 *     like text): whole when they hold a step-down word, else "clean"; to limits->script_bytes;
 *   - package databases of dpkg, apk and rpm: as owner lists.
 *
 * Base names and not paths, because a symlinked parent may lead elsewhere: what is kept too much
 * does no harm. All bodies of a layer together take at most limits->bodies_bytes; what does not fit
 * is BODY_TOO_LARGE, which no check may take for clean.
 *
 * Of a privileged file (setuid, setgid, or with capabilities) the SHA-256 is taken as well, so that
 * a finding can say which file it is of.
 *
 * The order of calls for each regular file: start; look at the first piece; feed all pieces
 * (the first one too) while active; finish.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "model/file_tree.h"
#include "source/source.h"

struct body_keeper;

void body_keeper_free(struct body_keeper *keeper);
DEFINE_FREEP(struct body_keeper, body_keeper_free)

/* wishes may be NULL. Bodies go into the tree's arena. sparing: bodies cost a read (they could be
 * skipped), so only files that are asked for by name, or setuid, are looked at for "#!". */
int body_keeper_new(struct file_tree *tree, const struct limits *limits,
		    const struct body_wishes *wishes, bool sparing, struct body_keeper **ret,
		    struct error *err);

/* True when the first piece of this regular file should be looked at. sparse: its size is a claim
 * that costs nothing, so no digest is taken. */
bool body_keeper_start(struct body_keeper *keeper, const struct file_entry *entry, bool sparse);
/* INODE_SCRIPT or 0. Without a piece (an empty file) size is 0. */
uint32_t body_keeper_look(struct body_keeper *keeper, const void *piece, size_t size);
/* True when the body is wanted: feed it. */
bool body_keeper_active(const struct body_keeper *keeper);
/* True when a file that cannot be read is an error, and not just a body less. */
bool body_keeper_needed(const struct body_keeper *keeper);
int body_keeper_feed(struct body_keeper *keeper, const void *data, size_t size, struct error *err);
/* The kept body and the digest "sha256:..." (in the tree's arena), each or NULL. */
int body_keeper_finish(struct body_keeper *keeper, struct file_body **ret, const char **ret_digest,
		       struct error *err);
