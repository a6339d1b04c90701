/* SPDX-License-Identifier: Apache-2.0 */
/* Relative URI references: no scheme, no authority, no query, whatever the name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/macro.h"
#include "report/uri.h"

static const struct {
	const char *text, *path, *name;
} rows[] = {
	{"", ".", "."},
	{"/", ".", "%2F"},
	{"//host/x", "host/x", "%2F%2Fhost%2Fx"},
	{"/usr/bin/su", "usr/bin/su", "%2Fusr%2Fbin%2Fsu"},
	{"/a b", "a%20b", "%2Fa%20b"},
	{"/javascript:x", "javascript%3Ax", "%2Fjavascript%3Ax"},
	{"/a?b#c", "a%3Fb%23c", "%2Fa%3Fb%23c"},
	{"/100%", "100%25", "%2F100%25"},
	{"/-._~", "-._~", "%2F-._~"},
	{"/\xc3\xa4\xff\n", "%C3%A4%FF%0A", "%2F%C3%A4%FF%0A"},
	{"web:1.0", "web%3A1.0", "web%3A1.0"},
};

static void test_rows(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(uri_of_path(rows[i].text, arena), rows[i].path);
		assert_string_equal(uri_of_name(rows[i].text, arena), rows[i].name);
	}
}

static void test_no_room(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(9);

	assert_null(uri_of_path("/abc", arena));
	assert_null(uri_of_name("abc", arena));
	assert_non_null(uri_of_name("ab", arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
