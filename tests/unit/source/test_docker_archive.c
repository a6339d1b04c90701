/* SPDX-License-Identifier: Apache-2.0 */
/* docker-archive: in place, compressed as a whole, through a pipe; old and new layouts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source_test.h"

/* The parts of an archive, and the archive. */
struct parts {
	struct bytes layers[2], config, archive;
};

static void make_layers(struct parts *parts)
{
	tar_file(&parts->layers[0], "etc/passwd", "app:x:1000:1000\n");
	tar_end(&parts->layers[0]);
	tar_file(&parts->layers[1], "opt/x", "y");
	tar_file(&parts->layers[1], "opt/run.sh", "#!/bin/sh\nexec gosu app x\n");
	tar_end(&parts->layers[1]);
	config_json(&parts->config, "amd64", "\"User\":\"app\"", parts->layers, 2);
}

static void clear(struct parts *parts)
{
	bytes_clear(&parts->layers[0]);
	bytes_clear(&parts->layers[1]);
	bytes_clear(&parts->config);
	bytes_clear(&parts->archive);
}

/* What docker 1.10 to 24 wrote; the manifest comes last, as there. */
static void make_old(struct parts *parts, const char *tags)
{
	struct bytes *tar = &parts->archive, manifest = {};
	char config[80];

	make_layers(parts);
	snprintf(config, sizeof(config), "%s.json", bytes_hex(&parts->config));
	tar_dir(tar, "one/");
	tar_bytes(tar, "one/layer.tar", &parts->layers[0]);
	tar_file(tar, "one/VERSION", "1.0");
	tar_bytes(tar, "two/layer.tar", &parts->layers[1]);
	tar_bytes(tar, config, &parts->config);
	bytes_printf(&manifest,
		     "[{\"Config\":\"%s\",\"RepoTags\":%s,"
		     "\"Layers\":[\"one/layer.tar\",\"two/layer.tar\"]}]",
		     config, tags);
	tar_bytes(tar, "manifest.json", &manifest);
	tar_end(tar);
	bytes_clear(&manifest);
}

static void check_image(struct source *source, size_t index)
{
	struct image *image = source_image(source, index);
	struct file_tree *tree;

	assert_int_equal(image->n_layers, 2);
	assert_string_equal(image->config.user, "app");
	assert_string_equal(image->platform.architecture, "amd64");
	assert_false(image->rootfs);
	assert_string_equal(image->digest, image->config_digest);
	tree = expect_layer(source, index, 0);
	assert_int_equal(body_at(tree, "etc/passwd")->kind, BODY_WHOLE);
	assert_int_equal(inode_at(tree, "etc/passwd")->layer, 0);
	file_tree_free(tree);
	tree = expect_layer(source, index, 1);
	assert_int_equal(inode_at(tree, "opt/x")->layer, 1);
	file_tree_free(tree);
}

static void test_in_place(void **state)
{
	struct source_options options = default_options();
	_cleanup_(source_freep) struct source *source = NULL;
	struct parts parts = {};

	make_old(&parts, "[\"app:1\",\"app:2\"]");
	test_write("a.tar", &parts.archive);
	source = expect_open(&options, test_path("a.tar"), 1);
	assert_true(source_is_concurrent(source));
	assert_true(source_is_repeatable(source));
	assert_int_equal(source_image_bytes(source, 0), parts.layers[0].len + parts.layers[1].len);
	assert_string_equal(source_image(source, 0)->name, "app:1");
	assert_int_equal(source_image(source, 0)->references.len, 2);
	assert_string_equal(source_image(source, 0)->digest, bytes_digest(&parts.config));
	check_image(source, 0);
	check_image(source, 0); /* and again */
	clear(&parts);
}

static void test_compressed(void **state)
{
	struct source_options options = default_options();
	_cleanup_(source_freep) struct source *source = NULL;
	struct parts parts = {};
	struct bytes gzip = {};

	make_old(&parts, "null");
	gzip_bytes(&gzip, &parts.archive);
	test_write("a.tar.gz", &gzip);
	source = expect_open(&options, test_path("a.tar.gz"), 1);
	assert_false(source_is_concurrent(source));
	assert_true(source_is_repeatable(source));
	assert_string_equal(source_image(source, 0)->name, test_path("a.tar.gz"));
	check_image(source, 0);
	check_image(source, 0); /* the file is walked through again */
	bytes_clear(&gzip);
	clear(&parts);
}

/* Bodies that the pass did not keep come with a second one. */
static void test_compressed_wishes(void **state)
{
	static const char *const paths[] = {"/opt/x"};
	struct body_wishes wishes = {.paths = paths, .n_paths = 1};
	struct source_options options = default_options();
	_cleanup_(source_freep) struct source *source = NULL;
	_cleanup_(file_tree_freep) struct file_tree *plain = NULL, *wished = NULL;

	source = expect_open(&options, test_path("a.tar.gz"), 1);
	plain = expect_layer(source, 0, 1);
	assert_null(inode_at(plain, "opt/x")->body);
	assert_int_equal(body_at(plain, "opt/run.sh")->kind, BODY_WHOLE);
	assert_int_equal(source_read_layer(source, 0, 1, &wishes, &wished, NULL), 0);
	assert_string_equal(body_at(wished, "opt/x")->data, "y");
}

static void test_stdin(void **state)
{
	static const struct {
		const char *file;
		bool pipe, repeatable;
	} cases[] = {
		{"a.tar", true, false},
		{"a.tar.gz", true, false},
		{"a.tar", false, true},
		{"a.tar.gz", false, true},
	};
	struct source_options options = default_options();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct redirect redirect = redirect_stdin(test_path(cases[i].file), cases[i].pipe);
		struct source *source = expect_open(&options, i % 2 ? "-" : "docker-archive:-", 1);

		assert_int_equal(source_is_repeatable(source), cases[i].repeatable);
		check_image(source, 0);
		if (!cases[i].repeatable)
			expect_layer_failure(source, 0, 0, -EINVAL, "twice");
		source_free(source);
		redirect_end(&redirect);
	}
}

/* Two images that share a layer, one of which has it twice. */
static void make_shared(struct bytes *archive)
{
	struct bytes layer = {}, configs[2] = {}, twice[2], manifest = {};

	tar_file(&layer, "a", "b");
	tar_end(&layer);
	twice[0] = twice[1] = layer;
	config_json(&configs[0], "amd64", NULL, &layer, 1);
	config_json(&configs[1], "amd64", NULL, twice, 2);
	bytes_printf(&manifest,
		     "[{\"Config\":\"c0.json\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"l.tar\"]},"
		     "{\"Config\":\"c1.json\",\"RepoTags\":[\"y:1\"],\"Layers\":[\"l.tar\","
		     "\"link.tar\"]}]");
	tar_bytes(archive, "manifest.json", &manifest);
	tar_bytes(archive, "c0.json", &configs[0]);
	tar_bytes(archive, "c1.json", &configs[1]);
	tar_bytes(archive, "l.tar", &layer);
	tar_link(archive, "link.tar", '2', "./l.tar");
	tar_end(archive);
	bytes_clear(&layer);
	bytes_clear(&configs[0]);
	bytes_clear(&configs[1]);
	bytes_clear(&manifest);
}

static void read_shared(struct source *source)
{
	static const struct {
		size_t image, layer;
	} order[] = {{0, 0}, {1, 1}, {1, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		struct file_tree *tree = expect_layer(source, order[i].image, order[i].layer);

		assert_int_equal(inode_at(tree, "a")->layer, order[i].layer);
		file_tree_free(tree);
	}
}

static void test_shared_layers(void **state)
{
	struct source_options options = default_options();
	struct bytes archive = {};
	struct redirect redirect;
	struct source *source;

	make_shared(&archive);
	test_write("shared.tar", &archive);
	source = expect_open(&options, test_path("shared.tar"), 2);
	read_shared(source);
	source_free(source);
	redirect = redirect_stdin(test_path("shared.tar"), true);
	source = expect_open(&options, "-", 2);
	read_shared(source);
	source_free(source);
	redirect_end(&redirect);
	bytes_clear(&archive);
}

static void test_references(void **state)
{
	struct source_options options = default_options();
	static const struct {
		const char *suffix, *name;
	} cases[] = {
		{":x:1", "x:1"},
		{":docker.io/library/y:1", "docker.io/library/y:1"},
		{":@0", "x:1"},
		{":@1", "y:1"},
	};
	char target[600];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct source *source;

		snprintf(target, sizeof(target), "docker-archive:%s%s", test_path("shared.tar"),
			 cases[i].suffix);
		source = expect_open(&options, target, 1);
		assert_string_equal(source_image(source, 0)->name, cases[i].name);
		source_free(source);
	}
	snprintf(target, sizeof(target), "docker-archive:%s:z:1", test_path("shared.tar"));
	expect_failure(&options, target, -ENOENT, "there is: x:1, y:1");
	snprintf(target, sizeof(target), "docker-archive:%s:@2", test_path("shared.tar"));
	expect_failure(&options, target, -ENOENT, "@2");
}

/* docker since 25: blobs, and an index.json beside the manifest.json. */
static void make_new(struct bytes *archive, const char *layer_name, const char *config_name)
{
	struct bytes layer = {}, config = {}, manifest = {};
	char layer_path[200], config_path[200];

	tar_file(&layer, "a", "b");
	tar_end(&layer);
	config_json(&config, "amd64", NULL, &layer, 1);
	snprintf(layer_path, sizeof(layer_path), "blobs/sha256/%s",
		 layer_name ? layer_name : bytes_hex(&layer));
	snprintf(config_path, sizeof(config_path), "blobs/sha256/%s",
		 config_name ? config_name : bytes_hex(&config));
	tar_bytes(archive, layer_path, &layer);
	tar_bytes(archive, config_path, &config);
	tar_file(archive, "index.json", "{\"schemaVersion\":2,\"manifests\":[]}");
	tar_file(archive, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	bytes_printf(&manifest, "[{\"Config\":\"%s\",\"RepoTags\":null,\"Layers\":[\"%s\"]}]",
		     config_path, layer_path);
	tar_bytes(archive, "manifest.json", &manifest);
	tar_end(archive);
	bytes_clear(&layer);
	bytes_clear(&config);
	bytes_clear(&manifest);
}

static void test_both_manifests(void **state)
{
	struct source_options options = default_options();
	struct bytes archive = {};
	struct source *source;

	make_new(&archive, NULL, NULL);
	test_write("new.tar", &archive);
	source = expect_open(&options, test_path("new.tar"), 1);
	assert_non_null(source_image(source, 0)->layers[0].digest);
	file_tree_free(expect_layer(source, 0, 0));
	source_free(source);
	bytes_clear(&archive);
}

#define WRONG "0123456789012345678901234567890123456789012345678901234567890123"

/* Names below blobs/ are digests, and verified. */
static void test_wrong_blob_names(void **state)
{
	struct source_options options = default_options();
	struct bytes archive = {};
	struct source *source;

	make_new(&archive, WRONG, NULL);
	test_write("wrong-layer.tar", &archive);
	source = expect_open(&options, test_path("wrong-layer.tar"), 1);
	expect_layer_failure(source, 0, 0, -EBADMSG, "expected " WRONG);
	source_free(source);
	bytes_clear(&archive);
	make_new(&archive, NULL, WRONG);
	test_write("wrong-config.tar", &archive);
	expect_failure(&options, test_path("wrong-config.tar"), -EBADMSG, WRONG);
	bytes_clear(&archive);
}

/* One flipped bit in a layer or a configuration that is named by its digest. */
static void test_flipped(void **state)
{
	struct source_options options = default_options(), trusting = options;
	struct parts parts = {};
	struct source *source;
	uint8_t *at;

	make_old(&parts, "null");
	at = memmem(parts.archive.data, parts.archive.len, "app:x:1000:1000", 15);
	assert_non_null(at);
	at[6] = '0';
	test_write("flipped.tar", &parts.archive);
	source = expect_open(&options, test_path("flipped.tar"), 1);
	expect_layer_failure(source, 0, 0, -EBADMSG, "layer 1 of 2 (one/layer.tar): the diffID");
	file_tree_free(expect_layer(source, 0, 1));
	source_free(source);
	trusting.verify = false;
	source = expect_open(&trusting, test_path("flipped.tar"), 1);
	file_tree_free(expect_layer(source, 0, 0));
	source_free(source);
	at[6] = '1';
	at = memmem(parts.archive.data, parts.archive.len, "\"User\":\"app\"", 12);
	assert_non_null(at);
	at[8] = 'A';
	test_write("flipped.tar", &parts.archive);
	expect_failure(&options, test_path("flipped.tar"), -EBADMSG, "digest does not match");
	clear(&parts);
}

static void expect_manifest(const char *manifest, int code, const char *part)
{
	struct source_options options = default_options();
	struct bytes archive = {}, gzip = {};

	tar_file(&archive, "manifest.json", manifest);
	tar_file(&archive, "c.json", "{\"rootfs\":{\"diff_ids\":[]}}");
	tar_file(&archive, "bad.json", "{");
	tar_file(&archive, "twice.json", "{}");
	tar_file(&archive, "twice.json", "{\"rootfs\":{}}");
	tar_end(&archive);
	gzip_bytes(&gzip, &archive);
	test_write("m.tar", &archive);
	test_write("m.tar.gz", &gzip);
	expect_failure(&options, test_path("m.tar"), code, part);
	expect_failure(&options, test_path("m.tar.gz"), code, part);
	bytes_clear(&archive);
	bytes_clear(&gzip);
}

static void test_bad_manifests(void **state)
{
	expect_manifest("[]", -ENOENT, "no image");
	expect_manifest("{}", -EBADMSG, "manifest.json");
	expect_manifest("[{\"Config\":\"none.json\"}]", -ENOENT, "none.json");
	expect_manifest("[{\"Config\":\"../c.json\"}]", -ENOENT, "../c.json");
	expect_manifest("[{\"Config\":\"bad.json\"}]", -EBADMSG, "bad.json");
	expect_manifest("[{\"Config\":\"twice.json\"}]", -EBADMSG, "twice");
	expect_manifest("[{\"Config\":\"c.json\",\"Layers\":[\"x\"]}]", -EBADMSG, "0 diff_ids");
}

static void test_missing_layer(void **state)
{
	struct source_options options = default_options();
	struct bytes archive = {}, layer = {}, config = {};
	struct source *source;

	tar_end(&layer);
	config_json(&config, "amd64", NULL, &layer, 1);
	tar_file(&archive, "manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"gone.tar\"]}]");
	tar_bytes(&archive, "c.json", &config);
	tar_end(&archive);
	test_write("gone.tar", &archive);
	source = expect_open(&options, test_path("gone.tar"), 1);
	expect_layer_failure(source, 0, 0, -ENOENT, "gone.tar");
	source_free(source);
	bytes_clear(&archive);
	bytes_clear(&layer);
	bytes_clear(&config);
}

/* Whatever is cut off a compressed archive: an error, when opening or when reading. */
static void test_truncated(void **state)
{
	struct source_options options = default_options();
	struct parts parts = {};
	struct bytes gzip = {};

	make_old(&parts, "null");
	gzip_bytes(&gzip, &parts.archive);
	for (size_t len = 1; len < gzip.len; len += 211) {
		struct bytes cut = {.data = gzip.data, .len = len};
		struct source *source = NULL;
		struct error err;

		test_write("cut.tar.gz", &cut);
		if (open_with(&options, test_path("cut.tar.gz"), &source, &err) >= 0)
			fail_msg("opened when cut at %zu", len);
	}
	bytes_clear(&gzip);
	clear(&parts);
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_place),          cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_compressed_wishes), cmocka_unit_test(test_stdin),
		cmocka_unit_test(test_shared_layers),     cmocka_unit_test(test_references),
		cmocka_unit_test(test_both_manifests),    cmocka_unit_test(test_wrong_blob_names),
		cmocka_unit_test(test_flipped),           cmocka_unit_test(test_bad_manifests),
		cmocka_unit_test(test_missing_layer),     cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
