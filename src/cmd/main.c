/* SPDX-License-Identifier: Apache-2.0 */
/* argv -> command -> exit status. Standard output is checked at the end, whoever wrote to it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/suggest.h"
#include "cmd/terminal.h"
#include "io/interrupt.h"

/* A closed standard stream must not become the number of a file that is opened later: it is opened
 * in the direction in which its use fails. */
static int keep_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -errno;
	}
	return 0;
}

static int overview(FILE *stream)
{
	struct writer writer = terminal_writer(stream, COLOR_AUTO);

	help_overview(&writer);
	return EXIT_PASSED;
}

static int unknown_command(const char *word)
{
	struct suggest suggest = {.word = word, .len = strlen(word)};

	for (size_t i = 0; i < n_commands; i++)
		suggest_offer(&suggest, commands[i]->name);
	command_complain("there is no %s \"%s\"%s%s%s", *word == '-' ? "option" : "command", word,
			 suggest.best ? "; did you mean " : "", suggest.best ? suggest.best : "",
			 suggest.best ? "?" : "");
	fputs("Try 'rootout --help' for more information.\n", stderr);
	return EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		command_complain("no command given");
		fputs("Try 'rootout --help' for more information.\n", stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return overview(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("rootout " ROOTOUT_VERSION);
		return EXIT_PASSED;
	}
	command = command_find(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return command->run(command, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
	int status, sig;

	if (keep_standard_streams() < 0)
		return EXIT_ERROR;
	signal(SIGPIPE, SIG_IGN); /* a reader that went away is a write error, and told as one */
	status = dispatch(argc, argv);
	sig = interrupt_signal();
	if (sig > 0) {
		/* Everything is cleaned up: die of the signal, so that a shell's loop ends too. */
		signal(sig, SIG_DFL);
		raise(sig);
	}
	/* outputs_write() has told its own errors: the stream is still marked, but said once. */
	errno = 0;
	if (fflush(stdout) != 0 || (ferror(stdout) && status != EXIT_ERROR)) {
		command_complain("cannot write to standard output: %s",
				 errno ? strerror(errno) : "write error");
		status = EXIT_ERROR;
	}
	return status;
}
