/* SPDX-License-Identifier: Apache-2.0 */
/* Where a file of the image comes from: its layer, the history line of that, its package. */
#pragma once

#include "check/rule.h"

/* Layer digest and history line of an inode, copied into the report's arena. */
void place_layer(struct check_ctx *ctx, const struct file_inode *inode, struct location *location);

/* The location of one file of the merged tree, without its package. */
struct location place_node(struct check_ctx *ctx, const struct file_node *node);

/*
 * Fills location.package of all suspects, from the package databases in the merged tree ("owners":
 * nodes whose body is BODY_OWNERS). One look-up for all: cost is rows times log(suspects).
 */
void place_packages(struct check_ctx *ctx, const struct file_node *const *owners, size_t n_owners);
