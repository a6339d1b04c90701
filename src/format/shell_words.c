/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a script or one command line. Out: simple commands in the caller's arena. shell_lexer.c
 * reads words; this knows just enough of the grammar to tell where a command begins.
 * Specification: POSIX.1-2017 XCU 2.4 (reserved words), 2.7 (redirection), 2.9 (commands), 2.10
 * (grammar); bash(1) for select, function, <<<, &>.
 */
#include "format/shell_words.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/vec.h"
#include "format/shell_lexer.h"

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
	struct shell_lexer lex;
	enum place place;
	unsigned int case_depth;
	bool target;                /* the next word is a redirection's target */
	bool delimiter, strip_tabs; /* ... and that of a here-document */
	struct here_document here[HERE_DOCUMENTS_MAX];
	size_t n_here;
	VEC(struct shell_word) words;
	VEC(struct shell_command) commands;
	uint32_t first_line; /* of the command's first word */
	struct arena *arena;
};

static void splitter_done(struct splitter *s)
{
	strbuf_clear(&s->lex.word);
	vec_clear(&s->words);
	vec_clear(&s->commands);
}

static bool word_is(const struct splitter *s, const char *word)
{
	return !s->lex.quoted && strcmp(strbuf_string(&s->lex.word), word) == 0;
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

/* Words live in the caller's arena; the lexer's buffer is used again. */
static int add_word(struct splitter *s, uint32_t line)
{
	struct shell_word word = {.expands = s->lex.expands};

	word.text = arena_strndup(s->arena, strbuf_string(&s->lex.word), s->lex.word.len);
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

/* A redirection's target is no word of the command; of a here-document it is what ends it. Beyond
 * HERE_DOCUMENTS_MAX bodies are read as commands, which finds too much rather than too little. */
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
		arena_strndup(s->arena, strbuf_string(&s->lex.word), s->lex.word.len);
	return s->here[s->n_here++].delimiter ? 0 : -ENOMEM;
}

/* What a word means depends on where the grammar is. */
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
	if (s->words.len == 0 &&
	    (take_reserved(s) || shell_assignment(strbuf_string(&s->lex.word))))
		return 0;
	return add_word(s, line);
}

/* The bodies of the here-documents that the line which ends here has announced. */
static void skip_here_documents(struct splitter *s)
{
	assert(s->n_here <= HERE_DOCUMENTS_MAX);
	for (size_t i = 0; i < s->n_here; i++) {
		const struct here_document *here = &s->here[i];
		size_t len = strlen(here->delimiter);
		bool found = false;

		while (s->lex.at < s->lex.end && !found) {
			const char *line = s->lex.at;
			const char *newline = memchr(line, '\n', (size_t)(s->lex.end - line));
			const char *end = newline ? newline : s->lex.end;

			while (here->strip_tabs && line < end && *line == '\t')
				line++;
			found = (size_t)(end - line) == len &&
				memcmp(line, here->delimiter, len) == 0;
			shell_lexer_step(&s->lex, (size_t)(end - s->lex.at) + 1);
		}
	}
	s->n_here = 0;
}

/* Ends a command, but not a case pattern or what stands before `in`. */
static int take_newline(struct splitter *s)
{
	int r = 0;

	if (s->place == PLACE_COMMAND || s->place == PLACE_FOR || s->place == PLACE_FUNCTION) {
		r = end_command(s);
		s->place = PLACE_COMMAND;
	}
	shell_lexer_step(&s->lex, 1);
	skip_here_documents(s);
	return r;
}

/* ";", "&", "|" and what begins with them. */
static int take_separator(struct splitter *s)
{
	char c = *s->lex.at, next = shell_lexer_peek(&s->lex, 1);
	int r;

	if (s->place == PLACE_PATTERN || s->place == PLACE_SUBJECT) {
		shell_lexer_step(&s->lex, 1); /* a|b) */
		return 0;
	}
	r = end_command(s);
	s->place = PLACE_COMMAND;
	if (c == ';' && (next == ';' || next == '&')) {
		shell_lexer_step(&s->lex, 2);
		if (next == ';' && shell_lexer_peek(&s->lex, 0) == '&')
			shell_lexer_step(&s->lex, 1);
		if (s->case_depth > 0)
			s->place = PLACE_PATTERN;
		return r;
	}
	shell_lexer_step(&s->lex, next == c || (c == '|' && next == '&') ? 2 : 1);
	return r;
}

/* `name ( )` defines a function: its name is no command. */
static bool defines_function(const struct splitter *s)
{
	const char *at = s->lex.at + 1;

	while (at < s->lex.end && shell_is_blank(*at))
		at++;
	return s->words.len == 1 && at < s->lex.end && *at == ')';
}

/* A subshell's commands are commands like others. */
static int take_parenthesis(struct splitter *s)
{
	int r;

	if (*s->lex.at == ')' && s->place == PLACE_PATTERN)
		s->place = PLACE_COMMAND;
	if (s->place == PLACE_FOR && *s->lex.at == '(') {
		strbuf_reset(&s->lex.word); /* for ((i = 0; i < 3; i++)) */
		return shell_lexer_expansion(&s->lex, 1, ')');
	}
	if (s->place != PLACE_COMMAND) {
		shell_lexer_step(&s->lex, 1);
		return 0;
	}
	if (*s->lex.at == '(' && defines_function(s))
		s->words.len = 0;
	r = end_command(s);
	shell_lexer_step(&s->lex, 1);
	return r;
}

/* At "<", ">" or "&>". The target is the next word. */
static void take_redirection(struct splitter *s)
{
	bool here = *s->lex.at == '<' && shell_lexer_peek(&s->lex, 1) == '<' &&
		    shell_lexer_peek(&s->lex, 2) != '<';

	s->target = true;
	s->delimiter = here;
	s->strip_tabs = here && shell_lexer_peek(&s->lex, 2) == '-';
	if (*s->lex.at == '&')
		shell_lexer_step(&s->lex, 1);
	while (s->lex.at < s->lex.end && (*s->lex.at == '<' || *s->lex.at == '>'))
		shell_lexer_step(&s->lex, 1);
	if (s->strip_tabs || shell_lexer_peek(&s->lex, 0) == '&' ||
	    shell_lexer_peek(&s->lex, 0) == '|')
		shell_lexer_step(&s->lex, 1);
}

/* A word of digits right before "<" or ">" is the number of a file descriptor. */
static bool is_io_number(const struct splitter *s)
{
	const char *word = strbuf_string(&s->lex.word);

	return !s->lex.quoted && s->lex.word.len > 0 &&
	       (shell_lexer_peek(&s->lex, 0) == '<' || shell_lexer_peek(&s->lex, 0) == '>') &&
	       strspn(word, "0123456789") == s->lex.word.len;
}

/* Never stays where it is: shell_split() asserts it. */
static int take_token(struct splitter *s)
{
	char c = *s->lex.at, next = shell_lexer_peek(&s->lex, 1);
	uint32_t line = s->lex.line;
	int r;

	if (shell_is_blank(c) || c == '\0' || (c == '\r' && next == '\n')) {
		shell_lexer_step(&s->lex, 1);
		return 0;
	}
	if (c == '\\' && next == '\n') {
		shell_lexer_step(&s->lex, 2);
		return 0;
	}
	if (c == '#') {
		while (s->lex.at < s->lex.end && *s->lex.at != '\n')
			shell_lexer_step(&s->lex, 1);
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
	r = shell_lexer_word(&s->lex);
	if (r < 0 || is_io_number(s) || (s->lex.word.len == 0 && !s->lex.quoted))
		return r;
	return take_word(s, line);
}

int shell_split(const char *text, size_t size, struct arena *arena, struct shell_command **ret,
		size_t *ret_len, struct error *err)
{
	_cleanup_(splitter_done) struct splitter s = {.arena = arena};
	struct shell_command *commands = NULL;
	int r = 0;

	assert(text || size == 0);
	s.lex = (struct shell_lexer){.at = text, .end = text + size, .line = 1};
	s.lex.word = STRBUF_INIT(SIZE_MAX);
	while (r == 0 && s.lex.at < s.lex.end) {
		const char *before = s.lex.at;

		r = take_token(&s);
		assert(r < 0 || s.lex.at > before);
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

/* Single quotes keep everything as it is but themselves. */
char *shell_quote(const char *word, struct arena *arena)
{
	size_t len = strlen(word), quotes = 0, total;
	char *quoted, *to;

	assert(arena);
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
