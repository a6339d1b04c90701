/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, indexes and docker's manifest.json, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oom.h"
#include "source/manifest.h"

#define HEX_A  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DESC_A "{\"digest\":\"sha256:" HEX_A "\",\"size\":3}"
#define DESC_B "{\"digest\":\"sha256:" HEX_B "\",\"size\":4,\"mediaType\":\"t\"}"

static int parse(const char *text, const struct limits *limits, struct arena *arena,
		 struct manifest *manifest, struct error *err)
{
	return manifest_parse(text, strlen(text), limits, arena, manifest, err);
}

static void test_image(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct manifest manifest;

	assert_int_equal(parse("{\"schemaVersion\":2,\"config\":" DESC_A ",\"layers\":[" DESC_B
			       "," DESC_A "]}",
			       &limits_default, arena, &manifest, NULL),
			 0);
	assert_false(manifest.index);
	assert_string_equal(manifest.config.digest.hex, HEX_A);
	assert_string_equal(manifest.config.digest.algorithm, "sha256");
	assert_int_equal(manifest.config.size, 3);
	assert_null(manifest.config.media_type);
	assert_int_equal(manifest.n_items, 2);
	assert_string_equal(manifest.items[0].digest.hex, HEX_B);
	assert_string_equal(manifest.items[0].media_type, "t");
	assert_true(manifest_is_image(&manifest));
}

static void test_no_layers(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct manifest manifest;

	assert_int_equal(parse("{\"config\":" DESC_A "}", &limits_default, arena, &manifest, NULL),
			 0);
	assert_int_equal(manifest.n_items, 0);
	assert_int_equal(parse("{\"config\":" DESC_A ",\"layers\":null}", &limits_default, arena,
			       &manifest, NULL),
			 0);
	assert_int_equal(parse("{\"config\":" DESC_A ",\"manifests\":null,\"layers\":[]}",
			       &limits_default, arena, &manifest, NULL),
			 0);
	assert_false(manifest.index);
}

static void test_index(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	static const char text[] =
		"{\"manifests\":[{\"digest\":\"sha256:" HEX_A "\",\"platform\":{\"os\":\"linux\","
		"\"architecture\":\"arm\",\"variant\":\"v7\"},\"annotations\":{"
		"\"org.opencontainers.image.ref.name\":\"v1\",\"io.containerd.image.name\":"
		"\"docker.io/library/x:v1\"}},{\"digest\":\"sha256:" HEX_B
		"\",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}}]}";
	struct manifest manifest;

	assert_int_equal(parse(text, &limits_default, arena, &manifest, NULL), 0);
	assert_true(manifest.index);
	assert_int_equal(manifest.n_items, 2);
	assert_int_equal(manifest.items[0].size, UINT64_MAX);
	assert_string_equal(manifest.items[0].platform.os, "linux");
	assert_string_equal(manifest.items[0].platform.architecture, "arm");
	assert_string_equal(manifest.items[0].platform.variant, "v7");
	assert_string_equal(manifest.items[0].ref_name, "v1");
	assert_string_equal(manifest.items[0].image_name, "docker.io/library/x:v1");
	assert_null(manifest.items[1].platform.os);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *part;
	} cases[] = {
		{"", -EBADMSG, ""},
		{"[]", -EBADMSG, "object"},
		{"null", -EBADMSG, "object"},
		{"{}", -EBADMSG, "neither"},
		{"{\"schemaVersion\":1,\"fsLayers\":[]}", -EOPNOTSUPP, "schema 1"},
		{"{\"schemaVersion\":\"2\"}", -EBADMSG, "schemaVersion"},
		{"{\"config\":" DESC_A ",\"layers\":[],\"manifests\":[]}", -EBADMSG, "at once"},
		{"{\"layers\":[],\"manifests\":[]}", -EBADMSG, "at once"},
		{"{\"layers\":[]}", -EBADMSG, "no config"},
		{"{\"config\":{},\"layers\":[]}", -EBADMSG, "no digest"},
		{"{\"config\":[],\"layers\":[]}", -EBADMSG, "config"},
		{"{\"config\":" DESC_A ",\"layers\":{}}", -EBADMSG, "layers"},
		{"{\"config\":" DESC_A ",\"layers\":[1]}", -EBADMSG, "layers[0]"},
		{"{\"config\":" DESC_A ",\"layers\":[" DESC_A ",null]}", -EBADMSG, "layers[1]"},
		{"{\"config\":{\"digest\":\"sha256:xyz\"}}", -EBADMSG, "config"},
		{"{\"config\":{\"digest\":5}}", -EBADMSG, "digest"},
		{"{\"config\":{\"digest\":\"md5:" HEX_A "\"}}", -EOPNOTSUPP, "config"},
		{"{\"config\":{\"digest\":\"../../../etc/passwd\"}}", -EBADMSG, "config"},
		{"{\"config\":{\"digest\":\"sha256:" HEX_A "\",\"size\":-1}}", -EBADMSG, "size"},
		{"{\"config\":{\"digest\":\"sha256:" HEX_A "\",\"size\":\"1\"}}", -EBADMSG, "size"},
		{"{\"config\":" DESC_A ",\"Config\":" DESC_B "}", -EBADMSG, "onfig"},
		{"{\"manifests\":{}}", -EBADMSG, "manifests"},
		{"{\"manifests\":[{\"digest\":\"sha256:" HEX_A "\",\"platform\":[]}]}", -EBADMSG,
		 "platform"},
		{"{\"manifests\":[{\"digest\":\"sha256:" HEX_A "\",\"annotations\":\"x\"}]}",
		 -EBADMSG, "annotations"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct manifest manifest;
		struct error err = {};
		int r = parse(cases[i].text, &limits_default, arena, &manifest, &err);

		if (r != cases[i].code || !strstr(err.message, cases[i].part))
			fail_msg("%s: %d (%s)", cases[i].text, r, err.message);
	}
}

static void test_caps(void **state)
{
	static const char image[] =
		"{\"config\":" DESC_A ",\"layers\":[" DESC_A "," DESC_A "," DESC_A "]}";
	static const char index[] = "{\"manifests\":[" DESC_A "," DESC_A "]}";
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct limits limits = limits_default;
	struct manifest manifest;

	limits.layers = 3;
	limits.images = 2;
	assert_int_equal(parse(image, &limits, arena, &manifest, NULL), 0);
	assert_int_equal(parse(index, &limits, arena, &manifest, NULL), 0);
	limits.layers = 2;
	limits.images = 1;
	assert_int_equal(parse(image, &limits, arena, &manifest, NULL), -E2BIG);
	assert_int_equal(parse(index, &limits, arena, &manifest, NULL), -E2BIG);
	limits.json_depth = 2;
	assert_int_equal(parse("{\"a\":[[1]]}", &limits, arena, &manifest, NULL), -E2BIG);
}

static void test_artifacts(void **state)
{
	static const struct {
		const char *type;
		bool image;
	} cases[] = {
		{NULL, true},
		{"", true},
		{"application/vnd.oci.image.config.v1+json", true},
		{"application/vnd.docker.container.image.v1+json", true},
		{"application/octet-stream", true},
		{"application/vnd.oci.empty.v1+json", false},
		{"application/vnd.cncf.helm.config.v1+json", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct manifest manifest = {.config.media_type = cases[i].type};

		assert_int_equal(manifest_is_image(&manifest), cases[i].image);
	}
}

static int parse_docker(const char *text, const struct limits *limits, struct arena *arena,
			struct docker_item **items, size_t *n, struct error *err)
{
	return manifest_parse_docker(text, strlen(text), limits, arena, items, n, err);
}

static void test_docker(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct docker_item *items;
	size_t n;

	assert_int_equal(parse_docker("[{\"Config\":\"c.json\",\"RepoTags\":[\"a:1\",\"b:2\"],"
				      "\"Layers\":[\"x/layer.tar\"]},{\"Config\":\"d.json\","
				      "\"RepoTags\":null,\"Layers\":null}]",
				      &limits_default, arena, &items, &n, NULL),
			 0);
	assert_int_equal(n, 2);
	assert_string_equal(items[0].config, "c.json");
	assert_int_equal(items[0].tags.len, 2);
	assert_string_equal(items[0].tags.items[1], "b:2");
	assert_string_equal(items[0].layers.items[0], "x/layer.tar");
	assert_false(items[1].tags.set);
	assert_int_equal(items[1].layers.len, 0);
}

static void test_docker_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"{}", "array"},
		{"[1]", "[0]"},
		{"[{}]", "Config"},
		{"[{\"Config\":null}]", "Config"},
		{"[{\"Config\":1}]", "Config"},
		{"[{\"Config\":\"c\",\"Layers\":\"x\"}]", "Layers"},
		{"[{\"Config\":\"c\",\"Layers\":[1]}]", "Layers[0]"},
		{"[{\"Config\":\"c\"},{\"Config\":\"c\",\"RepoTags\":{}}]", "[1]"},
		{"[{\"Config\":\"c\",\"config\":\"d\"}]", "onfig"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct docker_item *items;
		struct error err = {};
		size_t n;
		int r = parse_docker(cases[i].text, &limits_default, arena, &items, &n, &err);

		if (r != -EBADMSG || !strstr(err.message, cases[i].part))
			fail_msg("%s: %d (%s)", cases[i].text, r, err.message);
	}
}

static void test_docker_caps(void **state)
{
	static const char text[] =
		"[{\"Config\":\"c\",\"Layers\":[\"a\",\"b\"]},{\"Config\":\"d\"}]";
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct limits limits = limits_default;
	struct docker_item *items;
	size_t n;

	limits.images = limits.layers = 2;
	assert_int_equal(parse_docker(text, &limits, arena, &items, &n, NULL), 0);
	limits.images = 1;
	assert_int_equal(parse_docker(text, &limits, arena, &items, &n, NULL), -E2BIG);
	limits.images = 2;
	limits.layers = 1;
	assert_int_equal(parse_docker(text, &limits, arena, &items, &n, NULL), -E2BIG);
}

static int sweep(const char *text, bool docker)
{
	struct arena *arena = arena_new(UINT64_MAX);
	struct manifest manifest;
	struct docker_item *items;
	size_t n;
	int r;

	if (!arena)
		return -ENOMEM;
	r = docker ? parse_docker(text, &limits_default, arena, &items, &n, NULL)
		   : parse(text, &limits_default, arena, &manifest, NULL);
	arena_free(arena);
	return r;
}

static void test_oom(void **state)
{
	OOM_SWEEP(sweep("{\"config\":" DESC_A ",\"layers\":[" DESC_B "]}", false), );
	OOM_SWEEP(sweep("[{\"Config\":\"c\",\"RepoTags\":[\"a\"],\"Layers\":[\"b\"]}]", true), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image),       cmocka_unit_test(test_no_layers),
		cmocka_unit_test(test_index),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_caps),        cmocka_unit_test(test_artifacts),
		cmocka_unit_test(test_docker),      cmocka_unit_test(test_docker_refused),
		cmocka_unit_test(test_docker_caps), cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
