/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and score that follow from the start user. */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "../oom.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "toor:x:0:0\n"
			     "app:x:1000:1000\n"
			     "zero:x:2000:0\n"
			     "bad:x:abc:100\n"
			     "neg:x:-1:0\n";
static const char group[] = "root:x:0:\nadm:x:4:app\nroot2:x:0:app\napp:x:1000:\n";

static const struct {
	const char *user;
	const char *root, *unresolvable, *name, *group; /* part of the message; NULL: no finding */
	enum verdict verdict;
	const char *remedy;
} rows[] = {
	{NULL, "starts as root: the image sets no USER", NULL, NULL, NULL, VERDICT_FAIL,
	 "USER 1000:1000"},
	{"", "the image sets no USER", NULL, NULL, NULL, VERDICT_FAIL, "USER 1000:1000"},
	{"0:0", "USER \"0:0\" is UID 0, explicitly", NULL, NULL, NULL, VERDICT_FAIL,
	 "USER 1000:1000"},
	{"root", "line 1: root:x:0:0", NULL, NULL, NULL, VERDICT_FAIL, "USER 1000:1000"},
	{"toor", "line 2: toor:x:0:0", NULL, NULL, NULL, VERDICT_FAIL, NULL},
	{"bad", "malformed and runtimes read its UID as 0", NULL, NULL, NULL, VERDICT_FAIL, NULL},
	{":app", "USER names a group only", NULL, NULL, NULL, VERDICT_FAIL, NULL},
	{"1000:1000", NULL, NULL, NULL, NULL, VERDICT_PASS, NULL},
	{"1000:4", NULL, NULL, NULL, NULL, VERDICT_PASS, NULL},
	{"1000", NULL, NULL, NULL, "UID 1000 is in group 0 (root) through /etc/group", VERDICT_PASS,
	 "USER 1000:1000"},
	{"app", NULL, NULL, "USER \"app\" is a name", "through /etc/group", VERDICT_PASS,
	 "USER 1000:1000"},
	{"app:0", NULL, NULL, "UID 1000 would do", "group 0 (root), as USER says", VERDICT_PASS,
	 "USER 1000:0"},
	{"zero", NULL, NULL, "is a name", "its group in /etc/passwd", VERDICT_PASS, "USER 2000:0"},
	{"4242", NULL, NULL, NULL, "no line in /etc/passwd, and USER names no group", VERDICT_PASS,
	 "USER 4242:4242"},
	{"nobody", NULL, "will not start: unable to find user nobody", NULL, NULL,
	 VERDICT_WONT_START, "USER 1000:1000"},
	{"4294967296", NULL, "but is UID 0 on older runtimes: containerd before", NULL, NULL,
	 VERDICT_WONT_START, "USER 1000:1000"},
	{"neg", NULL, "runc cannot set uid 4294967295", NULL, NULL, VERDICT_WONT_START,
	 "USER 1000:1000"},
	{"1:2:3", NULL, "unable to find group 2:3", NULL, NULL, VERDICT_WONT_START, NULL},
};

static void expect(const struct fixture *fixture, const char *user, const char *check,
		   const char *message, enum severity severity)
{
	const struct finding *finding;

	if (fixture_count(fixture, check) != (message ? 1 : 0))
		fail_msg("\"%s\": %zu findings of %s", user, fixture_count(fixture, check), check);
	if (!message)
		return;
	finding = fixture_only(fixture, check);
	assert_contains(finding->message, message);
	assert_int_equal(finding->severity, severity);
	assert_string_equal(finding->location.field, "config.User");
	assert_null(finding->location.path);
}

/* The gravest finding about config.User. */
static const struct finding *first_of_user(const struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->target.findings.len; i++) {
		const struct finding *finding = fixture->target.findings.items[i];

		if (finding->location.field && !finding->location.path)
			return finding;
	}
	fail_msg("no finding about config.User");
	abort();
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture fixture;
		const struct score *score = &fixture.target.scores[SCORE_FIRST_PROCESS];

		fixture_init(&fixture);
		fixture_file(&fixture, "etc/passwd", 0644, 0, 0, passwd);
		fixture_file(&fixture, "etc/group", 0644, 0, 0, group);
		fixture.image->config.user = rows[i].user;
		fixture_check(&fixture);
		expect(&fixture, rows[i].user, "image-user-root", rows[i].root, SEVERITY_HIGH);
		expect(&fixture, rows[i].user, "image-user-unresolvable", rows[i].unresolvable,
		       SEVERITY_HIGH);
		expect(&fixture, rows[i].user, "image-user-not-numeric", rows[i].name,
		       SEVERITY_LOW);
		expect(&fixture, rows[i].user, "image-group-root", rows[i].group, SEVERITY_LOW);
		assert_int_equal(score->verdict, rows[i].verdict);
		assert_true(score->why && *score->why);
		if (rows[i].remedy)
			assert_string_equal(first_of_user(&fixture)->remedy, rows[i].remedy);
		fixture_clear(&fixture);
	}
}

static void test_containerd_refuses(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.image->config.user = "5:5";
	fixture_done(&fixture);
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	fixture.image->start_user.containerd =
		(struct start_view){.outcome = START_REFUSED, .why = "it does not like it"};
	assert_int_equal(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
				     &fixture.err),
			 0);
	expect(&fixture, "5:5", "image-user-unresolvable",
	       "will not start under containerd: it does not like it", SEVERITY_MEDIUM);
	fixture_clear(&fixture);
}

static void test_rootfs(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.image->rootfs = true;
	fixture_file(&fixture, "su", 04755, 0, 0, NULL);
	fixture_check(&fixture);
	assert_int_equal(fixture.target.findings.len, 1);
	assert_int_equal(fixture.target.scores[SCORE_FIRST_PROCESS].verdict, VERDICT_UNKNOWN);
	assert_contains(fixture.target.scores[SCORE_FIRST_PROCESS].why, "give one with --user");
	assert_int_equal(fixture.target.scores[SCORE_NO_SETUID_ROOT].verdict, VERDICT_FAIL);
	fixture_clear(&fixture);
}

/* Without an account for it, remedies name a number that is free. */
static void test_free_number(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "etc/passwd", 0644, 0, 0,
		     "root:x:0:0\nnobody:x:65534:65534\nzero:x:1000:0\nlow:x:33:33\n");
	fixture_check(&fixture);
	assert_string_equal(fixture_only(&fixture, "image-user-root")->remedy, "USER 10001:10001");
	fixture_clear(&fixture);
}

static void test_evidence(void **state)
{
	const struct finding *finding;
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.image->config.user = "00";
	fixture_check(&fixture);
	finding = fixture_only(&fixture, "image-user-root");
	assert_string_equal(fixture_evidence(finding, "configured")->string, "00");
	assert_int_equal(fixture_evidence(finding, "uid")->number, 0);
	assert_int_equal(fixture_evidence(finding, "explicit")->number, 1);
	/* Findings outlive the image. */
	assert_ptr_not_equal(fixture_evidence(finding, "configured")->string,
			     fixture.image->config.user);
	fixture_clear(&fixture);

	fixture_init(&fixture);
	fixture.image->config.user = "4294967296";
	fixture_check(&fixture);
	finding = fixture_only(&fixture, "image-user-unresolvable");
	assert_int_equal(fixture_evidence(finding, "root_on_older_runtimes")->number, 1);
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),     cmocka_unit_test(test_containerd_refuses),
		cmocka_unit_test(test_rootfs),   cmocka_unit_test(test_free_number),
		cmocka_unit_test(test_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
