/* SPDX-License-Identifier: Apache-2.0 */
/* Image configurations: what Go would read, and what it would refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oom.h"
#include "source/image_config.h"

#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:a\",\"sha256:b\"]}"

static int parse(const char *text, const struct limits *limits, struct image **image,
		 struct config_layers *layers, struct error *err)
{
	_cleanup_(image_freep) struct image *made = NULL;
	int r = image_new("test", &made, err);

	if (r == 0)
		r = image_config_parse(text, strlen(text), limits, made, layers, err);
	if (r == 0)
		*image = TAKE(made);
	return r;
}

static struct image *expect(const char *text, struct config_layers *layers)
{
	struct image *image = NULL;
	struct error err = {};
	int r = parse(text, &limits_default, &image, layers, &err);

	if (r < 0)
		fail_msg("%s: %d (%s)", text, r, err.message);
	return image;
}

static void test_full(void **state)
{
	struct config_layers layers;
	_cleanup_(image_freep) struct image *image = expect(
		"{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\",\"config\":{"
		"\"User\":\"app:0\",\"Entrypoint\":[\"/e\"],\"Cmd\":[\"a\",null],\"Env\":[\"X=1\"],"
		"\"Shell\":[\"/bin/sh\",\"-c\"],\"OnBuild\":[\"USER root\"],\"WorkingDir\":\"/w\","
		"\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},\"Volumes\":{\"/v\":{}},"
		"\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":3},\"ArgsEscaped\":true},"
		"\"container_config\":{\"User\":\"root\",\"Cmd\":17}," ROOTFS
		",\"history\":[{\"created_by\":\"ADD\"},{\"created_by\":\"USER\",\"empty_layer\":"
		"true},{\"created_by\":\"RUN\"}]}",
		&layers);
	const struct image_config *config = &image->config;

	assert_string_equal(image->platform.architecture, "arm64");
	assert_string_equal(image->platform.variant, "v8");
	assert_string_equal(config->user, "app:0");
	assert_int_equal(config->entrypoint.len, 1);
	assert_true(config->entrypoint.set);
	assert_int_equal(config->cmd.len, 2);
	assert_string_equal(config->cmd.items[1], "");
	assert_string_equal(config->env.items[0], "X=1");
	assert_int_equal(config->shell.len, 2);
	assert_string_equal(config->on_build.items[0], "USER root");
	assert_string_equal(config->working_dir, "/w");
	assert_int_equal(config->exposed_ports.len, 2);
	assert_string_equal(config->exposed_ports.items[0], "80/tcp");
	assert_string_equal(config->exposed_ports.items[1], "53/udp");
	assert_string_equal(config->volumes.items[0], "/v");
	assert_string_equal(config->healthcheck.test.items[0], "CMD");
	assert_true(config->args_escaped);
	assert_int_equal(layers.diff_ids.len, 2);
	assert_int_equal(layers.created_by.len, 2);
	assert_string_equal(layers.created_by.items[0], "ADD");
	assert_string_equal(layers.created_by.items[1], "RUN");
}

static void test_user(void **state)
{
	static const struct {
		const char *config, *user;
	} cases[] = {
		{"", NULL},
		{"\"config\":null,", NULL},
		{"\"config\":{},", NULL},
		{"\"config\":{\"User\":null},", NULL},
		{"\"config\":{\"User\":\"\"},", ""},
		{"\"config\":{\"User\":\" 0\"},", " 0"},
		{"\"config\":{\"user\":\"app\"},", "app"},
		{"\"Config\":{\"USER\":\"app\"},", "app"},
		{"\"container_config\":{\"User\":\"app\"},", NULL},
		{"\"config\":{\"Users\":\"app\"},", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(image_freep) struct image *image = NULL;
		struct config_layers layers;
		char text[256];

		snprintf(text, sizeof(text), "{%s" ROOTFS "}", cases[i].config);
		image = expect(text, &layers);
		if (cases[i].user)
			assert_string_equal(image->config.user, cases[i].user);
		else
			assert_null(image->config.user);
	}
}

static void test_null_lists(void **state)
{
	struct config_layers layers;
	_cleanup_(image_freep) struct image *image =
		expect("{\"config\":{\"Entrypoint\":null,\"Cmd\":[],\"ExposedPorts\":null},"
		       "\"rootfs\":{}}",
		       &layers);

	assert_false(image->config.entrypoint.set);
	assert_true(image->config.cmd.set);
	assert_int_equal(image->config.cmd.len, 0);
	assert_false(image->config.exposed_ports.set);
	assert_int_equal(layers.diff_ids.len, 0);
}

/* A history that does not fit the layers says nothing about any of them. */
static void test_history(void **state)
{
	static const struct {
		const char *history;
		size_t len;
	} cases[] = {
		{"[{\"created_by\":\"a\"},{\"created_by\":\"b\"}]", 2},
		{"[{},{}]", 2},
		{"[{\"created_by\":\"a\"}]", 0},
		{"[{\"created_by\":\"a\"},{},{}]", 0},
		{"[{\"empty_layer\":true},{\"created_by\":\"\"},{\"created_by\":\"b\"}]", 2},
		{"[]", 0},
		{"null", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(image_freep) struct image *image = NULL;
		struct config_layers layers;
		char text[256];

		snprintf(text, sizeof(text), "{\"history\":%s," ROOTFS "}", cases[i].history);
		image = expect(text, &layers);
		assert_int_equal(layers.created_by.len, cases[i].len);
	}
}

static void test_empty_created_by(void **state)
{
	struct config_layers layers;
	_cleanup_(image_freep) struct image *image =
		expect("{\"history\":[{\"created_by\":\"x\",\"empty_layer\":true},{\"created_by\":"
		       "\"\"},{\"created_by\":\"b\"}]," ROOTFS "}",
		       &layers);

	assert_non_null(image);
	assert_null(layers.created_by.items[0]);
	assert_string_equal(layers.created_by.items[1], "b");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"", ""},
		{"[]", "object"},
		{"\"x\"", "object"},
		{"{}", "rootfs"},
		{"{\"rootfs\":null}", "rootfs"},
		{"{\"rootfs\":[]}", "rootfs"},
		{"{\"rootfs\":{\"diff_ids\":{}}}", "diff_ids"},
		{"{\"rootfs\":{\"diff_ids\":[1]}}", "diff_ids[0]"},
		{"{\"os\":1," ROOTFS "}", "os"},
		{"{\"config\":[]," ROOTFS "}", "config"},
		{"{\"config\":\"x\"," ROOTFS "}", "config"},
		{"{\"config\":{\"User\":0}," ROOTFS "}", "User"},
		{"{\"config\":{\"User\":[\"a\"]}," ROOTFS "}", "User"},
		{"{\"config\":{\"User\":false}," ROOTFS "}", "User"},
		{"{\"config\":{\"User\":\"a\",\"user\":\"b\"}," ROOTFS "}", "ser"},
		{"{\"config\":{\"User\":\"a\",\"User\":\"b\"}," ROOTFS "}", "User"},
		{"{\"config\":{},\"Config\":{}," ROOTFS "}", "onfig"},
		{"{\"config\":{\"Entrypoint\":\"x\"}," ROOTFS "}", "Entrypoint"},
		{"{\"config\":{\"Cmd\":[1]}," ROOTFS "}", "Cmd[0]"},
		{"{\"config\":{\"Cmd\":[[]]}," ROOTFS "}", "Cmd[0]"},
		{"{\"config\":{\"ExposedPorts\":[]}," ROOTFS "}", "ExposedPorts"},
		{"{\"config\":{\"Volumes\":\"x\"}," ROOTFS "}", "Volumes"},
		{"{\"config\":{\"Healthcheck\":[]}," ROOTFS "}", "Healthcheck"},
		{"{\"config\":{\"Healthcheck\":{\"Test\":\"x\"}}," ROOTFS "}", "Test"},
		{"{\"config\":{\"ArgsEscaped\":1}," ROOTFS "}", "ArgsEscaped"},
		{"{\"config\":{\"OnBuild\":{}}," ROOTFS "}", "OnBuild"},
		{"{\"history\":{}," ROOTFS "}", "history"},
		{"{\"history\":[1]," ROOTFS "}", "history"},
		{"{\"history\":[{\"empty_layer\":\"x\"}]," ROOTFS "}", "empty_layer"},
		{"{\"history\":[{\"created_by\":1}]," ROOTFS "}", "created_by"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config_layers layers;
		struct image *image = NULL;
		struct error err = {};
		int r = parse(cases[i].text, &limits_default, &image, &layers, &err);

		if (r != -EBADMSG || !strstr(err.message, cases[i].part))
			fail_msg("%s: %d (%s)", cases[i].text, r, err.message);
		assert_null(image);
	}
}

static void test_caps(void **state)
{
	struct limits limits = limits_default;
	struct config_layers layers;
	struct image *image = NULL;

	limits.layers = 2;
	assert_int_equal(parse("{" ROOTFS "}", &limits, &image, &layers, NULL), 0);
	image_free(TAKE(image));
	limits.layers = 1;
	assert_int_equal(parse("{" ROOTFS "}", &limits, &image, &layers, NULL), -E2BIG);
	limits.json_depth = 2;
	assert_int_equal(parse("{\"a\":[[]]," ROOTFS "}", &limits, &image, &layers, NULL), -E2BIG);
}

static void test_oom(void **state)
{
	static const char text[] = "{\"os\":\"linux\",\"config\":{\"User\":\"a\",\"Cmd\":[\"b\"],"
				   "\"ExposedPorts\":{\"1/tcp\":{}}},\"history\":[{\"created_by\":"
				   "\"x\"},{}]," ROOTFS "}";
	struct config_layers layers;
	struct image *image = NULL;

	OOM_SWEEP(parse(text, &limits_default, &image, &layers, NULL), image_free(TAKE(image)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_null_lists),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_empty_created_by),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
