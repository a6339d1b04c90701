/* SPDX-License-Identifier: Apache-2.0 */
/* rootout version: one line that scripts can read. */
#include <stdio.h>

#include "cmd/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERSION,
};

static int run(const struct command *command, int argc, char **argv)
{
	struct common_settings settings = {};
	int n, status;

	if (!command_begin(command, argc, argv, &settings, &n, &status))
		return status;
	if (n > 0)
		return command_usage(command, "no arguments are expected");
	puts("rootout " ROOTOUT_VERSION);
	return EXIT_PASSED;
}

const struct command command_version = {
	.name = "version",
	.arguments = "",
	.summary = "show the version",
	.description = "Shows the version of the program.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
