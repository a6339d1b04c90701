/* SPDX-License-Identifier: Apache-2.0 */
/* rootout __generate: manual pages and completions, for the build; not for people. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/completion.h"
#include "cmd/manual.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
};

static const struct {
	const char *name;
	void (*write)(struct writer *writer);
} documents[] = {
	{"man", manual_overview},
	{"bash", completion_bash},
	{"zsh", completion_zsh},
	{"fish", completion_fish},
};

static int run(const struct command *command, int argc, char **argv)
{
	struct writer writer = WRITER_FILE(stdout);
	struct common_settings settings = {};
	const struct command *subject;
	int n, status;

	if (!command_begin(command, argc, argv, &settings, &n, &status))
		return status;
	if (n == 2 && strcmp(argv[0], "man") == 0) {
		subject = command_find(argv[1]);
		if (!subject)
			return command_usage(command, "there is no command \"%s\"", argv[1]);
		manual_command(subject, &writer);
		return EXIT_PASSED;
	}
	for (size_t i = 0; n == 1 && i < ARRAY_SIZE(documents); i++) {
		if (strcmp(documents[i].name, argv[0]) == 0) {
			documents[i].write(&writer);
			return EXIT_PASSED;
		}
	}
	return command_usage(command, "expected man [COMMAND], bash, zsh or fish");
}

const struct command command_generate = {
	.name = "__generate",
	.arguments = "DOCUMENT [COMMAND]",
	.summary = "write manual pages and completions",
	.description = "Writes man [COMMAND], bash, zsh or fish to standard output.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
