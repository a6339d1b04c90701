/* SPDX-License-Identifier: Apache-2.0 */
/* The static items of CBPP-0002, decided from the start user and the findings. */
#pragma once

#include "check/rule.h"

void score_image(struct check_ctx *ctx);
