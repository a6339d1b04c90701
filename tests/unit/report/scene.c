/* SPDX-License-Identifier: Apache-2.0 */
/* Reports for tests; everything but the vectors lies in the report's arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/macro.h"
#include "scene.h"

const struct check scene_user_root = {
	.name = "image-user-root",
	.severity = SEVERITY_HIGH,
	.title = "Image starts as root",
	.rationale = "First sentence. Second sentence.",
	.remedy = "General remedy",
};

const struct check scene_setuid_root = {
	.name = "image-setuid-root",
	.severity = SEVERITY_HIGH,
	.title = "Setuid-root file",
	.rationale = "Because.",
	.remedy = "General remedy",
};

const struct check scene_other = {
	.name = "image-other",
	.severity = SEVERITY_MEDIUM,
	.title = "Something else",
	.rationale = "Because.",
	.remedy = "General remedy",
};

const struct waived scene_waived = {"known", "someone", "2027-01-31"};

static const struct check *const checks[] = {&scene_user_root, &scene_setuid_root, &scene_other};

struct report *scene_report(void)
{
	struct report *report;

	assert_int_equal(report_new(&report, NULL), 0);
	report->tool_version = "0.1.0";
	report->profile = "cbpp-0002";
	report->checks = checks;
	report->n_checks = ARRAY_SIZE(checks);
	return report;
}

struct target *scene_target(struct report *report, const char *name, enum verdict verdict)
{
	struct target *target = arena_alloc(report->arena, sizeof(*target));

	assert_non_null(target);
	target->target = target->name = name;
	target->verdict = verdict;
	for (size_t i = 0; i < N_SCORE_ITEMS; i++)
		target->scores[i].verdict = verdict;
	assert_int_equal(vec_push(&report->targets, target), 0);
	return target;
}

struct finding *scene_finding(struct report *report, struct target *target,
			      const struct check *check, enum severity severity, const char *path)
{
	struct finding *finding = arena_alloc(report->arena, sizeof(*finding));

	assert_non_null(finding);
	finding->check = check;
	finding->severity = severity;
	finding->location.path = path ? arena_strdup(report->arena, path) : NULL;
	finding->message = arena_printf(report->arena, "message of %s", path ? path : "it");
	if (path)
		finding->remedy = arena_printf(report->arena, "remedy of %s", path);
	assert_int_equal(vec_push(&target->findings, finding), 0);
	return finding;
}

void scene_error(struct report *report)
{
	struct report_error error = {.target = "broken", .message = "cannot be read"};

	assert_int_equal(vec_push(&report->errors, error), 0);
}

char *scene_render(const struct report *report, const char *format, struct render_options options)
{
	struct strbuf buf = STRBUF_INIT(1 << 24);
	struct writer writer = WRITER_BUFFER(&buf);
	const struct renderer *renderer = renderer_find(format);
	struct error err = {0};
	char *text;

	assert_non_null(renderer);
	assert_int_equal(renderer->render(report, &options, &writer, &err), 0);
	text = strbuf_take(&buf);
	assert_non_null(text);
	return text;
}

size_t scene_count(const char *text, const char *needle)
{
	size_t count = 0;

	for (const char *at = strstr(text, needle); at; at = strstr(at + strlen(needle), needle))
		count++;
	return count;
}
