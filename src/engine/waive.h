/* SPDX-License-Identifier: Apache-2.0 */
/* Waivers meet findings: exactly the place that a waiver names, and no other. */
#pragma once

#include <stdint.h>

#include "engine/policy.h"
#include "model/image.h"
#include "model/report.h"

/*
 * Marks the findings of a target that a waiver accepts. A waiver matches when everything that it
 * names agrees: check, target (glob over the target as written and over the image's name), path,
 * uid and mode (the finding's evidence), digest (the image's, its configuration's, or the layer's).
 * A finding about a file is waived only by a path (with uid and mode where the finding has them)
 * or a digest. today: days since 1970-01-01; expired waivers do nothing. image may be NULL.
 * Records are written into the arena (the report's). -ENOMEM.
 */
int waive_findings(struct policy *policy, const struct image *image, struct target *target,
		   int32_t today, struct arena *arena, struct error *err);

/* After all targets: notes on waivers that are expired or waived nothing. -ENOMEM. */
int waive_notes(const struct policy *policy, int32_t today, struct report *report,
		struct error *err);
