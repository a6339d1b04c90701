/* SPDX-License-Identifier: Apache-2.0 */
/* Targets taken apart: transports, paths, references, indexes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "oom.h"
#include "source/target_name.h"
#include "tar_builder.h"

static void test_transport(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{"oci:dir", 3},
		{"docker-archive:x:y", 14},
		{"dir:", 3},
		{"plain", 0},
		{"-", 0},
		{"", 0},
		{":x", 0},
		{"./oci:x", 0},
		{"/a/b:c", 0},
		{"Oci:x", 0},
		{"nginx:latest", 5},
		{"a b:c", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(target_name_transport(cases[i].text), cases[i].len);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text, *path, *reference;
		size_t transport;
		bool with_reference;
		int64_t index;
	} cases[] = {
		{"oci:dir", "dir", NULL, 3, true, -1},
		{"oci:dir:ref", "dir", "ref", 3, true, -1},
		{"oci:/a/b:img:v1", "/a/b", "img:v1", 3, true, -1},
		{"docker-archive:f.tar:localhost:5000/a/b:v1", "f.tar", "localhost:5000/a/b:v1", 14,
		 true, -1},
		{"docker-archive:f.tar:@0", "f.tar", NULL, 14, true, 0},
		{"docker-archive:f.tar:@12", "f.tar", NULL, 14, true, 12},
		{"docker-archive:-", "-", NULL, 14, true, -1},
		{"docker-archive:-:ref", "-", "ref", 14, true, -1},
		{"rootfs:/a:b", "/a:b", NULL, 6, false, -1},
		{"a:b:c", "a:b:c", NULL, 0, false, -1},
		{"-", "-", NULL, 0, false, -1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(target_name_freep) struct target_name *name = NULL;

		assert_int_equal(target_name_parse(cases[i].text, cases[i].transport,
						   cases[i].with_reference, &name, NULL),
				 0);
		assert_string_equal(name->text, cases[i].text);
		assert_string_equal(name->path, cases[i].path);
		assert_int_equal(name->index, cases[i].index);
		if (cases[i].reference)
			assert_string_equal(name->reference, cases[i].reference);
		else
			assert_null(name->reference);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t transport;
	} cases[] = {
		{"", 0},
		{"oci:", 3},
		{"oci:dir:", 3},
		{"oci::ref", 3},
		{"docker-archive:f:@", 14},
		{"docker-archive:f:@x", 14},
		{"docker-archive:f:@-1", 14},
		{"docker-archive:f:@1x", 14},
		{"docker-archive:f:@1234567890", 14},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct target_name *name = NULL;
		struct error err = {};

		assert_int_equal(target_name_parse(cases[i].text, cases[i].transport, true, &name,
						   &err),
				 -EINVAL);
		assert_null(name);
		assert_true(*err.message);
	}
}

/* A colon in the name of a file that exists does not start a reference. */
static void test_existing_colon(void **state)
{
	_cleanup_(target_name_freep) struct target_name *whole = NULL, *cut = NULL;
	char text[600];

	test_write_text("a:b", "");
	snprintf(text, sizeof(text), "oci:%s", test_path("a:b"));
	assert_int_equal(target_name_parse(text, 3, true, &whole, NULL), 0);
	assert_string_equal(whole->path, text + 4);
	assert_null(whole->reference);
	snprintf(text, sizeof(text), "oci:%s", test_path("a:c"));
	assert_int_equal(target_name_parse(text, 3, true, &cut, NULL), 0);
	assert_string_equal(cut->reference, "c");
}

static void test_oom(void **state)
{
	struct target_name *name = NULL;

	OOM_SWEEP(target_name_parse("oci:dir:ref", 3, true, &name, NULL), {
		target_name_free(name);
		name = NULL;
	});
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transport), cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refused),   cmocka_unit_test(test_existing_colon),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
