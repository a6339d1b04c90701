/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML as CI servers read it (the Jenkins xunit plugin's junit-10.xsd). In: a const report;
 * out: a suite a target with its verdict, each item of the score and each check that found
 * something as test cases, and a suite of errors. No times: same report, same bytes.
 */
#include <assert.h>
#include <string.h>

#include "base/macro.h"
#include "report/finding_group.h"
#include "report/render.h"
#include "report/xml.h"

enum case_outcome {
	CASE_PASSED,
	CASE_FAILED,
	CASE_SKIPPED,
	CASE_ERROR,
};

/* One test case; body is a group's findings, or none. */
struct junit_case {
	const char *classname, *name;
	enum case_outcome outcome;
	const char *type, *message;
	const struct finding_group *group;
};

struct junit_suite {
	const char *name;
	VEC(struct junit_case) cases;
	size_t counts[CASE_ERROR + 1];
};

static const char *const outcome_elements[] = {
	[CASE_PASSED] = "system-out",
	[CASE_FAILED] = "failure",
	[CASE_SKIPPED] = "skipped",
	[CASE_ERROR] = "error",
};

static void suite_clear(struct junit_suite *suite)
{
	vec_clear(&suite->cases);
}

static int add_case(struct junit_suite *suite, struct junit_case row, struct error *err)
{
	assert((size_t)row.outcome <= CASE_ERROR);
	if (vec_push(&suite->cases, row) < 0)
		return error_oom(err);
	suite->counts[row.outcome]++;
	return 0;
}

/* Unknown fails, unless the user allows it: a test that was not run did not pass. */
static enum case_outcome verdict_outcome(enum verdict verdict, bool allow_unknown)
{
	switch (verdict) {
	case VERDICT_PASS:
		return CASE_PASSED;
	case VERDICT_UNKNOWN:
		return allow_unknown ? CASE_SKIPPED : CASE_FAILED;
	case VERDICT_NOT_APPLICABLE:
		return CASE_SKIPPED;
	case VERDICT_FAIL:
	case VERDICT_WONT_START:
		break;
	}
	return CASE_FAILED;
}

/* The verdict and the items of the score are cases also when they pass: a suite shows what was
 * asked. */
static int add_verdicts(struct junit_suite *suite, const struct report *report,
			const struct target *target, struct arena *arena, struct error *err)
{
	struct junit_case row = {
		.classname = "rootout",
		.name = "verdict",
		.outcome = verdict_outcome(target->verdict, report->allow_unknown),
		.type = verdict_name(target->verdict),
		.message = target->verdict_why,
	};
	int r = add_case(suite, row, err);

	for (size_t i = 0; r >= 0 && i < N_SCORE_ITEMS; i++) {
		const struct score_row *score = &score_rows[i];
		enum verdict verdict = target->scores[i].verdict;

		row.classname = arena_printf(arena, "%s%s%s", score->set, score->role ? "." : "",
					     score->role ? score->role : "");
		if (!row.classname)
			return error_oom(err);
		row.name = score->name;
		row.outcome = verdict_outcome(verdict, report->allow_unknown);
		row.type = verdict_name(verdict);
		row.message = target->scores[i].why;
		r = add_case(suite, row, err);
	}
	return r;
}

/* A check that found nothing is no case: there would be one for every check in every suite. */
static int add_groups(struct junit_suite *suite, const struct report *report,
		      const struct target *target, struct arena *arena, struct error *err)
{
	struct finding_group *groups;
	size_t n_groups;
	int r = finding_groups(target, arena, &groups, &n_groups, err);

	for (size_t i = 0; r >= 0 && i < n_groups; i++) {
		const struct finding_group *group = &groups[i];
		struct junit_case row = {
			.classname = "checks",
			.name = group->check->name,
			.type = severity_name(group->severity),
			.message = group->check->title,
			.group = group,
		};

		if (finding_group_fails(group, report->fail_on))
			row.outcome = CASE_FAILED;
		else if (group->n_waived == group->n)
			row.outcome = CASE_SKIPPED;
		r = add_case(suite, row, err);
	}
	return r;
}

/* Where it is, before what it is: CI servers cut long lines. */
static void write_place(const struct finding *finding, struct writer *writer)
{
	const struct location *at = &finding->location;

	if (at->path || at->field) {
		xml_text(writer, at->path ? at->path : at->field);
		if (at->line > 0)
			writer_printf(writer, ":%u", at->line);
		writer_puts(writer, ": ");
	}
}

static void write_finding(const struct finding *finding, struct writer *writer)
{
	const struct waived *waived = finding->waived;

	writer_puts(writer, severity_name(finding->severity));
	writer_puts(writer, ": ");
	write_place(finding, writer);
	xml_text(writer, finding->message);
	writer_puts(writer, "\n");
	if (waived) {
		writer_puts(writer, "  waived until ");
		xml_text(writer, waived->expires);
		writer_puts(writer, ": ");
		xml_text(writer, waived->reason);
	} else {
		writer_puts(writer, "  remedy: ");
		xml_text(writer, finding->remedy ? finding->remedy : finding->check->remedy);
	}
	writer_puts(writer, "\n");
}

static void write_outcome(const struct junit_case *row, struct writer *writer)
{
	const char *element = outcome_elements[row->outcome];

	assert((size_t)row->outcome < ARRAY_SIZE(outcome_elements));
	if (row->outcome == CASE_PASSED && !row->group && !row->message)
		return;
	writer_printf(writer, "\n      <%s", element);
	/* Older schemas know no attributes of <skipped>: its message is its text. */
	if (row->outcome == CASE_FAILED || row->outcome == CASE_ERROR) {
		xml_attribute(writer, "type", row->type);
		xml_attribute(writer, "message", row->message);
	}
	writer_puts(writer, ">");
	if ((row->outcome == CASE_PASSED || row->outcome == CASE_SKIPPED) && !row->group)
		xml_text(writer, row->message);
	for (size_t i = 0; row->group && i < row->group->n; i++)
		write_finding(row->group->findings[i], writer);
	writer_printf(writer, "</%s>\n    ", element);
}

static void write_suite(const struct junit_suite *suite, struct writer *writer)
{
	const struct junit_case *row;

	writer_puts(writer, "  <testsuite");
	xml_attribute(writer, "name", suite->name);
	writer_printf(writer, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
		      suite->cases.len, suite->counts[CASE_FAILED], suite->counts[CASE_ERROR],
		      suite->counts[CASE_SKIPPED]);
	VEC_FOREACH (&suite->cases, row) {
		writer_puts(writer, "    <testcase");
		xml_attribute(writer, "classname", row->classname);
		xml_attribute(writer, "name", row->name);
		writer_puts(writer, ">");
		write_outcome(row, writer);
		writer_puts(writer, "</testcase>\n");
	}
	writer_puts(writer, "  </testsuite>\n");
}

static int target_suite(const struct report *report, const struct target *target,
			struct arena *arena, struct junit_suite *suite, struct error *err)
{
	int r;

	suite->name = arena_printf(arena, "%s%s%s", target->name, target->platform ? " " : "",
				   target->platform ? target->platform : "");
	if (!suite->name)
		return error_oom(err);
	r = add_verdicts(suite, report, target, arena, err);
	return r < 0 ? r : add_groups(suite, report, target, arena, err);
}

/* What could not be read, and the notes on waivers, which fail nothing. */
static int run_suite(const struct report *report, struct junit_suite *suite, struct error *err)
{
	static const struct junit_case nothing = {
		.classname = "errors",
		.name = "rootout",
		.outcome = CASE_ERROR,
		.type = "error",
		.message = "nothing was judged",
	};
	const struct report_error *error;
	const struct report_note *note;
	int r = 0;

	suite->name = "rootout";
	/* No test case at all would look like success. */
	if (report->errors.len + report->targets.len == 0)
		r = add_case(suite, nothing, err);
	if (r < 0)
		return r;
	VEC_FOREACH (&report->errors, error) {
		struct junit_case row = {
			.classname = "errors",
			.name = error->target ? error->target : "rootout",
			.outcome = CASE_ERROR,
			.type = "error",
			.message = error->message,
		};

		r = add_case(suite, row, err);
		if (r < 0)
			return r;
	}
	VEC_FOREACH (&report->notes, note) {
		struct junit_case row = {
			.classname = "notes",
			.name = note->file ? note->file : "rootout",
			.message = note->message,
		};

		r = add_case(suite, row, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int build(const struct report *report, struct arena *arena, struct junit_suite *suites,
		 struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < report->targets.len; i++)
		r = target_suite(report, report->targets.items[i], arena, &suites[i], err);
	return r < 0 ? r : run_suite(report, &suites[report->targets.len], err);
}

/* Totals first: they are attributes of the root element. */
static void write_suites(const struct junit_suite *suites, size_t n, struct writer *writer)
{
	size_t tests = 0, failures = 0, errors = 0;

	for (size_t i = 0; i < n; i++) {
		tests += suites[i].cases.len;
		failures += suites[i].counts[CASE_FAILED];
		errors += suites[i].counts[CASE_ERROR];
	}
	writer_puts(writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	writer_printf(writer,
		      "<testsuites name=\"rootout\" tests=\"%zu\" failures=\"%zu\" "
		      "errors=\"%zu\">\n",
		      tests, failures, errors);
	for (size_t i = 0; i < n; i++) {
		if (suites[i].cases.len > 0)
			write_suite(&suites[i], writer);
	}
	writer_puts(writer, "</testsuites>\n");
}

static int render(const struct report *report, const struct render_options *options,
		  struct writer *writer, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct junit_suite *suites;
	size_t n = report->targets.len + 1;
	int r;

	suites = arena ? arena_calloc(arena, n, sizeof(*suites)) : NULL;
	if (!suites)
		return error_oom(err);
	r = build(report, arena, suites, err);
	if (r >= 0)
		write_suites(suites, n, writer);
	for (size_t i = 0; i < n; i++)
		suite_clear(&suites[i]);
	return r < 0 ? r : writer_finish(writer, err);
}

const struct renderer render_junit = {
	.name = "junit",
	.help = "JUnit XML, for CI servers",
	.render = render,
};
