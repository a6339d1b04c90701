/* SPDX-License-Identifier: Apache-2.0 */
/* Errors are filled once and wrapped; they never overflow and never lose their position. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void test_set(void **state)
{
	struct error err = {.line = 7};

	assert_int_equal(error_set(&err, -EBADMSG, "bad %s", "thing"), -EBADMSG);
	assert_int_equal(err.code, -EBADMSG);
	assert_int_equal(err.line, 0);
	assert_string_equal(err.message, "bad thing");
}

static void test_wrap_keeps_the_position(void **state)
{
	struct error err;

	error_set_at(&err, -EBADMSG, 3, 9, "unexpected comma");
	assert_int_equal(error_wrap(&err, -EBADMSG, "layer %d", 2), -EBADMSG);
	assert_string_equal(err.message, "layer 2: unexpected comma");
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 9);
}

static void test_errno(void **state)
{
	struct error err;

	assert_int_equal(error_errno(&err, ENOENT, "open %s", "x"), -ENOENT);
	assert_string_equal(err.message, "open x: No such file or directory");
	assert_int_equal(error_errno(&err, -EACCES, "open"), -EACCES);
	assert_string_equal(err.message, "open: Permission denied");
	assert_int_equal(error_oom(&err), -ENOMEM);
}

static void test_long_messages_end_with_dots(void **state)
{
	struct error err;

	error_set(&err, -EIO, "%0600d", 1);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_string_equal(err.message + sizeof(err.message) - 4, "...");
	for (int i = 0; i < 10; i++)
		error_wrap(&err, -EIO, "%0300d", 1);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void test_null(void **state)
{
	assert_int_equal(error_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(error_set_at(NULL, -EIO, 1, 1, "x"), -EIO);
	assert_int_equal(error_wrap(NULL, -EIO, "x"), -EIO);
	assert_int_equal(error_errno(NULL, EIO, "x"), -EIO);
	assert_int_equal(error_oom(NULL), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),   cmocka_unit_test(test_wrap_keeps_the_position),
		cmocka_unit_test(test_errno), cmocka_unit_test(test_long_messages_end_with_dots),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
