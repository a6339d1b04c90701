/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One script a shell. The words that an argument may be come from words_of(), the only place that
 * knows what a kind of completion means.
 */
#include "cmd/completion.h"

#include <string.h>

#include "base/limits.h"
#include "check/check.h"
#include "cmd/command.h"
#include "engine/policy.h"
#include "report/render.h"
#include "source/source_class.h"

static void plain_word(struct writer *writer, const char *word, const char *suffix)
{
	writer_printf(writer, " %s%s", word, suffix);
}

static void each_target(struct writer *writer)
{
	for (size_t i = 0; i < n_source_classes; i++)
		plain_word(writer, source_classes[i]->name, ":");
}

/* Words that an argument of this kind may be. */
static void words_of(enum completion kind, struct writer *writer)
{
	static const char *const colors[] = {"auto", "always", "never"};

	switch (kind) {
	case COMPLETE_FORMAT:
		for (size_t i = 0; i < n_renderers; i++)
			plain_word(writer, renderers[i]->name, "");
		break;
	case COMPLETE_SEVERITY:
		for (int i = SEVERITY_CRITICAL; i >= SEVERITY_INFO; i--)
			plain_word(writer, severity_name((enum severity)i), "");
		break;
	case COMPLETE_COLOR:
		for (size_t i = 0; i < ARRAY_SIZE(colors); i++)
			plain_word(writer, colors[i], "");
		break;
	case COMPLETE_LIMIT:
		for (size_t i = 0; i < n_limit_rows; i++)
			plain_word(writer, limit_rows[i].option, "=");
		break;
	case COMPLETE_CHECK:
		for (size_t i = 0; i < n_checks; i++)
			plain_word(writer, checks[i]->name, "");
		break;
	case COMPLETE_COMMAND:
		for (size_t i = 0; i < n_commands; i++)
			plain_word(writer, commands[i]->name, "");
		break;
	case COMPLETE_PROFILE:
		plain_word(writer, PROFILE_DEFAULT, "");
		break;
	case COMPLETE_PLATFORM:
		plain_word(writer, "all", "");
		plain_word(writer, "linux/amd64", "");
		plain_word(writer, "linux/arm64", "");
		break;
	case COMPLETE_TARGET:
		each_target(writer);
		break;
	case COMPLETE_FILE:
	case COMPLETE_NONE:
		break;
	}
}

static bool offers_files(enum completion kind)
{
	return kind == COMPLETE_FILE || kind == COMPLETE_TARGET;
}

static void bash_reply(struct writer *writer, enum completion kind)
{
	writer_puts(writer, offers_files(kind) ? "files=1; mapfile -t COMPREPLY < <(compgen"
					       : "mapfile -t COMPREPLY < <(compgen");
	if (offers_files(kind))
		writer_puts(writer, " -f");
	writer_puts(writer, " -W \"");
	words_of(kind, writer);
	writer_puts(writer, "\" -- \"$cur\")");
}

static void bash_command(struct writer *writer, const struct command *command)
{
	writer_printf(writer, "\t%s)\n\t\tcase $prev in\n", command->name);
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option_row *row = &command->options[i];

		if (!row->argument)
			continue;
		writer_printf(writer, "\t\t--%s", row->name);
		if (row->short_name)
			writer_printf(writer, "|-%c", row->short_name);
		writer_puts(writer, ")\n\t\t\t");
		bash_reply(writer, row->completion);
		writer_puts(writer, "\n\t\t\treturn\n\t\t\t;;\n");
	}
	writer_puts(writer, "\t\tesac\n\t\tif [[ $cur == -* ]]; then\n"
			    "\t\t\tmapfile -t COMPREPLY < <(compgen -W \"");
	for (size_t i = 0; i < command->n_options; i++)
		writer_printf(writer, " --%s", command->options[i].name);
	writer_puts(writer, "\" -- \"$cur\")\n\t\telse\n\t\t\t");
	bash_reply(writer, command->completion);
	writer_puts(writer, "\n\t\tfi\n\t\t;;\n");
}

void completion_bash(struct writer *writer)
{
	writer_puts(writer, "# bash completion for rootout\n"
			    "_rootout_words()\n{\n"
			    "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
			    "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n"
			    "\t# readline parts words at = and : too\n"
			    "\tif [[ $cur == [=:] ]]; then\n\t\tcur=\n"
			    "\telif [[ $prev == = ]]; then\n"
			    "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
			    "\tCOMPREPLY=()\n"
			    "\tif ((COMP_CWORD == 1)); then\n\t\t");
	bash_reply(writer, COMPLETE_COMMAND);
	writer_puts(writer, "\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < n_commands; i++)
		bash_command(writer, commands[i]);
	writer_puts(writer,
		    "\tesac\n}\n"
		    "_rootout()\n{\n\tlocal files=\n\t_rootout_words\n"
		    "\tif [[ ${COMPREPLY[0]-} == *[=:] ]]; then\n\t\tcompopt -o nospace\n"
		    "\telif [[ $files ]]; then\n\t\tcompopt -o filenames\n\tfi 2>/dev/null\n"
		    "}\ncomplete -F _rootout rootout\n");
}

/* Help text inside single quotes; zsh's _arguments also needs brackets and colons escaped. */
static void put_quoted(struct writer *writer, const char *text, const char *escaped)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\'')
			writer_puts(writer, "'\\''");
		else
			writer_printf(writer, "%s%c", strchr(escaped, *at) ? "\\" : "", *at);
	}
}

static void zsh_action(struct writer *writer, enum completion kind)
{
	if (kind == COMPLETE_FILE) {
		writer_puts(writer, "_files");
	} else if (kind == COMPLETE_TARGET) {
		writer_puts(writer, "_rootout_targets");
	} else if (kind != COMPLETE_NONE) {
		writer_puts(writer, "(");
		words_of(kind, writer);
		writer_puts(writer, ")");
	}
}

static void zsh_option(struct writer *writer, const struct option_row *row)
{
	if (row->short_name)
		writer_printf(writer, "\t\t\t'(-%c --%s)'{-%c,--%s}'", row->short_name, row->name,
			      row->short_name, row->name);
	else
		writer_printf(writer, "\t\t\t'*--%s%s", row->name, row->argument ? "=" : "");
	writer_puts(writer, "[");
	put_quoted(writer, row->help, "[]:\\");
	writer_puts(writer, "]");
	if (row->argument) {
		writer_puts(writer, ":");
		put_quoted(writer, row->argument, "[]:\\");
		writer_puts(writer, ":");
		zsh_action(writer, row->completion);
	}
	writer_puts(writer, "' \\\n");
}

void completion_zsh(struct writer *writer)
{
	writer_puts(writer,
		    "#compdef rootout\n"
		    "_rootout_targets()\n{\n"
		    "\t_alternative 'files:file:_files' 'prefixes:prefix:compadd -S \"\" --");
	words_of(COMPLETE_TARGET, writer);
	writer_puts(writer, "'\n}\n"
			    "_rootout()\n{\n"
			    "\tif ((CURRENT == 2)); then\n\t\tlocal -a commands=(\n");
	for (size_t i = 0; i < n_commands; i++) {
		writer_printf(writer, "\t\t\t'%s:", commands[i]->name);
		put_quoted(writer, commands[i]->summary, ":\\");
		writer_puts(writer, "'\n");
	}
	writer_puts(writer, "\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
			    "\tlocal command=$words[2]\n"
			    "\tshift words\n\t((CURRENT--))\n\tcase $command in\n");
	for (size_t i = 0; i < n_commands; i++) {
		writer_printf(writer, "\t%s)\n\t\t_arguments -s -S \\\n", commands[i]->name);
		for (size_t j = 0; j < commands[i]->n_options; j++)
			zsh_option(writer, &commands[i]->options[j]);
		writer_puts(writer, "\t\t\t'*:argument:");
		zsh_action(writer, commands[i]->completion);
		writer_puts(writer, "'\n\t\t;;\n");
	}
	writer_puts(writer, "\tesac\n}\n_rootout \"$@\"\n");
}

static void fish_arguments(struct writer *writer, enum completion kind)
{
	if (!offers_files(kind))
		writer_puts(writer, " -f");
	if (kind == COMPLETE_FILE || kind == COMPLETE_NONE)
		return;
	writer_puts(writer, " -a '");
	words_of(kind, writer);
	writer_puts(writer, "'");
}

static void fish_command(struct writer *writer, const struct command *command)
{
	writer_printf(writer, "complete -c rootout -n '__fish_use_subcommand' -f -a %s -d '",
		      command->name);
	put_quoted(writer, command->summary, "\\");
	writer_puts(writer, "'\n");
	writer_printf(writer, "complete -c rootout -n '__fish_seen_subcommand_from %s'",
		      command->name);
	fish_arguments(writer, command->completion);
	writer_puts(writer, "\n");
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option_row *row = &command->options[i];

		writer_printf(writer,
			      "complete -c rootout -n '__fish_seen_subcommand_from %s' -l %s",
			      command->name, row->name);
		if (row->short_name)
			writer_printf(writer, " -s %c", row->short_name);
		if (row->argument) {
			writer_puts(writer, " -r");
			fish_arguments(writer, row->completion);
		}
		writer_puts(writer, " -d '");
		put_quoted(writer, row->help, "\\");
		writer_puts(writer, "'\n");
	}
}

void completion_fish(struct writer *writer)
{
	writer_puts(writer, "# fish completion for rootout\n");
	for (size_t i = 0; i < n_commands; i++)
		fish_command(writer, commands[i]);
}
