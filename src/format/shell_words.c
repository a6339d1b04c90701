/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a script or one command line. Out: simple commands in the caller's arena. Three layers: the
 * cursor (bytes, line numbers), the lexer (one word, one operator), and the splitter, which knows
 * just enough of the grammar to tell where a command begins. No recursion: nested expansions are
 * kept on a stack of NESTING_MAX, beyond which an opening is an ordinary character.
 * Specification: POSIX.1-2017 XCU 2.2 (quoting), 2.3 (tokens), 2.4 (reserved words), 2.7
 * (redirection), 2.9 (commands), 2.10 (grammar); bash(1) for select, function, <<<, &>, $'...'.
 */
#include "format/shell_words.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"

#define NESTING_MAX        64
#define HERE_DOCUMENTS_MAX 16

/* What the splitter expects next. */
enum place {
	PLACE_COMMAND,  /* words of a simple command */
	PLACE_FOR,      /* for x in ...: up to a separator or `do` */
	PLACE_SUBJECT,  /* case x: up to `in` */
	PLACE_PATTERN,  /* up to the `)` of a case pattern, or `esac` */
	PLACE_FUNCTION, /* the name behind `function` */
};

struct here_document {
	char *delimiter;
	bool strip_tabs; /* <<- */
};

struct splitter {
	const char *at, *end;
	uint32_t line;
	enum place place;
	unsigned int case_depth;
	bool target;                /* the next word is a redirection's target */
	bool delimiter, strip_tabs; /* ... and that of a here-document */
	struct strbuf word;
	bool expands, quoted;
	struct here_document here[HERE_DOCUMENTS_MAX];
	size_t n_here;
	VEC(struct shell_word) words;
	VEC(struct shell_command) commands;
	uint32_t first_line; /* of the command's first word */
	struct arena *arena;
};

static void splitter_done(struct splitter *s)
{
	strbuf_clear(&s->word);
	vec_clear(&s->words);
	vec_clear(&s->commands);
}

/* The byte `ahead` of the cursor; NUL at the end, and for a NUL, which shells drop. */
static char peek(const struct splitter *s, size_t ahead)
{
	return ahead < (size_t)(s->end - s->at) ? s->at[ahead] : '\0';
}

static void step(struct splitter *s, size_t count)
{
	for (; count > 0 && s->at < s->end; count--)
		s->line += *s->at++ == '\n';
}

/* Copies `count` bytes of input into the word. */
static int keep(struct splitter *s, size_t count)
{
	int r = 0;

	for (; count > 0 && s->at < s->end && r == 0; count--) {
		if (*s->at)
			r = strbuf_add(&s->word, s->at, 1);
		step(s, 1);
	}
	return r;
}

static bool is_name_char(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool ends_word(char c)
{
	return is_blank(c) || c == '\n' || c == ';' || c == '&' || c == '|' || c == '<' ||
	       c == '>' || c == '(' || c == ')';
}

/* --- The lexer: words --- */

/* Up to and with the next `quote`; with backslashes where they count. */
static int keep_until(struct splitter *s, char quote, bool backslashes)
{
	int r = 0;

	while (s->at < s->end && *s->at != quote && r == 0)
		r = keep(s, backslashes && *s->at == '\\' ? 2 : 1);
	return r == 0 ? keep(s, 1) : r;
}

/* A comment inside $( ) may hold a parenthesis or a quote. */
static bool starts_comment(const struct splitter *s)
{
	return *s->at == '#' && strchr(" \t\n;&|()", s->word.data[s->word.len - 1]);
}

/* One step inside a nested expansion; `open` is the stack of what closes it. */
static int keep_nested(struct splitter *s, char *open, size_t *depth)
{
	char top = open[*depth - 1], c = *s->at, next = peek(s, 1);
	bool in_double = top == '"' || (*depth > 1 && top == '}' && open[*depth - 2] == '"');
	bool room = *depth < NESTING_MAX;

	if (c == '\\')
		return keep(s, 2);
	if (c == top) {
		(*depth)--;
		return keep(s, 1);
	}
	if (c == '$' && (next == '(' || next == '{') && room) {
		open[(*depth)++] = next == '(' ? ')' : '}';
		return keep(s, 2);
	}
	if (c == '`') {
		int r = keep(s, 1);

		return r == 0 ? keep_until(s, '`', true) : r;
	}
	if (c == '\'' && !in_double) {
		int r = keep(s, 1);

		return r == 0 ? keep_until(s, '\'', false) : r;
	}
	if (top == ')' && starts_comment(s))
		return keep_until(s, '\n', false);
	if ((c == '"' && top != '"' && room) || (c == '(' && top == ')' && room))
		open[(*depth)++] = c == '"' ? '"' : ')';
	return keep(s, 1);
}

/* Copies an expansion as written: `opening` bytes of it, and all up to what closes it. */
static int keep_expansion(struct splitter *s, size_t opening, char closing)
{
	char open[NESTING_MAX] = {closing};
	size_t depth = 1;
	int r = keep(s, opening);

	s->expands = true;
	while (r == 0 && depth > 0 && s->at < s->end)
		r = keep_nested(s, open, &depth);
	return r;
}

/* At a `$`. */
static int lex_dollar(struct splitter *s)
{
	char next = peek(s, 1);

	if (next == '(')
		return keep_expansion(s, 2, ')');
	if (next == '{')
		return keep_expansion(s, 2, '}');
	if (!is_name_char(next) && (!next || !strchr("@*#?-$!", next)))
		return keep(s, 1);
	s->expands = true;
	return keep(s, 2);
}

static int lex_backquote(struct splitter *s)
{
	int r = keep(s, 1);

	s->expands = true;
	return r == 0 ? keep_until(s, '`', true) : r;
}

static int lex_double_quotes(struct splitter *s)
{
	int r = 0;

	s->quoted = true;
	step(s, 1);
	while (r == 0 && s->at < s->end && *s->at != '"') {
		char c = *s->at, next = peek(s, 1);

		if (c == '\\' && next == '\n') {
			step(s, 2);
		} else if (c == '\\' && next && strchr("$`\"\\", next)) {
			step(s, 1);
			r = keep(s, 1);
		} else if (c == '$') {
			r = lex_dollar(s);
		} else if (c == '`') {
			r = lex_backquote(s);
		} else {
			r = keep(s, 1);
		}
	}
	step(s, 1);
	return r;
}

/* ansi: $'...', where a backslash keeps the quote from ending. */
static int lex_single_quotes(struct splitter *s, bool ansi)
{
	int r = 0;

	s->quoted = true;
	step(s, ansi ? 2 : 1);
	while (r == 0 && s->at < s->end && *s->at != '\'') {
		if (ansi && *s->at == '\\' && (peek(s, 1) == '\'' || peek(s, 1) == '\\'))
			step(s, 1);
		r = keep(s, 1);
	}
	step(s, 1);
	return r;
}

static int lex_backslash(struct splitter *s)
{
	if (peek(s, 1) == '\n') {
		step(s, 2);
		return 0;
	}
	s->quoted = true;
	if (s->end - s->at > 1)
		step(s, 1);
	return keep(s, 1);
}

/* NAME= or NAME+= at the start, and how long that is; 0 when it is no assignment. */
static size_t assignment_length(const char *word)
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
static bool opens_in_word(const struct splitter *s)
{
	size_t len = s->word.len;

	return *s->at == '(' && len > 0 && !s->quoted &&
	       assignment_length(strbuf_string(&s->word)) == len;
}

/* One word into s->word; the cursor stands at its first byte. */
static int lex_word(struct splitter *s)
{
	int r = 0;

	strbuf_reset(&s->word);
	s->expands = s->quoted = false;
	if ((*s->at == '<' || *s->at == '>') && peek(s, 1) == '(')
		r = keep_expansion(s, 2, ')');
	while (r == 0 && s->at < s->end) {
		char c = *s->at, next = peek(s, 1);

		if (opens_in_word(s))
			r = keep_expansion(s, 1, ')');
		else if (ends_word(c) || (c == '\r' && next == '\n'))
			break;
		else if (c == '\\')
			r = lex_backslash(s);
		else if (c == '\'')
			r = lex_single_quotes(s, false);
		else if (c == '$' && next == '\'')
			r = lex_single_quotes(s, true);
		else if (c == '$' && next == '"')
			step(s, 1);
		else if (c == '"')
			r = lex_double_quotes(s);
		else if (c == '$')
			r = lex_dollar(s);
		else if (c == '`')
			r = lex_backquote(s);
		else
			r = keep(s, 1);
	}
	return r;
}

/* --- The splitter: what a word or an operator means where it stands --- */

static bool word_is(const struct splitter *s, const char *word)
{
	return !s->quoted && strcmp(strbuf_string(&s->word), word) == 0;
}

static bool word_is_one_of(const struct splitter *s, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word_is(s, words[i]))
			return true;
	return false;
}

/* The command is complete: what has been gathered of it becomes a row. */
static int end_command(struct splitter *s)
{
	struct shell_command command = {.n_words = s->words.len, .line = s->first_line};

	s->target = s->delimiter = false;
	if (s->words.len == 0)
		return 0;
	command.words =
		arena_memdup(s->arena, s->words.items, s->words.len * sizeof(*s->words.items));
	s->words.len = 0;
	return command.words ? vec_push(&s->commands, command) : -ENOMEM;
}

static int add_word(struct splitter *s, uint32_t line)
{
	struct shell_word word = {.expands = s->expands};

	word.text = arena_strndup(s->arena, strbuf_string(&s->word), s->word.len);
	if (!word.text)
		return -ENOMEM;
	if (s->words.len == 0)
		s->first_line = line;
	return vec_push(&s->words, word);
}

/* The first word of a command: reserved words are grammar, not programs. True: it is done with. */
static bool take_reserved(struct splitter *s)
{
	static const char *const dropped[] = {"if", "then", "else", "elif", "fi", "while", "until",
					      "do", "done", "{",    "}",    "!",  "time"};

	if (word_is_one_of(s, dropped, ARRAY_SIZE(dropped)))
		return true;
	if (word_is(s, "for") || word_is(s, "select")) {
		s->place = PLACE_FOR;
	} else if (word_is(s, "case")) {
		s->place = PLACE_SUBJECT;
	} else if (word_is(s, "function")) {
		s->place = PLACE_FUNCTION;
	} else if (word_is(s, "esac") && s->case_depth > 0) {
		s->case_depth--;
	} else {
		return false;
	}
	return true;
}

static int take_target(struct splitter *s)
{
	s->target = false;
	if (!s->delimiter)
		return 0;
	s->delimiter = false;
	if (s->n_here == HERE_DOCUMENTS_MAX)
		return 0;
	s->here[s->n_here].strip_tabs = s->strip_tabs;
	s->here[s->n_here].delimiter =
		arena_strndup(s->arena, strbuf_string(&s->word), s->word.len);
	return s->here[s->n_here++].delimiter ? 0 : -ENOMEM;
}

static int take_word(struct splitter *s, uint32_t line)
{
	if (s->target)
		return take_target(s);
	switch (s->place) {
	case PLACE_FOR:
		if (word_is(s, "do"))
			s->place = PLACE_COMMAND;
		return 0;
	case PLACE_SUBJECT:
		if (word_is(s, "in")) {
			s->place = PLACE_PATTERN;
			s->case_depth++;
		}
		return 0;
	case PLACE_PATTERN:
		if (word_is(s, "esac")) {
			s->place = PLACE_COMMAND;
			s->case_depth--;
		}
		return 0;
	case PLACE_FUNCTION:
		s->place = PLACE_COMMAND;
		return 0;
	case PLACE_COMMAND:
		break;
	}
	if (s->words.len == 0 && (take_reserved(s) || assignment_length(strbuf_string(&s->word))))
		return 0;
	return add_word(s, line);
}

/* The bodies of the here-documents that the line which ends here has announced. */
static void skip_here_documents(struct splitter *s)
{
	for (size_t i = 0; i < s->n_here; i++) {
		const struct here_document *here = &s->here[i];
		size_t len = strlen(here->delimiter);
		bool found = false;

		while (s->at < s->end && !found) {
			const char *line = s->at;
			const char *newline = memchr(line, '\n', (size_t)(s->end - line));
			const char *end = newline ? newline : s->end;

			while (here->strip_tabs && line < end && *line == '\t')
				line++;
			found = (size_t)(end - line) == len &&
				memcmp(line, here->delimiter, len) == 0;
			step(s, (size_t)(end - s->at) + 1);
		}
	}
	s->n_here = 0;
}

static int take_newline(struct splitter *s)
{
	int r = 0;

	if (s->place == PLACE_COMMAND || s->place == PLACE_FOR || s->place == PLACE_FUNCTION) {
		r = end_command(s);
		s->place = PLACE_COMMAND;
	}
	step(s, 1);
	skip_here_documents(s);
	return r;
}

/* ";", "&", "|" and what begins with them. */
static int take_separator(struct splitter *s)
{
	char c = *s->at, next = peek(s, 1);
	int r;

	if (s->place == PLACE_PATTERN || s->place == PLACE_SUBJECT) {
		step(s, 1); /* a|b) */
		return 0;
	}
	r = end_command(s);
	s->place = PLACE_COMMAND;
	if (c == ';' && (next == ';' || next == '&')) {
		step(s, 2);
		if (next == ';' && peek(s, 0) == '&')
			step(s, 1);
		if (s->case_depth > 0)
			s->place = PLACE_PATTERN;
		return r;
	}
	step(s, next == c || (c == '|' && next == '&') ? 2 : 1);
	return r;
}

/* `name ( )` defines a function: its name is no command. */
static bool defines_function(const struct splitter *s)
{
	const char *at = s->at + 1;

	while (at < s->end && is_blank(*at))
		at++;
	return s->words.len == 1 && at < s->end && *at == ')';
}

static int take_parenthesis(struct splitter *s)
{
	int r;

	if (*s->at == ')' && s->place == PLACE_PATTERN)
		s->place = PLACE_COMMAND;
	if (s->place == PLACE_FOR && *s->at == '(') {
		strbuf_reset(&s->word); /* for ((i = 0; i < 3; i++)) */
		return keep_expansion(s, 1, ')');
	}
	if (s->place != PLACE_COMMAND) {
		step(s, 1);
		return 0;
	}
	if (*s->at == '(' && defines_function(s))
		s->words.len = 0;
	r = end_command(s);
	step(s, 1);
	return r;
}

/* At "<", ">" or "&>". The target is the next word. */
static void take_redirection(struct splitter *s)
{
	bool here = *s->at == '<' && peek(s, 1) == '<' && peek(s, 2) != '<';

	s->target = true;
	s->delimiter = here;
	s->strip_tabs = here && peek(s, 2) == '-';
	if (*s->at == '&')
		step(s, 1);
	while (s->at < s->end && (*s->at == '<' || *s->at == '>'))
		step(s, 1);
	if (s->strip_tabs || peek(s, 0) == '&' || peek(s, 0) == '|')
		step(s, 1);
}

/* A word of digits right before "<" or ">" is the number of a file descriptor. */
static bool is_io_number(const struct splitter *s)
{
	const char *word = strbuf_string(&s->word);

	return !s->quoted && s->word.len > 0 && (peek(s, 0) == '<' || peek(s, 0) == '>') &&
	       strspn(word, "0123456789") == s->word.len;
}

static int take_token(struct splitter *s)
{
	char c = *s->at, next = peek(s, 1);
	uint32_t line = s->line;
	int r;

	if (is_blank(c) || c == '\0' || (c == '\r' && next == '\n')) {
		step(s, 1);
		return 0;
	}
	if (c == '\\' && next == '\n') {
		step(s, 2);
		return 0;
	}
	if (c == '#') {
		while (s->at < s->end && *s->at != '\n')
			step(s, 1);
		return 0;
	}
	if (c == '\n')
		return take_newline(s);
	if ((c == '<' || c == '>' || (c == '&' && next == '>')) &&
	    !((c == '<' || c == '>') && next == '(')) {
		take_redirection(s);
		return 0;
	}
	if (c == ';' || c == '&' || c == '|')
		return take_separator(s);
	if (c == '(' || c == ')')
		return take_parenthesis(s);
	r = lex_word(s);
	if (r < 0 || is_io_number(s) || (s->word.len == 0 && !s->quoted))
		return r;
	return take_word(s, line);
}

int shell_split(const char *text, size_t size, struct arena *arena, struct shell_command **ret,
		size_t *ret_len, struct error *err)
{
	_cleanup_(splitter_done) struct splitter s = {.at = text,
						      .end = text + size,
						      .line = 1,
						      .arena = arena};
	struct shell_command *commands = NULL;
	int r = 0;

	s.word = STRBUF_INIT(SIZE_MAX);
	while (r == 0 && s.at < s.end) {
		const char *before = s.at;

		r = take_token(&s);
		assert(r < 0 || s.at > before);
	}
	if (r == 0)
		r = end_command(&s);
	if (r == 0 && s.commands.len > 0)
		commands =
			arena_memdup(arena, s.commands.items, s.commands.len * sizeof(*commands));
	if (r == 0 && (commands || s.commands.len == 0)) {
		*ret = commands;
		*ret_len = s.commands.len;
		return 0;
	}
	if (arena_full(arena))
		return error_set(err, -E2BIG, "script with more words than the limit allows");
	return error_oom(err);
}

char *shell_quote(const char *word, struct arena *arena)
{
	size_t len = strlen(word), quotes = 0, total;
	char *quoted, *to;

	if (len > 0 && strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_@%+=:,./-") == len)
		return arena_strdup(arena, word);
	for (size_t i = 0; i < len; i++)
		quotes += word[i] == '\'';
	if (__builtin_mul_overflow(quotes, 3, &total) ||
	    __builtin_add_overflow(total, len, &total) || __builtin_add_overflow(total, 3, &total))
		return NULL;
	quoted = to = arena_bytes(arena, total);
	if (!quoted)
		return NULL;
	*to++ = '\'';
	for (; *word; word++) {
		if (*word == '\'') {
			memcpy(to, "'\\''", 4); /* out, a quote, in again */
			to += 4;
		} else {
			*to++ = *word;
		}
	}
	*to++ = '\'';
	*to = '\0';
	return quoted;
}
