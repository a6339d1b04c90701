/* SPDX-License-Identifier: Apache-2.0 */
/* Aliases of UID 0 and empty passwords, in lines that are as they should be and in others. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../oom.h"

static void check(struct fixture *fixture, const char *passwd, const char *shadow)
{
	fixture_init(fixture);
	if (passwd)
		fixture_file(fixture, "etc/passwd", 0644, 0, 0, passwd);
	if (shadow)
		fixture_file(fixture, "etc/shadow", 0640, 0, 42, shadow);
	fixture_check(fixture);
}

static void test_aliases(void **state)
{
	static const struct {
		const char *line;
		int severity; /* -1: no finding */
		const char *message;
	} rows[] = {
		{"root:x:0:0::/:/bin/sh", -1, NULL},
		{"app:x:1000:1000", -1, NULL},
		{"toor:x:0:0", SEVERITY_MEDIUM, "account \"toor\" has UID 0"},
		{"Root:x:0:0", SEVERITY_MEDIUM, "account \"Root\" has UID 0"},
		{"toor:x:00:0", SEVERITY_MEDIUM, "account \"toor\" has UID 0"},
		{"bad:x:abc:100", SEVERITY_MEDIUM, "is malformed, and runtimes read its UID as 0"},
		{"empty:x::100", SEVERITY_MEDIUM, "malformed"},
		{"short", SEVERITY_MEDIUM, "malformed"},
		{"sp:x: 1000:0", SEVERITY_MEDIUM, "malformed"},
		{"big:x:4294967296:0", SEVERITY_MEDIUM, "does not fit 32 bits, and is cut to 0"},
		{"huge:x:99999999999999999999:0", -1, NULL},
		{"neg:x:-1:0", -1, NULL},
		{"+::::::", SEVERITY_MEDIUM, "(a line for NIS)"},
		{"-bad", SEVERITY_MEDIUM, "(a line for NIS)"},
		{"# comment", SEVERITY_INFO, "meant as a comment"},
		{"", -1, NULL},
		{":x:0:0", SEVERITY_MEDIUM, "account \"\" has UID 0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *finding;
		struct fixture fixture;
		char passwd[256];

		snprintf(passwd, sizeof(passwd), "root:x:0:0\n\n%s\n", rows[i].line);
		check(&fixture, passwd, NULL);
		if (rows[i].severity < 0) {
			assert_int_equal(fixture_count(&fixture, "image-uid0-alias"), 0);
		} else {
			finding = fixture_only(&fixture, "image-uid0-alias");
			assert_int_equal(finding->severity, rows[i].severity);
			assert_contains(finding->message, rows[i].message);
			assert_string_equal(finding->location.path, "/etc/passwd");
			assert_int_equal(finding->location.line, 3);
			assert_string_equal(finding->remedy, "RUN sed -i '3d' /etc/passwd");
		}
		fixture_clear(&fixture);
	}
}

static void test_empty_passwords(void **state)
{
	static const struct {
		const char *passwd, *shadow;
		int severity; /* -1: no finding */
		const char *path;
	} rows[] = {
		{"root:x:0:0", "root::1:0:99999:7:::", SEVERITY_HIGH, "/etc/shadow"},
		{"root:x:0:0", "root:*:1:0:99999:7:::", -1, NULL},
		{"root:x:0:0", "root:!:1:0:99999:7:::", -1, NULL},
		{"root:x:0:0", "root:!!:1:0:99999:7:::", -1, NULL},
		{"root:x:0:0", "root:!*:1:0:99999:7:::", -1, NULL},
		{"root:x:0:0", "root:$6$a$b:1:0:99999:7:::", -1, NULL},
		{"root:x:0:0", "", -1, NULL},
		{"root:x:0:0", NULL, -1, NULL},
		{"app:x:7:7", "app:::::::", SEVERITY_MEDIUM, "/etc/shadow"},
		{"toor:x:0:0", "toor::1:0:99999:7:::", SEVERITY_HIGH, "/etc/shadow"},
		{"root::0:0", NULL, SEVERITY_HIGH, "/etc/passwd"},
		{"app::7:7", NULL, SEVERITY_MEDIUM, "/etc/passwd"},
		{"app:x:7:7", "other::1:0:99999:7:::", -1, NULL},
		{"app:x:7:7", "app:", -1, NULL},
		{"app:x:7:7", "app", -1, NULL},
		{"+::0:0", NULL, -1, NULL},
		{"#app::7:7", NULL, -1, NULL},
		{"app::", NULL, -1, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *finding;
		struct fixture fixture;

		check(&fixture, rows[i].passwd, rows[i].shadow);
		if (rows[i].severity < 0) {
			if (fixture_count(&fixture, "image-empty-password") > 0)
				fail_msg("row %zu", i);
		} else {
			finding = fixture_only(&fixture, "image-empty-password");
			assert_int_equal(finding->severity, rows[i].severity);
			assert_string_equal(finding->location.path, rows[i].path);
			assert_int_equal(finding->location.line, 1);
			assert_contains(finding->remedy, "RUN passwd -l ");
		}
		fixture_clear(&fixture);
	}
}

/* The place is the file itself, wherever the symlink leads. */
static void test_symlinked_passwd(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "usr/lib/passwd", 0644, 0, 0, "toor:x:0:0\n");
	fixture_symlink(&fixture, "etc/passwd", "../usr/lib/passwd");
	fixture_check(&fixture);
	assert_string_equal(fixture_only(&fixture, "image-uid0-alias")->location.path,
			    "/usr/lib/passwd");
	assert_string_equal(fixture_only(&fixture, "image-uid0-alias")->location.layer,
			    "sha256:11");
	fixture_clear(&fixture);
}

/* What was not read is not clean. */
static void test_unread_shadow(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/shadow", 0640, 0, 0, NULL);
	fixture_check(&fixture);
	assert_contains(fixture_only(&fixture, "image-empty-password")->message, "was not read");
	assert_int_equal(fixture_only(&fixture, "image-empty-password")->severity, SEVERITY_LOW);
	fixture_clear(&fixture);
}

/* As many accounts in shadow as in passwd, each without a password: not a search for each. */
static void test_many_accounts(void **state)
{
	enum {
		N = 20000
	};
	char *passwd = malloc(N * 32), *shadow = malloc(N * 32), *p = passwd, *s = shadow;
	struct fixture fixture;

	for (int i = 0; i < N; i++) {
		p += snprintf(p, 32, "u%d:x:%d:1\n", N - i, i);
		s += snprintf(s, 32, "u%d::1:0:99999:7:::\n", i + 1);
	}
	check(&fixture, passwd, shadow);
	assert_int_equal(fixture_count(&fixture, "image-empty-password"), N);
	/* UID 0 is u20000, the last line of shadow. */
	assert_int_equal(fixture.target.findings.items[0]->severity, SEVERITY_HIGH);
	fixture_clear(&fixture);
	free(passwd);
	free(shadow);
}

static void test_no_secrets(void **state)
{
	struct fixture fixture;

	check(&fixture, "toor:$6$salt$hash:0:0\n", NULL);
	assert_string_equal(
		fixture_evidence(fixture_only(&fixture, "image-uid0-alias"), "entry")->string,
		"toor:...:0:0");
	fixture_clear(&fixture);
}

static void test_allocation_failures(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0, "root::0:0\ntoor:x:0:0\n");
	fixture_file(&fixture, "etc/shadow", 0644, 0, 0, "toor::1:0:99999:7:::\n");
	fixture_done(&fixture);
	OOM_SWEEP(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
			      &fixture.err), );
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_empty_passwords),
		cmocka_unit_test(test_symlinked_passwd),
		cmocka_unit_test(test_unread_shadow),
		cmocka_unit_test(test_many_accounts),
		cmocka_unit_test(test_no_secrets),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
