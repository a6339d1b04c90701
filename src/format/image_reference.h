/* SPDX-License-Identifier: Apache-2.0 */
/* Image references (distribution/reference grammar): [DOMAIN/]PATH[:TAG][@DIGEST]. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

struct image_reference {
	const char *domain; /* "docker.io" when none was written */
	const char *path;   /* "library/nginx" when docker.io and a single component */
	const char *tag;    /* NULL: none written */
	const char *digest; /* NULL: none written */
};

/* -EBADMSG with the column of the first wrong character; -EOPNOTSUPP: a digest of an unknown
 * algorithm; -E2BIG, -ENOMEM (arena). Strings in the arena or static. The path has at most 255
 * characters, the tag 128. */
int image_reference_parse(const char *text, struct arena *arena, struct image_reference *ret,
			  struct error *err);
/* Canonical "docker.io/library/nginx:latest" (latest when neither tag nor digest). NULL: -ENOMEM
 * or the arena's cap. */
char *image_reference_string(const struct image_reference *reference, struct arena *arena);
/* True when both name the same image ("nginx" and "docker.io/library/nginx:latest"). Where both
 * have a digest it decides alone; malformed text names nothing. */
bool image_reference_same(const char *a, const char *b);
