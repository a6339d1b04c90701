/* SPDX-License-Identifier: Apache-2.0 */
/* setuid and setgid files: told apart, reported once with all their names, placed and packaged. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../oom.h"

static const struct {
	unsigned int mode;
	uint32_t uid, gid;
	const char *body;
	const char *check; /* NULL: no finding */
	enum severity severity;
	const char *message;
} rows[] = {
	{0755, 0, 0, NULL, NULL},
	{01755, 0, 0, NULL, NULL},
	{04755, 0, 0, NULL, "image-setuid-root", SEVERITY_HIGH, "is setuid root (mode 4755)"},
	{04755, 0, 7, NULL, "image-setuid-root", SEVERITY_HIGH, "(mode 4755)"},
	{04644, 0, 0, NULL, "image-setuid-root", SEVERITY_HIGH, "no execute bit"},
	{04000, 0, 0, NULL, "image-setuid-root", SEVERITY_HIGH, "no execute bit"},
	{04755, 0, 0, "#!/bin/sh\n", "image-setuid-root", SEVERITY_HIGH, "ignores the bit"},
	{04700, 0, 0, NULL, "image-setuid-root", SEVERITY_HIGH, "only its owner can"},
	{04750, 0, 9, NULL, "image-setuid-root", SEVERITY_HIGH, "only its owner and group"},
	{04711, 0, 0, NULL, "image-setuid-root", SEVERITY_HIGH, "(mode 4711)"},
	{04755, 1, 0, NULL, "image-setuid", SEVERITY_MEDIUM, "is setuid to UID 1 (mode 4755)"},
	{04644, 65534, 0, NULL, "image-setuid", SEVERITY_MEDIUM, "no execute bit"},
	{02755, 0, 42, NULL, "image-setgid", SEVERITY_LOW, "setgid to group 42 (mode 2755)"},
	{02755, 0, 0, NULL, "image-setgid", SEVERITY_MEDIUM, "group 0 (root) (mode 2755)"},
	{02755, 0, 5, "#!/bin/sh\n", "image-setgid", SEVERITY_LOW, "it is a script"},
	{02644, 0, 0, NULL, "image-setgid", SEVERITY_INFO, "no effect on execution"},
	{02705, 0, 5, NULL, "image-setgid", SEVERITY_INFO, "no effect on execution"},
};

static void start(struct fixture *fixture)
{
	fixture_init(fixture);
	fixture->image->config.user = "1000:1000";
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *finding;
		struct fixture fixture;

		start(&fixture);
		fixture_file(&fixture, "opt/f", rows[i].mode, rows[i].uid, rows[i].gid,
			     rows[i].body);
		fixture_check(&fixture);
		if (!rows[i].check) {
			assert_int_equal(fixture.target.findings.len, 0);
		} else {
			finding = fixture_only(&fixture, rows[i].check);
			assert_int_equal(fixture.target.findings.len, 1);
			assert_int_equal(finding->severity, rows[i].severity);
			assert_contains(finding->message, rows[i].message);
			assert_string_equal(finding->location.path, "/opt/f");
			assert_int_equal(fixture_evidence(finding, "uid")->number, rows[i].uid);
			assert_int_equal(fixture_evidence(finding, "gid")->number, rows[i].gid);
		}
		fixture_clear(&fixture);
	}
}

static void test_both_bits(void **state)
{
	struct fixture fixture;

	start(&fixture);
	fixture_file(&fixture, "f", 06755, 0, 3, NULL);
	fixture_check(&fixture);
	assert_string_equal(fixture_only(&fixture, "image-setuid-root")->remedy,
			    "RUN chmod u-s /f");
	assert_string_equal(fixture_only(&fixture, "image-setgid")->remedy, "RUN chmod g-s /f");
	assert_string_equal(
		fixture_evidence(fixture_only(&fixture, "image-setgid"), "mode")->string, "6755");
	fixture_clear(&fixture);
}

/* Directories, symlinks, fifos and devices with the bit are no setuid files. */
static void test_other_types(void **state)
{
	struct fixture fixture;

	start(&fixture);
	fixture_directory(&fixture, "d", 07777);
	fixture_symlink(&fixture, "l", "d");
	fixture_device(&fixture, "p", S_IFIFO | 06755, 0, 0);
	fixture_check(&fixture);
	assert_int_equal(fixture.target.findings.len, 0);
	assert_int_equal(fixture.target.scores[SCORE_NO_SETUID_ROOT].verdict, VERDICT_PASS);
	fixture_clear(&fixture);
}

static void test_hardlinks(void **state)
{
	const struct evidence *names;
	const struct finding *finding;
	struct fixture fixture;

	start(&fixture);
	fixture_file(&fixture, "usr/bin/b", 04755, 0, 0, NULL);
	fixture_hardlink(&fixture, "usr/bin/c", "usr/bin/b");
	fixture_hardlink(&fixture, "bin/a", "usr/bin/b");
	fixture_check(&fixture);
	finding = fixture_only(&fixture, "image-setuid-root");
	assert_string_equal(finding->location.path, "/bin/a");
	assert_contains(finding->message, "/bin/a and 2 more names is setuid root");
	names = fixture_evidence(finding, "names");
	assert_int_equal(names->n_list, 3);
	assert_string_equal(names->list[0], "/bin/a");
	assert_string_equal(names->list[1], "/usr/bin/b");
	assert_string_equal(names->list[2], "/usr/bin/c");
	assert_contains(fixture.target.scores[SCORE_NO_SETUID_ROOT].why,
			"1 file is setuid root: /bin/a");
	fixture_clear(&fixture);
}

static void test_quoted_remedy(void **state)
{
	struct fixture fixture;

	start(&fixture);
	fixture_file(&fixture, "a b; $(rm -rf)", 04755, 0, 0, NULL);
	fixture_check(&fixture);
	assert_string_equal(fixture_only(&fixture, "image-setuid-root")->remedy,
			    "RUN chmod u-s '/a b; $(rm -rf)'");
	fixture_clear(&fixture);
}

/* A package's list may know the file by its name through /bin -> usr/bin. */
static void test_packages(void **state)
{
	static const struct {
		const char *database, *package, *listed, *found;
	} owners[] = {
		{"var/lib/dpkg/info/login.list", "login", "bin/su", "dpkg:login"},
		{"var/lib/dpkg/info/login.list", "login", "usr/bin/su", "dpkg:login"},
		{"lib/apk/db/installed", "busybox", "usr/bin/su", "apk:busybox"},
		{"var/lib/rpm/rpmdb.sqlite", "util-linux", "usr/sbin/su", "rpm:util-linux"},
		{"var/lib/dpkg/info/login.list", "login", "usr/bin/sudo", NULL},
		{"var/lib/dpkg/info/login.list", "login", "su", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		const struct finding *finding;
		struct fixture fixture;

		start(&fixture);
		fixture_file(&fixture, "usr/bin/su", 04755, 0, 0, NULL);
		fixture_symlink(&fixture, "bin", "usr/bin");
		fixture_symlink(&fixture, "usr/sbin", "bin");
		fixture_symlink(&fixture, "loop", "loop");
		fixture_symlink(&fixture, "self", "/");
		fixture_owners(&fixture, owners[i].database, owners[i].package,
			       LIST(owners[i].listed, "etc/x"));
		fixture_check(&fixture);
		finding = fixture_only(&fixture, "image-setuid-root");
		if (owners[i].found)
			assert_string_equal(finding->location.package, owners[i].found);
		else
			assert_null(finding->location.package);
		fixture_clear(&fixture);
	}
}

static void test_layer_without_digest(void **state)
{
	struct fixture fixture;

	start(&fixture);
	fixture.image->layers[0] = (struct layer){.diff_id = "sha256:22"};
	fixture_file(&fixture, "f", 04755, 0, 0, NULL);
	fixture_check(&fixture);
	assert_string_equal(fixture_only(&fixture, "image-setuid-root")->location.layer,
			    "sha256:22");
	assert_null(fixture_only(&fixture, "image-setuid-root")->location.created_by);
	fixture_clear(&fixture);
}

static void add_many(struct fixture *fixture, size_t n)
{
	char path[16];

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "d/%zu", i);
		fixture_file(fixture, path, 04755, 0, 0, NULL);
	}
}

static void test_findings_limit(void **state)
{
	struct fixture fixture;

	start(&fixture);
	fixture.limits.findings = 20;
	add_many(&fixture, 20);
	fixture_check(&fixture);
	assert_int_equal(fixture.target.findings.len, 20);
	fixture_clear(&fixture);

	start(&fixture);
	fixture.limits.findings = 20;
	add_many(&fixture, 21);
	fixture_done(&fixture);
	assert_int_equal(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
				     &fixture.err),
			 -E2BIG);
	assert_contains(fixture.err.message, "findings");
	fixture_clear(&fixture);

	/* The other limit: the findings themselves, setuid and setgid of one file. */
	start(&fixture);
	fixture.limits.findings = 1;
	fixture_file(&fixture, "f", 06755, 0, 0, NULL);
	fixture_done(&fixture);
	assert_int_equal(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
				     &fixture.err),
			 -E2BIG);
	fixture_clear(&fixture);
}

static void test_allocation_failures(void **state)
{
	struct fixture fixture;

	start(&fixture);
	add_many(&fixture, 3);
	fixture_hardlink(&fixture, "e", "d/1");
	fixture_symlink(&fixture, "bin", "d");
	fixture_owners(&fixture, "var/lib/dpkg/info/x.list", "x", LIST("bin/0"));
	fixture_device(&fixture, "dev/sda", S_IFBLK | 0666, 8, 0);
	fixture_done(&fixture);
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	OOM_SWEEP(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
			      &fixture.err), );
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_both_bits),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_hardlinks),
		cmocka_unit_test(test_quoted_remedy),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_layer_without_digest),
		cmocka_unit_test(test_findings_limit),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
