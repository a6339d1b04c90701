/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which a target passes or fails; the order of the steps is the rule. */
#include "engine/verdict.h"

#include <assert.h>
#include <string.h>

/* Whether its findings are the reason that an item of the score has this verdict. */
static bool is_cause(const struct finding *finding, enum score_item item, enum verdict verdict)
{
	const struct score_row *row = &score_rows[item];

	assert((size_t)item < N_SCORE_ITEMS);
	for (size_t i = 0; i < row->n_causes; i++) {
		if (row->causes[i].verdict == verdict &&
		    strcmp(finding->check->name, row->causes[i].check) == 0)
			return true;
	}
	return false;
}

/* An item passes by waivers only when it has findings and every one of them is waived. */
static int score_waive(struct target *target, enum score_item item, struct arena *arena,
		       struct error *err)
{
	struct score *score = &target->scores[item];
	size_t n = 0, n_waived = 0;
	struct finding **at;

	VEC_FOREACH (&target->findings, at) {
		if (!is_cause(*at, item, score->verdict))
			continue;
		n++;
		n_waived += (*at)->waived != NULL;
	}
	if (n_waived == 0)
		return 0;
	score->why = arena_printf(arena, "%s (%zu waived)", score->why, n_waived);
	if (!score->why)
		return error_oom(err);
	if (n_waived == n)
		score->verdict = VERDICT_PASS;
	return 0;
}

/* The first item with this verdict: its reason is the target's. */
static const struct score *score_with(const struct target *target, enum verdict verdict)
{
	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		if (target->scores[i].verdict == verdict)
			return &target->scores[i];
	}
	return NULL;
}

/* A finding that says no more than that the image will not start is no failure of its own. */
static bool finding_fails(const struct target *target, const struct finding *finding,
			  enum severity fail_on)
{
	if (finding->waived || finding->severity < fail_on)
		return false;
	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		if (target->scores[i].verdict == VERDICT_WONT_START &&
		    is_cause(finding, (enum score_item)i, VERDICT_WONT_START))
			return false;
	}
	return true;
}

/* The gravest comes first: findings are sorted. */
static const struct finding *finding_failing(const struct target *target, enum severity fail_on)
{
	struct finding *const *at;

	VEC_FOREACH (&target->findings, at) {
		if (finding_fails(target, *at, fail_on))
			return *at;
	}
	return NULL;
}

/* "Passes" must not hide that something was accepted. */
static const char *pass_reason(const struct target *target)
{
	struct finding *const *at;

	VEC_FOREACH (&target->findings, at) {
		if ((*at)->waived)
			return "nothing that is not waived fails";
	}
	return "every item of the score passes";
}

int verdict_decide(struct target *target, enum severity fail_on, struct arena *arena,
		   struct error *err)
{
	static const enum verdict order[] = {VERDICT_FAIL, VERDICT_WONT_START, VERDICT_UNKNOWN};
	const struct finding *finding;
	const struct score *score;

	assert(target->findings.len == 0 || target->findings.items);
	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		int r = score_waive(target, (enum score_item)i, arena, err);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		score = score_with(target, order[i]);
		finding = order[i] == VERDICT_FAIL ? finding_failing(target, fail_on) : NULL;
		if (!score && !finding)
			continue;
		target->verdict = order[i];
		target->verdict_why = score ? score->why : finding->message;
		return 0;
	}
	if (target->unverified) {
		target->verdict = VERDICT_UNKNOWN;
		target->verdict_why = "digests were not verified";
		return 0;
	}
	target->verdict = VERDICT_PASS;
	target->verdict_why = pass_reason(target);
	return 0;
}
