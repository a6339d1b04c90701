/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of an image archive by name. Names are cleaned lexically ("./a//b" is "a/b"); what
 * leaves the archive ("../x") is not kept, for nothing can refer to it. Links are followed within
 * the archive: `docker save` used to make a layer.tar a symlink to another image's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/macro.h"
#include "io/tar.h"

struct tar_pass_result;

struct tar_member {
	struct tar_member *chain; /* hash chain */
	const char *name;
	const char *link; /* of symlinks and hardlinks */
	char type;        /* as struct tar_entry has it */
	bool sparse;      /* not one piece of the archive */
	bool twice;       /* the name occurs more than once: this is the last */
	uint64_t offset;  /* of the body in the uncompressed archive */
	uint64_t stored, size;
	struct tar_pass_result *result; /* what a pass made of it, or NULL (see tar_store.c) */
};

struct tar_members;

void tar_members_free(struct tar_members *members);
DEFINE_FREEP(struct tar_members, tar_members_free)
int tar_members_new(const struct limits *limits, struct tar_members **ret, struct error *err);

/* Adds or replaces; *ret is NULL for a name that leaves the archive. -E2BIG: archive_members. */
int tar_members_add(struct tar_members *members, const struct tar_entry *entry,
		    struct tar_member **ret, struct error *err);

/* The member of that name, cleaned; NULL: there is none. Links are not followed. */
struct tar_member *tar_members_find(const struct tar_members *members, const char *name);

/* Follows links to a regular file: -ENOENT, -EBADMSG (no file, a loop). Errors name the member. */
int tar_members_resolve(const struct tar_members *members, const char *name,
			struct tar_member **ret, struct error *err);

/* True when a member lies below this directory, or is it. */
bool tar_members_have_dir(const struct tar_members *members, const char *dir);
