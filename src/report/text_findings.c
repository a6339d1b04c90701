/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as text. In: one group of findings of one check; out: a heading, the reason for the
 * check, the places in aligned columns and the remedies, each list capped unless verbose. Waived
 * findings stay in the list, marked with reason and expiry.
 */
#include "report/text_findings.h"

#include <string.h>

#include "base/macro.h"
#include "report/evidence.h"
#include "report/layout.h"

#define LIST_MOST    10
#define DIGEST_SHORT 12
#define INDENT       4
#define INDENT_MORE  8

/* "sha256:0123..." -> the first twelve hex digits, as docker and podman show them. */
static const char *short_digest(const char *digest, struct arena *arena)
{
	const char *colon = strchr(digest, ':');
	const char *hex = colon ? colon + 1 : digest;

	return arena_strndup(arena, hex, strnlen(hex, DIGEST_SHORT));
}

static const char *skip_prefix(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : text;
}

/* The history line in one line: classic builders write "/bin/sh -c #(nop) USER app". */
static const char *short_history(const char *created_by, struct arena *arena)
{
	char *text, *end;
	bool gap = false;

	created_by = skip_prefix(created_by, "/bin/sh -c ");
	created_by = skip_prefix(created_by, "#(nop) ");
	text = arena_bytes(arena, strlen(created_by) + 1);
	if (!text)
		return NULL;
	end = text;
	for (const char *at = created_by; *at; at++) {
		if (strchr(" \t\r\n", *at)) {
			gap = end > text;
			continue;
		}
		/* A blank is only owed between words, so there is always room for it. */
		if (gap)
			*end++ = ' ';
		gap = false;
		*end++ = *at;
	}
	*end = '\0';
	return text;
}

static const char *layer_cell(const struct location *location, struct arena *arena)
{
	const char *digest = location->layer ? short_digest(location->layer, arena) : "";
	const char *history =
		location->created_by ? short_history(location->created_by, arena) : "";

	if (!digest || !history)
		return NULL;
	return arena_printf(arena, "%s%s%s", digest, *digest && *history ? " " : "", history);
}

static int fill_row(const struct finding *finding, struct arena *arena, struct layout_row *ret,
		    struct error *err)
{
	struct layout_row row = {{
		evidence_mode(finding, arena),
		evidence_owner(finding, arena),
		finding->location.path,
		finding->location.package,
		layer_cell(&finding->location, arena),
	}};

	if (!row.cells[LAYOUT_COLUMNS - 1])
		return error_oom(err);
	*ret = row;
	return 0;
}

static void write_names(const struct finding *finding, struct writer *writer)
{
	const struct evidence *names = evidence_find(finding, "names");

	if (!names || names->kind != EVIDENCE_LIST || names->n_list < 2)
		return;
	layout_pad(writer, INDENT_MORE);
	layout_style(writer, STYLE_DIM, "same file: ");
	evidence_write(names, writer, writer_text);
	writer_puts(writer, "\n");
}

static void write_evidence(const struct finding *finding, struct writer *writer)
{
	for (const struct evidence *at = finding->evidence; at; at = at->next) {
		layout_pad(writer, INDENT_MORE);
		writer_text(writer, at->key);
		writer_puts(writer, ": ");
		evidence_write(at, writer, writer_text);
		writer_puts(writer, "\n");
	}
}

static void write_waiver(const struct waived *waived, struct writer *writer)
{
	layout_pad(writer, INDENT_MORE);
	layout_style(writer, STYLE_WARN, "waived");
	writer_puts(writer, " until ");
	writer_text(writer, waived->expires);
	if (waived->owner) {
		writer_puts(writer, " by ");
		writer_text(writer, waived->owner);
	}
	writer_puts(writer, ": ");
	writer_text(writer, waived->reason);
	writer_puts(writer, "\n");
}

/* What stands below a finding's first line. */
static void write_below(const struct finding *finding, const struct render_options *options,
			struct writer *writer)
{
	if (options->verbose)
		write_evidence(finding, writer);
	else
		write_names(finding, writer);
	if (finding->waived)
		write_waiver(finding->waived, writer);
}

/* The message, with the line or field of its place in a file or the configuration. */
static int write_message(const struct finding *finding, struct writer *writer, struct arena *temp,
			 struct error *err)
{
	const struct location *at = &finding->location;
	const char *text = finding->message;

	if (at->field && !at->path)
		text = arena_printf(temp, "%s (%s)", finding->message, at->field);
	else if (at->line > 0)
		text = arena_printf(temp, "%s (line %u)", finding->message, at->line);
	if (!text)
		return error_oom(err);
	layout_wrap(writer, text, at->path ? INDENT_MORE : INDENT, 0);
	return 0;
}

static int write_finding(const struct finding *finding, const struct layout_table *table,
			 const struct render_options *options, struct writer *writer,
			 struct arena *temp, struct error *err)
{
	struct layout_row row;
	int r;

	if (finding->location.path) {
		r = fill_row(finding, temp, &row, err);
		if (r < 0)
			return r;
		layout_row(table, writer, &row);
	}
	if (!finding->location.path || options->verbose || evidence_has_more(finding)) {
		r = write_message(finding, writer, temp, err);
		if (r < 0)
			return r;
	}
	write_below(finding, options, writer);
	return 0;
}

static void write_rest(size_t n, struct writer *writer)
{
	if (n == 0)
		return;
	layout_pad(writer, INDENT);
	writer_printf(writer, "and %zu more (-v shows all)\n", n);
}

/* A waived finding stays visible, however long the list. */
static bool is_listed(const struct finding_group *group, size_t index,
		      const struct render_options *options)
{
	return options->verbose || index < LIST_MOST || group->findings[index]->waived;
}

static int write_list(const struct finding_group *group, const struct render_options *options,
		      struct writer *writer, struct arena *temp, struct error *err)
{
	struct layout_table table = {.indent = INDENT};
	struct layout_row row;
	size_t left = 0;
	int r;

	for (size_t i = 0; i < group->n; i++) {
		if (!group->findings[i]->location.path || !is_listed(group, i, options))
			continue;
		r = fill_row(group->findings[i], temp, &row, err);
		if (r < 0)
			return r;
		layout_measure(&table, &row);
	}
	for (size_t i = 0; i < group->n; i++) {
		if (!is_listed(group, i, options)) {
			left++;
			continue;
		}
		r = write_finding(group->findings[i], &table, options, writer, temp, err);
		if (r < 0)
			return r;
	}
	write_rest(left, writer);
	return 0;
}

static void write_remedy(const char *remedy, struct writer *writer)
{
	for (size_t length; *remedy; remedy += length + (remedy[length] == '\n')) {
		length = strcspn(remedy, "\n");
		if (length > 0)
			layout_pad(writer, INDENT_MORE);
		writer_text_n(writer, remedy, length);
		writer_puts(writer, "\n");
	}
}

static const char *remedy_of(const struct finding *finding)
{
	return finding->remedy ? finding->remedy : finding->check->remedy;
}

/* An earlier finding that counts here has the same remedy. */
static bool is_repeated(const struct finding_group *group, size_t index, size_t from)
{
	for (size_t i = from; i < index; i++) {
		if (!group->findings[i]->waived &&
		    strcmp(remedy_of(group->findings[i]), remedy_of(group->findings[index])) == 0)
			return true;
	}
	return false;
}

/* Each remedy once. Far apart, a repetition is written rather than searched for. */
static void write_remedies(const struct finding_group *group, const struct render_options *options,
			   struct writer *writer)
{
	size_t written = 0, left = 0;

	for (size_t i = 0; i < group->n; i++) {
		if (group->findings[i]->waived || is_repeated(group, i, i > 64 ? i - 64 : 0))
			continue;
		if (!options->verbose && written == LIST_MOST) {
			left++;
			continue;
		}
		if (written++ == 0) {
			layout_pad(writer, INDENT);
			layout_style(writer, STYLE_BOLD, "What to do:");
			writer_puts(writer, "\n");
		}
		write_remedy(remedy_of(group->findings[i]), writer);
	}
	write_rest(left, writer);
}

static int write_why(const struct check *check, struct writer *writer, struct arena *temp,
		     struct error *err)
{
	const char *why = arena_strndup(temp, check->rationale, layout_sentence(check->rationale));

	if (!why)
		return error_oom(err);
	layout_wrap(writer, why, INDENT, 0);
	return 0;
}

int text_finding_group(const struct finding_group *group, const struct render_options *options,
		       struct writer *writer, struct arena *temp, struct error *err)
{
	bool brief = !options->verbose && group->severity == SEVERITY_INFO;
	int r;

	writer_puts(writer, "\n  ");
	layout_severity(writer, group->severity, LAYOUT_SEVERITY_WIDTH);
	writer_puts(writer, "  ");
	layout_style(writer, STYLE_BOLD, group->check->name);
	writer_printf(writer, "  %s (%zu", group->check->title, group->n);
	if (group->n_waived > 0)
		writer_printf(writer, ", %zu waived", group->n_waived);
	writer_puts(writer, brief && group->n_waived == 0 ? "; -v shows them)\n" : ")\n");
	/* A waived finding stays visible, however mild. */
	if (brief && group->n_waived == 0)
		return 0;
	r = write_why(group->check, writer, temp, err);
	if (r < 0)
		return r;
	r = write_list(group, options, writer, temp, err);
	if (r < 0)
		return r;
	write_remedies(group, options, writer);
	return 0;
}
