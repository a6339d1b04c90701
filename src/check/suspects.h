/* SPDX-License-Identifier: Apache-2.0 */
/* The one walk over the merged tree: which files the rules have to look at. */
#pragma once

#include "check/rule.h"

/*
 * Fills ctx->suspects: regular files with a setuid or setgid bit or file capabilities, and device
 * nodes; one suspect an inode, with all its names, layer and package.
 */
void suspects_collect(struct check_ctx *ctx);
