/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: the words of one simple command. Out: which program gives root up, and for whom. One table of
 * programs with the options that take an argument; one parser for all of them. Specification: the
 * manuals of gosu, su-exec, setpriv(1), chroot(1), runuser(1), su(1), s6-setuidgid, chpst(8),
 * setuidgid, sudo(8), doas(1), capsh(1), start-stop-daemon(8).
 */
#include "check/stepdown.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

struct program {
	const char *name;
	const char *user_short; /* letters whose argument is the user */
	const char *arg_short;  /* other letters with an argument */
	const char *user_long;  /* " --reuid --x ": each between blanks */
	const char *arg_long;   /* other long options with an argument of their own */
	bool operand;           /* the first operand is the user */
	bool lone;              /* a user that is an operand needs nothing behind it (su) */
};

static const struct program programs[] = {
	{.name = "gosu", .operand = true},
	{.name = "su-exec", .operand = true},
	{.name = "setuidgid", .operand = true},
	{.name = "s6-setuidgid", .operand = true},
	{.name = "s6-applyuidgid", .user_short = "u", .arg_short = "gG"},
	{.name = "chpst", .user_short = "u", .arg_short = "UebnlL/Cmdopfc"},
	{.name = "setpriv",
	 .user_long = " --reuid ",
	 .arg_long = " --ruid --euid --rgid --egid --regid --groups --inh-caps --ambient-caps "
		     "--bounding-set --securebits --pdeathsig --selinux-label --apparmor-profile "},
	{.name = "chroot", .user_long = " --userspec ", .arg_long = " --groups "},
	{.name = "runuser",
	 .user_short = "u",
	 .arg_short = "cgGsw",
	 .user_long = " --user ",
	 .arg_long = " --command --session-command --group --supp-group --shell "
		     "--whitelist-environment ",
	 .operand = true,
	 .lone = true},
	{.name = "su",
	 .arg_short = "cgGsw",
	 .arg_long = " --command --session-command --group --supp-group --shell "
		     "--whitelist-environment ",
	 .operand = true,
	 .lone = true},
	{.name = "sudo",
	 .user_short = "u",
	 .arg_short = "CghpRrTtUaD",
	 .user_long = " --user ",
	 .arg_long = " --close-from --group --host --prompt --chroot --role --command-timeout "
		     "--type --other-user --chdir "},
	{.name = "doas", .user_short = "u", .arg_short = "aC"},
	{.name = "capsh", .user_long = " --user --uid "},
	{.name = "start-stop-daemon",
	 .user_short = "c",
	 .arg_short = "pxunsRagkdPNIrO",
	 .user_long = " --chuid ",
	 .arg_long = " --pidfile --exec --name --user --signal --retry --startas --group --umask "
		     "--chdir --chroot --nicelevel --procsched --iosched --ppid --pid --output "},
};

/* Programs that run the rest of their words. */
struct wrapper {
	const char *name;
	const char *arg_short; /* letters with an argument */
	size_t operands;       /* of its own, before the command */
	bool assignments;      /* NAME=VALUE before the command */
};

static const struct wrapper wrappers[] = {
	{.name = "exec", .arg_short = "a"},
	{.name = "command"},
	{.name = "env", .arg_short = "uCS", .assignments = true},
	{.name = "tini", .arg_short = "pe"},
	{.name = "tini-static", .arg_short = "pe"},
	{.name = "docker-init", .arg_short = "pe"},
	{.name = "dumb-init", .arg_short = "r"},
	{.name = "catatonit"},
	{.name = "nice", .arg_short = "n"},
	{.name = "ionice", .arg_short = "cnpPu"},
	{.name = "nohup"},
	{.name = "setsid"},
	{.name = "time"},
	{.name = "stdbuf", .arg_short = "ioe"},
	{.name = "timeout", .arg_short = "ks", .operands = 1},
	{.name = "with-contenv"},
	{.name = "busybox"},
};

const char *stepdown_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Of which "-c" and a script's name can be followed; fish and csh have another grammar. */
bool stepdown_is_shell(const char *name)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"};

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (strcmp(shells[i], name) == 0)
			return true;
	return false;
}

/* Is "--name" (to its '=' or end) one of the names between blanks? */
static bool has_long(const char *names, const char *option, size_t len)
{
	if (!names)
		return false;
	for (const char *at = strstr(names, "--"); at; at = strstr(at + 2, "--")) {
		const char *end = strchr(at, ' '); /* each name is followed by a blank */

		if ((size_t)(end - at) == len && strncmp(at, option, len) == 0)
			return true;
	}
	return false;
}

static bool has_short(const char *letters, char letter)
{
	return letters && strchr(letters, letter);
}

/* Where the parser stands in a command's words. */
struct cursor {
	const struct shell_word *words;
	size_t n, at;
	const char *user; /* found */
	bool expands;
};

/* Whether the word expands matters: "$APP_USER" names whom the environment says. */
static void take_user(struct cursor *cursor, const struct shell_word *word, const char *text)
{
	cursor->user = text;
	cursor->expands = word->expands;
}

/* The option's argument is the next word; it is the user's name, or passed over. */
static void take_next(struct cursor *cursor, bool is_user)
{
	assert(cursor->at < cursor->n);
	if (cursor->at + 1 >= cursor->n)
		return;
	cursor->at++;
	if (is_user)
		take_user(cursor, &cursor->words[cursor->at], cursor->words[cursor->at].text);
}

static void parse_long(struct cursor *cursor, const struct program *program)
{
	const struct shell_word *word = &cursor->words[cursor->at];
	size_t len = strcspn(word->text, "=");
	bool is_user = has_long(program->user_long, word->text, len);

	if (word->text[len] == '=') {
		if (is_user)
			take_user(cursor, word, word->text + len + 1);
	} else if (is_user || has_long(program->arg_long, word->text, len)) {
		take_next(cursor, is_user);
	}
}

/* A cluster of letters; the first that takes an argument takes the rest, or the next word. */
static void parse_short(struct cursor *cursor, const struct program *program)
{
	const struct shell_word *word = &cursor->words[cursor->at];

	assert(word->text[0] == '-' && word->text[1] != '\0');
	for (const char *letter = word->text + 1; *letter; letter++) {
		bool is_user = has_short(program->user_short, *letter);

		if (!is_user && !has_short(program->arg_short, *letter))
			continue;
		if (!letter[1])
			take_next(cursor, is_user);
		else if (is_user)
			take_user(cursor, word, letter + 1);
		return;
	}
}

static const char *find_user(struct cursor *cursor, const struct program *program)
{
	for (cursor->at = 1; cursor->at < cursor->n && !cursor->user; cursor->at++) {
		const struct shell_word *word = &cursor->words[cursor->at];

		if (strcmp(word->text, "--") == 0)
			continue;
		if (strncmp(word->text, "--", 2) == 0)
			parse_long(cursor, program);
		else if (word->text[0] == '-' && word->text[1])
			parse_short(cursor, program);
		else if (program->operand && strcmp(word->text, "-") != 0)
			take_user(cursor, word, word->text);
		else if (!program->operand)
			break;
	}
	if (cursor->user && program->operand && !program->lone && cursor->at >= cursor->n)
		return NULL; /* gosu without a command is not a start */
	return cursor->user;
}

bool stepdown_parse(const struct shell_word *words, size_t n_words, struct stepdown *ret)
{
	struct cursor cursor = {.words = words, .n = n_words};
	const char *name, *user;

	if (n_words < 2)
		return false;
	name = stepdown_base_name(words[0].text);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (strcmp(programs[i].name, name) != 0)
			continue;
		user = find_user(&cursor, &programs[i]);
		if (!user || !*user)
			return false;
		*ret = (struct stepdown){programs[i].name, user, cursor.expands};
		return true;
	}
	return false;
}

/* Options of the wrapper itself; an unknown one takes no argument. */
static size_t skip_options(const struct shell_word *words, size_t n_words, const char *arg_short)
{
	size_t at = 1;

	for (; at < n_words; at++) {
		const char *text = words[at].text;

		if (strcmp(text, "--") == 0)
			return at + 1;
		if (text[0] != '-' || !text[1])
			break;
		if (text[1] != '-' && !text[2] && has_short(arg_short, text[1]))
			at++;
	}
	return MIN(at, n_words);
}

size_t stepdown_skip_wrapper(const struct shell_word *words, size_t n_words)
{
	const struct wrapper *wrapper = NULL;
	const char *name;
	size_t at;

	if (n_words < 2)
		return 0;
	name = stepdown_base_name(words[0].text);
	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		if (strcmp(wrappers[i].name, name) == 0)
			wrapper = &wrappers[i];
	if (!wrapper)
		return 0;
	at = skip_options(words, n_words, wrapper->arg_short);
	if (wrapper->assignments)
		while (at < n_words && strchr(words[at].text, '='))
			at++;
	at = MIN(at + wrapper->operands, n_words);
	return at < n_words ? at : 0;
}
