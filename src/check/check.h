/* SPDX-License-Identifier: Apache-2.0 */
/* The rules: pure functions over an image; each adds findings to a target. checks.def lists them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "model/image.h"
#include "model/report.h"

extern const struct check *const checks[]; /* all, in the order of checks.def */
extern const size_t n_checks;
const struct check *check_find(const char *name);

/*
 * Resolves image->config.User against the merged tree and fills image->start_user (strings in the
 * image's arena). Never fails for bad input: that is an outcome. -ENOMEM.
 * user_override replaces config.User ("--user"); NULL: none.
 */
int start_user_resolve(struct image *image, const char *user_override, const struct limits *limits,
		       struct error *err);

/* Paths whose bodies a check wants and the tree does not hold (symlinked passwd, entrypoint). Adds
 * absolute paths (image's arena) with their layer to *ret; see engine/scan.c. */
struct wanted_body {
	const char *path;
	uint32_t layer;
};
int check_wanted_bodies(const struct image *image, struct wanted_body **ret, size_t *ret_len,
			struct error *err);

/* Base names of scripts that entrypoint and command may run, for struct body_wishes. */
int check_script_names(const struct image *image, const char ***ret, size_t *ret_len,
		       struct error *err);

/* Runs every check of the image and fills target->findings and target->scores. */
int check_image(const struct image *image, struct target *target, struct arena *arena,
		const struct limits *limits, struct error *err);
