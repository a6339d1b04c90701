/* SPDX-License-Identifier: Apache-2.0 */
/* All symbols of a library, or an error that names what is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "io/library.h"

static __typeof__(strlen) *length;
static __typeof__(strlen) *absent;

static const struct library_symbol good[] = {{"strlen", &length}};
static const struct library_symbol bad[] = {{"strlen", &length}, {"no_such_symbol", &absent}};

static void test_loads(void **state)
{
	static struct library library = LIBRARY("libc.so.6", good);

	/* The second time does nothing. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(library_load(&library, NULL), 0);
		assert_int_equal(length("four"), 4);
	}
}

static void test_no_library(void **state)
{
	static struct library library = LIBRARY("libnosuch.so.1", good);
	struct error err = {};

	for (int i = 0; i < 2; i++) {
		assert_int_equal(library_load(&library, &err), -EOPNOTSUPP);
		assert_non_null(strstr(err.message, "libnosuch.so.1"));
	}
}

static void test_no_symbol(void **state)
{
	static struct library library = LIBRARY("libc.so.6", bad);
	struct error err = {};

	assert_int_equal(library_load(&library, &err), -EOPNOTSUPP);
	assert_string_equal(err.message, "libc.so.6 has no no_such_symbol");
	assert_null(absent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_no_library),
		cmocka_unit_test(test_no_symbol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
