/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz target includes: libFuzzer's entry point, and limits that are small enough that
 * their checks are reached within a run. replay.c is the main of ordinary test runs.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct limits fuzz_limits(void)
{
	struct limits limits = limits_default;

	limits.layer_bytes = 1 << 20;
	limits.entries = 5000;
	limits.tree_bytes = 8 << 20;
	limits.bodies_bytes = 1 << 20;
	limits.pax_bytes = 64 << 10;
	limits.layers = 16;
	limits.images = 16;
	limits.archive_members = 200;
	return limits;
}
