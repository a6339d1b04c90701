/* SPDX-License-Identifier: Apache-2.0 */
/* Scores and findings -> verdict: every step of the order, and what waivers do to a score. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/verdict.h"

static const struct check user_root = {.name = "image-user-root"};
static const struct check unresolvable = {.name = "image-user-unresolvable"};
static const struct check setuid_root = {.name = "image-setuid-root"};
static const struct check other = {.name = "image-setgid"};
static const struct waived accepted = {.reason = "r"};

#define PASS    VERDICT_PASS
#define FAILS   VERDICT_FAIL
#define REFUSED VERDICT_WONT_START
#define UNKNOWN VERDICT_UNKNOWN
#define NA      VERDICT_NOT_APPLICABLE

static const struct {
	const char *name;
	enum verdict first, setuid; /* the scores as the checks left them */
	struct finding findings[3];
	enum severity fail_on;
	bool unverified;
	enum verdict verdict, first_after, setuid_after;
	const char *why;
} cases[] = {
	{"all pass", PASS, PASS, {}, SEVERITY_HIGH, false, PASS, PASS, PASS, "every item"},
	{"unverified", PASS, PASS, {}, SEVERITY_HIGH, true, UNKNOWN, PASS, PASS, "not verified"},
	{"unverified failure",
	 FAILS,
	 PASS,
	 {{&user_root, SEVERITY_HIGH}},
	 SEVERITY_HIGH,
	 true,
	 FAILS,
	 FAILS,
	 PASS,
	 "first says"},
	{"rootfs without user", NA, PASS, {}, SEVERITY_HIGH, false, PASS, NA, PASS, "every item"},
	{"second fails",
	 PASS,
	 FAILS,
	 {{&setuid_root, SEVERITY_HIGH}},
	 SEVERITY_HIGH,
	 false,
	 FAILS,
	 PASS,
	 FAILS,
	 "second says"},
	{"unknown", UNKNOWN, PASS, {}, SEVERITY_HIGH, false, UNKNOWN, UNKNOWN, PASS, "first says"},
	{"failing beats unknown",
	 UNKNOWN,
	 FAILS,
	 {{&setuid_root, SEVERITY_HIGH}},
	 SEVERITY_HIGH,
	 false,
	 FAILS,
	 UNKNOWN,
	 FAILS,
	 "second says"},
	{"will not start",
	 REFUSED,
	 PASS,
	 {{&unresolvable, SEVERITY_HIGH}},
	 SEVERITY_HIGH,
	 false,
	 REFUSED,
	 REFUSED,
	 PASS,
	 "first says"},
	{"will not start, but another finding fails",
	 REFUSED,
	 PASS,
	 {{&unresolvable, SEVERITY_HIGH}, {&other, SEVERITY_HIGH, "gid"}},
	 SEVERITY_HIGH,
	 false,
	 FAILS,
	 REFUSED,
	 PASS,
	 "gid"},
	{"root on older runtimes is a failure of its own",
	 REFUSED,
	 PASS,
	 {{&unresolvable, SEVERITY_HIGH}, {&user_root, SEVERITY_HIGH, "older"}},
	 SEVERITY_HIGH,
	 false,
	 FAILS,
	 REFUSED,
	 PASS,
	 "older"},
	{"below the threshold",
	 PASS,
	 PASS,
	 {{&other, SEVERITY_MEDIUM}},
	 SEVERITY_HIGH,
	 false,
	 PASS,
	 PASS,
	 PASS,
	 "every item"},
	{"at the threshold",
	 PASS,
	 PASS,
	 {{&other, SEVERITY_MEDIUM, "gid"}},
	 SEVERITY_MEDIUM,
	 false,
	 FAILS,
	 PASS,
	 PASS,
	 "gid"},
	{"a score fails whatever the threshold",
	 FAILS,
	 PASS,
	 {{&user_root, SEVERITY_HIGH}},
	 SEVERITY_CRITICAL,
	 false,
	 FAILS,
	 FAILS,
	 PASS,
	 "first says"},
	{"waived finding",
	 PASS,
	 PASS,
	 {{&other, SEVERITY_HIGH, .waived = &accepted}},
	 SEVERITY_HIGH,
	 false,
	 PASS,
	 PASS,
	 PASS,
	 "not waived"},
	{"waived score",
	 PASS,
	 FAILS,
	 {{&setuid_root, SEVERITY_HIGH, .waived = &accepted}},
	 SEVERITY_HIGH,
	 false,
	 PASS,
	 PASS,
	 PASS,
	 "not waived"},
	{"one of two waived",
	 PASS,
	 FAILS,
	 {{&setuid_root, SEVERITY_HIGH, .waived = &accepted}, {&setuid_root, SEVERITY_HIGH}},
	 SEVERITY_HIGH,
	 false,
	 FAILS,
	 PASS,
	 FAILS,
	 "second says (1 waived)"},
	{"waivers of another check do not help",
	 FAILS,
	 PASS,
	 {{&setuid_root, SEVERITY_HIGH, .waived = &accepted}},
	 SEVERITY_HIGH,
	 false,
	 FAILS,
	 FAILS,
	 PASS,
	 "first says"},
	{"a failure without a finding cannot be waived",
	 PASS,
	 FAILS,
	 {},
	 SEVERITY_HIGH,
	 false,
	 FAILS,
	 PASS,
	 FAILS,
	 "second says"},
	{"waived, but not verified",
	 PASS,
	 FAILS,
	 {{&setuid_root, SEVERITY_HIGH, .waived = &accepted}},
	 SEVERITY_HIGH,
	 true,
	 UNKNOWN,
	 PASS,
	 PASS,
	 "not verified"},
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct finding findings[3];
		struct finding *pointers[3];
		struct target target = {
			.unverified = cases[i].unverified,
			.scores = {[SCORE_FIRST_PROCESS] = {cases[i].first, "first says"},
				   [SCORE_NO_SETUID_ROOT] = {cases[i].setuid, "second says"}},
		};
		struct error err = {};

		memcpy(findings, cases[i].findings, sizeof(findings));
		target.findings.items = pointers;
		for (size_t f = 0; f < 3 && findings[f].check; f++)
			pointers[target.findings.len++] = &findings[f];
		assert_int_equal(verdict_decide(&target, cases[i].fail_on, arena, &err), 0);
		if (target.verdict != cases[i].verdict ||
		    target.scores[SCORE_FIRST_PROCESS].verdict != cases[i].first_after ||
		    target.scores[SCORE_NO_SETUID_ROOT].verdict != cases[i].setuid_after ||
		    !strstr(target.verdict_why, cases[i].why))
			fail_msg("%s: %s (%s)", cases[i].name, verdict_name(target.verdict),
				 target.verdict_why);
	}
}

static void test_waived_score_says_so(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct finding finding = {&setuid_root, SEVERITY_HIGH, .waived = &accepted};
	struct finding *pointer = &finding;
	struct target target = {
		.scores = {{VERDICT_PASS, "a"}, {VERDICT_FAIL, "1 setuid-root file"}},
		.findings = {.items = &pointer, .len = 1},
	};

	assert_int_equal(verdict_decide(&target, SEVERITY_HIGH, arena, NULL), 0);
	assert_string_equal(target.scores[SCORE_NO_SETUID_ROOT].why,
			    "1 setuid-root file (1 waived)");
}

static void test_memory(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(0);
	struct finding finding = {&setuid_root, SEVERITY_HIGH, .waived = &accepted};
	struct finding *pointer = &finding;
	struct target target = {
		.scores = {{VERDICT_PASS, "a"}, {VERDICT_FAIL, "b"}},
		.findings = {.items = &pointer, .len = 1},
	};
	struct error err = {};

	assert_int_equal(verdict_decide(&target, SEVERITY_HIGH, arena, &err), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_waived_score_says_so),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
