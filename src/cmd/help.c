/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of help texts: usage, prose, then aligned lists. */
#include "cmd/help.h"

#include <stdio.h>
#include <string.h>

#include "cmd/prose.h"
#include "cmd/topics.h"
#include "report/render.h"

#define MAX_TERM_COLUMN 30u
#define TERM_GAP        4 /* indent and the blanks behind a term */

void help_option_term(const struct option_row *row, char *buf, size_t size)
{
	char letter[8] = "    ";

	if (row->short_name)
		snprintf(letter, sizeof(letter), "-%c, ", row->short_name);
	snprintf(buf, size, "%s--%s%s%s", letter, row->name, row->argument ? " " : "",
		 row->argument ? row->argument : "");
}

static void heading(struct writer *writer, const char *title)
{
	writer_printf(writer, "\n%s%s:%s\n", writer->color ? "\033[1m" : "", title,
		      writer->color ? "\033[0m" : "");
}

static void write_options(const struct command *command, struct writer *writer, unsigned int width)
{
	unsigned int column = 0;
	char term[80];

	for (size_t i = 0; i < command->n_options; i++) {
		help_option_term(&command->options[i], term, sizeof(term));
		column = MAX(column, (unsigned int)strlen(term) + TERM_GAP);
	}
	column = MIN(column, MAX_TERM_COLUMN);
	heading(writer, "Options");
	for (size_t i = 0; i < command->n_options; i++) {
		help_option_term(&command->options[i], term, sizeof(term));
		prose_item(writer, term, column, command->options[i].help, width);
	}
}

static void write_topics(const char *title, const struct topic_row *rows, size_t n,
			 struct writer *writer, unsigned int width)
{
	unsigned int column = 0;

	for (size_t i = 0; i < n; i++)
		column = MAX(column, (unsigned int)strlen(rows[i].term) + TERM_GAP);
	heading(writer, title);
	for (size_t i = 0; i < n; i++)
		prose_item(writer, rows[i].term, MIN(column, MAX_TERM_COLUMN), rows[i].text, width);
}

static void write_formats(struct writer *writer, unsigned int width)
{
	heading(writer, "Formats");
	for (size_t i = 0; i < n_renderers; i++)
		prose_item(writer, renderers[i]->name, 12, renderers[i]->help, width);
}

static void write_exits(struct writer *writer, unsigned int width)
{
	heading(writer, "Exit status");
	for (size_t i = 0; i < n_exit_rows; i++) {
		char term[16];

		snprintf(term, sizeof(term), "%d", exit_rows[i].status);
		prose_item(writer, term, 6, exit_rows[i].meaning, width);
	}
}

static void write_examples(const struct command *command, struct writer *writer, unsigned int width)
{
	heading(writer, "Examples");
	for (size_t i = 0; i < command->n_examples; i++) {
		writer_printf(writer, "  %s\n", command->examples[i].command);
		prose_write(writer, command->examples[i].meaning, 6, width);
	}
}

void help_command(const struct command *command, struct writer *writer)
{
	struct topic_row targets[MAX_TARGET_TOPICS];
	unsigned int width = prose_width(writer);

	writer_printf(writer, "Usage: rootout %s [OPTION...]%s%s\n\n", command->name,
		      *command->arguments ? " " : "", command->arguments);
	prose_write(writer, command->description, 0, width);
	write_options(command, writer, width);
	if (command->parts & PART_TARGETS)
		write_topics("Targets", targets, target_topics(targets), writer, width);
	if (command->parts & PART_FORMATS)
		write_formats(writer, width);
	if (command->parts & PART_EXIT)
		write_exits(writer, width);
	if (command->n_examples > 0)
		write_examples(command, writer, width);
	if (command->parts & PART_LIMITS)
		writer_printf(writer, "\nLimits and the policy file: man rootout-%s\n",
			      command->name);
}

void help_overview(struct writer *writer)
{
	unsigned int width = prose_width(writer);

	writer_puts(writer, "Usage: rootout COMMAND [OPTION...] [ARGUMENT...]\n\n");
	prose_write(writer, program_description, 0, width);
	heading(writer, "Commands");
	for (size_t i = 0; i < n_commands; i++)
		prose_item(writer, commands[i]->name, 12, commands[i]->summary, width);
	write_exits(writer, width);
	writer_puts(writer, "\nTry 'rootout COMMAND --help' for the options of a command.\n");
}
