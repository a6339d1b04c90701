/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the text report that lists a target's findings. */
#pragma once

#include "base/arena.h"
#include "report/finding_group.h"
#include "report/render.h"

/* One group: heading, why, what and where, what to do. temp: for texts that only live this long.
 * -ENOMEM. */
int text_finding_group(const struct finding_group *group, const struct render_options *options,
		       struct writer *writer, struct arena *temp, struct error *err);
