/* SPDX-License-Identifier: Apache-2.0 */
/* argv -> settings, by the rows of a table. Abbreviated names are refused: options are forever. */
#include "cmd/options.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cmd/suggest.h"

struct cursor {
	const struct option_row *rows;
	size_t n_rows;
	char **argv;
	int argc, at; /* at: the word to be read next */
	void *settings;
	struct error *err;
};

int option_set_help(void *settings, const char *value, struct error *err)
{
	((struct common_settings *)settings)->help = true;
	return 0;
}

int option_set_version(void *settings, const char *value, struct error *err)
{
	((struct common_settings *)settings)->version = true;
	return 0;
}

/* Decimal, without sign or blanks: strtoul(3) takes "-1" and " 1". */
int option_number(const char *value, unsigned long min, unsigned long max, unsigned long *ret,
		  struct error *err)
{
	unsigned long number = 0;
	bool ok = *value != '\0';

	assert(min <= max && ret);
	for (const char *at = value; ok && *at; at++) {
		ok = *at >= '0' && *at <= '9';
		if (ok)
			ok = !__builtin_mul_overflow(number, 10, &number) &&
			     !__builtin_add_overflow(number, (unsigned long)(*at - '0'), &number);
	}
	if (!ok || number < min || number > max)
		return error_set(err, -EINVAL, "\"%s\" is not a number from %lu to %lu", value, min,
				 max);
	*ret = number;
	return 0;
}

/* Says what was probably meant; it is never taken for it. */
static int unknown_option(const struct cursor *cursor, const char *name, size_t len)
{
	struct suggest suggest = {.word = name, .len = len};

	for (size_t i = 0; i < cursor->n_rows; i++)
		suggest_offer(&suggest, cursor->rows[i].name);
	if (suggest.best)
		return error_set(cursor->err, -EINVAL, "unknown option --%.*s; did you mean --%s?",
				 (int)len, name, suggest.best);
	return error_set(cursor->err, -EINVAL, "unknown option --%.*s", (int)len, name);
}

static int call(const struct cursor *cursor, const struct option_row *row, const char *value)
{
	int r = row->set(cursor->settings, value, cursor->err);

	assert(row->set);
	return r < 0 ? error_wrap(cursor->err, r, "--%s", row->name) : 0;
}

/* The value of an option that needs one: after "=", or the next word. */
static int call_with_value(struct cursor *cursor, const struct option_row *row, const char *value)
{
	assert(row->argument);
	if (!value && cursor->at < cursor->argc)
		value = cursor->argv[cursor->at++];
	if (!value)
		return error_set(cursor->err, -EINVAL, "--%s needs a value (%s)", row->name,
				 row->argument);
	return call(cursor, row, value);
}

static int parse_long(struct cursor *cursor, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] == '=' ? word + len + 1 : NULL;

	for (size_t i = 0; i < cursor->n_rows; i++) {
		const struct option_row *row = &cursor->rows[i];

		if (strlen(row->name) != len || strncmp(row->name, word, len) != 0)
			continue;
		if (row->argument)
			return call_with_value(cursor, row, value);
		if (value)
			return error_set(cursor->err, -EINVAL, "--%s takes no value", row->name);
		return call(cursor, row, NULL);
	}
	return unknown_option(cursor, word, len);
}

/* Rows without a short name have NUL, which no word contains. */
static const struct option_row *find_short(const struct cursor *cursor, char letter)
{
	for (size_t i = 0; i < cursor->n_rows; i++) {
		if (cursor->rows[i].short_name == letter)
			return &cursor->rows[i];
	}
	return NULL;
}

/* "-q", "-qv", "-fVALUE", "-f VALUE". */
static int parse_short(struct cursor *cursor, const char *word)
{
	for (const char *at = word; *at; at++) {
		const struct option_row *row = find_short(cursor, *at);
		int r;

		if (!row)
			return error_set(cursor->err, -EINVAL, "unknown option -%c", *at);
		if (row->argument)
			return call_with_value(cursor, row, at[1] ? at + 1 : NULL);
		r = call(cursor, row, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Operands are moved to the front of argv, which is the caller's. */
int options_parse(const struct option_row *rows, size_t n_rows, int argc, char **argv,
		  void *settings, int *ret_n, struct error *err)
{
	struct cursor cursor = {
		.rows = rows,
		.n_rows = n_rows,
		.argv = argv,
		.argc = argc,
		.settings = settings,
		.err = err,
	};
	const struct common_settings *common = settings;
	bool options = true;
	int n = 0;

	assert(argc == 0 || argv);
	while (cursor.at < argc && !common->help && !common->version) {
		char *word = argv[cursor.at++];
		int r = 0;

		if (!options || word[0] != '-' || word[1] == '\0')
			argv[n++] = word;
		else if (strcmp(word, "--") == 0)
			options = false;
		else if (word[1] == '-')
			r = parse_long(&cursor, word + 2);
		else
			r = parse_short(&cursor, word + 1);
		if (r < 0)
			return r;
	}
	*ret_n = n;
	return 0;
}
