/* SPDX-License-Identifier: Apache-2.0 */
/* Opening passwd and group in a merged tree; looking accounts up; showing lines without hashes. */
#include "check/accounts.h"

#include <errno.h>
#include <string.h>

#include "../oom.h"
#include "fixture.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "app:x:1000:1000:A:/app:/bin/sh\n"
			     "app:x:2000:2000\n"
			     "wide:x:4294968296:5\n"
			     "hash:$6$salt$secret:7:7\n"
			     "short\n"
			     "lone:x\n"
			     "locked:!:8:8\n";

static void read_them(struct fixture *fixture, struct accounts *accounts)
{
	assert_int_equal(accounts_read(fixture->image, fixture->arena, accounts, &fixture->err), 0);
}

static void test_lookups(void **state)
{
	struct accounts accounts;
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, passwd);
	fixture_done(&fixture);
	read_them(&fixture, &accounts);
	assert_int_equal(accounts.passwd.state, ACCOUNT_READ);
	assert_int_equal(accounts.group.state, ACCOUNT_ABSENT);
	assert_int_equal(accounts.n_users, 8);
	assert_int_equal(accounts.n_groups, 0);
	/* The first line wins, by name and by number; numbers are what 32 bits leave of them. */
	assert_int_equal(accounts_by_name(&accounts, "app")->line, 2);
	assert_int_equal(accounts_by_uid(&accounts, 1000)->line, 2);
	assert_int_equal(accounts_by_uid(&accounts, 2000)->line, 3);
	assert_int_equal(accounts_by_uid(&accounts, 7)->line, 5);
	assert_null(accounts_by_uid(&accounts, 4242));
	assert_null(accounts_by_name(&accounts, "nobody"));
	assert_null(accounts_by_name(&accounts, ""));
	fixture_clear(&fixture);
}

static void test_brief(void **state)
{
	static const char *const briefs[] = {
		"root:x:0:0",   "app:x:1000:1000", "app:x:2000:2000", "wide:x:4294968296:5",
		"hash:...:7:7", "short",           "lone:x",          "locked:!:8:8",
	};
	struct accounts accounts;
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, passwd);
	fixture_done(&fixture);
	read_them(&fixture, &accounts);
	for (size_t i = 0; i < ARRAY_SIZE(briefs); i++)
		assert_string_equal(accounts_brief(&accounts.users[i], fixture.arena), briefs[i]);
	fixture_clear(&fixture);
}

/* A line of 60 KiB is shown by its beginning. */
static void test_long_brief(void **state)
{
	char *text = malloc(60001);
	struct accounts accounts;
	struct fixture fixture;

	for (size_t i = 0; i < 3; i++) {
		memset(text, 'x', 60000);
		text[60000] = '\0';
		if (i > 0)
			text[i == 1 ? 1 : 59990] = ':';
		fixture_init(&fixture);
		fixture_file(&fixture, "etc/passwd", 0644, 0, 0, text);
		fixture_done(&fixture);
		read_them(&fixture, &accounts);
		assert_true(strlen(accounts_brief(&accounts.users[0], fixture.arena)) < 512);
		fixture_clear(&fixture);
	}
	free(text);
}

static void test_faults(void **state)
{
	static const struct {
		const char *path;
		enum account_state state;
		enum account_fault fault;
	} rows[] = {
		{"/etc/passwd", ACCOUNT_READ, FAULT_NONE},
		{"/etc/nothing", ACCOUNT_ABSENT, FAULT_NONE},
		{"/etc", ACCOUNT_REFUSED, FAULT_SPECIAL},
		{"/etc/loop", ACCOUNT_REFUSED, FAULT_PATH},
		{"/etc/passwd/x", ACCOUNT_REFUSED, FAULT_PATH},
		{"/etc/large", ACCOUNT_REFUSED, FAULT_LARGE},
		{"/etc/unread", ACCOUNT_UNKNOWN, FAULT_NONE},
		{"/etc/empty", ACCOUNT_READ, FAULT_NONE},
		{"/etc/dangling", ACCOUNT_ABSENT, FAULT_NONE},
	};
	struct account_file file;
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, "x");
	fixture_file(&fixture, "etc/large", 0644, 0, 0, NULL)->size = ACCOUNT_FILE_MAX + 1;
	fixture_file(&fixture, "etc/unread", 0644, 0, 0, NULL)->size = ACCOUNT_FILE_MAX;
	fixture_file(&fixture, "etc/empty", 0644, 0, 0, NULL)->size = 0;
	fixture_symlink(&fixture, "etc/loop", "loop");
	fixture_symlink(&fixture, "etc/dangling", "/gone");
	account_file_open(fixture.image, "/etc/passwd", &file);
	assert_int_equal(file.state, ACCOUNT_UNKNOWN); /* no tree yet */
	fixture_done(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		account_file_open(fixture.image, rows[i].path, &file);
		if (file.state != rows[i].state || file.fault != rows[i].fault)
			fail_msg("%s: state %d, fault %d", rows[i].path, file.state, file.fault);
		assert_int_equal(file.why != NULL,
				 file.state == ACCOUNT_UNKNOWN || file.state == ACCOUNT_REFUSED);
	}
	fixture_clear(&fixture);
}

static void test_arena_cap(void **state)
{
	struct arena *arena = arena_new(100);
	struct accounts accounts;
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, passwd);
	fixture_done(&fixture);
	assert_int_equal(accounts_read(fixture.image, arena, &accounts, &fixture.err), -E2BIG);
	assert_contains(fixture.err.message, "/etc/passwd");
	OOM_SWEEP(accounts_read(fixture.image, fixture.arena, &accounts, &fixture.err), );
	arena_free(arena);
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookups),    cmocka_unit_test(test_brief),
		cmocka_unit_test(test_long_brief), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_arena_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
