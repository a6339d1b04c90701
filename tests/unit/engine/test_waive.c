/* SPDX-License-Identifier: Apache-2.0 */
/* Waivers match exactly: one row changes one thing about a waiver that matches. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/waive.h"
#include "oom.h"

#define TODAY 20000

static const struct check setuid_check = {.name = "image-setuid-root"};
static const struct check user_check = {.name = "image-user-root"};
static const struct check alias_check = {.name = "image-uid0-alias"};

static struct evidence mode_evidence = {.key = "mode", .kind = EVIDENCE_STRING, .string = "4755"};
static struct evidence file_evidence = {.next = &mode_evidence,
					.key = "uid",
					.kind = EVIDENCE_NUMBER,
					.number = 0};

static const struct image image = {.digest = "sha256:image", .config_digest = "sha256:config"};

enum subject {
	SETUID,
	USER,
	ALIAS
};

/* A target with one finding of each kind; all memory is the test's. */
struct fixture {
	struct target target;
	struct finding findings[3];
	struct finding *pointers[3];
};

static void fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){
		.target = {.target = "docker-archive:web.tar", .name = "docker.io/library/nginx:1"},
		.findings =
			{
				[SETUID] = {.check = &setuid_check,
					    .severity = SEVERITY_HIGH,
					    .location = {.path = "/usr/bin/su",
							 .layer = "sha256:layer"},
					    .evidence = &file_evidence},
				[USER] = {.check = &user_check,
					  .severity = SEVERITY_HIGH,
					  .location = {.field = "config.User"}},
				[ALIAS] = {.check = &alias_check,
					   .location = {.path = "/etc/passwd", .line = 2}},
			},
	};
	for (size_t i = 0; i < 3; i++)
		fixture->pointers[i] = &fixture->findings[i];
	fixture->target.findings.items = fixture->pointers;
	fixture->target.findings.len = fixture->target.findings.cap = 3;
}

#define ACCEPT(day) .reason = "why", .owner = "who", .expires = "2024-10-04", .expires_day = (day)
#define ACCEPTED    ACCEPT(TODAY)
#define EXACT(p, u, m)                                                                      \
	.check = &setuid_check, .path = (p), .has_uid = true, .uid = (u), .has_mode = true, \
	.mode = (m)
#define SU          EXACT("/usr/bin/su", 0, 04755)
#define FILE_WAIVER SU, ACCEPTED

static const struct {
	const char *name;
	struct waiver waiver;
	int subject; /* the finding that is waived, -1: none */
	bool vague;
} cases[] = {
	{"whole", {FILE_WAIVER}, SETUID},
	{"target as written", {FILE_WAIVER, .target = "*web.tar"}, SETUID},
	{"target by name", {FILE_WAIVER, .target = "docker.io/*/nginx:?"}, SETUID},
	{"star spans slashes", {FILE_WAIVER, .target = "*nginx*"}, SETUID},
	{"part of a name", {FILE_WAIVER, .target = "nginx"}, -1},
	{"other target", {FILE_WAIVER, .target = "*apache*"}, -1},
	{"expired", {SU, ACCEPT(TODAY - 1)}, -1},
	{"other check", {.check = &user_check, .path = "/usr/bin/su", .target = "*", ACCEPTED}, -1},
	{"path is no prefix", {EXACT("/usr/bin/s", 0, 04755), ACCEPTED}, -1},
	{"path is no substring", {EXACT("/usr/bin/sudo", 0, 04755), ACCEPTED}, -1},
	{"path is no glob", {EXACT("/usr/bin/*", 0, 04755), ACCEPTED}, -1},
	{"other mode", {EXACT("/usr/bin/su", 0, 04711), ACCEPTED}, -1},
	{"other uid", {EXACT("/usr/bin/su", 1, 04755), ACCEPTED}, -1},
	{"without mode",
	 {.check = &setuid_check, .path = "/usr/bin/su", .has_uid = true, ACCEPTED},
	 -1,
	 true},
	{"without uid",
	 {.check = &setuid_check, .path = "/usr/bin/su", .has_mode = true, .mode = 04755, ACCEPTED},
	 -1,
	 true},
	{"target only", {.check = &setuid_check, .target = "*", ACCEPTED}, -1, true},
	{"image digest", {.check = &setuid_check, .digest = "sha256:image", ACCEPTED}, SETUID},
	{"config digest", {.check = &setuid_check, .digest = "sha256:config", ACCEPTED}, SETUID},
	{"layer digest",
	 {.check = &setuid_check, .digest = "sha256:layer", .path = "/usr/bin/su", ACCEPTED},
	 SETUID},
	{"layer digest, other path",
	 {.check = &setuid_check, .digest = "sha256:layer", .path = "/usr/bin/x", ACCEPTED},
	 -1},
	{"other digest", {FILE_WAIVER, .digest = "sha256:other"}, -1},
	{"configuration", {.check = &user_check, .target = "*nginx*", ACCEPTED}, USER},
	{"configuration by digest",
	 {.check = &user_check, .digest = "sha256:config", ACCEPTED},
	 USER},
	{"configuration with uid",
	 {.check = &user_check, .target = "*", .has_uid = true, ACCEPTED},
	 -1},
	{"file without mode", {.check = &alias_check, .path = "/etc/passwd", ACCEPTED}, ALIAS},
};

static void test_matching(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct waiver waiver = cases[i].waiver;
		struct policy policy = {.waivers = &waiver, .n_waivers = 1};
		struct fixture fixture;
		struct error err = {};

		fixture_init(&fixture);
		assert_int_equal(waive_findings(&policy, &image, &fixture.target, TODAY, arena,
						&err),
				 0);
		for (int f = 0; f < 3; f++) {
			if ((fixture.findings[f].waived != NULL) != (f == cases[i].subject))
				fail_msg("%s: finding %d", cases[i].name, f);
		}
		assert_int_equal(waiver.n_used, cases[i].subject >= 0);
		if ((waiver.n_vague > 0) != cases[i].vague)
			fail_msg("%s: vague %zu", cases[i].name, waiver.n_vague);
	}
}

static void test_record(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct waiver waivers[] = {{FILE_WAIVER},
				   {SU, .reason = "second", .owner = "x", .expires = "x",
				    .expires_day = TODAY}};
	struct policy policy = {.waivers = waivers, .n_waivers = 2};
	struct fixture fixture;
	struct error err = {};

	fixture_init(&fixture);
	assert_int_equal(waive_findings(&policy, NULL, &fixture.target, TODAY, arena, &err), 0);
	assert_string_equal(fixture.findings[SETUID].waived->reason, "why");
	assert_string_equal(fixture.findings[SETUID].waived->owner, "who");
	assert_string_equal(fixture.findings[SETUID].waived->expires, "2024-10-04");
	/* The second one was of use too: it must not be called unused. */
	assert_int_equal(waivers[1].n_used, 1);
}

/* What hostile evidence could do to the comparison of modes. */
static void test_odd_modes(void **state)
{
	static const char *const modes[] = {"",     "8", "4755 ", "0x9ed", "44444444444444755",
					    "-4755"};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct evidence mode = {.key = "mode", .kind = EVIDENCE_STRING, .string = modes[i]};
		struct evidence uid = {.next = &mode, .key = "uid", .kind = EVIDENCE_NUMBER};
		struct waiver waiver = {FILE_WAIVER};
		struct policy policy = {.waivers = &waiver, .n_waivers = 1};
		struct fixture fixture;

		fixture_init(&fixture);
		fixture.findings[SETUID].evidence = &uid;
		assert_int_equal(waive_findings(&policy, &image, &fixture.target, TODAY, arena,
						NULL),
				 0);
		assert_null(fixture.findings[SETUID].waived);
	}
}

static void test_notes(void **state)
{
	struct waiver waivers[] = {
		{FILE_WAIVER, .number = 1, .line = 4, .n_used = 1},
		{SU, ACCEPT(TODAY - 1), .number = 2, .line = 9},
		{FILE_WAIVER, .number = 3, .line = 14},
		{.check = &setuid_check, .target = "*", ACCEPTED, .number = 4, .n_vague = 2},
		{.check = &user_check, .digest = "sha256:x", ACCEPTED, .number = 5},
	};
	static const char *const expected[] = {
		"waiver 2 (image-setuid-root /usr/bin/su) expired on 2024-10-04",
		"waiver 3 (image-setuid-root /usr/bin/su) matched nothing",
		("waiver 4 (image-setuid-root *) is too vague for 2 findings: it must name path, "
		 "uid and mode, or a digest"),
		"waiver 5 (image-user-root sha256:x) matched nothing",
	};
	struct policy policy = {.file = ".rootout.yaml",
				.waivers = waivers,
				.n_waivers = ARRAY_SIZE(waivers)};
	_cleanup_(report_freep) struct report *report = NULL;
	struct error err = {};

	assert_int_equal(report_new(&report, &err), 0);
	assert_int_equal(waive_notes(&policy, TODAY, report, &err), 0);
	assert_int_equal(report->notes.len, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(report->notes.items[i].message, expected[i]);
	assert_string_equal(report->notes.items[0].file, ".rootout.yaml");
	assert_int_equal(report->notes.items[0].line, 9);
}

static int waive_once(void)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct waiver waiver = {FILE_WAIVER};
	struct policy policy = {.waivers = &waiver, .n_waivers = 1};
	struct fixture fixture;
	struct error err = {};

	if (!arena)
		return -ENOMEM;
	fixture_init(&fixture);
	return waive_findings(&policy, &image, &fixture.target, TODAY, arena, &err);
}

static void test_oom(void **state)
{
	OOM_SWEEP(waive_once(), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching),  cmocka_unit_test(test_record),
		cmocka_unit_test(test_odd_modes), cmocka_unit_test(test_notes),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
