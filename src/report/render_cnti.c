/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The results file of the CNTI test suite, schema_version 1 (lfn-cnti/testsuite,
 * docs/cnti-testsuite-results.schema.json). In: a const report; out: YAML with one item for each
 * item of the score, over all targets, and one for what the score does not count.
 *
 * As there, an item's type decides its points, and the exit code follows from the items: an error
 * makes 2, a failure 1. What is unknown therefore fails, unless --allow-unknown makes it skipped.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/macro.h"
#include "report/render.h"
#include "report/yaml_text.h"

#define N_ITEMS (N_SCORE_ITEMS + 1)
#define GRAVE   N_SCORE_ITEMS /* the item behind those of the score */

enum item_status {
	ITEM_PASSED,
	ITEM_FAILED,
	ITEM_SKIPPED,
	ITEM_NA,
	ITEM_ERROR,
};
#define N_STATUSES 5

static const char *const status_names[N_STATUSES] = {
	[ITEM_PASSED] = "passed", [ITEM_FAILED] = "failed", [ITEM_SKIPPED] = "skipped",
	[ITEM_NA] = "na",         [ITEM_ERROR] = "error",
};

static const char *const status_phrases[N_STATUSES] = {
	[ITEM_PASSED] = "holds for every target",        [ITEM_FAILED] = "does not hold",
	[ITEM_SKIPPED] = "could not be decided",         [ITEM_NA] = "does not apply",
	[ITEM_ERROR] = "not every target could be read",
};

/* Names are for ever: results are compared by them. */
static const struct cnti_item {
	const char *name, *title, *type;
	int points;
} items[N_ITEMS] = {
	[SCORE_FIRST_PROCESS] = {"first_process_non_root", "First process does not run as root",
				 "essential", 100},
	[SCORE_NO_SETUID_ROOT] = {"no_setuid_root", "File system holds no setuid-root file",
				  "essential", 100},
	[GRAVE] = {"no_grave_findings", "Nothing else is found that must not be", "normal", 5},
};

struct cnti_run {
	const struct report *report;
	enum item_status statuses[N_ITEMS];
	size_t counts[N_STATUSES];
};

/* The item to which a finding belongs. */
static size_t item_of(const struct finding *finding)
{
	int item = score_item_of(finding->check);

	return item < 0 ? GRAVE : (size_t)item;
}

/* Waived findings, and of what the score does not count the milder ones, impact nothing. */
static bool counts_against(const struct report *report, const struct finding *finding, size_t item)
{
	if (finding->waived || item_of(finding) != item)
		return false;
	return item != GRAVE || finding->severity >= report->fail_on;
}

static enum verdict grave_verdict(const struct report *report, const struct target *target)
{
	struct finding *const *at;

	VEC_FOREACH (&target->findings, at) {
		if (counts_against(report, *at, GRAVE))
			return VERDICT_FAIL;
	}
	return VERDICT_PASS;
}

static enum verdict item_verdict(const struct report *report, const struct target *target,
				 size_t item)
{
	enum verdict verdict =
		item == GRAVE ? grave_verdict(report, target) : target->scores[item].verdict;

	/* What was not verified cannot pass. */
	return verdict == VERDICT_PASS && target->unverified ? VERDICT_UNKNOWN : verdict;
}

static enum item_status status_of(const struct report *report, size_t item)
{
	bool seen[N_VERDICTS] = {false};
	struct target *const *at;

	if (report->errors.len > 0 || report->targets.len == 0)
		return ITEM_ERROR;
	VEC_FOREACH (&report->targets, at)
		seen[item_verdict(report, *at, item)] = true;
	if (seen[VERDICT_FAIL] || seen[VERDICT_WONT_START])
		return ITEM_FAILED;
	if (seen[VERDICT_UNKNOWN])
		return report->allow_unknown ? ITEM_SKIPPED : ITEM_FAILED;
	return seen[VERDICT_PASS] ? ITEM_PASSED : ITEM_NA;
}

static void write_key(struct writer *writer, const char *indent, const char *key, const char *text)
{
	writer_printf(writer, "%s%s: ", indent, key);
	yaml_text(writer, text);
	writer_puts(writer, "\n");
}

static void write_number(struct writer *writer, const char *key, int64_t number)
{
	writer_printf(writer, "  %s: %" PRId64 "\n", key, number);
}

static void write_summary(const struct cnti_run *run, struct writer *writer)
{
	int64_t points = 0, most = 0;
	size_t max_passed = 0, essential = 0, essential_max = 0;

	for (size_t i = 0; i < N_ITEMS; i++) {
		bool passed = run->statuses[i] == ITEM_PASSED;
		bool is_essential = strcmp(items[i].type, "essential") == 0;

		if (run->statuses[i] == ITEM_NA)
			continue;
		points += passed ? items[i].points : 0;
		most += items[i].points;
		max_passed++;
		essential += passed && is_essential;
		essential_max += is_essential;
	}
	writer_puts(writer, "summary:\n");
	write_number(writer, "total", N_ITEMS);
	for (size_t i = 0; i < N_STATUSES; i++)
		write_number(writer, status_names[i], (int64_t)run->counts[i]);
	write_number(writer, "max_passed", (int64_t)max_passed);
	write_number(writer, "essential_passed", (int64_t)essential);
	write_number(writer, "essential_max_passed", (int64_t)essential_max);
	write_number(writer, "points", points);
	write_number(writer, "maximum_points", most);
}

/* RFC 3339 with nanoseconds, as the suite writes it. */
static void write_time(struct writer *writer, const char *key, int64_t usec)
{
	time_t seconds = (time_t)(usec / 1000000);
	char text[40] = "1970-01-01T00:00:00";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	writer_printf(writer, "    %s: \"%s.%06" PRId64 "000Z\"\n", key, text, usec % 1000000);
}

static void write_times(const struct report *report, struct writer *writer)
{
	int64_t start = MAX(report->start_time, (int64_t)0);
	int64_t end = MAX(report->end_time, start);
	int64_t took = end - start;

	write_time(writer, "start_time", start);
	write_time(writer, "end_time", end);
	writer_printf(writer, "    task_runtime: %" PRId64 ".%06" PRId64 "\n", took / 1000000,
		      took % 1000000);
}

static int write_detail(struct writer *writer, struct arena *arena, const char *name,
			const char *verdict, const char *why, struct error *err)
{
	char *text =
		arena_printf(arena, "%s: %s%s%s", name, verdict, why ? ": " : "", why ? why : "");

	if (!text)
		return error_oom(err);
	writer_puts(writer, "      - ");
	yaml_text(writer, text);
	writer_puts(writer, "\n");
	return 0;
}

static const char *item_why(const struct target *target, size_t item, enum verdict verdict)
{
	if (verdict == VERDICT_UNKNOWN && target->unverified)
		return "digests were not verified";
	return item == GRAVE ? NULL : target->scores[item].why;
}

static int write_details(const struct report *report, size_t item, struct writer *writer,
			 struct arena *arena, struct error *err)
{
	const struct report_error *error;
	struct target *const *at;
	int r = 0;

	if (report->targets.len + report->errors.len == 0)
		return 0;
	writer_puts(writer, "    details:\n");
	VEC_FOREACH (&report->targets, at) {
		enum verdict verdict = item_verdict(report, *at, item);

		r = write_detail(writer, arena, (*at)->name, verdict_name(verdict),
				 item_why(*at, item, verdict), err);
		if (r < 0)
			return r;
	}
	VEC_FOREACH (&report->errors, error) {
		r = write_detail(writer, arena, error->target ? error->target : "rootout", "error",
				 error->message, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void write_resource(const struct target *target, const char *reason, struct writer *writer)
{
	write_key(writer, "      - ", "kind", target->kind == TARGET_IMAGE ? "Image" : "Rootfs");
	write_key(writer, "        ", "name", target->name);
	if (reason)
		write_key(writer, "        ", "reason", reason);
}

/* Writes the heading of a list before its first entry: empty lists are left out. */
static void write_heading(struct writer *writer, const char *key, bool *written)
{
	if (!*written)
		writer_printf(writer, "    %s:\n", key);
	*written = true;
}

static void write_remediation(const struct report *report, size_t item, struct writer *writer)
{
	const char *last = NULL;
	bool written = false;
	struct target *const *at;
	struct finding *const *finding;

	VEC_FOREACH (&report->targets, at) {
		VEC_FOREACH (&(*at)->findings, finding) {
			const char *remedy =
				(*finding)->remedy ? (*finding)->remedy : (*finding)->check->remedy;

			if (!counts_against(report, *finding, item) ||
			    (last && strcmp(last, remedy) == 0))
				continue;
			write_heading(writer, "remediation", &written);
			writer_puts(writer, "      - ");
			yaml_text(writer, remedy);
			writer_puts(writer, "\n");
			last = remedy;
		}
	}
}

static void write_resources(const struct report *report, size_t item, struct writer *writer)
{
	bool written = false;
	struct target *const *at;
	struct finding *const *finding;

	VEC_FOREACH (&report->targets, at) {
		enum verdict verdict = item_verdict(report, *at, item);
		bool named = false;

		if (verdict == VERDICT_PASS || verdict == VERDICT_NOT_APPLICABLE)
			continue;
		write_heading(writer, "impacted_resources", &written);
		VEC_FOREACH (&(*at)->findings, finding) {
			if (!counts_against(report, *finding, item))
				continue;
			write_resource(*at, (*finding)->message, writer);
			named = true;
		}
		if (!named)
			write_resource(*at, item_why(*at, item, verdict), writer);
	}
}

static int write_item(const struct cnti_run *run, size_t item, struct writer *writer,
		      struct arena *arena, struct error *err)
{
	enum item_status status = run->statuses[item];
	char *message = arena_printf(arena, "%s: %s", items[item].title, status_phrases[status]);
	int r;

	if (!message)
		return error_oom(err);
	write_key(writer, "  - ", "name", items[item].name);
	write_key(writer, "    ", "status", status_names[status]);
	write_key(writer, "    ", "message", message);
	write_key(writer, "    ", "type", items[item].type);
	writer_printf(writer, "    points: %d\n", status == ITEM_PASSED ? items[item].points : 0);
	write_times(run->report, writer);
	r = write_details(run->report, item, writer, arena, err);
	if (r < 0)
		return r;
	write_remediation(run->report, item, writer);
	write_resources(run->report, item, writer);
	return 0;
}

static int write_run(const struct cnti_run *run, struct writer *writer, struct arena *arena,
		     struct error *err)
{
	static const char *const words[] = {"passed", "failed", "error"};
	char *version = arena_printf(arena, "rootout %s", run->report->tool_version);
	int exit_status = report_exit_status(run->report), r = 0;

	if (!version)
		return error_oom(err);
	writer_puts(writer, "---\n");
	write_key(writer, "", "name", "cnti testsuite");
	write_key(writer, "", "testsuite_version", version);
	writer_puts(writer, "schema_version: 1\n");
	write_key(writer, "", "status", words[exit_status]);
	writer_printf(writer, "exit_code: %d\n", exit_status);
	write_summary(run, writer);
	writer_puts(writer, "items:\n");
	for (size_t i = 0; r >= 0 && i < N_ITEMS; i++)
		r = write_item(run, i, writer, arena, err);
	return r;
}

static int render(const struct report *report, const struct render_options *options,
		  struct writer *writer, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct cnti_run run = {.report = report};
	int r;

	if (!arena)
		return error_oom(err);
	for (size_t i = 0; i < N_ITEMS; i++) {
		run.statuses[i] = status_of(report, i);
		run.counts[run.statuses[i]]++;
	}
	r = write_run(&run, writer, arena, err);
	return r < 0 ? r : writer_finish(writer, err);
}

const struct renderer render_cnti = {
	.name = "cnti",
	.help = "results file of the CNTI test suite (YAML)",
	.render = render,
};
