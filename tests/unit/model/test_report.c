/* SPDX-License-Identifier: Apache-2.0 */
/* Severities, verdicts, exit status and counts, over every combination that decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "model/finding.h"
#include "model/report.h"
#include "oom.h"

static void test_severity_words(void **state)
{
	static const char *const words[] = {"info", "low", "medium", "high", "critical"};
	static const char *const wrong[] = {"", "High", "hig", "highh", " high", "warning", "none"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_string_equal(severity_name((enum severity)i), words[i]);
		assert_int_equal(severity_parse(words[i]), (int)i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(severity_parse(wrong[i]), -1);
}

static void test_verdict_words(void **state)
{
	static const char *const words[N_VERDICTS] = {"pass", "fail", "wont-start", "unknown",
						      "not-applicable"};

	for (size_t i = 0; i < N_VERDICTS; i++)
		assert_string_equal(verdict_name((enum verdict)i), words[i]);
	assert_string_equal(target_kind_name(TARGET_IMAGE), "image");
	assert_string_equal(target_kind_name(TARGET_ROOTFS), "rootfs");
}

static void test_score_rows(void **state)
{
	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		const struct score_row *row = &score_rows[i];

		assert_non_null(row->set);
		assert_non_null(row->title);
		assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz-"),
				 strlen(row->name));
		assert_true(row->n_causes > 0);
		for (size_t j = 0; j < row->n_causes; j++) {
			struct check check = {.name = row->causes[j].check};

			assert_true(row->causes[j].verdict != VERDICT_PASS);
			assert_int_equal(score_item_of(&check), (int)i);
		}
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(row->name, score_rows[j].name);
	}
	assert_int_equal(score_item_of(&(struct check){.name = "image-setuid"}), -1);
	assert_int_equal(score_item_of(&(struct check){.name = ""}), -1);
}

/* One letter a target: Pass Fail Wont-start Unknown Not-applicable. */
static const struct {
	const char *targets;
	size_t errors;
	bool allow_unknown;
	enum verdict verdict;
	int status;
} runs[] = {
	{"P", 0, false, VERDICT_PASS, 0},
	{"PP", 0, false, VERDICT_PASS, 0},
	{"F", 0, false, VERDICT_FAIL, 1},
	{"PF", 0, false, VERDICT_FAIL, 1},
	{"FP", 0, false, VERDICT_FAIL, 1},
	{"W", 0, false, VERDICT_WONT_START, 1},
	{"PW", 0, false, VERDICT_WONT_START, 1},
	{"WF", 0, false, VERDICT_FAIL, 1},
	{"UW", 0, false, VERDICT_WONT_START, 1},
	{"U", 0, false, VERDICT_UNKNOWN, 1},
	{"UP", 0, false, VERDICT_UNKNOWN, 1},
	{"N", 0, false, VERDICT_NOT_APPLICABLE, 0},
	{"NP", 0, false, VERDICT_PASS, 0},
	{"NU", 0, false, VERDICT_UNKNOWN, 1},
	{"NUPWF", 0, false, VERDICT_FAIL, 1},
	/* unknown may be allowed, nothing graver */
	{"U", 0, true, VERDICT_UNKNOWN, 0},
	{"UPN", 0, true, VERDICT_UNKNOWN, 0},
	{"UF", 0, true, VERDICT_FAIL, 1},
	{"UW", 0, true, VERDICT_WONT_START, 1},
	/* unreadable beats failing, and is never a pass */
	{"P", 1, false, VERDICT_UNKNOWN, 2},
	{"N", 1, false, VERDICT_UNKNOWN, 2},
	{"P", 1, true, VERDICT_UNKNOWN, 2},
	{"F", 1, false, VERDICT_FAIL, 2},
	{"W", 2, false, VERDICT_WONT_START, 2},
	{"U", 1, true, VERDICT_UNKNOWN, 2},
	{"", 1, false, VERDICT_UNKNOWN, 2},
	/* nothing was judged */
	{"", 0, false, VERDICT_UNKNOWN, 2},
	{"", 0, true, VERDICT_UNKNOWN, 2},
};

static enum verdict verdict_of(char letter)
{
	static const char letters[] = "PFWUN";

	return (enum verdict)(strchr(letters, letter) - letters);
}

static struct report *report_with(const char *targets, size_t errors)
{
	struct report *report;

	assert_int_equal(report_new(&report, NULL), 0);
	for (; *targets; targets++) {
		struct target *target = arena_alloc(report->arena, sizeof(*target));

		assert_non_null(target);
		target->verdict = verdict_of(*targets);
		assert_int_equal(vec_push(&report->targets, target), 0);
	}
	for (size_t i = 0; i < errors; i++) {
		struct report_error error = {.message = "cannot read it"};

		assert_int_equal(vec_push(&report->errors, error), 0);
	}
	return report;
}

static void test_verdict_and_exit_status(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		struct report *report = report_with(runs[i].targets, runs[i].errors);

		report->allow_unknown = runs[i].allow_unknown;
		if (report_verdict(report) != runs[i].verdict ||
		    report_exit_status(report) != runs[i].status)
			fail_msg("\"%s\" with %zu errors: %s, exit status %d", runs[i].targets,
				 runs[i].errors, verdict_name(report_verdict(report)),
				 report_exit_status(report));
		report_free(report);
	}
}

static void add_finding(struct report *report, struct target *target, enum severity severity,
			const struct waived *waived)
{
	struct finding *finding = arena_alloc(report->arena, sizeof(*finding));

	assert_non_null(finding);
	finding->severity = severity;
	finding->waived = waived;
	assert_int_equal(vec_push(&target->findings, finding), 0);
}

static void test_summary(void **state)
{
	static const struct waived waived = {"needed", "me", "2027-01-31"};
	struct report *report = report_with("FPNF", 3);
	struct report_summary summary;

	add_finding(report, report->targets.items[0], SEVERITY_HIGH, NULL);
	add_finding(report, report->targets.items[0], SEVERITY_HIGH, &waived);
	add_finding(report, report->targets.items[0], SEVERITY_CRITICAL, NULL);
	add_finding(report, report->targets.items[1], SEVERITY_INFO, NULL);
	add_finding(report, report->targets.items[3], SEVERITY_HIGH, NULL);
	add_finding(report, report->targets.items[3], SEVERITY_LOW, &waived);
	report_summarize(report, &summary);
	assert_int_equal(summary.targets, 4);
	assert_int_equal(summary.errors, 3);
	assert_int_equal(summary.verdicts[VERDICT_FAIL], 2);
	assert_int_equal(summary.verdicts[VERDICT_PASS], 1);
	assert_int_equal(summary.verdicts[VERDICT_NOT_APPLICABLE], 1);
	assert_int_equal(summary.verdicts[VERDICT_UNKNOWN], 0);
	assert_int_equal(summary.findings[SEVERITY_CRITICAL], 1);
	assert_int_equal(summary.findings[SEVERITY_HIGH], 2);
	assert_int_equal(summary.findings[SEVERITY_LOW], 0);
	assert_int_equal(summary.findings[SEVERITY_INFO], 1);
	assert_int_equal(summary.waived, 2);
	report_free(report);
}

static void test_new_report(void **state)
{
	struct report *report;

	assert_int_equal(report_new(&report, NULL), 0);
	assert_int_equal(report->fail_on, SEVERITY_HIGH);
	assert_false(report->allow_unknown);
	report_free(report);
	report_free(NULL);
	OOM_SWEEP(report_new(&report, NULL), report_free(report));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_severity_words),
		cmocka_unit_test(test_verdict_words),
		cmocka_unit_test(test_score_rows),
		cmocka_unit_test(test_verdict_and_exit_status),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_new_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
