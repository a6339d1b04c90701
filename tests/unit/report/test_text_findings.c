/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of findings as text: caps, waivers, remedies, layers, and what -v adds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "scene.h"

static struct report *with_findings(size_t n, struct target **ret_target)
{
	struct report *report = scene_report();
	struct target *target = scene_target(report, "image", VERDICT_FAIL);
	char path[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/bin/f%02zu", i);
		scene_finding(report, target, &scene_setuid_root, SEVERITY_HIGH, path);
	}
	if (ret_target)
		*ret_target = target;
	return report;
}

static void test_cap(void **state)
{
	static const struct {
		size_t n, listed;
		bool verbose;
		const char *rest; /* NULL: nothing is left out */
	} rows[] = {
		{0, 0, false, NULL},
		{1, 1, false, NULL},
		{10, 10, false, NULL},
		{11, 10, false, "    and 1 more (-v shows all)\n"},
		{47, 10, false, "    and 37 more (-v shows all)\n"},
		{47, 47, true, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report *report = with_findings(rows[i].n, NULL);
		char *text = scene_render(report, "text",
					  (struct render_options){.verbose = rows[i].verbose});

		assert_int_equal(scene_count(text, "\n    /bin/f"), rows[i].listed);
		assert_int_equal(scene_count(text, "\n        remedy of "), rows[i].listed);
		/* Once for the places, once for the remedies. */
		if (rows[i].rest)
			assert_int_equal(scene_count(text, rows[i].rest), 2);
		else
			assert_null(strstr(text, " more ("));
		free(text);
		report_free(report);
	}
}

/* A waiver beyond the cap is listed all the same, and has nothing to be done. */
static void test_waived_stay_visible(void **state)
{
	struct target *target;
	struct report *report = with_findings(30, &target);
	char *text;

	target->findings.items[25]->waived = &scene_waived;
	text = scene_render(report, "text", (struct render_options){0});
	assert_non_null(strstr(text, "(30, 1 waived)\n"));
	assert_non_null(strstr(text, "    /bin/f25\n        message of /bin/f25\n"
				     "        waived until 2027-01-31 by someone: known\n"));
	assert_null(strstr(text, "remedy of /bin/f25"));
	assert_non_null(strstr(text, "    and 19 more (-v shows all)\n    What to do:\n"));
	assert_int_equal(scene_count(text, "1 target: 1 fail; 29 findings (29 high), 1 waived"), 1);
	free(text);
	report_free(report);
}

static void test_all_waived_have_no_remedy(void **state)
{
	struct target *target;
	struct report *report = with_findings(2, &target);
	char *text;

	target->findings.items[0]->waived = target->findings.items[1]->waived = &scene_waived;
	text = scene_render(report, "text", (struct render_options){0});
	assert_null(strstr(text, "What to do"));
	assert_int_equal(scene_count(text, "waived until"), 2);
	free(text);
	report_free(report);
}

static void test_equal_remedies_are_said_once(void **state)
{
	struct target *target;
	struct report *report = with_findings(5, &target);
	char *text;

	for (size_t i = 0; i < 5; i++)
		target->findings.items[i]->remedy = i == 2 ? "the other\n\n    code" : "the same";
	text = scene_render(report, "text", (struct render_options){0});
	assert_non_null(strstr(text, "    What to do:\n        the same\n        the other\n\n"
				     "            code\n"));
	assert_int_equal(scene_count(text, "the same"), 1);
	free(text);
	/* Without a remedy of its own a finding has that of its check. */
	for (size_t i = 0; i < 5; i++)
		target->findings.items[i]->remedy = NULL;
	text = scene_render(report, "text", (struct render_options){0});
	assert_int_equal(scene_count(text, "        General remedy\n"), 1);
	free(text);
	report_free(report);
}

static void test_info_is_brief(void **state)
{
	struct report *report = scene_report();
	struct target *target = scene_target(report, "image", VERDICT_PASS);
	struct finding *finding =
		scene_finding(report, target, &scene_other, SEVERITY_INFO, "/file");
	char *text = scene_render(report, "text", (struct render_options){0});

	assert_non_null(strstr(text, "Something else (1; -v shows them)\n"));
	assert_null(strstr(text, "/file"));
	free(text);
	text = scene_render(report, "text", (struct render_options){.verbose = true});
	assert_non_null(strstr(text, "Something else (1)\n"));
	assert_non_null(strstr(text, "/file"));
	free(text);
	finding->waived = &scene_waived;
	text = scene_render(report, "text", (struct render_options){0});
	assert_non_null(strstr(text, "waived until"));
	free(text);
	report_free(report);
}

static void test_layers(void **state)
{
	static const struct {
		const char *layer, *created_by, *expected;
	} rows[] = {
		{NULL, NULL, "    /file\n"},
		{"sha256:0123456789abcdef", NULL, "    /file  0123456789ab\n"},
		{"sha256:01", "RUN x", "    /file  01 RUN x\n"},
		{"odd", "", "    /file  odd\n"},
		{NULL, "/bin/sh -c #(nop) USER app", "    /file  USER app\n"},
		{NULL, "/bin/sh -c apt-get update &&\n\t apt-get  upgrade ",
		 "    /file  apt-get update && apt-get upgrade\n"},
		{NULL, "\033[2J", "    /file  \\x1b[2J\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report *report = scene_report();
		struct target *target = scene_target(report, "image", VERDICT_FAIL);
		struct finding *finding =
			scene_finding(report, target, &scene_other, SEVERITY_HIGH, "/file");
		char *text;

		finding->location.layer = rows[i].layer;
		finding->location.created_by = rows[i].created_by;
		text = scene_render(report, "text", (struct render_options){0});
		if (!strstr(text, rows[i].expected))
			fail_msg("row %zu: %s", i, text);
		free(text);
		report_free(report);
	}
}

static void test_why_is_one_sentence(void **state)
{
	struct report *report = scene_report();
	struct target *target = scene_target(report, "image", VERDICT_FAIL);
	char *text;

	scene_finding(report, target, &scene_user_root, SEVERITY_HIGH, NULL)->location.field =
		"config.User";
	text = scene_render(report, "text", (struct render_options){0});
	assert_non_null(strstr(text, "\n  HIGH      image-user-root  Image starts as root (1)\n"
				     "    First sentence.\n"
				     "    message of it (config.User)\n"));
	assert_null(strstr(text, "Second sentence"));
	free(text);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_waived_stay_visible),
		cmocka_unit_test(test_all_waived_have_no_remedy),
		cmocka_unit_test(test_equal_remedies_are_said_once),
		cmocka_unit_test(test_info_is_brief),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_why_is_one_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
