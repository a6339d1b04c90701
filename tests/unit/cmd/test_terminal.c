/* SPDX-License-Identifier: Apache-2.0 */
/* Width and colour where there is no terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cmd/terminal.h"

static void test_width(void **state)
{
	static const struct {
		const char *columns;
		unsigned int width;
	} cases[] = {
		{NULL, 0},      {"", 0},     {"132", 132},  {"20", 20},        {"19", 0},
		{"1000", 1000}, {"1001", 0}, {"eighty", 0}, {"4294967376", 0}, {"-80", 0},
	};
	FILE *file = tmpfile();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].columns)
			setenv("COLUMNS", cases[i].columns, 1);
		else
			unsetenv("COLUMNS");
		assert_int_equal(terminal_width(file), cases[i].width);
	}
	fclose(file);
}

static void test_color(void **state)
{
	FILE *file = tmpfile();

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_false(terminal_color(file, COLOR_AUTO));
	assert_false(terminal_color(file, COLOR_NEVER));
	assert_true(terminal_color(file, COLOR_ALWAYS));
	setenv("NO_COLOR", "1", 1);
	assert_true(terminal_color(file, COLOR_ALWAYS));
	assert_false(terminal_is(file));
	assert_true(terminal_writer(file, COLOR_ALWAYS).color);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
