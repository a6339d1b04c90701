/* SPDX-License-Identifier: Apache-2.0 */
/* Package databases reduced while they stream past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "oom.h"
#include "source/owner_body.h"

static int reduce(enum owner_body_kind kind, const char *name, const void *data, size_t size,
		  size_t step, const struct limits *limits, struct arena *arena,
		  struct owner_list **ret)
{
	_cleanup_(owner_body_freep) struct owner_body *body = NULL;
	int r = owner_body_new(kind, name, limits, &body, NULL);

	for (size_t at = 0; r == 0 && at < size; at += step)
		r = owner_body_feed(body, (const char *)data + at, MIN(step, size - at), NULL);
	if (r == 0)
		r = owner_body_finish(body, arena, ret, NULL);
	return r;
}

static int reduce_text(enum owner_body_kind kind, const char *name, const char *text,
		       const struct limits *limits, struct arena *arena, struct owner_list **ret)
{
	return reduce(kind, name, text, strlen(text), 3, limits, arena, ret);
}

static const char apk[] = "C:1\nP:musl\nV:1\nF:lib\nR:ld-musl.so\nR:libc.so\n\n"
			  "C:2\nP:busybox\nF:bin\nR:busybox\nF:etc\nR:securetty\n\n";

static void test_apk(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct owner_list *list = NULL;

	assert_int_equal(reduce_text(OWNER_BODY_APK, "installed", apk, &limits_default, arena,
				     &list),
			 0);
	assert_int_equal(list->n_packages, 2);
	assert_string_equal(owner_list_find(list, "/lib/libc.so"), "musl");
	assert_string_equal(owner_list_find(list, "/bin/busybox"), "busybox");
	assert_string_equal(owner_list_find(list, "etc/securetty"), "busybox");
	assert_null(owner_list_find(list, "/bin/sh"));
}

static void test_dpkg(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct owner_list *list = NULL;

	assert_int_equal(reduce_text(OWNER_BODY_DPKG_LIST, "libc6:amd64.list",
				     "/.\n/usr\n/usr/lib/x\n", &limits_default, arena, &list),
			 0);
	assert_string_equal(owner_list_find(list, "/usr/lib/x"), "libc6:amd64");
	assert_int_equal(list->n_packages, 1);
	assert_int_equal(reduce_text(OWNER_BODY_DPKG_SUMS, "base-files.md5sums",
				     "00000000000000000000000000000000  etc/issue\n",
				     &limits_default, arena, &list),
			 0);
	assert_string_equal(owner_list_find(list, "/etc/issue"), "base-files");
}

static void test_empty(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct owner_list *list = NULL;

	assert_int_equal(reduce_text(OWNER_BODY_DPKG_LIST, "a.list", "", &limits_default, arena,
				     &list),
			 0);
	assert_int_equal(list->n_rows, 0);
	assert_null(owner_list_find(list, "/x"));
}

static void test_rpm_malformed(void **state)
{
	static const char *const texts[] = {"", "x", "SQLite format 3", "not a database at all"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct owner_list *list = NULL;

		assert_true(reduce_text(OWNER_BODY_RPM, "rpmdb.sqlite", texts[i], &limits_default,
					arena, &list) < 0);
		assert_null(list);
	}
}

static void test_caps(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct limits limits = limits_default;
	struct owner_list *list = NULL;

	limits.package_db_bytes = strlen(apk);
	limits.entries = 4;
	assert_int_equal(reduce_text(OWNER_BODY_APK, "x", apk, &limits, arena, &list), 0);
	limits.package_db_bytes--;
	assert_int_equal(reduce_text(OWNER_BODY_APK, "x", apk, &limits, arena, &list), -E2BIG);
	limits.package_db_bytes++;
	limits.entries = 3;
	assert_int_equal(reduce_text(OWNER_BODY_APK, "x", apk, &limits, arena, &list), -E2BIG);
	limits.package_db_bytes = 4;
	assert_int_equal(reduce_text(OWNER_BODY_RPM, "x", "12345", &limits, arena, &list), -E2BIG);
}

static void test_long_name(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct owner_list *list = NULL;
	char name[300];

	memset(name, 'a', sizeof(name));
	memcpy(name + 260, ".list", 6);
	assert_int_equal(reduce_text(OWNER_BODY_DPKG_LIST, name, "/a\n", &limits_default, arena,
				     &list),
			 -E2BIG);
}

static int sweep(void)
{
	struct arena *arena = arena_new(UINT64_MAX);
	struct owner_list *list = NULL;
	int r = arena ? reduce_text(OWNER_BODY_APK, "x", apk, &limits_default, arena, &list)
		      : -ENOMEM;

	arena_free(arena);
	return r;
}

static void test_oom(void **state)
{
	OOM_SWEEP(sweep(), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apk),   cmocka_unit_test(test_dpkg),
		cmocka_unit_test(test_empty), cmocka_unit_test(test_rpm_malformed),
		cmocka_unit_test(test_caps),  cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
