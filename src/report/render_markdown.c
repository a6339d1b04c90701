/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown for the comment on a merge request. In: a const report; out: the verdict as a heading,
 * then per target the score, the findings (capped unless verbose, since forges cap comments) and
 * what to do. Whatever may hold input text goes through markdown_text.c.
 */
#include <string.h>

#include "base/macro.h"
#include "report/finding_group.h"
#include "report/markdown_text.h"
#include "report/render.h"
#include "report/summary_line.h"

#define ROWS_MOST     50
#define REMEDIES_MOST 10

static const char *const verdict_words[N_VERDICTS] = {
	[VERDICT_PASS] = "PASS",
	[VERDICT_FAIL] = "FAIL",
	[VERDICT_WONT_START] = "WILL NOT START",
	[VERDICT_UNKNOWN] = "UNKNOWN",
	[VERDICT_NOT_APPLICABLE] = "NOT APPLICABLE",
};

static void write_scores(const struct target *target, struct writer *writer)
{
	writer_puts(writer, "\n| Score | Verdict | Why |\n|---|---|---|\n");
	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		writer_printf(writer, "| %s %s | **%s** | ", score_rows[i].set, score_rows[i].name,
			      verdict_words[target->scores[i].verdict]);
		markdown_code(writer, target->scores[i].why);
		writer_puts(writer, " |\n");
	}
}

static void write_waiver(const struct waived *waived, struct writer *writer)
{
	if (!waived)
		return;
	writer_puts(writer, "until ");
	markdown_code(writer, waived->expires);
	writer_puts(writer, ": ");
	markdown_code(writer, waived->reason);
}

static void write_finding(const struct finding *finding, struct writer *writer)
{
	const struct location *at = &finding->location;

	writer_printf(writer, "| %s | %s | ", severity_name(finding->severity),
		      finding->check->name);
	markdown_code(writer, at->path ? at->path : at->field);
	writer_puts(writer, " | ");
	markdown_code(writer, finding->message);
	writer_puts(writer, " | ");
	markdown_code(writer, at->package);
	writer_puts(writer, " | ");
	write_waiver(finding->waived, writer);
	writer_puts(writer, " |\n");
}

static void write_findings(const struct finding_group *groups, size_t n_groups, size_t most,
			   struct writer *writer)
{
	size_t written = 0, total = 0;

	writer_puts(writer, "\n| Severity | Check | Place | Finding | Package | Waived |\n"
			    "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < n_groups; i++) {
		for (size_t j = 0; j < groups[i].n && written < most; j++, written++)
			write_finding(groups[i].findings[j], writer);
		total += groups[i].n;
	}
	if (total > written)
		writer_printf(writer, "\nand %zu more (-v shows all)\n", total - written);
}

static const char *remedy_of(const struct finding *finding)
{
	return finding->remedy ? finding->remedy : finding->check->remedy;
}

static void write_remedies(const struct finding_group *group, struct writer *writer)
{
	const char *last = NULL;
	size_t written = 0;

	if (group->n_waived == group->n)
		return;
	writer_printf(writer, "\n%s (%s):\n\n", group->check->title, group->check->name);
	for (size_t i = 0; i < group->n && written < REMEDIES_MOST; i++) {
		const char *remedy = remedy_of(group->findings[i]);

		if (group->findings[i]->waived || (last && strcmp(last, remedy) == 0))
			continue;
		markdown_pre(writer, remedy);
		last = remedy;
		written++;
	}
}

static void write_about(const struct target *target, struct writer *writer)
{
	writer_puts(writer, "\n### ");
	markdown_code(writer, target->name);
	writer_printf(writer, ": %s\n\n", verdict_words[target->verdict]);
	markdown_code(writer, target->verdict_why);
	writer_puts(writer, target->verdict_why ? "\n" : "");
	if (target->platform) {
		writer_puts(writer, "\nPlatform ");
		markdown_code(writer, target->platform);
		writer_puts(writer, "\n");
	}
	if (target->digest) {
		writer_puts(writer, "\nDigest ");
		markdown_code(writer, target->digest);
		writer_puts(writer, target->unverified ? " (not verified)\n" : "\n");
	}
}

static int write_target(const struct target *target, const struct render_options *options,
			struct writer *writer, struct error *err)
{
	_cleanup_(arena_freep) struct arena *temp = arena_new(UINT64_MAX);
	struct finding_group *groups;
	size_t n_groups;
	int r;

	if (!temp)
		return error_oom(err);
	r = finding_groups(target, temp, &groups, &n_groups, err);
	if (r < 0)
		return r;
	write_about(target, writer);
	write_scores(target, writer);
	if (n_groups == 0)
		return 0;
	write_findings(groups, n_groups, options->verbose ? SIZE_MAX : ROWS_MOST, writer);
	writer_puts(writer, "\n<details>\n<summary>What to do</summary>\n");
	for (size_t i = 0; i < n_groups; i++)
		write_remedies(&groups[i], writer);
	writer_puts(writer, "\n</details>\n");
	return 0;
}

static void write_errors(const struct report *report, struct writer *writer)
{
	const struct report_error *error;

	if (report->errors.len > 0)
		writer_puts(writer, "\n### Errors\n\n");
	VEC_FOREACH (&report->errors, error) {
		writer_puts(writer, "- ");
		markdown_code(writer, error->target);
		writer_puts(writer, error->target ? ": " : "");
		markdown_code(writer, error->message);
		writer_puts(writer, "\n");
	}
}

static void write_notes(const struct report *report, struct writer *writer)
{
	const struct report_note *note;

	if (report->notes.len > 0)
		writer_puts(writer, "\n### Notes\n\n");
	VEC_FOREACH (&report->notes, note) {
		writer_puts(writer, "- ");
		markdown_code(writer, note->message);
		writer_puts(writer, "\n");
	}
}

static int render(const struct report *report, const struct render_options *options,
		  struct writer *writer, struct error *err)
{
	struct target *const *target;
	int r;

	writer_printf(writer, "## rootout: %s\n\n", verdict_words[report_verdict(report)]);
	summary_line(report, writer);
	writer_puts(writer, "\n");
	VEC_FOREACH (&report->targets, target) {
		r = write_target(*target, options, writer, err);
		if (r < 0)
			return r;
	}
	write_errors(report, writer);
	write_notes(report, writer);
	return writer_finish(writer, err);
}

const struct renderer render_markdown = {
	.name = "markdown",
	.help = "for the comment on a merge request",
	.render = render,
};
