/* SPDX-License-Identifier: Apache-2.0 */
/* Image references: docker's completion of short names, the grammar's edges, columns, lengths. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "format/image_reference.h"
#include "oom.h"

#define HEX    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define DIGEST "sha256:" HEX

static const struct {
	const char *text;
	struct image_reference reference;
	const char *canonical;
} good[] = {
	{"nginx", {"docker.io", "library/nginx", NULL, NULL}, "docker.io/library/nginx:latest"},
	{"nginx:1.27",
	 {"docker.io", "library/nginx", "1.27", NULL},
	 "docker.io/library/nginx:1.27"},
	{"a/b", {"docker.io", "a/b", NULL, NULL}, "docker.io/a/b:latest"},
	{"a/b/c:x", {"docker.io", "a/b/c", "x", NULL}, "docker.io/a/b/c:x"},
	{"docker.io/nginx",
	 {"docker.io", "library/nginx", NULL, NULL},
	 "docker.io/library/nginx:latest"},
	{"index.docker.io/nginx",
	 {"docker.io", "library/nginx", NULL, NULL},
	 "docker.io/library/nginx:latest"},
	{"docker.io/library/nginx:latest",
	 {"docker.io", "library/nginx", "latest", NULL},
	 "docker.io/library/nginx:latest"},
	{"docker.io/a/b", {"docker.io", "a/b", NULL, NULL}, "docker.io/a/b:latest"},
	{"localhost/app", {"localhost", "app", NULL, NULL}, "localhost/app:latest"},
	{"localhost:5000",
	 {"docker.io", "library/localhost", "5000", NULL},
	 "docker.io/library/localhost:5000"},
	{"localhost",
	 {"docker.io", "library/localhost", NULL, NULL},
	 "docker.io/library/localhost:latest"},
	{"localhost:5000/app:1", {"localhost:5000", "app", "1", NULL}, "localhost:5000/app:1"},
	{"host:5000/a", {"host:5000", "a", NULL, NULL}, "host:5000/a:latest"},
	{"example.com",
	 {"docker.io", "library/example.com", NULL, NULL},
	 "docker.io/library/example.com:latest"},
	{"example.com/a", {"example.com", "a", NULL, NULL}, "example.com/a:latest"},
	{"Example.COM:443/a/b:C.d_e-F",
	 {"Example.COM:443", "a/b", "C.d_e-F", NULL},
	 "Example.COM:443/a/b:C.d_e-F"},
	{"HOST/a", {"HOST", "a", NULL, NULL}, "HOST/a:latest"},
	{"127.0.0.1:80/a", {"127.0.0.1:80", "a", NULL, NULL}, "127.0.0.1:80/a:latest"},
	{"[::1]/a", {"[::1]", "a", NULL, NULL}, "[::1]/a:latest"},
	{"[fe80::AB]:5000/a:b", {"[fe80::AB]:5000", "a", "b", NULL}, "[fe80::AB]:5000/a:b"},
	{"x--y.com/a", {"x--y.com", "a", NULL, NULL}, "x--y.com/a:latest"},
	{"a_b/c", {"docker.io", "a_b/c", NULL, NULL}, "docker.io/a_b/c:latest"},
	{"a__b/c-----d.e",
	 {"docker.io", "a__b/c-----d.e", NULL, NULL},
	 "docker.io/a__b/c-----d.e:latest"},
	{"a:_b", {"docker.io", "library/a", "_b", NULL}, "docker.io/library/a:_b"},
	{"nginx@" DIGEST,
	 {"docker.io", "library/nginx", NULL, DIGEST},
	 "docker.io/library/nginx@" DIGEST},
	{"h:1/n:t@" DIGEST, {"h:1", "n", "t", DIGEST}, "h:1/n:t@" DIGEST},
	{"0" HEX, {"docker.io", "library/0" HEX, NULL, NULL}, "docker.io/library/0" HEX ":latest"},
	{HEX ":t", {"docker.io", "library/" HEX, "t", NULL}, "docker.io/library/" HEX ":t"},
};

static void assert_same_text(const char *a, const char *b)
{
	if (!b)
		assert_null(a);
	else
		assert_string_equal(a, b);
}

static void test_good(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		const struct image_reference *wanted = &good[i].reference;
		struct image_reference reference = {};
		struct error err = {};

		if (image_reference_parse(good[i].text, arena, &reference, &err) != 0)
			fail_msg("%s: %s", good[i].text, err.message);
		assert_string_equal(reference.domain, wanted->domain);
		assert_string_equal(reference.path, wanted->path);
		assert_same_text(reference.tag, wanted->tag);
		assert_same_text(reference.digest, wanted->digest);
		assert_string_equal(image_reference_string(&reference, arena), good[i].canonical);
		/* What is canonical stays so. */
		assert_int_equal(image_reference_parse(good[i].canonical, arena, &reference, &err),
				 0);
		assert_string_equal(image_reference_string(&reference, arena), good[i].canonical);
		assert_true(image_reference_same(good[i].text, good[i].canonical));
	}
}

static const struct {
	const char *text;
	uint32_t column;
} bad[] = {
	{"", 1},
	{"/a", 1},
	{"a/", 3},
	{"a//b", 3},
	{":tag", 1},
	{"a:", 3},
	{"a:.b", 3},
	{"a:-b", 3},
	{"a:b:c", 4},
	{"a:b/c", 3}, /* "a:b" is a domain with a wrong port */
	{"a:5/", 5},
	{"A", 1},
	{"nginX", 5},
	{"a/nginX", 7},
	{"a/X", 3},
	{"a.b/X:t", 5},
	{" a", 1},
	{"a ", 2},
	{"a b", 2},
	{"a\n", 2},
	{"a:b c", 4},
	{"-a", 1},
	{"a-", 3},
	{"_a", 1},
	{"a..b", 3},
	{"a___b", 4},
	{"a._b", 3},
	{"a/.b", 3},
	{"a/../b", 3},
	{"a\xc3\xa9", 2},
	{"-a.b/c", 1},
	{"a-.b/c", 2},
	{"a..b/c", 3},
	{"a_b.c/d", 2},
	{"a.b:/c", 5},
	{"a.b:x/c", 5},
	{"a.b:5x/c", 6},
	{"[::1/a", 5},
	{"[]:1/a", 2},
	{"[::1%eth0]/a", 5},
	{"[::1]x/a", 6},
	{"a@", 3},
	{"a@sha256:abc", 3},
	{"a@SHA256:" HEX, 3},
	{"a@" DIGEST "0", 3},
	{"a@" DIGEST "@" DIGEST, 3},
	{"@" DIGEST, 1},
	{HEX, 1},
};

static void test_bad(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct image_reference reference = {.path = "untouched"};
		struct error err = {};
		int r = image_reference_parse(bad[i].text, arena, &reference, &err);

		if (r != -EBADMSG || err.column != bad[i].column || err.line != 1)
			fail_msg("'%s': %d at %u: %s", bad[i].text, r, err.column, err.message);
		assert_string_equal(reference.path, "untouched");
		assert_false(image_reference_same(bad[i].text, bad[i].text));
	}
}

static void test_unknown_algorithm(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct image_reference reference;
	struct error err;

	assert_int_equal(image_reference_parse("a@md5:" HEX, arena, &reference, &err), -EOPNOTSUPP);
	assert_int_equal(err.column, 3);
}

/* prefix, then n times 'a', then suffix. */
static int parse_long(const char *prefix, size_t n, const char *suffix, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct strbuf buf = STRBUF_INIT(10 << 20);
	struct image_reference reference;
	int r = strbuf_puts(&buf, prefix);

	for (size_t i = 0; i < n; i++)
		r = r < 0 ? r : strbuf_puts(&buf, "a");
	assert_int_equal(r < 0 ? r : strbuf_puts(&buf, suffix), 0);
	r = image_reference_parse(buf.data, arena, &reference, err);
	strbuf_clear(&buf);
	return r;
}

static void test_lengths(void **state)
{
	struct error err = {};

	assert_int_equal(parse_long("h.x/", 255, ":t", &err), 0);
	assert_int_equal(parse_long("h.x/", 256, ":t", &err), -EBADMSG);
	assert_int_equal(err.column, 4 + 256);
	/* "library/" counts, the domain does not. */
	assert_int_equal(parse_long("", 255 - 8, "", &err), 0);
	assert_int_equal(parse_long("", 255 - 7, "", &err), -EBADMSG);
	assert_int_equal(parse_long("docker.io/", 255 - 8, "", &err), 0);
	assert_int_equal(parse_long("docker.io/", 255 - 7, "", &err), -EBADMSG);
	assert_int_equal(parse_long("a/", 253, "", &err), 0);
	assert_int_equal(parse_long("a/", 254, "", &err), -EBADMSG);
	assert_int_equal(parse_long("", 300, ".com/x", &err), 0);
	assert_int_equal(parse_long("x:", 128, "@" DIGEST, &err), 0);
	assert_int_equal(parse_long("x:", 129, "", &err), -EBADMSG);
	assert_int_equal(err.column, 2 + 129);
	assert_int_equal(parse_long("", 5 << 20, "", &err), -EBADMSG);
	assert_int_equal(parse_long("x@sha256:", 5 << 20, "", &err), -EBADMSG);
}

static void test_same(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"nginx", "docker.io/library/nginx:latest", true},
		{"nginx", "index.docker.io/nginx", true},
		{"nginx", "library/nginx", true},
		{"nginx", "nginx:1", false},
		{"nginx", "nginy", false},
		{"nginx", "quay.io/library/nginx", false},
		{"nginx:a", "nginx:A", false},
		{"localhost/nginx", "nginx", false},
		{"nginx@" DIGEST, "nginx", false},
		{"nginx:1@" DIGEST, "nginx:2@" DIGEST, true},
		{"nginx:1@" DIGEST, "nginx@" DIGEST, true},
		{"nginy@" DIGEST, "nginx@" DIGEST, false},
		{"nginx", "Nginx", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (image_reference_same(rows[i].a, rows[i].b) != rows[i].same ||
		    image_reference_same(rows[i].b, rows[i].a) != rows[i].same)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

static int parse_once(const char *text)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct image_reference reference;
	struct error err;
	int r;

	if (!arena)
		return -ENOMEM;
	r = image_reference_parse(text, arena, &reference, &err);
	if (r < 0)
		return r;
	return image_reference_string(&reference, arena) ? 0 : -ENOMEM;
}

static void test_no_memory(void **state)
{
	OOM_SWEEP(parse_once("example.com:5000/a/b:tag@" DIGEST), );
	OOM_SWEEP(image_reference_same("nginx", "library/nginx") ? 0 : -ENOMEM, );
}

static void test_arena_cap(void **state)
{
	/* Path 2, domain 4, tag 3, digest 72 bytes with their terminators. */
	for (uint64_t max = 0; max <= 81; max++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(max);
		struct image_reference reference;
		int r = image_reference_parse("x.y/a:tt@" DIGEST, arena, &reference, NULL);

		assert_int_equal(r, max < 2 + 4 + 3 + 72 ? -E2BIG : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_unknown_algorithm),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_arena_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
