/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as a whole: its life, its verdict, its exit status (DESIGN sections 2 and 3) and the
 * counts that every renderer shows. The arena owns all but the vectors, which are freed here.
 */
#include "model/report.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

static const char *const verdict_names[N_VERDICTS] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_WONT_START] = "wont-start",
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_NOT_APPLICABLE] = "not-applicable",
};

static const enum verdict worst_first[N_VERDICTS] = {
	VERDICT_FAIL, VERDICT_WONT_START, VERDICT_UNKNOWN, VERDICT_PASS, VERDICT_NOT_APPLICABLE,
};

static const char *const target_kind_names[] = {
	[TARGET_IMAGE] = "image",
	[TARGET_ROOTFS] = "rootfs",
};

static const struct score_cause first_process_causes[] = {
	{VERDICT_FAIL, "image-user-root"},
	{VERDICT_WONT_START, "image-user-unresolvable"},
};

static const struct score_cause no_setuid_root_causes[] = {
	{VERDICT_FAIL, "image-setuid-root"},
};

const struct score_row score_rows[N_SCORE_ITEMS] = {
	[SCORE_FIRST_PROCESS] =
		{
			.set = "cbpp-0002",
			.role = "static",
			.name = "first-process-non-root",
			.title = "First process does not run as root",
			.causes = first_process_causes,
			.n_causes = ARRAY_SIZE(first_process_causes),
		},
	[SCORE_NO_SETUID_ROOT] =
		{
			.set = "cbpp-0002",
			.role = "static",
			.name = "no-setuid-root",
			.title = "File system holds no setuid-root file",
			.causes = no_setuid_root_causes,
			.n_causes = ARRAY_SIZE(no_setuid_root_causes),
		},
};

const char *verdict_name(enum verdict verdict)
{
	assert((size_t)verdict < N_VERDICTS);
	return verdict_names[verdict];
}

const char *target_kind_name(enum target_kind kind)
{
	assert((size_t)kind < ARRAY_SIZE(target_kind_names));
	return target_kind_names[kind];
}

/* A row has two causes at most: nothing to search for. */
static bool row_names(const struct score_row *row, const char *check)
{
	for (size_t i = 0; i < row->n_causes; i++) {
		if (strcmp(row->causes[i].check, check) == 0)
			return true;
	}
	return false;
}

int score_item_of(const struct check *check)
{
	assert(check && check->name);
	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		if (row_names(&score_rows[i], check->name))
			return (int)i;
	}
	return -1;
}

void report_free(struct report *report)
{
	struct target **at;

	if (!report)
		return;
	VEC_FOREACH (&report->targets, at)
		vec_clear(&(*at)->findings);
	vec_clear(&report->targets);
	vec_clear(&report->errors);
	vec_clear(&report->notes);
	/* The report itself lies in its arena. */
	arena_free(report->arena);
}

int report_new(struct report **ret, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct report *report = arena ? arena_alloc(arena, sizeof(*report)) : NULL;

	assert(ret);
	if (!report)
		return error_oom(err);
	report->fail_on = SEVERITY_HIGH;
	report->arena = TAKE(arena);
	*ret = report;
	return 0;
}

void report_summarize(const struct report *report, struct report_summary *ret)
{
	struct report_summary summary = {
		.targets = report->targets.len,
		.errors = report->errors.len,
	};
	struct target *const *target;
	struct finding *const *finding;

	VEC_FOREACH (&report->targets, target) {
		summary.verdicts[(*target)->verdict]++;
		VEC_FOREACH (&(*target)->findings, finding) {
			if ((*finding)->waived)
				summary.waived++;
			else
				summary.findings[(*finding)->severity]++;
		}
	}
	*ret = summary;
}

enum verdict report_verdict(const struct report *report)
{
	struct report_summary summary;
	/* "A wrong pass is the worst defect": what could not be read might have failed. */
	bool unread = report->errors.len > 0 || report->targets.len == 0;

	report_summarize(report, &summary);
	for (size_t i = 0; i < N_VERDICTS; i++) {
		if (worst_first[i] == VERDICT_UNKNOWN && unread)
			return VERDICT_UNKNOWN;
		if (summary.verdicts[worst_first[i]] > 0)
			return worst_first[i];
	}
	return VERDICT_UNKNOWN;
}

int report_exit_status(const struct report *report)
{
	if (report->errors.len > 0 || report->targets.len == 0)
		return 2;
	switch (report_verdict(report)) {
	case VERDICT_FAIL:
	case VERDICT_WONT_START:
		return 1;
	case VERDICT_UNKNOWN:
		return report->allow_unknown ? 0 : 1;
	case VERDICT_PASS:
	case VERDICT_NOT_APPLICABLE:
		return 0;
	}
	return 1;
}
