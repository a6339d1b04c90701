/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: one file and one row in commands.def each; all prose of a command lives in its row. */
#pragma once

#include <stddef.h>

#include "cmd/options.h"

/* Exit statuses (the CNTI test suite's contract, and sysexits' EX_USAGE). */
enum {
	EXIT_PASSED = 0,
	EXIT_FAILED = 1,
	EXIT_ERROR = 2,
	EXIT_USAGE = 64,
};

struct exit_row {
	int status;
	const char *meaning;
};
extern const struct exit_row exit_rows[];
extern const size_t n_exit_rows;

struct example {
	const char *command;
	const char *meaning;
};

/* Sections of help and manual that belong to some commands only. */
enum command_parts {
	PART_TARGETS = 1 << 0,
	PART_FORMATS = 1 << 1,
	PART_POLICY = 1 << 2,
	PART_LIMITS = 1 << 3,
	PART_EXIT = 1 << 4,
};

struct command {
	const char *name;
	const char *arguments;   /* "TARGET..." or "" */
	const char *summary;     /* one line, lower case, no period */
	const char *description; /* paragraphs, parted by blank lines */
	const struct option_row *options;
	size_t n_options;
	enum completion completion; /* of its arguments */
	unsigned int parts;
	const struct example *examples;
	size_t n_examples;
	/* argv: what follows the command's name. Returns the exit status. */
	int (*run)(const struct command *command, int argc, char **argv);
};

#define COMMAND(symbol) extern const struct command command_##symbol;
#include "cmd/commands.def"
#undef COMMAND

extern const struct command *const commands[]; /* those that help lists, in its order */
extern const size_t n_commands;
extern const struct command command_generate; /* hidden: for the build */

const struct command *command_find(const char *name);

/*
 * Parses argv by the command's table and serves --help and --version. *ret_status is set and 0
 * returned when the command is done with that (or with a usage error, which is printed); 1: go on,
 * with *ret_n arguments at the front of argv.
 */
int command_begin(const struct command *command, int argc, char **argv, void *settings, int *ret_n,
		  int *ret_status);

/* Prints "rootout COMMAND: MESSAGE" and where help is; returns EXIT_USAGE. */
int command_usage(const struct command *command, const char *format, ...) _printf_(2, 3);

/* Prints "rootout: MESSAGE" on stderr, input text escaped. */
void command_complain(const char *format, ...) _printf_(1, 2);
