/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of manual pages. All text goes through put(), which escapes what roff would take for its
 * own: backslashes, hyphens (a plain one may become a dash), quotes, dots at the start of a line.
 * Pages carry no date, so that builds are reproducible.
 */
#include "cmd/manual.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "check/check.h"
#include "cmd/topics.h"
#include "report/render.h"

static void put_n(struct writer *writer, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool at_start = i == 0 || text[i - 1] == '\n';

		if (at_start && (text[i] == '.' || text[i] == '\''))
			writer_puts(writer, "\\&");
		switch (text[i]) {
		case '\\':
			writer_puts(writer, "\\e");
			break;
		case '-':
			writer_puts(writer, "\\-");
			break;
		case '"':
			writer_puts(writer, "\\(dq");
			break;
		case '\'':
			writer_puts(writer, "\\(aq");
			break;
		case '~':
			writer_puts(writer, "\\(ti");
			break;
		case '^':
			writer_puts(writer, "\\(ha");
			break;
		default:
			writer_write(writer, &text[i], 1);
		}
	}
}

static void put(struct writer *writer, const char *text)
{
	put_n(writer, text, strlen(text));
}

static void section(struct writer *writer, const char *title)
{
	writer_printf(writer, ".SH %s\n", title);
}

/* Lines as they are, in an example block. */
static void put_code(struct writer *writer, const char *text)
{
	writer_puts(writer, ".RS 4\n.nf\n");
	put(writer, text);
	if (*text && text[strlen(text) - 1] != '\n')
		writer_puts(writer, "\n");
	writer_puts(writer, ".fi\n.RE\n");
}

/* Prose with paragraphs, and code lines (that start with a blank). */
static void put_prose(struct writer *writer, const char *text)
{
	bool code = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool is_code = len > 0 && (*text == ' ' || *text == '\t');

		if (is_code != code)
			writer_puts(writer, is_code ? ".RS 4\n.nf\n" : ".fi\n.RE\n");
		code = is_code;
		if (len == 0)
			writer_puts(writer, ".PP\n");
		else {
			put_n(writer, text, len);
			writer_puts(writer, "\n");
		}
		text += len + (text[len] == '\n');
	}
	if (code)
		writer_puts(writer, ".fi\n.RE\n");
}

static void item(struct writer *writer, const char *term, const char *text)
{
	writer_puts(writer, ".TP\n\\fB");
	put(writer, term);
	writer_puts(writer, "\\fR\n");
	put_prose(writer, text);
}

static void title(struct writer *writer, const char *command)
{
	char upper[64] = "ROOTOUT";

	if (command)
		snprintf(upper, sizeof(upper), "ROOTOUT-%s", command);
	for (char *at = upper; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	writer_puts(writer, ".TH ");
	put(writer, upper);
	writer_puts(writer, " 1 \"\" \"rootout " ROOTOUT_VERSION "\" \"User Commands\"\n");
}

static void write_options(struct writer *writer, const struct command *command)
{
	section(writer, "OPTIONS");
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option_row *row = &command->options[i];

		writer_puts(writer, ".TP\n");
		if (row->short_name)
			writer_printf(writer, "\\fB\\-%c\\fR, ", row->short_name);
		writer_puts(writer, "\\fB\\-\\-");
		put(writer, row->name);
		writer_puts(writer, "\\fR");
		if (row->argument) {
			writer_puts(writer, " \\fI");
			put(writer, row->argument);
			writer_puts(writer, "\\fR");
		}
		writer_puts(writer, "\n");
		put(writer, row->help);
		writer_puts(writer, ".\n");
	}
}

static void write_topics(struct writer *writer, const struct topic_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		item(writer, rows[i].term, rows[i].text);
}

static void write_formats(struct writer *writer)
{
	section(writer, "FORMATS");
	for (size_t i = 0; i < n_renderers; i++)
		item(writer, renderers[i]->name, renderers[i]->help);
}

static void write_policy(struct writer *writer)
{
	section(writer, "POLICY FILE");
	put_prose(writer, policy_intro);
	writer_puts(writer, ".PP\n");
	put_code(writer, policy_example);
	write_topics(writer, waiver_topics, n_waiver_topics);
	writer_puts(writer, ".PP\n");
	put_prose(writer, policy_rules);
}

static void write_limits(struct writer *writer)
{
	section(writer, "LIMITS");
	put_prose(writer,
		  "What input claims is bounded. --limit NAME=VALUE changes a bound; VALUE may "
		  "end in K, M, G or T (powers of 1024).");
	for (size_t i = 0; i < n_limit_rows; i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s (default %" PRIu64 "%s%s)", limit_rows[i].help,
			 limit_rows[i].value, *limit_rows[i].unit ? " " : "", limit_rows[i].unit);
		item(writer, limit_rows[i].option, text);
	}
}

static void write_exits(struct writer *writer)
{
	section(writer, "EXIT STATUS");
	for (size_t i = 0; i < n_exit_rows; i++) {
		char term[16];

		snprintf(term, sizeof(term), "%d", exit_rows[i].status);
		item(writer, term, exit_rows[i].meaning);
	}
}

static void write_examples(struct writer *writer, const struct command *command)
{
	section(writer, "EXAMPLES");
	for (size_t i = 0; i < command->n_examples; i++) {
		writer_puts(writer, ".PP\n");
		put(writer, command->examples[i].meaning);
		writer_puts(writer, ":\n.PP\n");
		put_code(writer, command->examples[i].command);
	}
}

void manual_command(const struct command *command, struct writer *writer)
{
	struct topic_row targets[MAX_TARGET_TOPICS];

	title(writer, command->name);
	section(writer, "NAME");
	writer_puts(writer, "rootout\\-");
	put(writer, command->name);
	writer_puts(writer, " \\- ");
	put(writer, command->summary);
	writer_puts(writer, "\n");
	section(writer, "SYNOPSIS");
	writer_printf(writer, "\\fBrootout %s\\fR [\\fIOPTION\\fR...]", command->name);
	if (*command->arguments) {
		writer_puts(writer, " \\fI");
		put(writer, command->arguments);
		writer_puts(writer, "\\fR");
	}
	writer_puts(writer, "\n");
	section(writer, "DESCRIPTION");
	put_prose(writer, command->description);
	write_options(writer, command);
	if (command->parts & PART_TARGETS) {
		section(writer, "TARGETS");
		write_topics(writer, targets, target_topics(targets));
	}
	if (command->parts & PART_FORMATS)
		write_formats(writer);
	if (command->parts & PART_POLICY)
		write_policy(writer);
	if (command->parts & PART_LIMITS)
		write_limits(writer);
	if (command->parts & PART_EXIT)
		write_exits(writer);
	section(writer, "ENVIRONMENT");
	write_topics(writer, environment_topics, n_environment_topics);
	if (command->n_examples > 0)
		write_examples(writer, command);
	section(writer, "SEE ALSO");
	writer_puts(writer, "\\fBrootout\\fR(1)\n");
}

static void write_checks(struct writer *writer)
{
	section(writer, "CHECKS");
	for (size_t i = 0; i < n_checks; i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s (%s)", checks[i]->title,
			 severity_name(checks[i]->severity));
		item(writer, checks[i]->name, text);
	}
}

void manual_overview(struct writer *writer)
{
	title(writer, NULL);
	section(writer, "NAME");
	writer_puts(writer, "rootout \\- ");
	put(writer, program_summary);
	writer_puts(writer, "\n");
	section(writer, "SYNOPSIS");
	writer_puts(writer, "\\fBrootout\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] "
			    "[\\fIARGUMENT\\fR...]\n");
	section(writer, "DESCRIPTION");
	put_prose(writer, program_description);
	section(writer, "COMMANDS");
	for (size_t i = 0; i < n_commands; i++)
		item(writer, commands[i]->name, commands[i]->summary);
	write_checks(writer);
	write_exits(writer);
	section(writer, "SEE ALSO");
	writer_puts(writer, "\\fBrootout\\-check\\fR(1), \\fBrootout\\-explain\\fR(1)\n");
}
