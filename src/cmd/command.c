/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and what all of them do alike: options, usage errors, messages. */
#include "cmd/command.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/writer.h"
#include "cmd/help.h"
#include "cmd/terminal.h"

const struct command *const commands[] = {
#define COMMAND(symbol) &command_##symbol,
#include "cmd/commands.def"
#undef COMMAND
};
const size_t n_commands = ARRAY_SIZE(commands);

const struct exit_row exit_rows[] = {
	{EXIT_PASSED, "everything asked was judged and passes"},
	{EXIT_FAILED, "something fails, will not start or stays unknown"},
	{EXIT_ERROR, "something could not be read or verified, or a report not written"},
	{EXIT_USAGE, "wrong usage"},
};
const size_t n_exit_rows = ARRAY_SIZE(exit_rows);

const struct command *command_find(const char *name)
{
	assert(name);
	for (size_t i = 0; i < n_commands; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return strcmp(command_generate.name, name) == 0 ? &command_generate : NULL;
}

/* Messages quote what the user or an image said; the terminal gets it escaped. */
static _printf_(3, 0) void complain(const char *prefix, const char *name, const char *format,
				    va_list args)
{
	struct writer writer = WRITER_FILE(stderr);
	char message[1024];

	vsnprintf(message, sizeof(message), format, args);
	writer_printf(&writer, "%s%s%s: ", prefix, *name ? " " : "", name);
	writer_text(&writer, message);
	writer_puts(&writer, "\n");
}

void command_complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain("rootout", "", format, args);
	va_end(args);
}

int command_usage(const struct command *command, const char *format, ...)
{
	va_list args;

	assert(command && format);
	va_start(args, format);
	complain("rootout", command->name, format, args);
	va_end(args);
	fprintf(stderr, "Try 'rootout %s --help' for more information.\n", command->name);
	return EXIT_USAGE;
}

int command_begin(const struct command *command, int argc, char **argv, void *settings, int *ret_n,
		  int *ret_status)
{
	const struct common_settings *common = settings;
	struct writer writer;
	struct error err = {};
	int r;

	assert(command && settings && ret_n && ret_status);
	r = options_parse(command->options, command->n_options, argc, argv, settings, ret_n, &err);
	if (r == -ENOMEM) {
		command_complain("%s", err.message);
		*ret_status = EXIT_ERROR;
		return 0;
	}
	if (r < 0) {
		*ret_status = command_usage(command, "%s", err.message);
		return 0;
	}
	*ret_status = EXIT_PASSED;
	if (common->help) {
		writer = terminal_writer(stdout, COLOR_AUTO);
		help_command(command, &writer);
		return 0;
	}
	if (common->version) {
		puts("rootout " ROOTOUT_VERSION);
		return 0;
	}
	return 1;
}
