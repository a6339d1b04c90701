/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the table of commands: every row has its prose, and help, manual and completions show it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/completion.h"
#include "cmd/help.h"
#include "cmd/manual.h"
#include "cmd/topics.h"
#include "report/render.h"

static bool is_kebab(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] == '\0' && *name != '-';
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *command = commands[i];

		assert_true(is_kebab(command->name));
		assert_ptr_equal(command_find(command->name), command);
		assert_non_null(command->run);
		assert_non_null(command->arguments);
		assert_true(strlen(command->summary) > 0 && strlen(command->summary) < 60);
		assert_true(command->summary[strlen(command->summary) - 1] != '.');
		assert_true(strlen(command->description) > 0);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(command->name, commands[j]->name);
	}
	assert_null(command_find("watch"));
	assert_null(command_find("ps"));
	assert_ptr_equal(command_find("__generate"), &command_generate);
}

static void test_options(void **state)
{
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *command = commands[i];

		for (size_t o = 0; o < command->n_options; o++) {
			const struct option_row *row = &command->options[o];

			assert_true(is_kebab(row->name));
			assert_non_null(row->set);
			assert_true(strlen(row->help) > 0);
			assert_true(row->help[strlen(row->help) - 1] != '.');
			assert_true(row->completion == COMPLETE_NONE || row->argument);
			for (size_t p = 0; p < o; p++) {
				assert_string_not_equal(row->name, command->options[p].name);
				if (row->short_name)
					assert_int_not_equal(row->short_name,
							     command->options[p].short_name);
			}
		}
		assert_string_equal(command->options[command->n_options - 2].name, "help");
		assert_string_equal(command->options[command->n_options - 1].name, "version");
	}
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is missing in:\n%s", part, text);
}

static void test_help(void **state)
{
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *command = commands[i];
		struct strbuf buf = STRBUF_INIT(65536);
		struct writer writer = WRITER_BUFFER(&buf);
		char term[80];

		writer.width = 80;
		help_command(command, &writer);
		assert_int_equal(writer.status, 0);
		for (size_t o = 0; o < command->n_options; o++) {
			help_option_term(&command->options[o], term, sizeof(term));
			assert_has(strbuf_string(&buf), term);
		}
		if (command->parts & PART_FORMATS) {
			for (size_t r = 0; r < n_renderers; r++)
				assert_has(strbuf_string(&buf), renderers[r]->name);
		}
		for (const char *line = strbuf_string(&buf); *line;) {
			size_t len = strcspn(line, "\n");

			if (len > 80)
				fail_msg("%s: a line of %zu columns: %.*s", command->name, len,
					 (int)len, line);
			line += len + 1;
		}
		strbuf_clear(&buf);
	}
}

static void test_overview(void **state)
{
	struct strbuf buf = STRBUF_INIT(65536);
	struct writer writer = WRITER_BUFFER(&buf);

	help_overview(&writer);
	for (size_t i = 0; i < n_commands; i++) {
		assert_has(strbuf_string(&buf), commands[i]->name);
		assert_has(strbuf_string(&buf), commands[i]->summary);
	}
	/* What does not exist yet is not promised; the hidden command stays so. */
	assert_null(strstr(strbuf_string(&buf), "watch"));
	assert_null(strstr(strbuf_string(&buf), "__generate"));
	strbuf_clear(&buf);
}

/* Text as roff writes it: every hyphen escaped. */
static void roff_text(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; *text && n + 3 < size; text++) {
		if (*text == '-')
			buf[n++] = '\\';
		buf[n++] = *text;
	}
	buf[n] = '\0';
}

static void test_manual(void **state)
{
	struct strbuf buf = STRBUF_INIT(1 << 20);
	struct writer writer = WRITER_BUFFER(&buf);
	struct topic_row targets[MAX_TARGET_TOPICS];
	size_t n_targets;
	char term[128];

	manual_command(command_find("check"), &writer);
	assert_int_equal(writer.status, 0);
	for (size_t i = 0; i < command_find("check")->n_options; i++) {
		roff_text(command_find("check")->options[i].name, term, sizeof(term));
		assert_has(strbuf_string(&buf), term);
	}
	for (size_t i = 0; i < n_limit_rows; i++) {
		roff_text(limit_rows[i].option, term, sizeof(term));
		assert_has(strbuf_string(&buf), term);
	}
	n_targets = target_topics(targets);
	assert_true(n_targets > 2);
	for (size_t i = 0; i < n_targets; i++) {
		roff_text(targets[i].term, term, sizeof(term));
		assert_has(strbuf_string(&buf), term);
	}
	for (size_t i = 0; i < n_waiver_topics; i++)
		assert_has(strbuf_string(&buf), waiver_topics[i].term);
	assert_has(strbuf_string(&buf), ".SH EXIT STATUS");
	assert_has(strbuf_string(&buf), ".SH POLICY FILE");
	/* A line of text that starts with a dot would be lost. */
	assert_null(strstr(strbuf_string(&buf), "\n.rootout"));
	strbuf_reset(&buf);
	manual_overview(&writer);
	assert_has(strbuf_string(&buf), "rootout\\-explain\\fR(1)");
	strbuf_clear(&buf);
}

static void test_completion(void **state)
{
	static void (*const shells[])(struct writer * writer) = {completion_bash, completion_zsh,
								 completion_fish};

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		struct strbuf buf = STRBUF_INIT(1 << 20);
		struct writer writer = WRITER_BUFFER(&buf);
		const struct command *check = command_find("check");

		shells[i](&writer);
		assert_int_equal(writer.status, 0);
		for (size_t o = 0; o < check->n_options; o++)
			assert_has(strbuf_string(&buf), check->options[o].name);
		for (size_t r = 0; r < n_renderers; r++)
			assert_has(strbuf_string(&buf), renderers[r]->name);
		assert_has(strbuf_string(&buf), " json-bytes=");
		assert_has(strbuf_string(&buf), " docker-archive:");
		assert_has(strbuf_string(&buf), " image-setuid-root");
		assert_null(strstr(strbuf_string(&buf), "__generate"));
		strbuf_clear(&buf);
	}
}

static void test_exit_rows(void **state)
{
	static const int statuses[] = {0, 1, 2, 64};

	assert_int_equal(n_exit_rows, ARRAY_SIZE(statuses));
	for (size_t i = 0; i < n_exit_rows; i++)
		assert_int_equal(exit_rows[i].status, statuses[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),      cmocka_unit_test(test_options),
		cmocka_unit_test(test_help),      cmocka_unit_test(test_overview),
		cmocka_unit_test(test_manual),    cmocka_unit_test(test_completion),
		cmocka_unit_test(test_exit_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
