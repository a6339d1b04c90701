/* SPDX-License-Identifier: Apache-2.0 */
/* dir: as skopeo writes it, with one manifest or an index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source_test.h"

static void make_dir(const char *dir)
{
	char name[64];

	test_mkdir(dir);
	snprintf(name, sizeof(name), "%s/version", dir);
	test_write_text(name, "Directory Transport Version: 1.1\n");
}

static void put(const char *dir, const char *file, const struct bytes *content)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/%s", dir, file);
	test_write(name, content);
}

/* Blobs in a directory, and the manifest's text. */
static void make_image(const char *dir, const char *platform, struct bytes *manifest)
{
	struct bytes layer = {}, config = {};

	tar_file(&layer, "file", platform);
	tar_end(&layer);
	config_json(&config, platform, "\"User\":\"app\"", &layer, 1);
	put(dir, bytes_hex(&layer), &layer);
	put(dir, bytes_hex(&config), &config);
	bytes_printf(manifest,
		     "{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"size\":%zu},\"layers\":["
		     "{\"digest\":\"%s\",\"size\":%zu}]}",
		     bytes_digest(&config), config.len, bytes_digest(&layer), layer.len);
	bytes_clear(&layer);
	bytes_clear(&config);
}

static void test_image(void **state)
{
	struct source_options options = default_options();
	struct bytes manifest = {};
	struct source *source;
	struct file_tree *tree;
	char target[600];

	make_dir("image");
	make_image("image", "s390x", &manifest); /* alone: any platform will do */
	put("image", "manifest.json", &manifest);
	source = expect_open(&options, test_path("image"), 1);
	assert_string_equal(source_image(source, 0)->config.user, "app");
	assert_string_equal(source_image(source, 0)->digest, bytes_digest(&manifest));
	tree = expect_layer(source, 0, 0);
	assert_true(has_path(tree, "file"));
	file_tree_free(tree);
	source_free(source);
	snprintf(target, sizeof(target), "dir:%s", test_path("image"));
	source_free(expect_open(&options, target, 1));
	bytes_clear(&manifest);
}

static void test_index(void **state)
{
	struct source_options options = default_options();
	struct bytes manifests[2] = {}, index = {};
	static const char *const platforms[] = {"s390x", "riscv64"};
	struct source *source;
	char name[128];

	make_dir("index");
	bytes_puts(&index, "{\"schemaVersion\":2,\"manifests\":[");
	for (int i = 0; i < 2; i++) {
		make_image("index", platforms[i], &manifests[i]);
		snprintf(name, sizeof(name), "%s.manifest.json", bytes_hex(&manifests[i]));
		put("index", name, &manifests[i]);
		bytes_printf(&index,
			     "%s{\"digest\":\"%s\",\"size\":%zu,\"platform\":{\"os\":\"linux\","
			     "\"architecture\":\"%s\"}}",
			     i ? "," : "", bytes_digest(&manifests[i]), manifests[i].len,
			     platforms[i]);
	}
	bytes_puts(&index, "]}");
	put("index", "manifest.json", &index);
	options.platform = (struct platform){.os = "linux", .architecture = "riscv64"};
	source = expect_open(&options, test_path("index"), 1);
	assert_string_equal(source_image(source, 0)->platform.architecture, "riscv64");
	assert_string_equal(source_image(source, 0)->digest, bytes_digest(&manifests[1]));
	source_free(source);
	options.platform.architecture = "ppc64le";
	expect_failure(&options, test_path("index"), -ENOENT, "linux/s390x, linux/riscv64");
	options.platform.os = NULL;
	options.all_platforms = true;
	source_free(expect_open(&options, test_path("index"), 2));
	bytes_clear(&index);
	bytes_clear(&manifests[0]);
	bytes_clear(&manifests[1]);
}

static void test_wrong(void **state)
{
	struct source_options options = default_options();
	struct bytes schema1 = {}, manifest = {}, other = {};
	char *digest;

	make_dir("wrong");
	bytes_puts(&schema1, "{\"schemaVersion\":1,\"fsLayers\":[]}");
	put("wrong", "manifest.json", &schema1);
	expect_failure(&options, test_path("wrong"), -EOPNOTSUPP, "schema 1");
	make_image("wrong", "amd64", &manifest);
	put("wrong", "manifest.json", &manifest);
	/* The configuration under its name is another one. */
	digest = memmem(manifest.data, manifest.len, "sha256:", 7);
	assert_non_null(digest);
	bytes_add(&other, digest + 7, 64);
	bytes_add(&other, "", 1);
	bytes_puts(&schema1, " ");
	put("wrong", (char *)other.data, &schema1);
	expect_failure(&options, test_path("wrong"), -EBADMSG, "does not match");
	unlink(test_path("wrong/manifest.json"));
	expect_failure(&options, test_path("wrong"), -EOPNOTSUPP, "neither");
	bytes_clear(&schema1);
	bytes_clear(&manifest);
	bytes_clear(&other);
}

/* A symbolic link that leads out of the directory is not followed. */
static void test_escape(void **state)
{
	struct source_options options = default_options();

	make_dir("escape");
	test_write_text("outside.json", "{}");
	assert_int_equal(symlink("../outside.json", test_path("escape/manifest.json")), 0);
	expect_failure(&options, test_path("escape"), -EBADMSG, "");
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
