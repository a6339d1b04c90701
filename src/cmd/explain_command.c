/* SPDX-License-Identifier: Apache-2.0 */
/* rootout explain: why a check exists, what breaks, how to mend it; from the check's row. */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "cmd/command.h"
#include "cmd/prose.h"
#include "cmd/suggest.h"
#include "cmd/terminal.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERSION,
};

static const struct example examples[] = {
	{"rootout explain", "All checks"},
	{"rootout explain image-setuid-root", "One check in full"},
};

static void list(struct writer *writer)
{
	size_t column = 0;

	for (size_t i = 0; i < n_checks; i++)
		column = MAX(column, strlen(checks[i]->name));
	for (size_t i = 0; i < n_checks; i++)
		writer_printf(writer, "%-*s  %-8s  %s\n", (int)column, checks[i]->name,
			      severity_name(checks[i]->severity), checks[i]->title);
}

static void section(struct writer *writer, const char *title, const char *text)
{
	if (!text)
		return;
	writer_printf(writer, "\n%s%s%s\n", writer->color ? "\033[1m" : "", title,
		      writer->color ? "\033[0m" : "");
	prose_write(writer, text, 2, prose_width(writer));
}

static void explain(const struct check *check, struct writer *writer)
{
	writer_printf(writer, "%s%s%s (%s)\n", writer->color ? "\033[1m" : "", check->name,
		      writer->color ? "\033[0m" : "", severity_name(check->severity));
	prose_write(writer, check->title, 0, prose_width(writer));
	section(writer, "Why", check->rationale);
	section(writer, "What may break", check->breaks);
	section(writer, "What to do", check->remedy);
	if (check->n_references > 0)
		section(writer, "References", "");
	for (size_t i = 0; i < check->n_references; i++) {
		prose_write(writer, check->references[i].title, 2, prose_width(writer));
		writer_printf(writer, "    %s\n", check->references[i].url);
	}
}

static int unknown_check(const struct command *command, const char *name)
{
	struct suggest suggest = {.word = name, .len = strlen(name)};

	for (size_t i = 0; i < n_checks; i++)
		suggest_offer(&suggest, checks[i]->name);
	if (suggest.best)
		return command_usage(command, "there is no check \"%s\"; did you mean %s?", name,
				     suggest.best);
	return command_usage(command, "there is no check \"%s\"", name);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct common_settings settings = {};
	const struct check *check = NULL;
	struct writer writer;
	int n, status;

	if (!command_begin(command, argc, argv, &settings, &n, &status))
		return status;
	if (n > 1)
		return command_usage(command, "one check at a time");
	if (n == 1) {
		check = check_find(argv[0]);
		if (!check)
			return unknown_check(command, argv[0]);
	}
	writer = terminal_writer(stdout, COLOR_AUTO);
	if (check)
		explain(check, &writer);
	else
		list(&writer);
	return EXIT_PASSED;
}

const struct command command_explain = {
	.name = "explain",
	.arguments = "[CHECK]",
	.summary = "why a check exists, what breaks, how to mend it",
	.description = "Lists all checks with their severity and title, or explains one: why it "
		       "exists, what may break when it is mended, and how to mend it.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.completion = COMPLETE_CHECK,
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.run = run,
};
