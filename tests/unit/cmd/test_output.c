/* SPDX-License-Identifier: Apache-2.0 */
/* --format: what it may say, and reports that arrive whole or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/output.h"

static int render_words(const struct report *report, const struct render_options *options,
			struct writer *writer, struct error *err)
{
	writer_puts(writer, options->quiet ? "quiet\n" : "words\n");
	return 0;
}

static int render_fails(const struct report *report, const struct render_options *options,
			struct writer *writer, struct error *err)
{
	writer_puts(writer, "half of a re");
	return error_oom(err);
}

static const struct renderer words = {"words", "words", render_words};
static const struct renderer fails = {"fails", "fails", render_fails};
const struct renderer *const renderers[] = {&words, &fails};
const size_t n_renderers = 2;

static void test_add(void **state)
{
	static const struct {
		const char *first, *second;
		int r;
		const char *message;
	} cases[] = {
		{"words", NULL, 0, NULL},
		{"words=out", "words", 0, NULL},
		{"words=a", "words=b", 0, NULL},
		{"words", "fails=x", 0, NULL},
		{"words=a=b", NULL, 0, NULL},
		{"words", "fails", -EINVAL, "only one report can go to standard output"},
		{"words", "fails=-", -EINVAL, "only one report can go to standard output"},
		{"words=a", "fails=a", -EINVAL, "two reports would go to a"},
		{"words=", NULL, -EINVAL, "\"words=\" names no file"},
		{"word", NULL, -EINVAL, "there is no format \"word\"; did you mean words?"},
		{"yaml=x", NULL, -EINVAL, "there is no format \"yaml\""},
		{"", NULL, -EINVAL, "there is no format \"\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct outputs outputs = {};
		struct error err = {};
		int r = outputs_add(&outputs, cases[i].first, &err);

		if (r == 0 && cases[i].second)
			r = outputs_add(&outputs, cases[i].second, &err);
		assert_int_equal(r, cases[i].r);
		if (cases[i].message)
			assert_string_equal(err.message, cases[i].message);
		outputs_clear(&outputs);
	}
}

static void test_on_stdout(void **state)
{
	struct outputs outputs = {};

	assert_int_equal(outputs_add(&outputs, "words=x", NULL), 0);
	assert_false(outputs_on_stdout(&outputs, "words"));
	assert_int_equal(outputs_add(&outputs, "words", NULL), 0);
	assert_true(outputs_on_stdout(&outputs, "words"));
	assert_false(outputs_on_stdout(&outputs, "fails"));
	outputs_clear(&outputs);
}

static void test_files(void **state)
{
	char dir[] = "/tmp/rootout-output-XXXXXX", good[64], bad[64], away[64], line[16];
	char words_away[80], words_good[80], fails_bad[80];
	struct render_options options = {.quiet = true};
	struct outputs outputs = {};
	FILE *file;

	assert_non_null(mkdtemp(dir));
	snprintf(good, sizeof(good), "%s/good", dir);
	snprintf(bad, sizeof(bad), "%s/bad", dir);
	snprintf(away, sizeof(away), "%s/no/such", dir);
	snprintf(fails_bad, sizeof(fails_bad), "fails=%s", bad);
	assert_int_equal(outputs_add(&outputs, fails_bad, NULL), 0);
	snprintf(words_away, sizeof(words_away), "words=%s", away);
	assert_int_equal(outputs_add(&outputs, words_away, NULL), 0);
	snprintf(words_good, sizeof(words_good), "words=%s", good);
	assert_int_equal(outputs_add(&outputs, words_good, NULL), 0);
	/* The last one is written although the others fail. */
	assert_int_equal(outputs_write(&outputs, NULL, &options, COLOR_NEVER), 2);
	outputs_clear(&outputs);
	file = fopen(good, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "quiet\n");
	fclose(file);
	assert_int_equal(access(bad, F_OK), -1);
	unlink(good);
	/* Nothing else is left: the directory is empty. */
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_on_stdout),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
