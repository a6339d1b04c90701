/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables and the parser that reads argv by them. Help, manual pages and completions are made
 * from the same rows (help.h, manual.h, completion.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* What a shell may offer for an argument. */
enum completion {
	COMPLETE_NONE,
	COMPLETE_FILE,
	COMPLETE_TARGET, /* files, directories and the prefixes of sources */
	COMPLETE_FORMAT,
	COMPLETE_SEVERITY,
	COMPLETE_PROFILE,
	COMPLETE_PLATFORM,
	COMPLETE_COLOR,
	COMPLETE_LIMIT,
	COMPLETE_CHECK,
	COMPLETE_COMMAND,
};

struct option_row {
	const char *name;     /* long name without dashes */
	const char *argument; /* "FORMAT[=FILE]"; NULL: a flag */
	const char *help;     /* lower case, no period at its end */
	enum completion completion;
	char short_name; /* 0: none */
	/* Stores it; settings is the command's. value is NULL for flags. -EINVAL when it is wrong:
	 * the parser puts the option's name before the message. */
	int (*set)(void *settings, const char *value, struct error *err);
};

/* First member of every command's settings. */
struct common_settings {
	bool help, version;
};

int option_set_help(void *settings, const char *value, struct error *err);
int option_set_version(void *settings, const char *value, struct error *err);

#define OPTION_ROW_HELP                                                      \
	{                                                                    \
		.name = "help", .short_name = 'h', .help = "show this help", \
		.set = option_set_help                                       \
	}
#define OPTION_ROW_VERSION                                                               \
	{                                                                                \
		.name = "version", .help = "show the version", .set = option_set_version \
	}

/*
 * Reads argv[0..argc): "--name=VALUE", "--name VALUE", "-n VALUE", "-nVALUE", bundled flags, "--"
 * ends the options, "-" is an argument. Options and arguments may be mixed. Arguments are moved to
 * the front of argv and counted in *ret_n. Stops at --help and --version. -EINVAL: wrong usage;
 * other codes are those of `set`.
 */
int options_parse(const struct option_row *rows, size_t n_rows, int argc, char **argv,
		  void *settings, int *ret_n, struct error *err);

/* Number from min to max in decimal digits, for the `set` functions. -EINVAL. */
int option_number(const char *value, unsigned long min, unsigned long max, unsigned long *ret,
		  struct error *err);
