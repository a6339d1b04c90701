/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits shell text into simple commands and their words (POSIX XCU 2.3 token recognition): quotes,
 * backslashes, comments, ;, &, |, &&, ||, newlines, parentheses, here-documents are skipped.
 * Nothing is expanded; a word that contains an expansion is flagged.
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
	struct shell_word *words; /* assignments and redirections before the name are left out */
	size_t n_words;
	uint32_t line; /* 1-based, of the first word */
};

/* Never fails on odd text (unterminated quotes end at the end). -ENOMEM, -E2BIG (arena). */
int shell_split(const char *text, size_t size, struct arena *arena, struct shell_command **ret,
		size_t *ret_len, struct error *err);
/* One command line for pasting: words quoted for sh where they need it. NULL: -ENOMEM. */
char *shell_quote(const char *word, struct arena *arena);
