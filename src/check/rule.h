/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule works with: the image, and the means to add findings. Errors are sticky: a rule adds
 * on, check_image() asks ctx->status once. Texts are in the report's arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/vec.h"
#include "check/accounts.h"
#include "check/check.h"
#include "model/finding.h"
#include "model/image.h"
#include "model/report.h"

/* A file that a rule has something to say about, with all its names. */
struct suspect {
	struct file_inode *inode;
	const char **names; /* absolute, sorted */
	size_t n_names;
	struct location location; /* of the first name */
};

struct check_ctx {
	const struct image *image;
	struct target *target;
	struct arena *arena;   /* the report's */
	struct arena *scratch; /* lives as long as the context */
	const struct limits *limits;
	struct error *err;
	int status; /* first error, negative errno */

	struct accounts accounts;
	struct suspect *suspects; /* files with special bits, capabilities, device nodes */
	size_t n_suspects;
	/* What USER a remedy should name. */
	uint32_t advised_uid, advised_gid;
};

/* A family of rules: looks at ctx->image and adds findings. */
typedef void (*rule_family)(struct check_ctx *ctx);
#define CHECK_FAMILY(name) void name(struct check_ctx *ctx);
#define CHECK(symbol)      extern const struct check check_##symbol;
#include "check/checks.def"
#undef CHECK_FAMILY
#undef CHECK

extern const rule_family rule_families[];
extern const size_t n_rule_families;

/* -ENOMEM or -E2BIG into ctx->status, unless there is an error already. */
void rule_fail(struct check_ctx *ctx);

/* printf into the report's arena. NULL when out of room (ctx->status says so). */
const char *rule_text(struct check_ctx *ctx, const char *format, ...) _printf_(2, 3);

/*
 * Adds a finding; location and remedy are copied as they are. NULL when out of room or past
 * limits->findings. The evidence functions take such a NULL and do nothing.
 */
struct finding *finding_add(struct check_ctx *ctx, const struct check *check,
			    enum severity severity, const struct location *location,
			    const char *remedy, const char *format, ...) _printf_(6, 7);

void evidence_string(struct check_ctx *ctx, struct finding *finding, const char *key,
		     const char *value); /* a NULL value adds nothing */
void evidence_number(struct check_ctx *ctx, struct finding *finding, const char *key,
		     int64_t value);
void evidence_bool(struct check_ctx *ctx, struct finding *finding, const char *key, bool value);
void evidence_list(struct check_ctx *ctx, struct finding *finding, const char *key,
		   const char **items, size_t len);

#define CBPP_0002                                                                  \
	{                                                                          \
		"CBPP-0002: no root in containers",                                \
			"https://github.com/lfn-cnti/bestpractices/blob/main/doc/" \
			"cbpps/0002-no-root-in-containers.md"                      \
	}

#define LOCATION_FIELD(name) (&(struct location){.field = (name)})

/* True when the first process starts with a UID that is not 0. */
static inline bool rule_starts_non_root(const struct check_ctx *ctx)
{
	const struct start_user *user = &ctx->image->start_user;

	return user->outcome == START_RUNS && user->uid != 0;
}

/* True when the first process is root, as docker starts it. */
static inline bool rule_starts_as_root(const struct check_ctx *ctx)
{
	const struct start_user *user = &ctx->image->start_user;

	return user->outcome == START_RUNS && user->uid == 0;
}
