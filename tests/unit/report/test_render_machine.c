/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF, JUnit and Markdown: what severities, waivers, verdicts and long lists make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "scene.h"

static void test_sarif_levels(void **state)
{
	static const char *const levels[] = {
		[SEVERITY_INFO] = "\"level\": \"note\",\n          \"rank\": 5,",
		[SEVERITY_LOW] = "\"level\": \"note\",\n          \"rank\": 25,",
		[SEVERITY_MEDIUM] = "\"level\": \"warning\",\n          \"rank\": 50,",
		[SEVERITY_HIGH] = "\"level\": \"error\",\n          \"rank\": 80,",
		[SEVERITY_CRITICAL] = "\"level\": \"error\",\n          \"rank\": 100,",
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		struct report *report = scene_report();
		struct target *target = scene_target(report, "image", VERDICT_FAIL);
		char *text;

		scene_finding(report, target, &scene_other, (enum severity)i, "/file");
		text = scene_render(report, "sarif", (struct render_options){0});
		assert_int_equal(scene_count(text, levels[i]), 1);
		assert_int_equal(scene_count(text, "\"ruleIndex\": 2,"), 1);
		assert_int_equal(scene_count(text, "\"suppressions\": [],"), 1);
		free(text);
		report_free(report);
	}
}

static void test_sarif_waiver(void **state)
{
	struct report *report = scene_report();
	struct target *target = scene_target(report, "image", VERDICT_PASS);
	char *text;

	scene_finding(report, target, &scene_other, SEVERITY_HIGH, "/file")->waived = &scene_waived;
	text = scene_render(report, "sarif", (struct render_options){0});
	assert_int_equal(scene_count(text, "\"kind\": \"external\""), 1);
	assert_int_equal(scene_count(text, "\"known (someone, until 2027-01-31)\""), 1);
	free(text);
	report_free(report);
}

/* A check that is not in the table has no index, rather than a wrong one. */
static void test_sarif_foreign_check(void **state)
{
	static const struct check foreign = {.name = "image-foreign",
					     .title = "t",
					     .rationale = "r",
					     .remedy = "m"};
	struct report *report = scene_report();
	struct target *target = scene_target(report, "image", VERDICT_FAIL);
	char *text;

	scene_finding(report, target, &foreign, SEVERITY_HIGH, "/file");
	text = scene_render(report, "sarif", (struct render_options){0});
	assert_int_equal(scene_count(text, "\"ruleId\": \"image-foreign\""), 1);
	assert_null(strstr(text, "ruleIndex"));
	free(text);
	report_free(report);
}

/* What has no result must not look clean. */
static void test_sarif_notifications(void **state)
{
	static const struct {
		enum verdict verdict;
		size_t warnings;
	} rows[] = {
		{VERDICT_PASS, 0},    {VERDICT_FAIL, 0},           {VERDICT_WONT_START, 1},
		{VERDICT_UNKNOWN, 1}, {VERDICT_NOT_APPLICABLE, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report *report = scene_report();
		char *text;

		scene_target(report, "image", rows[i].verdict);
		text = scene_render(report, "sarif", (struct render_options){0});
		assert_int_equal(scene_count(text, "\"level\": \"warning\",\n              "
						   "\"message\""),
				 rows[i].warnings);
		assert_int_equal(scene_count(text, "\"executionSuccessful\": true"), 1);
		free(text);
		scene_error(report);
		text = scene_render(report, "sarif", (struct render_options){0});
		assert_int_equal(scene_count(text, "\"executionSuccessful\": false"), 1);
		assert_int_equal(scene_count(text, "\"broken: cannot be read\""), 1);
		free(text);
		report_free(report);
	}
}

static void test_junit_verdicts(void **state)
{
	static const struct {
		enum verdict verdict;
		bool allow_unknown;
		size_t failures, skipped;
	} rows[] = {
		{VERDICT_PASS, false, 0, 0},           {VERDICT_FAIL, false, 3, 0},
		{VERDICT_WONT_START, false, 3, 0},     {VERDICT_UNKNOWN, false, 3, 0},
		{VERDICT_UNKNOWN, true, 0, 3},         {VERDICT_FAIL, true, 3, 0},
		{VERDICT_NOT_APPLICABLE, false, 0, 3},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report *report = scene_report();
		char *text;

		report->allow_unknown = rows[i].allow_unknown;
		scene_target(report, "image", rows[i].verdict);
		text = scene_render(report, "junit", (struct render_options){0});
		assert_int_equal(scene_count(text, "<failure "), rows[i].failures);
		assert_int_equal(scene_count(text, "<skipped>"), rows[i].skipped);
		assert_int_equal(scene_count(text, "<testcase "), 3);
		free(text);
		report_free(report);
	}
}

static void test_junit_findings(void **state)
{
	static const struct {
		enum severity severity, fail_on;
		bool waived;
		const char *element;
	} rows[] = {
		{SEVERITY_HIGH, SEVERITY_HIGH, false, "<failure type=\"high\""},
		{SEVERITY_CRITICAL, SEVERITY_HIGH, false, "<failure type=\"critical\""},
		{SEVERITY_MEDIUM, SEVERITY_HIGH, false, "<system-out>medium: /file: "},
		{SEVERITY_MEDIUM, SEVERITY_MEDIUM, false, "<failure type=\"medium\""},
		{SEVERITY_HIGH, SEVERITY_HIGH, true, "<skipped>high: /file: "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report *report = scene_report();
		struct target *target = scene_target(report, "image", VERDICT_PASS);
		char *text;

		report->fail_on = rows[i].fail_on;
		scene_finding(report, target, &scene_other, rows[i].severity, "/file")->waived =
			rows[i].waived ? &scene_waived : NULL;
		text = scene_render(report, "junit", (struct render_options){0});
		if (scene_count(text, rows[i].element) != 1)
			fail_msg("row %zu: %s", i, text);
		free(text);
		report_free(report);
	}
}

static void test_markdown_cap(void **state)
{
	static const struct {
		size_t n, rows;
		bool verbose;
	} rows[] = {{50, 50, false}, {51, 50, false}, {51, 51, true}};
	char path[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report *report = scene_report();
		struct target *target = scene_target(report, "image", VERDICT_FAIL);
		char *text;

		for (size_t j = 0; j < rows[i].n; j++) {
			snprintf(path, sizeof(path), "/f%zu", j);
			scene_finding(report, target, &scene_other, SEVERITY_HIGH, path);
		}
		text = scene_render(report, "markdown",
				    (struct render_options){.verbose = rows[i].verbose});
		assert_int_equal(scene_count(text, "\n| high |"), rows[i].rows);
		assert_int_equal(scene_count(text, "\nand 1 more (-v shows all)\n"),
				 rows[i].n - rows[i].rows);
		assert_int_equal(scene_count(text, "<pre>remedy of "), 10);
		free(text);
		report_free(report);
	}
}

static void test_markdown_waived(void **state)
{
	struct report *report = scene_report();
	struct target *target = scene_target(report, "image", VERDICT_PASS);
	char *text;

	scene_finding(report, target, &scene_other, SEVERITY_HIGH, "/file")->waived = &scene_waived;
	text = scene_render(report, "markdown", (struct render_options){0});
	assert_int_equal(scene_count(text, "until <code>2027-01-31</code>: <code>known</code>"), 1);
	assert_null(strstr(text, "<pre>"));
	assert_non_null(strstr(text, "## rootout: PASS\n"));
	free(text);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sarif_levels),
		cmocka_unit_test(test_sarif_waiver),
		cmocka_unit_test(test_sarif_foreign_check),
		cmocka_unit_test(test_sarif_notifications),
		cmocka_unit_test(test_junit_verdicts),
		cmocka_unit_test(test_junit_findings),
		cmocka_unit_test(test_markdown_cap),
		cmocka_unit_test(test_markdown_waived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
