/* SPDX-License-Identifier: Apache-2.0 */
/* Words of shell text, for shell_words.c: quotes removed, nothing expanded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct shell_lexer {
	const char *at, *end; /* what is left of the text, borrowed */
	uint32_t line;        /* 1-based, of `at` */
	struct strbuf word;   /* the word that was read last; the caller clears it */
	bool expands;         /* it holds an expansion */
	bool quoted;          /* a part of it is quoted: it is no reserved word */
	bool in_double; /* between double quotes, where a single one is an ordinary character */
};

/* The byte `ahead` of the cursor; NUL at the end, and for a NUL, which shells drop. */
char shell_lexer_peek(const struct shell_lexer *lex, size_t ahead);
/* Moves the cursor. */
void shell_lexer_step(struct shell_lexer *lex, size_t count);
/* One word; the cursor stands at its first byte, which is no separator. 0 or -ENOMEM. */
int shell_lexer_word(struct shell_lexer *lex);
/* Adds an expansion to the word as it is written: `opening` bytes, and up to what closes it. */
int shell_lexer_expansion(struct shell_lexer *lex, size_t opening, char closing);

bool shell_is_blank(char c);
/* Length of the NAME= or NAME+= that the word starts with; 0 when it is no assignment. */
size_t shell_assignment(const char *word);
