/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups findings by check. In: a target; out: groups in the caller's arena that point into the
 * target. There are as many groups as checks at most, so a linear search over them is enough.
 */
#include "report/finding_group.h"

#include <assert.h>

/* Linear: there are as many groups as checks at most. */
static struct finding_group *group_find(struct finding_group *groups, size_t len,
					const struct check *check)
{
	for (size_t i = 0; i < len; i++) {
		if (groups[i].check == check)
			return &groups[i];
	}
	return NULL;
}

static size_t count_checks(const struct target *target)
{
	size_t count = 0;

	for (size_t i = 0; i < target->findings.len; i++) {
		const struct check *check = target->findings.items[i]->check;
		size_t j = 0;

		/* Sorted by check within a severity, so the one before is nearly always it. */
		if (i > 0 && target->findings.items[i - 1]->check == check)
			continue;
		while (j < i && target->findings.items[j]->check != check)
			j++;
		count += j == i;
	}
	return count;
}

/* A group is as grave as its gravest finding that is not waived; when all are, as the gravest. */
static void add(struct finding_group *group, const struct finding *finding)
{
	bool first = group->n == group->n_waived;

	assert(group->n_waived <= group->n);
	if (finding->waived) {
		group->n_waived++;
		if (group->n == 0 || (first && finding->severity > group->severity))
			group->severity = finding->severity;
	} else if (first || finding->severity > group->severity) {
		group->severity = finding->severity;
	}
	group->findings[group->n++] = finding;
}

/* What is still open comes first, then what is graver. */
static bool is_before(const struct finding_group *a, const struct finding_group *b)
{
	bool a_open = a->n_waived < a->n, b_open = b->n_waived < b->n;

	if (a_open != b_open)
		return a_open;
	return a->severity > b->severity;
}

/* Stable, and the groups are few. */
static void sort(struct finding_group *groups, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		struct finding_group group = groups[i];
		size_t j = i;

		for (; j > 0 && is_before(&group, &groups[j - 1]); j--)
			groups[j] = groups[j - 1];
		groups[j] = group;
	}
}

/* Makes a group for each check, and counts what it will hold. */
static size_t count_members(const struct target *target, struct finding_group *groups)
{
	struct finding *const *at;
	size_t len = 0;

	VEC_FOREACH (&target->findings, at) {
		struct finding_group *group = group_find(groups, len, (*at)->check);

		if (!group) {
			group = &groups[len++];
			group->check = (*at)->check;
		}
		group->n++;
	}
	return len;
}

int finding_groups(const struct target *target, struct arena *arena, struct finding_group **ret,
		   size_t *ret_len, struct error *err)
{
	struct finding_group *groups =
		arena_calloc(arena, count_checks(target) + 1, sizeof(*groups));
	const struct finding **room = arena_calloc(arena, target->findings.len + 1, sizeof(void *));
	struct finding *const *at;
	size_t len;

	assert(ret && ret_len);
	if (!groups || !room)
		return error_oom(err);
	len = count_members(target, groups);
	for (size_t i = 0; i < len; i++) {
		groups[i].findings = room;
		room += groups[i].n;
		groups[i].n = 0;
	}
	VEC_FOREACH (&target->findings, at) {
		struct finding_group *group = group_find(groups, len, (*at)->check);

		assert(group && group->findings);
		add(group, *at);
	}
	sort(groups, len);
	*ret = groups;
	*ret_len = len;
	return 0;
}

bool finding_group_fails(const struct finding_group *group, enum severity fail_on)
{
	assert(group->n > 0);
	return group->n_waived < group->n && group->severity >= fail_on;
}
