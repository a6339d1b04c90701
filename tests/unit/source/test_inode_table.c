/* SPDX-License-Identifier: Apache-2.0 */
/* Hardlinks told by device and inode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/macro.h"
#include "oom.h"
#include "source/inode_table.h"

static void test_enter(void **state)
{
	_cleanup_(inode_table_clear) struct inode_table table = {};
	const char *first = NULL;

	assert_int_equal(inode_table_enter(&table, 1, 2, "a", &first), 0);
	assert_int_equal(inode_table_enter(&table, 1, 3, "b", &first), 0);
	assert_int_equal(inode_table_enter(&table, 2, 2, "c", &first), 0); /* another device */
	assert_null(first);
	assert_int_equal(inode_table_enter(&table, 1, 2, "d", &first), 1);
	assert_string_equal(first, "a");
	assert_int_equal(inode_table_enter(&table, 2, 2, "e", &first), 1);
	assert_string_equal(first, "c");
	assert_int_equal(inode_table_enter(&table, 0, 0, "zero", &first), 0);
	assert_int_equal(inode_table_enter(&table, 0, 0, "x", &first), 1);
	assert_string_equal(first, "zero");
}

static void test_many(void **state)
{
	_cleanup_(inode_table_clear) struct inode_table table = {};
	static const char *const names[] = {"x", "y", "z"};
	const char *first = NULL;

	for (ino_t ino = 0; ino < 3000; ino++)
		assert_int_equal(inode_table_enter(&table, 7, ino, names[ino % 3], &first), 0);
	for (ino_t ino = 0; ino < 3000; ino++) {
		assert_int_equal(inode_table_enter(&table, 7, ino, "again", &first), 1);
		assert_ptr_equal(first, names[ino % 3]);
	}
}

static int sweep(void)
{
	_cleanup_(inode_table_clear) struct inode_table table = {};
	const char *first;

	return inode_table_enter(&table, 1, 2, "a", &first);
}

static void test_oom(void **state)
{
	OOM_SWEEP(sweep(), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enter),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
