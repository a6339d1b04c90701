/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a package database file, reduced while it streams past to a struct owner_list: which
 * path belongs to which package. Owners only decorate findings, so a database that is too large or
 * malformed is dropped (-E2BIG, -EBADMSG), never an error of the image.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/macro.h"
#include "model/owner_list.h"

enum owner_body_kind {
	OWNER_BODY_NONE,
	OWNER_BODY_DPKG_LIST, /* var/lib/dpkg/info/PACKAGE.list */
	OWNER_BODY_DPKG_SUMS, /* var/lib/dpkg/status.d/PACKAGE.md5sums */
	OWNER_BODY_APK,       /* lib/apk/db/installed */
	OWNER_BODY_RPM,       /* rpmdb.sqlite, Packages.db */
};

struct owner_body;

void owner_body_free(struct owner_body *body);
DEFINE_FREEP(struct owner_body, owner_body_free)

/* name: the file's base name, from which dpkg's formats take the package. */
int owner_body_new(enum owner_body_kind kind, const char *name, const struct limits *limits,
		   struct owner_body **ret, struct error *err);
int owner_body_feed(struct owner_body *body, const void *data, size_t size, struct error *err);
/* The list, sorted, in the arena. At most limits->entries rows. */
int owner_body_finish(struct owner_body *body, struct arena *arena, struct owner_list **ret,
		      struct error *err);
