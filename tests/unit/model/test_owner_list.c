/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/owner_list.h"

static uint64_t hash(const char *path)
{
	return owner_hash(path, strlen(path));
}

static void test_hash(void **state)
{
	static const char *const same[] = {"/usr/bin/su",   "usr/bin/su",    "./usr/bin/su",
					   "//usr/bin/su",  ".//usr/bin/su", "/./usr/bin/su",
					   "././usr/bin/su"};
	static const char *const others[] = {"/usr/bin/sudo", "/usr/bin//su", "/usr/bin/s",  "",
					     "../usr/bin/su", ".usr/bin/su",  "/usr/bin/su/"};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_true(hash(same[i]) == hash("usr/bin/su"));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_true(hash(others[i]) != hash("usr/bin/su"));
	assert_true(owner_hash("abc", 2) == owner_hash("abd", 2)); /* the length counts */
	assert_true(hash("") == hash("/"));
	assert_true(hash("./") == hash("/"));
	assert_true(hash(".") != hash("/"));
}

static const char *packages[] = {"passwd", "login", "mount", "libc6", "app"};

static void test_find(void **state)
{
	struct owner_row rows[] = {
		{hash("/usr/bin/passwd"), 0}, {hash("/bin/su"), 1},
		{hash("/bin/mount"), 2},      {hash("/usr/lib/x.so"), 3},
		{hash("/lib64/ld.so"), 3},    {hash("/opt/app"), 4},
		{hash("/usr/share/doc"), 3},  {hash("/usr/share/doc"), 1},
		{hash("/usr/share/doc"), 2},  {hash("/sbin/x"), 4},
		{hash("/usr/sbin/x"), 0},     {hash("/beyond"), ARRAY_SIZE(packages)},
	};
	static const struct {
		const char *path, *package;
	} expected[] = {
		{"/usr/bin/passwd", "passwd"},
		{"usr/bin/passwd", "passwd"},
		{"/bin/passwd", "passwd"}, /* merged /usr, both ways */
		{"/usr/bin/su", "login"},
		{"/usr/bin/mount", "mount"},
		{"/lib/x.so", "libc6"},
		{"/usr/lib64/ld.so", "libc6"},
		{"/opt/app", "app"},
		{"/usr/opt/app", NULL}, /* /opt is not merged */
		{"/share/doc", NULL},
		{"/usr/share/doc", "login"}, /* the first of its packages */
		{"/sbin/x", "app"},          /* its own entry before the other's */
		{"/usr/sbin/x", "passwd"},
		{"/beyond", NULL},
		{"/usr/bin/sudo", NULL},
		{"/", NULL},
		{"", NULL},
	};
	struct owner_list list = {.rows = rows,
				  .n_rows = ARRAY_SIZE(rows),
				  .packages = packages,
				  .n_packages = ARRAY_SIZE(packages)};

	owner_list_sort(&list);
	for (size_t i = 1; i < list.n_rows; i++)
		assert_true(rows[i - 1].path_hash <= rows[i].path_hash);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const char *got = owner_list_find(&list, expected[i].path);

		if (expected[i].package) {
			assert_non_null(got);
			assert_string_equal(got, expected[i].package);
		} else {
			assert_null(got);
		}
	}
}

static void test_empty(void **state)
{
	struct owner_list list = {};

	owner_list_sort(&list);
	assert_null(owner_list_find(&list, "/bin/su"));
}

static void test_many(void **state)
{
	enum {
		N = 5000
	};
	static struct owner_row rows[N];
	struct owner_list list = {.rows = rows,
				  .n_rows = N,
				  .packages = packages,
				  .n_packages = ARRAY_SIZE(packages)};
	char path[32];

	for (uint32_t i = 0; i < N; i++) {
		snprintf(path, sizeof(path), "/d/%u", i);
		rows[i] = (struct owner_row){hash(path), i % ARRAY_SIZE(packages)};
	}
	owner_list_sort(&list);
	for (uint32_t i = 0; i < N; i++) {
		snprintf(path, sizeof(path), "d/%u", i);
		assert_string_equal(owner_list_find(&list, path),
				    packages[i % ARRAY_SIZE(packages)]);
	}
	assert_null(owner_list_find(&list, "/d/5000"));
}

/* Longer than any path: no package, and no overflow. */
static void test_long_path(void **state)
{
	static char path[10000];
	struct owner_row row = {hash("/bin/a"), 0};
	struct owner_list list = {.rows = &row, .n_rows = 1, .packages = packages, .n_packages = 1};

	for (size_t len = 4080; len < 4110; len++) {
		memset(path, 'a', len);
		memcpy(path, "/bin/", 5);
		path[len] = '\0';
		assert_null(owner_list_find(&list, path));
	}
	memset(path, 'b', sizeof(path) - 1);
	memcpy(path, "/lib", 4);
	assert_null(owner_list_find(&list, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),      cmocka_unit_test(test_find),
		cmocka_unit_test(test_empty),     cmocka_unit_test(test_many),
		cmocka_unit_test(test_long_path),
	};

	return cmocka_run_group_tests_name("owner_list", tests, NULL, NULL);
}
