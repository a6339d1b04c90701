/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits shell text into simple commands and their words (POSIX XCU 2.3 token recognition): quotes,
 * backslashes, comments, ;, &, |, &&, ||, newlines, parentheses, here-documents are skipped.
 * Nothing is expanded; a word that contains an expansion is flagged. Commands come in the order of
 * the text, whatever decides whether they run. What stands inside $( ) or ` ` stays in its word.
 *
 * The first word is the program or builtin: reserved words (if, then, {, !, ...), `for x in ...`,
 * `case x in`, patterns and function names are left out. exec, command and env are not: they are
 * commands.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct shell_word {
	const char *text; /* quotes removed, expansions as written ("$user", "$(id -u)") */
	bool expands;     /* holds $ or ` that a shell would expand */
};

struct shell_command {
	struct shell_word *words; /* redirections, and assignments before the name, are left out */
	size_t n_words;           /* at least 1 */
	uint32_t line;            /* 1-based, of the first word */
};

/* Never fails on odd text (unterminated quotes end at the end). -ENOMEM, -E2BIG (arena). */
int shell_split(const char *text, size_t size, struct arena *arena, struct shell_command **ret,
		size_t *ret_len, struct error *err);
/* One word for pasting into a command line: quoted for sh where it needs it. NULL: -ENOMEM. */
char *shell_quote(const char *word, struct arena *arena);
