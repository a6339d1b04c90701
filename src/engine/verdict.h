/* SPDX-License-Identifier: Apache-2.0 */
/* Scores and findings -> the verdict of one target (DESIGN section 3). */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "model/report.h"

/*
 * Fills target->verdict and verdict_why, after checks and waivers. An item of the score that fails
 * only by waived findings passes, and says so. Then, first that holds: fail (a score fails, or a
 * finding that is not waived reaches fail_on), wont-start, unknown (a score is unknown), pass. What
 * was not verified cannot pass: it is unknown. Strings go into the arena. -ENOMEM.
 */
int verdict_decide(struct target *target, enum severity fail_on, struct arena *arena,
		   struct error *err);
