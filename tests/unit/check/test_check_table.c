/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the table of checks: every row has a name, prose and references; and for every row there is
 * an image that violates it and one that does not.
 */
#include "fixture.h"

#include <string.h>

/* VFS_CAP_REVISION_2 with cap_net_raw=ep. */
static const unsigned char cap_net_raw[20] = {1, 0, 0, 2, 0, 0x20};

static bool is_kebab(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && !name[len] && name[0] != '-' && name[len - 1] != '-' &&
	       !strstr(name, "--");
}

static void test_rows_have_prose(void **state)
{
	assert_true(n_checks >= 14);
	for (size_t i = 0; i < n_checks; i++) {
		const struct check *check = checks[i];

		if (!is_kebab(check->name))
			fail_msg("%s is not kebab-case", check->name);
		assert_ptr_equal(check_find(check->name), check);
		assert_in_range(check->severity, SEVERITY_INFO, SEVERITY_CRITICAL);
		assert_true(strlen(check->title) >= 10 && strlen(check->title) <= 80);
		assert_int_not_equal(check->title[strlen(check->title) - 1], '.');
		assert_true(strlen(check->rationale) >= 150);
		assert_true(strlen(check->breaks) >= 30);
		assert_true(strlen(check->remedy) >= 30);
		assert_true(check->n_references >= 2);
		for (size_t n = 0; n < check->n_references; n++) {
			assert_true(strlen(check->references[n].title) >= 4);
			assert_int_equal(strncmp(check->references[n].url, "https://", 8), 0);
			assert_null(strpbrk(check->references[n].url, " \n"));
		}
	}
	assert_null(check_find("image-nothing"));
	assert_null(check_find(""));
}

/* An image that starts as 1000:1000 and has nothing to complain about. */
static void make_clean(struct fixture *fixture)
{
	fixture->image->config.user = "1000:1000";
	fixture_file(fixture, "etc/passwd", 0644, 0, 0,
		     "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n");
	fixture_file(fixture, "etc/group", 0644, 0, 0, "root:x:0:\napp:x:1000:\n");
	fixture_file(fixture, "etc/shadow", 0640, 0, 42,
		     "root:*:19000:0:99999:7:::\napp:!:19000:0:99999:7:::\n");
	fixture_file(fixture, "usr/bin/tool", 0755, 0, 0, NULL);
	fixture_directory(fixture, "srv", 06777);
	fixture_list(fixture, &fixture->image->config.entrypoint, LIST("/usr/bin/tool"));
	fixture_list(fixture, &fixture->image->config.exposed_ports, LIST("8080/tcp", "1024"));
	fixture_list(fixture, &fixture->image->config.on_build, LIST("USER root", "USER app"));
}

static void break_user_root(struct fixture *fixture)
{
	fixture->image->config.user = NULL;
}

static void break_unresolvable(struct fixture *fixture)
{
	fixture->image->config.user = "nobody";
}

static void break_not_numeric(struct fixture *fixture)
{
	fixture->image->config.user = "app";
}

static void break_group(struct fixture *fixture)
{
	fixture->image->config.user = "1000:0";
}

static void break_setuid_root(struct fixture *fixture)
{
	fixture_file(fixture, "usr/bin/passwd", 04755, 0, 0, NULL);
}

static void break_setuid(struct fixture *fixture)
{
	fixture_file(fixture, "usr/bin/at", 04755, 1, 0, NULL);
}

static void break_setgid(struct fixture *fixture)
{
	fixture_file(fixture, "usr/bin/wall", 02755, 0, 5, NULL);
}

static void break_capability(struct fixture *fixture)
{
	fixture_capability(fixture, "usr/bin/ping", 0755, cap_net_raw, sizeof(cap_net_raw));
}

static void break_alias(struct fixture *fixture)
{
	fixture_file(fixture, "etc/passwd", 0644, 0, 0, "root:x:0:0\ntoor:x:0:0::/:/bin/sh\n");
}

static void break_password(struct fixture *fixture)
{
	fixture_file(fixture, "etc/shadow", 0640, 0, 42, "root::19000:0:99999:7:::\n");
}

static void break_device(struct fixture *fixture)
{
	fixture_device(fixture, "srv/sda", S_IFBLK | 0600, 8, 0);
}

static void break_port(struct fixture *fixture)
{
	fixture_list(fixture, &fixture->image->config.exposed_ports, LIST("80/tcp"));
}

static void break_drops(struct fixture *fixture)
{
	fixture->image->config.user = "0";
	fixture_list(fixture, &fixture->image->config.entrypoint, LIST("gosu", "app", "tool"));
}

static void break_onbuild(struct fixture *fixture)
{
	fixture_list(fixture, &fixture->image->config.on_build, LIST("USER app", "USER root"));
}

static const struct {
	const char *check;
	void (*violate)(struct fixture *fixture);
} cases[] = {
	{"image-user-root", break_user_root},
	{"image-user-unresolvable", break_unresolvable},
	{"image-user-not-numeric", break_not_numeric},
	{"image-group-root", break_group},
	{"image-setuid-root", break_setuid_root},
	{"image-setuid", break_setuid},
	{"image-setgid", break_setgid},
	{"image-file-capability", break_capability},
	{"image-uid0-alias", break_alias},
	{"image-empty-password", break_password},
	{"image-device-node", break_device},
	{"image-privileged-port", break_port},
	{"image-drops-root", break_drops},
	{"image-onbuild-root", break_onbuild},
};

static void test_clean_image(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	make_clean(&fixture);
	fixture_check(&fixture);
	for (size_t i = 0; i < fixture.target.findings.len; i++)
		fail_msg("%s", fixture.target.findings.items[i]->message);
	assert_int_equal(fixture.target.scores[SCORE_FIRST_PROCESS].verdict, VERDICT_PASS);
	assert_int_equal(fixture.target.scores[SCORE_NO_SETUID_ROOT].verdict, VERDICT_PASS);
	fixture_clear(&fixture);
}

static void test_each_row_fails_somewhere(void **state)
{
	for (size_t row = 0; row < n_checks; row++) {
		struct fixture fixture;
		size_t i = 0;

		while (i < ARRAY_SIZE(cases) && strcmp(cases[i].check, checks[row]->name) != 0)
			i++;
		if (i == ARRAY_SIZE(cases))
			fail_msg("no case for %s", checks[row]->name);
		fixture_init(&fixture);
		make_clean(&fixture);
		cases[i].violate(&fixture);
		fixture_check(&fixture);
		assert_non_null(fixture_only(&fixture, cases[i].check)->message);
		fixture_clear(&fixture);
	}
}

/* Every finding can be shown and acted upon. */
static void test_findings_are_complete(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture fixture;

		fixture_init(&fixture);
		make_clean(&fixture);
		cases[i].violate(&fixture);
		fixture_check(&fixture);
		for (size_t n = 0; n < fixture.target.findings.len; n++) {
			const struct finding *finding = fixture.target.findings.items[n];

			assert_true(strlen(finding->message) > 20);
			assert_int_not_equal(finding->message[strlen(finding->message) - 1], '.');
			assert_true(finding->remedy && *finding->remedy);
			assert_true(finding->location.path || finding->location.field);
			assert_non_null(finding->evidence);
			assert_null(finding->waived);
			if (finding->location.path) {
				assert_string_equal(finding->location.layer, "sha256:11");
				assert_string_equal(finding->location.created_by, "RUN make it");
			}
		}
		fixture_clear(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_have_prose),
		cmocka_unit_test(test_clean_image),
		cmocka_unit_test(test_each_row_fails_somewhere),
		cmocka_unit_test(test_findings_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
