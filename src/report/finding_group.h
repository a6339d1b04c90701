/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of one target, grouped by check, gravest group first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "model/report.h"

struct finding_group {
	const struct check *check;
	enum severity severity; /* the gravest that is not waived; of all when all are waived */
	const struct finding **findings; /* in the target's order */
	size_t n, n_waived;
};

/* Groups in the arena; groups that are waived as a whole come last. -ENOMEM. */
int finding_groups(const struct target *target, struct arena *arena, struct finding_group **ret,
		   size_t *ret_len, struct error *err);

/* A finding of the group is not waived and at least as grave as fail_on. */
bool finding_group_fails(const struct finding_group *group, enum severity fail_on);
