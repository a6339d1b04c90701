/* SPDX-License-Identifier: Apache-2.0 */
/* Which platform fits which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/macro.h"
#include "source/platform.h"

static void test_host(void **state)
{
	struct platform host = platform_host();

	assert_string_equal(host.os, "linux");
	assert_non_null(host.architecture);
	assert_true(platform_fits(&host, &host) > 0);
#if defined(__x86_64__)
	assert_string_equal(host.architecture, "amd64");
	assert_null(host.variant);
#elif defined(__aarch64__)
	assert_string_equal(host.architecture, "arm64");
	assert_string_equal(host.variant, "v8");
#endif
}

static void test_fits(void **state)
{
	static const struct {
		struct platform wanted, offered;
		bool fits;
	} cases[] = {
		{{"linux", "amd64", NULL}, {"linux", "amd64", NULL}, true},
		{{"linux", "amd64", NULL}, {"linux", "amd64", ""}, true},
		{{"linux", "amd64", NULL}, {"linux", "amd64", "v1"}, true},
		{{"linux", "amd64", NULL}, {"linux", "amd64", "v3"}, true},
		{{"linux", "amd64", "v2"}, {"linux", "amd64", "v3"}, false},
		{{"linux", "amd64", "v3"}, {"linux", "amd64", NULL}, true},
		{{"linux", "amd64", NULL}, {"linux", "arm64", NULL}, false},
		{{"linux", "amd64", NULL}, {"windows", "amd64", NULL}, false},
		{{"linux", "amd64", NULL}, {"linux", NULL, NULL}, false},
		{{"linux", "amd64", NULL}, {NULL, "amd64", NULL}, true},
		{{"linux", "amd64", NULL}, {"", "amd64", NULL}, true},
		{{"linux", "amd64", NULL}, {"Linux", "X86_64", NULL}, true},
		{{"linux", "amd64", NULL}, {"linux", "x86-64", NULL}, true},
		{{"linux", "amd64", NULL}, {"linux", "x86", NULL}, false},
		{{"linux", "386", NULL}, {"linux", "i386", "v9"}, true},
		{{"linux", "arm64", "v8"}, {"linux", "aarch64", "8"}, true},
		{{"linux", "arm", "v7"}, {"linux", "armhf", NULL}, true},
		{{"linux", "arm", "v6"}, {"linux", "armel", "v7"}, true},
		{{"linux", "arm", "v6"}, {"linux", "armhf", NULL}, false},
		{{"linux", "amd64", NULL}, {"linux", "386", NULL}, false},
		{{"linux", "arm64", "v8"}, {"linux", "arm64", NULL}, true},
		{{"linux", "arm64", NULL}, {"linux", "arm64", "v8"}, true},
		{{"linux", "arm64", NULL}, {"linux", "arm64", "v9"}, false},
		{{"linux", "arm", "v7"}, {"linux", "arm", "v6"}, true},
		{{"linux", "arm", "v6"}, {"linux", "arm", "v7"}, false},
		{{"linux", "arm", "v6"}, {"linux", "arm", NULL}, false},
		{{"linux", "arm", "v7"}, {"linux", "arm", "odd"}, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if ((platform_fits(&cases[i].wanted, &cases[i].offered) > 0) != cases[i].fits)
			fail_msg("case %zu", i);
	}
}

static void test_order(void **state)
{
	struct platform wanted = {"linux", "arm", "v7"};
	struct platform v7 = {"linux", "arm", "v7"}, v6 = {"linux", "arm", "v6"},
			v5 = {"linux", "arm", "v5"}, none = {"linux", "arm", NULL};
	struct platform any = {"linux", "amd64", NULL}, v2 = {"linux", "amd64", "v2"},
			v3 = {"linux", "amd64", "v3"}, v1 = {"linux", "amd64", "v1"};

	assert_int_equal(platform_fits(&wanted, &v7), platform_fits(&wanted, &none));
	assert_true(platform_fits(&wanted, &v7) > platform_fits(&wanted, &v6));
	assert_true(platform_fits(&wanted, &v6) > platform_fits(&wanted, &v5));
	assert_true(platform_fits(&any, &v1) > platform_fits(&any, &v2));
	assert_true(platform_fits(&any, &v2) > platform_fits(&any, &v3));
}

static void test_text(void **state)
{
	static const struct {
		struct platform platform;
		const char *text;
	} cases[] = {
		{{"linux", "arm64", "v8"}, "linux/arm64/v8"},
		{{"linux", "amd64", ""}, "linux/amd64"},
		{{"linux", "amd64", NULL}, "linux/amd64"},
		{{"linux", NULL, NULL}, "linux/unknown"},
		{{NULL, "amd64", NULL}, "unknown/amd64"},
		{{NULL, NULL, NULL}, "unknown"},
	};
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(platform_text(&cases[i].platform, arena), cases[i].text);
}

static void test_unknown(void **state)
{
	assert_true(platform_is_unknown(&(struct platform){"unknown", "unknown", NULL}));
	assert_false(platform_is_unknown(&(struct platform){"unknown", "amd64", NULL}));
	assert_false(platform_is_unknown(&(struct platform){"linux", "unknown", NULL}));
	assert_false(platform_is_unknown(&(struct platform){}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),    cmocka_unit_test(test_fits),
		cmocka_unit_test(test_order),   cmocka_unit_test(test_text),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
