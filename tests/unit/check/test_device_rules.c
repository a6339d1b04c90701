/* SPDX-License-Identifier: Apache-2.0 */
/* image-device-node: which nodes are noted, which count, which are grave. */
#include "fixture.h"

#include <string.h>

static const struct {
	const char *path;
	unsigned int mode, major, minor;
	int severity; /* -1: no finding */
} rows[] = {
	{"dev/null", S_IFCHR | 0666, 1, 3, SEVERITY_INFO},
	{"dev/zero", S_IFCHR | 0666, 1, 5, SEVERITY_INFO},
	{"dev/full", S_IFCHR | 0666, 1, 7, SEVERITY_INFO},
	{"dev/random", S_IFCHR | 0666, 1, 8, SEVERITY_INFO},
	{"dev/urandom", S_IFCHR | 0666, 1, 9, SEVERITY_INFO},
	{"dev/tty", S_IFCHR | 0666, 5, 0, SEVERITY_INFO},
	{"dev/console", S_IFCHR | 0600, 5, 1, SEVERITY_INFO},
	{"dev/ptmx", S_IFCHR | 0666, 5, 2, SEVERITY_INFO},
	{"dev/pts/ptmx", S_IFCHR | 0666, 5, 2, SEVERITY_INFO},
	{"srv/null", S_IFCHR | 0666, 1, 3, SEVERITY_MEDIUM},
	{"dev/sub/null", S_IFCHR | 0666, 1, 3, SEVERITY_MEDIUM},
	{"dev/nullx", S_IFCHR | 0666, 1, 3, SEVERITY_MEDIUM},
	{"dev/null", S_IFBLK | 0600, 1, 3, SEVERITY_MEDIUM},
	{"dev/null", S_IFCHR | 0666, 1, 1, SEVERITY_HIGH}, /* is /dev/mem in truth */
	{"dev/mem", S_IFCHR | 0640, 1, 1, SEVERITY_MEDIUM},
	{"dev/mem", S_IFCHR | 0644, 1, 1, SEVERITY_HIGH},
	{"dev/kmem", S_IFCHR | 0642, 1, 2, SEVERITY_HIGH},
	{"dev/port", S_IFCHR | 0666, 1, 4, SEVERITY_HIGH},
	{"dev/sda", S_IFBLK | 0660, 8, 0, SEVERITY_MEDIUM},
	{"dev/sda", S_IFBLK | 0664, 8, 0, SEVERITY_HIGH},
	{"dev/tty1", S_IFCHR | 0666, 4, 1, SEVERITY_MEDIUM},
	{"dev/fifo", S_IFIFO | 0666, 0, 0, -1},
	{"dev/sock", S_IFSOCK | 0666, 0, 0, -1},
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *finding;
		struct fixture fixture;

		fixture_init(&fixture);
		fixture_device(&fixture, rows[i].path, rows[i].mode, rows[i].major, rows[i].minor);
		fixture_check(&fixture);
		if (rows[i].severity < 0) {
			assert_int_equal(fixture_count(&fixture, "image-device-node"), 0);
			fixture_clear(&fixture);
			continue;
		}
		finding = fixture_only(&fixture, "image-device-node");
		if ((int)finding->severity != rows[i].severity)
			fail_msg("%s: %s", rows[i].path, severity_name(finding->severity));
		assert_string_equal(finding->location.path + 1, rows[i].path);
		assert_int_equal(fixture_evidence(finding, "major")->number, rows[i].major);
		assert_int_equal(fixture_evidence(finding, "minor")->number, rows[i].minor);
		assert_string_equal(fixture_evidence(finding, "type")->string,
				    S_ISBLK(rows[i].mode) ? "block" : "character");
		assert_contains(finding->remedy, "RUN rm /");
		fixture_clear(&fixture);
	}
}

/* A standard node that is also known by another name is not covered by the runtime's /dev. */
static void test_hardlink(void **state)
{
	const struct finding *finding;
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_device(&fixture, "dev/null", S_IFCHR | 0666, 1, 3);
	fixture_hardlink(&fixture, "srv/n", "dev/null");
	fixture_check(&fixture);
	finding = fixture_only(&fixture, "image-device-node");
	assert_int_equal(finding->severity, SEVERITY_MEDIUM);
	assert_int_equal(fixture_evidence(finding, "names")->n_list, 2);
	fixture_clear(&fixture);
}

/* A setuid bit on a device is no setuid file. */
static void test_setuid_device(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_device(&fixture, "dev/x", S_IFCHR | 06777, 200, 300);
	fixture_check(&fixture);
	assert_int_equal(fixture_count(&fixture, "image-setuid-root"), 0);
	assert_contains(fixture_only(&fixture, "image-device-node")->message,
			"character device 200:300 (mode 6777)");
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_hardlink),
		cmocka_unit_test(test_setuid_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
