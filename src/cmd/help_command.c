/* SPDX-License-Identifier: Apache-2.0 */
/* rootout help: the overview, or the help of one command. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/terminal.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERSION,
};

static int run(const struct command *command, int argc, char **argv)
{
	struct common_settings settings = {};
	const struct command *subject = NULL;
	struct writer writer;
	int n, status;

	if (!command_begin(command, argc, argv, &settings, &n, &status))
		return status;
	if (n > 1)
		return command_usage(command, "one command at a time");
	if (n == 1) {
		subject = command_find(argv[0]);
		if (!subject || subject == &command_generate)
			return command_usage(command, "there is no command \"%s\"", argv[0]);
	}
	writer = terminal_writer(stdout, COLOR_AUTO);
	if (subject)
		help_command(subject, &writer);
	else
		help_overview(&writer);
	return EXIT_PASSED;
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "show help",
	.description = "Shows the commands, or the help of one.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.completion = COMPLETE_COMMAND,
	.run = run,
};
