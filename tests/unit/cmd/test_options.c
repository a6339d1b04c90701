/* SPDX-License-Identifier: Apache-2.0 */
/* The option parser: every way to write an option, and every way to get it wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/options.h"

struct settings {
	struct common_settings common;
	unsigned int n_quiet, n_verbose;
	const char *format;
	unsigned long jobs;
};

static int set_quiet(void *settings, const char *value, struct error *err)
{
	assert_null(value);
	((struct settings *)settings)->n_quiet++;
	return 0;
}

static int set_verbose(void *settings, const char *value, struct error *err)
{
	((struct settings *)settings)->n_verbose++;
	return 0;
}

static int set_format(void *settings, const char *value, struct error *err)
{
	((struct settings *)settings)->format = value;
	return 0;
}

static int set_jobs(void *settings, const char *value, struct error *err)
{
	return option_number(value, 1, 64, &((struct settings *)settings)->jobs, err);
}

static const struct option_row rows[] = {
	{.name = "format", .short_name = 'f', .argument = "FORMAT", .set = set_format},
	{.name = "jobs", .short_name = 'j', .argument = "N", .set = set_jobs},
	{.name = "quiet", .short_name = 'q', .set = set_quiet},
	{.name = "verbose", .short_name = 'v', .set = set_verbose},
	OPTION_ROW_HELP,
	OPTION_ROW_VERSION,
};

#define MAX_WORDS 8

struct line {
	const char *words[MAX_WORDS];
	int r;
	const char *message; /* of an error */
	const char *format;
	unsigned int n_quiet, n_verbose;
	const char *arguments[4];
};

static const struct line lines[] = {
	{{NULL}},
	{{"a", "b"}, .arguments = {"a", "b"}},
	{{"--format=json", "a"}, .format = "json", .arguments = {"a"}},
	{{"--format", "json", "a"}, .format = "json", .arguments = {"a"}},
	{{"--format="}, .format = ""},
	{{"--format", "--quiet"}, .format = "--quiet"},
	{{"--format=a=b"}, .format = "a=b"},
	{{"-f", "json", "a"}, .format = "json", .arguments = {"a"}},
	{{"-fjson"}, .format = "json"},
	{{"-qvf", "json"}, .format = "json", .n_quiet = 1, .n_verbose = 1},
	{{"-qqq"}, .n_quiet = 3},
	{{"a", "-q", "b", "--verbose", "c"},
	 .n_quiet = 1,
	 .n_verbose = 1,
	 .arguments = {"a", "b", "c"}},
	{{"-"}, .arguments = {"-"}},
	{{"--", "-q", "--format"}, .arguments = {"-q", "--format"}},
	{{"a", "--", "--"}, .arguments = {"a", "--"}},
	{{""}, .arguments = {""}},
	{{"--format=a", "--format=b"}, .format = "b"},
	{{"--form=json"}, -EINVAL, "unknown option --form; did you mean --format?"},
	{{"--fromat", "x"}, -EINVAL, "unknown option --fromat; did you mean --format?"},
	{{"--nothing-like-it"}, -EINVAL, "unknown option --nothing-like-it"},
	{{"--=x"}, -EINVAL, "unknown option --"},
	{{"-x"}, -EINVAL, "unknown option -x"},
	{{"-qx"}, -EINVAL, "unknown option -x"},
	{{"-q="}, -EINVAL, "unknown option -="},
	{{"--quiet=1"}, -EINVAL, "--quiet takes no value"},
	{{"--format"}, -EINVAL, "--format needs a value (FORMAT)"},
	{{"-f"}, -EINVAL, "--format needs a value (FORMAT)"},
	{{"--jobs=0"}, -EINVAL, "--jobs: \"0\" is not a number from 1 to 64"},
	{{"--jobs", "65"}, -EINVAL, "--jobs: \"65\" is not a number from 1 to 64"},
	{{"-j4x"}, -EINVAL, "--jobs: \"4x\" is not a number from 1 to 64"},
};

static void test_lines(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char *argv[MAX_WORDS + 1] = {NULL};
		struct settings settings = {};
		struct error err = {};
		int argc = 0, n = 0, r;

		for (; lines[i].words[argc]; argc++)
			argv[argc] = (char *)lines[i].words[argc];
		r = options_parse(rows, ARRAY_SIZE(rows), argc, argv, &settings, &n, &err);
		if (r != lines[i].r)
			fail_msg("line %zu: %d (%s)", i, r, err.message);
		if (r < 0) {
			assert_string_equal(err.message, lines[i].message);
			continue;
		}
		if (lines[i].format)
			assert_string_equal(settings.format, lines[i].format);
		else
			assert_null(settings.format);
		assert_int_equal(settings.n_quiet, lines[i].n_quiet);
		assert_int_equal(settings.n_verbose, lines[i].n_verbose);
		for (int a = 0; a < n; a++)
			assert_string_equal(argv[a], lines[i].arguments[a]);
		assert_null(lines[i].arguments[n]);
	}
}

/* Help is given whatever stands behind it. */
static void test_help_stops(void **state)
{
	char *argv[] = {(char *)"a", (char *)"--help", (char *)"--no-such-thing", NULL};
	struct settings settings = {};
	int n;

	assert_int_equal(options_parse(rows, ARRAY_SIZE(rows), 3, argv, &settings, &n, NULL), 0);
	assert_true(settings.common.help);
	argv[1] = (char *)"--version";
	settings = (struct settings){};
	assert_int_equal(options_parse(rows, ARRAY_SIZE(rows), 3, argv, &settings, &n, NULL), 0);
	assert_true(settings.common.version);
	assert_false(settings.common.help);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned long max;
		int r;
		unsigned long value;
	} cases[] = {
		{"0", 5, 0, 0},
		{"5", 5, 0, 5},
		{"6", 5, -EINVAL, 0},
		{"007", 9, 0, 7},
		{"", 5, -EINVAL, 0},
		{" 1", 5, -EINVAL, 0},
		{"-1", 5, -EINVAL, 0},
		{"+1", 5, -EINVAL, 0},
		{"1.0", 5, -EINVAL, 0},
		{"18446744073709551615", ~0ul, 0, ~0ul},
		{"18446744073709551616", ~0ul, -EINVAL, 0},
		{"99999999999999999999999", ~0ul, -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned long value = 0;

		assert_int_equal(option_number(cases[i].text, 0, cases[i].max, &value, NULL),
				 cases[i].r);
		assert_int_equal(value, cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_help_stops),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
