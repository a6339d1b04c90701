/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file: what is read, and that everything doubtful is refused with its position. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "check/check.h"
#include "engine/policy.h"
#include "oom.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TAIL   "    reason: r\n    owner: o\n    expires: 2027-01-31\n"

static const struct check setuid_check = {.name = "image-setuid-root"};
static const struct check user_check = {.name = "image-user-root"};

const struct check *check_find(const char *name)
{
	if (strcmp(name, setuid_check.name) == 0)
		return &setuid_check;
	return strcmp(name, user_check.name) == 0 ? &user_check : NULL;
}

static int parse(const char *text, struct policy **ret, struct error *err)
{
	return policy_parse(text, strlen(text), "p.yaml", &limits_default, ret, err);
}

static void test_whole(void **state)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	struct error err = {};
	int32_t day;
	int r = parse("version: 1\nfail-on: medium\nprofile: cbpp-0002\nwaivers:\n"
		      "  - check: image-setuid-root\n    target: \"*nginx*\"\n"
		      "    path: /usr/bin/passwd\n    uid: 0\n    mode: \"4755\"\n"
		      "    digest: " DIGEST "\n    reason: \"needed until\"\n    owner: team\n"
		      "    expires: 2027-01-31\n"
		      "  - check: image-user-root\n    target: x\n" TAIL,
		      &policy, &err);

	assert_int_equal(r, 0);
	assert_string_equal(policy->file, "p.yaml");
	assert_true(policy->has_fail_on);
	assert_int_equal(policy->fail_on, SEVERITY_MEDIUM);
	assert_string_equal(policy->profile, "cbpp-0002");
	assert_int_equal(policy->n_waivers, 2);
	assert_ptr_equal(policy->waivers[0].check, &setuid_check);
	assert_string_equal(policy->waivers[0].target, "*nginx*");
	assert_string_equal(policy->waivers[0].path, "/usr/bin/passwd");
	assert_true(policy->waivers[0].has_uid && policy->waivers[0].has_mode);
	assert_int_equal(policy->waivers[0].uid, 0);
	assert_int_equal(policy->waivers[0].mode, 04755);
	assert_string_equal(policy->waivers[0].digest, DIGEST);
	assert_string_equal(policy->waivers[0].reason, "needed until");
	assert_string_equal(policy->waivers[0].owner, "team");
	assert_string_equal(policy->waivers[0].expires, "2027-01-31");
	assert_true(date_parse("2027-01-31", &day));
	assert_int_equal(policy->waivers[0].expires_day, day);
	assert_int_equal(policy->waivers[0].line, 5);
	assert_int_equal(policy->waivers[1].number, 2);
	assert_false(policy->waivers[1].has_uid);
	assert_null(policy->waivers[1].path);
}

static void test_accepted(void **state)
{
	static const char *const texts[] = {
		"version: 1\n",
		"version: 1\nwaivers:\n",
		"version: 1\nwaivers: []\n",
		"---\nversion: 1\n...\n",
		"version: 1\nwaivers:\n  - check: image-user-root\n    digest: " DIGEST "\n" TAIL,
		"version: 1\nwaivers:\n  - check: image-setuid-root\n    path: /a\n    mode: 04755"
		"\n    uid: 4294967295\n" TAIL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(policy_freep) struct policy *policy = NULL;
		struct error err = {};

		if (parse(texts[i], &policy, &err) != 0)
			fail_msg("%zu: %s", i, err.message);
		assert_false(policy->has_fail_on);
		assert_null(policy->profile);
	}
}

/* A whole waiver but for one line, which `line` replaces; position of the complaint. */
struct refused {
	const char *text;
	uint32_t line, column;
	const char *message;
};

#define WAIVER(rest) "version: 1\nwaivers:\n  - check: image-setuid-root\n" rest

static const struct refused refused[] = {
	{"", 1, 1, "empty"},
	{"# nothing\n", 1, 1, "empty"},
	{"fail-on: high\n", 1, 1, "no \"version\""},
	{"version: 2\n", 1, 10, "version must be 1"},
	{"version: [1]\n", 1, 10, "version must be 1"},
	{"version: 1\nversion: 1\n", 2, 1, "there twice"},
	{"version: 1\nfail_on: high\n", 2, 1, "unknown key \"fail_on\""},
	{"version: 1\nfail-on: severe\n", 2, 10, "fail-on must be"},
	{"version: 1\nfail-on: [high]\n", 2, 10, "must be a string"},
	{"version: 1\nprofile: pss\n", 2, 10, "no profile"},
	{"version: 1\n---\nversion: 1\n", 3, 1, "one document"},
	{"- version: 1\n", 1, 1, "must be a mapping"},
	{"[version]: 1\n", 1, 1, "not a scalar"},
	{"version: 1\nwaivers: yes\n", 2, 10, "must be a list"},
	{"version: 1\nwaivers:\n  - all\n", 3, 5, "must be a mapping"},
	{WAIVER("    target: x\n    owner: o\n    expires: 2027-01-31\n"), 3, 5, "no \"reason\""},
	{WAIVER("    target: x\n    reason: o\n    expires: 2027-01-31\n"), 3, 5, "no \"owner\""},
	{WAIVER("    target: x\n    reason: o\n    owner: o\n"), 3, 5, "no \"expires\""},
	{"version: 1\nwaivers:\n  - target: x\n" TAIL, 3, 5, "no \"check\""},
	{WAIVER(TAIL), 3, 5, "needs a target, a path or a digest"},
	{WAIVER("    target: x\n    uid: 0\n" TAIL), 3, 5, "needs a path"},
	{WAIVER("    target: x\n    Path: /a\n" TAIL), 5, 5, "unknown key \"Path\""},
	{WAIVER("    target: x\n    target: x\n" TAIL), 5, 5, "there twice"},
	{WAIVER("    path: usr/bin/su\n" TAIL), 4, 11, "path must be absolute"},
	{WAIVER("    path: ~\n" TAIL), 4, 11, "must be a string"},
	{WAIVER("    path: /a\n    uid: -1\n" TAIL), 5, 10, "uid must be"},
	{WAIVER("    path: /a\n    uid: 4294967296\n" TAIL), 5, 10, "uid must be"},
	{WAIVER("    path: /a\n    uid: root\n" TAIL), 5, 10, "uid must be"},
	{WAIVER("    path: /a\n    uid: \"\"\n" TAIL), 5, 10, "uid must be"},
	{WAIVER("    path: /a\n    mode: 4855\n" TAIL), 5, 11, "mode must be"},
	{WAIVER("    path: /a\n    mode: 10000\n" TAIL), 5, 11, "mode must be"},
	{WAIVER("    path: /a\n    mode: [4755]\n" TAIL), 5, 11, "mode must be"},
	{WAIVER("    digest: sha256:12\n" TAIL), 4, 13, "not of the form"},
	{WAIVER("    target: x\n    reason: \" \"\n    owner: o\n    expires: 2027-01-31\n"), 5, 13,
	 "must not be empty"},
	{WAIVER("    target: x\n    reason:\n    owner: o\n    expires: 2027-01-31\n"), 5, 0,
	 "must be a string"},
	{WAIVER("    target: x\n    reason: r\n    owner: o\n    expires: 2027-02-29\n"), 7, 14,
	 "not a date"},
	{WAIVER("    target: x\n    reason: r\n    owner: o\n    expires: never\n"), 7, 14,
	 "not a date"},
	{"version: 1\nwaivers:\n  - check: image-setuid\n    target: x\n" TAIL, 3, 12,
	 "no check \"image-setuid\""},
	{WAIVER("    target: \"a\\0b\"\n" TAIL), 4, 13, "must be a string"},
	{"version: 1\nwaivers: {\n", 0, 0, ""},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct policy *policy = NULL;
		struct error err = {};

		assert_int_equal(parse(refused[i].text, &policy, &err), -EBADMSG);
		assert_null(policy);
		if (!strstr(err.message, refused[i].message))
			fail_msg("%zu: \"%s\" lacks \"%s\"", i, err.message, refused[i].message);
		if (refused[i].line > 0 && err.line != refused[i].line)
			fail_msg("%zu: line %u: %s", i, err.line, err.message);
		if (refused[i].column > 0 && err.column != refused[i].column)
			fail_msg("%zu: column %u: %s", i, err.column, err.message);
	}
}

static void test_limits(void **state)
{
	static const char text[] = "version: 1\nwaivers:\n"
				   "  - check: image-user-root\n    target: x\n" TAIL
				   "  - check: image-user-root\n    target: y\n" TAIL;
	struct limits limits = limits_default;
	struct policy *policy = NULL;
	struct error err = {};

	limits.waivers = 2;
	assert_int_equal(policy_parse(text, strlen(text), "p", &limits, &policy, &err), 0);
	policy_free(TAKE(policy));
	limits.waivers = 1;
	assert_int_equal(policy_parse(text, strlen(text), "p", &limits, &policy, &err), -E2BIG);
	assert_null(policy);
}

static void test_long_glob(void **state)
{
	char text[8192], glob[4098];
	struct policy *policy = NULL;
	struct error err = {};

	for (size_t len = 4096; len <= 4097; len++) {
		memset(glob, 'x', len);
		glob[len] = '\0';
		snprintf(text, sizeof(text),
			 "version: 1\nwaivers:\n  - check: image-user-root\n    target: %s\n" TAIL,
			 glob);
		assert_int_equal(parse(text, &policy, &err), len == 4096 ? 0 : -E2BIG);
		policy_free(TAKE(policy));
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_load(void **state)
{
	char dir[] = "/tmp/rootout-policy-XXXXXX", path[64];
	_cleanup_(policy_freep) struct policy *policy = NULL;
	struct limits limits = limits_default;
	struct error err = {};

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/p.yaml", dir);
	assert_int_equal(policy_load(path, &limits, &policy, &err), -ENOENT);
	assert_non_null(strstr(err.message, path));
	write_file(path, "version: 1\nfail-on: low\n");
	assert_int_equal(policy_load(path, &limits, &policy, &err), 0);
	assert_int_equal(policy->fail_on, SEVERITY_LOW);
	policy_free(TAKE(policy));
	limits.policy_bytes = strlen("version: 1\nfail-on: low\n");
	assert_int_equal(policy_load(path, &limits, &policy, &err), 0);
	policy_free(TAKE(policy));
	limits.policy_bytes--;
	assert_int_equal(policy_load(path, &limits, &policy, &err), -E2BIG);
	write_file(path, "version: 1\nx: 1\n");
	assert_int_equal(policy_load(path, &limits_default, &policy, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "p.yaml:2:1: unknown key"));
	assert_int_equal(policy_load(dir, &limits_default, &policy, &err), -EISDIR);
	unlink(path);
	rmdir(dir);
}

static void test_oom(void **state)
{
	static const char text[] = "version: 1\nfail-on: high\nwaivers:\n"
				   "  - check: image-user-root\n    target: x\n" TAIL;
	struct policy *policy = NULL;
	struct error err = {};

	OOM_SWEEP(parse(text, &policy, &err), policy_free(TAKE(policy)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),     cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_long_glob), cmocka_unit_test(test_load),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
