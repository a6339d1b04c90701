/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report that a platform engineer reads first. In: a const report; out: a block a target
 * (verdict, score, start user, findings), then notes, errors and one line that sums it all up.
 * Input text is escaped by writer_text(); colours only where the writer welcomes them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "report/finding_group.h"
#include "report/layout.h"
#include "report/render.h"
#include "report/summary_line.h"
#include "report/text_findings.h"

#define LABEL_WIDTH 12
#define OLDER_ROOT  "start it as UID 0"

static size_t score_name_width(void)
{
	size_t width = 0;

	for (size_t i = 0; i < N_SCORE_ITEMS; i++)
		width = MAX(width, strlen(score_rows[i].name));
	return width;
}

static void write_scores(const struct target *target, struct writer *writer)
{
	size_t width = score_name_width();
	const char *set = "";

	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		const struct score_row *row = &score_rows[i];
		const char *why = target->scores[i].why;

		if (strcmp(set, row->set) != 0) {
			writer_puts(writer, "\n  ");
			layout_style(writer, STYLE_BOLD, row->set);
			writer_puts(writer, "\n");
			set = row->set;
		}
		writer_printf(writer, "    %-*s  ", (int)width, row->name);
		layout_verdict(writer, target->scores[i].verdict, why ? LAYOUT_VERDICT_WIDTH : 0);
		if (why)
			layout_wrap(writer, why, width + LAYOUT_VERDICT_WIDTH + 8,
				    width + LAYOUT_VERDICT_WIDTH + 6);
		else
			writer_puts(writer, "\n");
	}
}

static void write_label(struct writer *writer, const char *label)
{
	writer_printf(writer, "    %-*s", LABEL_WIDTH, label);
}

static void write_because(struct writer *writer, const char *why)
{
	if (why) {
		writer_puts(writer, ": ");
		writer_text(writer, why);
	}
	writer_puts(writer, "\n");
}

/* The reason behind `used` columns of a value, wrapped below the value. */
static void write_reason(struct writer *writer, const char *why, size_t used)
{
	if (!why) {
		writer_puts(writer, "\n");
		return;
	}
	writer_puts(writer, ": ");
	layout_wrap(writer, why, 4 + LABEL_WIDTH, 4 + LABEL_WIDTH + used + 2);
}

/* `when`: under which setting this runtime was asked, behind a blank. */
static void write_view(struct writer *writer, const char *label, const char *when,
		       const struct start_view *view)
{
	enum layout_style style = view->outcome == START_RUNS      ? STYLE_PLAIN
				  : view->outcome == START_REFUSED ? STYLE_BAD
								   : STYLE_WARN;
	const char *outcome = view->outcome == START_REFUSED ? "refuses it" : "unknown";
	char ids[64];

	if (view->outcome == START_RUNS) {
		snprintf(ids, sizeof(ids), "starts it as UID %" PRIu32 ", GID %" PRIu32, view->uid,
			 view->gid);
		outcome = ids;
		style = view->uid == 0 ? STYLE_BAD : STYLE_PLAIN;
	}
	write_label(writer, label);
	layout_style(writer, style, outcome);
	writer_puts(writer, when);
	write_reason(writer, view->why, strlen(outcome) + strlen(when));
}

static void write_resolved(const struct start_user *user, struct writer *writer)
{
	write_label(writer, "resolved");
	if (user->outcome != START_RUNS) {
		writer_puts(writer, user->outcome == START_REFUSED ? "no runtime user" : "unknown");
		write_because(writer, user->source);
		return;
	}
	writer_printf(writer, "UID %" PRIu32, user->uid);
	if (user->name) {
		writer_puts(writer, " (");
		writer_text(writer, user->name);
		writer_puts(writer, ")");
	}
	writer_printf(writer, ", GID %" PRIu32 ", ", user->gid);
	writer_puts(writer, user->n_groups > 0 ? "groups" : "no supplementary groups");
	for (size_t i = 0; i < user->n_groups; i++)
		writer_printf(writer, "%s %" PRIu32, i > 0 ? "," : "", user->groups[i]);
	writer_puts(writer, "\n");
	if (user->source) {
		write_label(writer, "derived");
		layout_wrap(writer, user->source, 4 + LABEL_WIDTH, 4 + LABEL_WIDTH);
	}
}

static void write_user(const struct start_user *user, struct writer *writer)
{
	writer_puts(writer, "\n  ");
	layout_style(writer, STYLE_BOLD, "start user");
	writer_puts(writer, "\n");
	write_label(writer, "configured");
	if (user->configured && *user->configured) {
		writer_text(writer, user->configured);
		writer_puts(writer, "\n");
	} else {
		writer_puts(writer, user->configured ? "empty\n" : "nothing\n");
	}
	write_resolved(user, writer);
	write_view(writer, "docker", "", &user->docker);
	write_view(writer, "containerd", "", &user->containerd);
	write_view(writer, "kubelet", " under runAsNonRoot", &user->kubelet);
	if (user->older_root) {
		write_label(writer, "older ones");
		layout_style(writer, STYLE_BAD, OLDER_ROOT);
		write_reason(writer, user->older_why, strlen(OLDER_ROOT));
	}
}

static void write_heading(const struct target *target, struct writer *writer)
{
	if (writer->color)
		writer_puts(writer, "\033[1m");
	writer_text(writer, target->name);
	if (writer->color)
		writer_puts(writer, "\033[0m");
	if (target->platform) {
		writer_puts(writer, "  ");
		writer_text(writer, target->platform);
	}
	writer_puts(writer, "\n");
	if (target->digest) {
		writer_puts(writer, "  ");
		writer_text(writer, target->digest);
		writer_puts(writer, "\n");
	}
	if (strcmp(target->target, target->name) != 0) {
		writer_puts(writer, "  from ");
		writer_text(writer, target->target);
		writer_puts(writer, "\n");
	}
	writer_puts(writer, "  ");
	layout_verdict(writer, target->verdict, 0);
	write_because(writer, target->verdict_why);
	if (target->unverified)
		writer_puts(writer, "  digests were not verified (--no-verify)\n");
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
	write_heading(target, writer);
	write_scores(target, writer);
	if (target->user)
		write_user(target->user, writer);
	r = finding_groups(target, temp, &groups, &n_groups, err);
	for (size_t i = 0; r >= 0 && i < n_groups; i++)
		r = text_finding_group(&groups[i], options, writer, temp, err);
	writer_puts(writer, "\n");
	return r;
}

static void write_quiet(const struct target *target, struct writer *writer)
{
	layout_verdict(writer, target->verdict, LAYOUT_VERDICT_WIDTH);
	writer_puts(writer, "  ");
	writer_text(writer, target->name);
	if (target->platform) {
		writer_puts(writer, "  ");
		writer_text(writer, target->platform);
	}
	write_because(writer, target->verdict_why);
}

static void write_notes(const struct report *report, struct writer *writer)
{
	const struct report_note *note;

	VEC_FOREACH (&report->notes, note) {
		layout_style(writer, STYLE_WARN, "note: ");
		writer_text(writer, note->message);
		if (note->file) {
			writer_puts(writer, " (");
			writer_text(writer, note->file);
			writer_printf(writer, ":%" PRIu32 ")", note->line);
		}
		writer_puts(writer, "\n");
	}
}

static void write_errors(const struct report *report, struct writer *writer)
{
	const struct report_error *error;

	VEC_FOREACH (&report->errors, error) {
		layout_style(writer, STYLE_BAD, "error: ");
		if (error->target) {
			writer_text(writer, error->target);
			writer_puts(writer, ": ");
		}
		writer_text(writer, error->message);
		writer_puts(writer, "\n");
	}
}

static int render(const struct report *report, const struct render_options *options,
		  struct writer *writer, struct error *err)
{
	struct target *const *target;
	int r;

	VEC_FOREACH (&report->targets, target) {
		if (options->quiet) {
			write_quiet(*target, writer);
			continue;
		}
		r = write_target(*target, options, writer, err);
		if (r < 0)
			return r;
	}
	write_notes(report, writer);
	write_errors(report, writer);
	if (!options->quiet) {
		summary_line(report, writer);
		writer_puts(writer, "\n");
	}
	return writer_finish(writer, err);
}

const struct renderer render_text = {
	.name = "text",
	.help = "for people: verdict, score, start user, findings and what to do",
	.render = render,
};
