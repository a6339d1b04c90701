/* SPDX-License-Identifier: Apache-2.0 */
/* The CNTI results: the status of each item over every combination that decides it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "scene.h"

/* One letter a target: Pass Fail Wont-start Unknown Not-applicable; V: pass, but not verified. */
static const struct {
	const char *targets;
	bool error, allow_unknown;
	const char *status;
	int exit_code;
} rows[] = {
	{"P", false, false, "passed", 0},  {"PP", false, false, "passed", 0},
	{"PN", false, false, "passed", 0}, {"F", false, false, "failed", 1},
	{"PF", false, false, "failed", 1}, {"W", false, false, "failed", 1},
	{"U", false, false, "failed", 1},  {"PU", false, false, "failed", 1},
	{"U", false, true, "skipped", 0},  {"PU", false, true, "skipped", 0},
	{"UF", false, true, "failed", 1},  {"N", false, false, "na", 0},
	{"P", true, false, "error", 2},    {"F", true, false, "error", 2},
	{"", true, false, "error", 2},     {"", false, true, "error", 2},
	{"V", false, false, "failed", 1},  {"V", false, true, "skipped", 0},
};

static void add_targets(struct report *report, const char *letters)
{
	static const char verdicts[] = "PFWUN";

	for (; *letters; letters++) {
		bool unverified = *letters == 'V';
		size_t verdict =
			unverified ? VERDICT_PASS : (size_t)(strchr(verdicts, *letters) - verdicts);
		struct target *target = scene_target(report, "image", (enum verdict)verdict);

		target->unverified = unverified;
		if (unverified)
			target->verdict = VERDICT_UNKNOWN;
	}
}

static void test_statuses(void **state)
{
	char expected[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report *report = scene_report();
		char *text;

		report->allow_unknown = rows[i].allow_unknown;
		add_targets(report, rows[i].targets);
		if (rows[i].error)
			scene_error(report);
		text = scene_render(report, "cnti", (struct render_options){0});
		snprintf(expected, sizeof(expected), "    status: \"%s\"\n", rows[i].status);
		if (scene_count(text, expected) < N_SCORE_ITEMS)
			fail_msg("row %zu: not %s:\n%s", i, rows[i].status, text);
		snprintf(expected, sizeof(expected), "\nexit_code: %d\n", rows[i].exit_code);
		assert_int_equal(scene_count(text, expected), 1);
		free(text);
		report_free(report);
	}
}

/* What the score counts belongs to its item, what it does not to the third, by severity. */
static void test_findings_go_to_their_item(void **state)
{
	static const struct {
		const struct check *check;
		enum severity severity;
		bool waived;
		const char *item; /* NULL: it impacts nothing */
	} findings[] = {
		{&scene_user_root, SEVERITY_HIGH, false, "first_process_non_root"},
		{&scene_setuid_root, SEVERITY_HIGH, false, "no_setuid_root"},
		{&scene_setuid_root, SEVERITY_HIGH, true, NULL},
		{&scene_other, SEVERITY_CRITICAL, false, "no_grave_findings"},
		{&scene_other, SEVERITY_HIGH, false, "no_grave_findings"},
		{&scene_other, SEVERITY_MEDIUM, false, NULL},
		{&scene_other, SEVERITY_HIGH, true, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(findings); i++) {
		struct report *report = scene_report();
		struct target *target = scene_target(report, "image", VERDICT_FAIL);
		struct finding *finding = scene_finding(report, target, findings[i].check,
							findings[i].severity, "/file");
		const char *at, *name;
		char *text;

		finding->waived = findings[i].waived ? &scene_waived : NULL;
		text = scene_render(report, "cnti", (struct render_options){0});
		at = strstr(text, "reason: \"message of /file\"");
		assert_int_equal(at != NULL, findings[i].item != NULL);
		assert_int_equal(scene_count(text, "- \"remedy of /file\""), at ? 1 : 0);
		name = at ? strstr(text, findings[i].item) : NULL;
		if (at)
			assert_true(name && name < at && !strstr(name + 1, findings[i].item));
		free(text);
		report_free(report);
	}
}

static void test_points(void **state)
{
	static const struct {
		enum verdict verdict;
		const char *points;
	} points[] = {
		{VERDICT_PASS, "  essential_passed: 2\n  essential_max_passed: 2\n"
			       "  points: 205\n  maximum_points: 205\n"},
		{VERDICT_FAIL, "  essential_passed: 0\n  essential_max_passed: 2\n"
			       "  points: 5\n  maximum_points: 205\n"},
		{VERDICT_NOT_APPLICABLE, "  essential_passed: 0\n  essential_max_passed: 0\n"
					 "  points: 5\n  maximum_points: 5\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		struct report *report = scene_report();
		char *text;

		scene_target(report, "image", points[i].verdict);
		text = scene_render(report, "cnti", (struct render_options){0});
		assert_int_equal(scene_count(text, points[i].points), 1);
		free(text);
		report_free(report);
	}
}

static void test_times(void **state)
{
	static const struct {
		int64_t start, end;
		const char *expected;
	} times[] = {
		{0, 0,
		 "    start_time: \"1970-01-01T00:00:00.000000000Z\"\n"
		 "    end_time: \"1970-01-01T00:00:00.000000000Z\"\n    task_runtime: 0.000000\n"},
		{INT64_C(951782399999999), INT64_C(951782400000001),
		 "    start_time: \"2000-02-28T23:59:59.999999000Z\"\n"
		 "    end_time: \"2000-02-29T00:00:00.000001000Z\"\n    task_runtime: 0.000002\n"},
		/* A clock that was set back, or none at all */
		{2000000, 1000000,
		 "    start_time: \"1970-01-01T00:00:02.000000000Z\"\n"
		 "    end_time: \"1970-01-01T00:00:02.000000000Z\"\n    task_runtime: 0.000000\n"},
		{-5, -7,
		 "    start_time: \"1970-01-01T00:00:00.000000000Z\"\n"
		 "    end_time: \"1970-01-01T00:00:00.000000000Z\"\n    task_runtime: 0.000000\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct report *report = scene_report();
		char *text;

		scene_target(report, "image", VERDICT_PASS);
		report->start_time = times[i].start;
		report->end_time = times[i].end;
		text = scene_render(report, "cnti", (struct render_options){0});
		if (scene_count(text, times[i].expected) != 3)
			fail_msg("row %zu: %s", i, text);
		free(text);
		report_free(report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_findings_go_to_their_item),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
