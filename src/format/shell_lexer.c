/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: shell text. Out: one word at a time, in a buffer of the lexer's own. No recursion: nested
 * expansions are kept on a stack of NESTING_MAX, beyond which an opening is an ordinary character.
 * Specification: POSIX.1-2017 XCU 2.2 (quoting), 2.3 (tokens), 2.6 (expansions); bash(1) for
 * $'...', x=(a b), <(cmd).
 */
#include "format/shell_lexer.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define NESTING_MAX 64

/* The byte `ahead` of the cursor; NUL at the end, and for a NUL, which shells drop. */
char shell_lexer_peek(const struct shell_lexer *lex, size_t ahead)
{
	return ahead < (size_t)(lex->end - lex->at) ? lex->at[ahead] : '\0';
}

void shell_lexer_step(struct shell_lexer *lex, size_t count)
{
	for (; count > 0 && lex->at < lex->end; count--)
		lex->line += *lex->at++ == '\n';
}

/* Copies `count` bytes of input into the word. */
static int keep(struct shell_lexer *lex, size_t count)
{
	int r = 0;

	for (; count > 0 && lex->at < lex->end && r == 0; count--) {
		if (*lex->at)
			r = strbuf_add(&lex->word, lex->at, 1);
		shell_lexer_step(lex, 1);
	}
	return r;
}

/* ASCII in effect: the C locale is never left. */
static bool is_name_char(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

bool shell_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool ends_word(char c)
{
	return shell_is_blank(c) || c == '\n' || c == ';' || c == '&' || c == '|' || c == '<' ||
	       c == '>' || c == '(' || c == ')';
}

/* Up to and with the next `quote`; with backslashes where they count. */
static int keep_until(struct shell_lexer *lex, char quote, bool backslashes)
{
	int r = 0;

	while (lex->at < lex->end && *lex->at != quote && r == 0)
		r = keep(lex, backslashes && *lex->at == '\\' ? 2 : 1);
	return r == 0 ? keep(lex, 1) : r;
}

/* A comment inside $( ) may hold a parenthesis or a quote. */
static bool starts_comment(const struct shell_lexer *lex)
{
	assert(lex->word.len > 0);
	return *lex->at == '#' && strchr(" \t\n;&|()", lex->word.data[lex->word.len - 1]);
}

/* One step inside a nested expansion; `open` is the stack of what closes it. */
static int keep_nested(struct shell_lexer *lex, char *open, size_t *depth)
{
	char top = open[*depth - 1], c = *lex->at, next = shell_lexer_peek(lex, 1);
	char below = *depth > 1 ? open[*depth - 2] : lex->in_double ? '"' : '\0';
	bool in_double = top == '"' || (top == '}' && below == '"');
	bool room = *depth < NESTING_MAX;

	assert(*depth > 0 && *depth <= NESTING_MAX);
	if (c == '\\')
		return keep(lex, 2);
	if (c == top) {
		(*depth)--;
		return keep(lex, 1);
	}
	if (c == '$' && (next == '(' || next == '{') && room) {
		open[(*depth)++] = next == '(' ? ')' : '}';
		return keep(lex, 2);
	}
	if (c == '`') {
		int r = keep(lex, 1);

		return r == 0 ? keep_until(lex, '`', true) : r;
	}
	if (c == '\'' && !in_double) {
		int r = keep(lex, 1);

		return r == 0 ? keep_until(lex, '\'', false) : r;
	}
	if (top == ')' && starts_comment(lex))
		return keep_until(lex, '\n', false);
	if ((c == '"' && top != '"' && room) || (c == '(' && top == ')' && room))
		open[(*depth)++] = c == '"' ? '"' : ')';
	return keep(lex, 1);
}

/* Copies an expansion as written: `opening` bytes of it, and all up to what closes it. */
int shell_lexer_expansion(struct shell_lexer *lex, size_t opening, char closing)
{
	char open[NESTING_MAX] = {closing};
	size_t depth = 1;
	int r = keep(lex, opening);

	assert(opening > 0);
	lex->expands = true;
	while (r == 0 && depth > 0 && lex->at < lex->end)
		r = keep_nested(lex, open, &depth);
	return r;
}

/* At a `$`. */
static int keep_dollar(struct shell_lexer *lex)
{
	char next = shell_lexer_peek(lex, 1);

	if (next == '(')
		return shell_lexer_expansion(lex, 2, ')');
	if (next == '{')
		return shell_lexer_expansion(lex, 2, '}');
	if (!is_name_char(next) && (!next || !strchr("@*#?-$!", next)))
		return keep(lex, 1);
	lex->expands = true;
	return keep(lex, 2);
}

/* Kept as written: what a command substitution yields is not known here. */
static int keep_backquote(struct shell_lexer *lex)
{
	int r = keep(lex, 1);

	lex->expands = true;
	return r == 0 ? keep_until(lex, '`', true) : r;
}

/* POSIX 2.2.3: the backslash counts before $ ` " \ and a newline only. */
static int keep_double_quotes(struct shell_lexer *lex)
{
	int r = 0;

	lex->quoted = lex->in_double = true;
	shell_lexer_step(lex, 1);
	while (r == 0 && lex->at < lex->end && *lex->at != '"') {
		char c = *lex->at, next = shell_lexer_peek(lex, 1);

		if (c == '\\' && next == '\n') {
			shell_lexer_step(lex, 2);
		} else if (c == '\\' && next && strchr("$`\"\\", next)) {
			shell_lexer_step(lex, 1);
			r = keep(lex, 1);
		} else if (c == '$') {
			r = keep_dollar(lex);
		} else if (c == '`') {
			r = keep_backquote(lex);
		} else {
			r = keep(lex, 1);
		}
	}
	shell_lexer_step(lex, 1);
	lex->in_double = false;
	return r;
}

/* ansi: $'...', where a backslash keeps the quote from ending. */
static int keep_single_quotes(struct shell_lexer *lex, bool ansi)
{
	int r = 0;

	lex->quoted = true;
	shell_lexer_step(lex, ansi ? 2 : 1);
	while (r == 0 && lex->at < lex->end && *lex->at != '\'') {
		if (ansi && *lex->at == '\\' &&
		    (shell_lexer_peek(lex, 1) == '\'' || shell_lexer_peek(lex, 1) == '\\'))
			shell_lexer_step(lex, 1);
		r = keep(lex, 1);
	}
	shell_lexer_step(lex, 1);
	return r;
}

/* A backslash before a newline joins two lines; at the very end it stands for itself. */
static int keep_backslash(struct shell_lexer *lex)
{
	if (shell_lexer_peek(lex, 1) == '\n') {
		shell_lexer_step(lex, 2);
		return 0;
	}
	lex->quoted = true;
	if (lex->end - lex->at > 1)
		shell_lexer_step(lex, 1);
	return keep(lex, 1);
}

/* NAME= or NAME+= at the start, and how long that is; 0 when it is no assignment. */
size_t shell_assignment(const char *word)
{
	size_t len = 0;

	if (isdigit((unsigned char)word[0]))
		return 0;
	while (is_name_char(word[len]))
		len++;
	if (len == 0)
		return 0;
	if (word[len] == '+')
		len++;
	return word[len] == '=' ? len + 1 : 0;
}

/* Is the parenthesis at the cursor part of the word: x=(a b), <(cmd), >(cmd)? */
static bool opens_in_word(const struct shell_lexer *lex)
{
	size_t len = lex->word.len;

	return *lex->at == '(' && len > 0 && !lex->quoted &&
	       shell_assignment(strbuf_string(&lex->word)) == len;
}

/* One word into lex->word; the cursor stands at its first byte. */
int shell_lexer_word(struct shell_lexer *lex)
{
	int r = 0;

	assert(lex->at < lex->end);
	strbuf_reset(&lex->word);
	lex->expands = lex->quoted = false;
	if ((*lex->at == '<' || *lex->at == '>') && shell_lexer_peek(lex, 1) == '(')
		r = shell_lexer_expansion(lex, 2, ')');
	while (r == 0 && lex->at < lex->end) {
		char c = *lex->at, next = shell_lexer_peek(lex, 1);

		if (opens_in_word(lex))
			r = shell_lexer_expansion(lex, 1, ')');
		else if (ends_word(c) || (c == '\r' && next == '\n'))
			break;
		else if (c == '\\')
			r = keep_backslash(lex);
		else if (c == '\'')
			r = keep_single_quotes(lex, false);
		else if (c == '$' && next == '\'')
			r = keep_single_quotes(lex, true);
		else if (c == '$' && next == '"')
			shell_lexer_step(lex, 1);
		else if (c == '"')
			r = keep_double_quotes(lex);
		else if (c == '$')
			r = keep_dollar(lex);
		else if (c == '`')
			r = keep_backquote(lex);
		else
			r = keep(lex, 1);
	}
	return r;
}
