/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints: what they survive, what they tell apart, and that they never change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "oom.h"
#include "report/fingerprint.h"

static const struct check setuid_root = {.name = "image-setuid-root"};
static const struct check setuid = {.name = "image-setuid"};

static struct evidence uid = {.key = "uid", .kind = EVIDENCE_NUMBER};
static struct evidence mode = {.next = &uid,
			       .key = "mode",
			       .kind = EVIDENCE_STRING,
			       .string = "4755"};

static struct target image(const char *name)
{
	return (struct target){.name = name, .kind = TARGET_IMAGE};
}

static struct finding su(void)
{
	return (struct finding){.check = &setuid_root,
				.evidence = &mode,
				.location = {.path = "/usr/bin/su", .layer = "sha256:00"}};
}

static const struct {
	const char *name;
	size_t length;
} names[] = {
	{"web", 3},
	{"web:1.0", 3},
	{"web@sha256:00", 3},
	{"web:1.0@sha256:00", 3},
	{"registry:5000/web", 17},
	{"registry:5000/web:1.0", 17},
	{"registry:5000/team/web:1.0@sha256:00", 22},
	{"", 0},
	{":", 0},
	{"@", 0},
	{"/", 1},
};

static void test_name_length(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(fingerprint_name_length(names[i].name), names[i].length);
}

static void print_of(const struct target *target, const struct finding *finding,
		     char ret[FINGERPRINT_SIZE])
{
	fingerprint_finding(target, finding, ret);
	assert_int_equal(strspn(ret, "0123456789abcdef"), FINGERPRINT_SIZE - 1);
	assert_int_equal(ret[FINGERPRINT_SIZE - 1], '\0');
}

/* What services stored last year has to match: this value must never change. */
static void test_known_value(void **state)
{
	struct target target = image("registry:5000/web:1.0");
	struct finding finding = su();
	char print[FINGERPRINT_SIZE];

	print_of(&target, &finding, print);
	assert_string_equal(print, "7755f8afe1106b621ce2239f7eb2f63c");
}

static void test_survives(void **state)
{
	struct target one = image("web:1.0"), two = image("web:2.0@sha256:00");
	struct finding before = su(), after = su();
	struct evidence size = {.next = &mode,
				.key = "size",
				.kind = EVIDENCE_NUMBER,
				.number = 12345};
	char a[FINGERPRINT_SIZE], b[FINGERPRINT_SIZE];

	two.digest = "sha256:11";
	after.location.layer = "sha256:22";
	after.location.created_by = "RUN something else";
	after.location.line = 7;
	after.location.package = "dpkg:login";
	after.message = "worded anew";
	after.severity = SEVERITY_CRITICAL;
	after.evidence = &size;
	print_of(&one, &before, a);
	print_of(&two, &after, b);
	assert_string_equal(a, b);
}

static void test_order_of_evidence(void **state)
{
	struct evidence last = mode, first = uid;
	struct target target = image("web");
	struct finding before = su(), after = su();
	char a[FINGERPRINT_SIZE], b[FINGERPRINT_SIZE];

	first.next = &last;
	last.next = NULL;
	after.evidence = &first;
	print_of(&target, &before, a);
	print_of(&target, &after, b);
	assert_string_equal(a, b);
}

static void test_tells_apart(void **state)
{
	struct evidence group = {.key = "gid", .kind = EVIDENCE_NUMBER};
	struct evidence user = {.key = "user", .kind = EVIDENCE_STRING, .string = "0"};
	struct target targets[] = {image("web"), image("we"), image("web")};
	struct finding findings[9];
	char prints[ARRAY_SIZE(findings) + 2][FINGERPRINT_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(findings); i++)
		findings[i] = su();
	findings[1].check = &setuid;
	findings[2].location.path = "/usr/bin/su2";
	findings[3].location.path = NULL;
	findings[4].location.path = "";
	findings[5].location.field = "config.User";
	findings[6].evidence = NULL;
	findings[7].evidence = &group;
	findings[8].evidence = &user;
	for (; n < ARRAY_SIZE(findings); n++)
		print_of(&targets[0], &findings[n], prints[n]);
	print_of(&targets[1], &findings[0], prints[n++]);
	/* The name of a tree has no tag to take off. */
	targets[2].kind = TARGET_ROOTFS;
	targets[2].name = "web:1.0";
	print_of(&targets[2], &findings[0], prints[n++]);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(prints[i], prints[j]);
	}
}

static void test_twins_are_numbered(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct finding findings[] = {su(), su(), su(), su()};
	struct finding *pointers[] = {&findings[0], &findings[1], &findings[2], &findings[3]};
	struct target target = image("web");
	char **prints, expected[FINGERPRINT_SIZE + 8];

	findings[1].location.path = "/bin/mount";
	target.findings.items = pointers;
	target.findings.len = ARRAY_SIZE(pointers);
	assert_int_equal(fingerprint_target(&target, arena, &prints, NULL), 0);
	assert_int_equal(strlen(prints[0]), FINGERPRINT_SIZE - 1);
	assert_int_equal(strlen(prints[1]), FINGERPRINT_SIZE - 1);
	snprintf(expected, sizeof(expected), "%s:2", prints[0]);
	assert_string_equal(prints[2], expected);
	snprintf(expected, sizeof(expected), "%s:3", prints[0]);
	assert_string_equal(prints[3], expected);
}

static int print_once(const struct target *target)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	char **prints;

	return arena ? fingerprint_target(target, arena, &prints, NULL) : -ENOMEM;
}

static void test_short_memory(void **state)
{
	struct finding finding = su(), *pointer = &finding;
	struct target target = image("web");

	OOM_SWEEP(print_once(&target), );
	target.findings.items = &pointer;
	target.findings.len = 1;
	OOM_SWEEP(print_once(&target), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_length),  cmocka_unit_test(test_known_value),
		cmocka_unit_test(test_survives),     cmocka_unit_test(test_order_of_evidence),
		cmocka_unit_test(test_tells_apart),  cmocka_unit_test(test_twins_are_numbered),
		cmocka_unit_test(test_short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
