/* SPDX-License-Identifier: Apache-2.0 */
/* OCI layouts and archives: names, platforms, nested indexes, artifacts, verification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source_test.h"

#define LINUX(arch) ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" arch "\"}"
#define REF(name)   ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" name "\"}"

/* A platform that is not this machine's, whatever that is. */
#define OTHER       "s390x"

static const char *host(void)
{
#if defined(__aarch64__)
	return "arm64";
#else
	return "amd64";
#endif
}

/* An image of one layer with one file, whose content makes it another image each time. */
static void put_image(struct layout *layout, const char *platform, const char *content,
		      struct bytes *ret_descriptor)
{
	struct bytes layer = {}, config = {};

	tar_file(&layer, "file", content);
	tar_end(&layer);
	config_json(&config, platform, NULL, &layer, 1);
	layout_manifest(layout, &config, &layer, 1, ret_descriptor);
	bytes_clear(&layer);
	bytes_clear(&config);
}

static void list_image(struct layout *layout, const char *platform, const char *content,
		       const char *extra)
{
	struct bytes descriptor = {};

	put_image(layout, platform, content, &descriptor);
	layout_list(layout, &descriptor, extra);
	bytes_clear(&descriptor);
}

static void append(struct bytes *list, const struct bytes *descriptor, const char *extra)
{
	if (list->len > 0)
		bytes_puts(list, ",");
	bytes_add(list, descriptor->data, descriptor->len - 1);
	bytes_printf(list, "%s}", extra);
}

static const char *oci(const char *dir)
{
	static char text[600];

	snprintf(text, sizeof(text), "oci:%s", test_path(dir));
	return text;
}

static const char *oci_ref(const char *dir, const char *reference)
{
	static char text[600];

	snprintf(text, sizeof(text), "oci:%s:%s", test_path(dir), reference);
	return text;
}

static void test_one(void **state)
{
	struct source_options options = default_options();
	_cleanup_(source_freep) struct source *source = NULL;
	struct layout layout;
	struct image *image;

	layout_begin(&layout, "one");
	list_image(&layout, host(), "a", "");
	layout_end(&layout);
	source = expect_open(&options, test_path("one"), 1);
	image = source_image(source, 0);
	assert_string_equal(image->name, test_path("one"));
	assert_non_null(strstr(image->digest, "sha256:"));
	assert_string_not_equal(image->digest, image->config_digest);
	assert_string_equal(image->platform.architecture, host());
	assert_non_null(strstr(image->layers[0].blob_name, "layer 1 of 1 (sha256:"));
	assert_true(source_is_concurrent(source));
	assert_true(source_image_bytes(source, 0) > 0);
	file_tree_free(expect_layer(source, 0, 0));
	file_tree_free(expect_layer(source, 0, 0));
}

static void test_names(void **state)
{
	struct source_options options = default_options();
	struct source *source;
	struct layout layout;

	layout_begin(&layout, "names");
	list_image(&layout, host(), "a", REF("v1"));
	list_image(&layout, host(), "b", REF("v2"));
	list_image(&layout, host(), "c",
		   ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/x:v3\","
		   "\"org.opencontainers.image.ref.name\":\"v3\"}");
	layout_end(&layout);
	source = expect_open(&options, oci("names"), 3);
	assert_non_null(strstr(source_image(source, 0)->name, "names:v1"));
	assert_non_null(strstr(source_image(source, 1)->name, "names:v2"));
	assert_string_equal(source_image(source, 2)->name, "docker.io/library/x:v3");
	source_free(source);
	source = expect_open(&options, oci_ref("names", "v2"), 1);
	assert_non_null(strstr(source_image(source, 0)->name, "names:v2"));
	source_free(source);
	source_free(expect_open(&options, oci_ref("names", "x:v3"), 1));
	source_free(expect_open(&options, oci_ref("names", "@1"), 1));
	expect_failure(&options, oci_ref("names", "v4"), -ENOENT, "v1, v2");
	expect_failure(&options, oci_ref("names", "@3"), -ENOENT, "@3");
}

static void make_platforms(const char *dir)
{
	struct bytes list = {}, descriptor = {};
	struct layout layout;
	char extra[128];

	layout_begin(&layout, dir);
	put_image(&layout, OTHER, "other", &descriptor);
	append(&list, &descriptor, LINUX(OTHER));
	bytes_clear(&descriptor);
	put_image(&layout, host(), "host", &descriptor);
	snprintf(extra, sizeof(extra), ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}",
		 host());
	append(&list, &descriptor, extra);
	bytes_clear(&descriptor);
	put_image(&layout, "unknown", "attestation", &descriptor);
	append(&list, &descriptor,
	       ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}");
	append(&list, &descriptor,
	       ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"},"
	       "\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}");
	bytes_clear(&descriptor);
	bytes_add(&list, "", 1);
	layout_index(&layout, (char *)list.data, &descriptor);
	layout_list(&layout, &descriptor, REF("latest"));
	layout_end(&layout);
	bytes_clear(&list);
	bytes_clear(&descriptor);
}

static void test_platforms(void **state)
{
	struct source_options options = default_options();
	struct source *source;

	make_platforms("multi");
	source = expect_open(&options, oci("multi"), 1);
	assert_string_equal(source_image(source, 0)->platform.architecture, host());
	source_free(source);
	options.platform = (struct platform){.os = "linux", .architecture = OTHER};
	source = expect_open(&options, oci("multi"), 1);
	assert_string_equal(source_image(source, 0)->platform.architecture, OTHER);
	source_free(source);
	options.platform.architecture = "riscv64";
	expect_failure(&options, oci("multi"), -ENOENT, "linux/" OTHER);
	options.platform.os = NULL;
	options.all_platforms = true;
	source = expect_open(&options, oci("multi"), 2);
	assert_string_equal(source_image(source, 0)->platform.architecture, OTHER);
	assert_string_equal(source_image(source, 1)->platform.architecture, host());
	source_free(source);
}

/* An image that is alone is judged; one that was asked for must be the one. */
static void test_alone(void **state)
{
	struct source_options options = default_options();
	struct layout layout;

	layout_begin(&layout, "alone");
	list_image(&layout, OTHER, "a", LINUX(OTHER));
	layout_end(&layout);
	source_free(expect_open(&options, oci("alone"), 1));
	options.platform = (struct platform){.os = "linux", .architecture = "riscv64"};
	expect_failure(&options, oci("alone"), -ENOENT, "linux/" OTHER);
	options.platform.architecture = OTHER;
	source_free(expect_open(&options, oci("alone"), 1));
}

/* The platform stands in the configuration only. */
static void test_config_platform(void **state)
{
	struct source_options options = default_options();
	struct bytes list = {}, descriptor = {};
	struct layout layout;
	struct source *source;

	layout_begin(&layout, "unsaid");
	put_image(&layout, OTHER, "other", &descriptor);
	append(&list, &descriptor, "");
	bytes_clear(&descriptor);
	put_image(&layout, host(), "host", &descriptor);
	append(&list, &descriptor, "");
	bytes_clear(&descriptor);
	bytes_add(&list, "", 1);
	layout_index(&layout, (char *)list.data, &descriptor);
	layout_list(&layout, &descriptor, "");
	layout_end(&layout);
	source = expect_open(&options, oci("unsaid"), 1);
	assert_string_equal(source_image(source, 0)->platform.architecture, host());
	source_free(source);
	bytes_clear(&list);
	bytes_clear(&descriptor);
}

/* index.json itself lists platforms of one image. */
static void test_flat_platforms(void **state)
{
	struct source_options options = default_options();
	struct layout layout;
	struct source *source;
	char extra[128];

	layout_begin(&layout, "flat");
	list_image(&layout, OTHER, "a", LINUX(OTHER));
	snprintf(extra, sizeof(extra), ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}",
		 host());
	list_image(&layout, host(), "b", extra);
	layout_end(&layout);
	source = expect_open(&options, oci("flat"), 1);
	assert_string_equal(source_image(source, 0)->platform.architecture, host());
	source_free(source);
	options.all_platforms = true;
	source_free(expect_open(&options, oci("flat"), 2));
	options.all_platforms = false;
	options.platform = (struct platform){.os = "linux", .architecture = "riscv64"};
	expect_failure(&options, oci("flat"), -ENOENT, "there is: linux/" OTHER);
}

static void make_nested(const char *dir, int depth)
{
	struct bytes descriptor = {};
	struct layout layout;

	layout_begin(&layout, dir);
	put_image(&layout, host(), dir, &descriptor);
	for (int i = 0; i < depth; i++) {
		struct bytes inner = descriptor;

		bytes_add(&inner, "", 1);
		descriptor = (struct bytes){};
		layout_index(&layout, (char *)inner.data, &descriptor);
		bytes_clear(&inner);
	}
	layout_list(&layout, &descriptor, "");
	layout_end(&layout);
	bytes_clear(&descriptor);
}

static void test_nested(void **state)
{
	struct limits limits = limits_default;
	struct source_options options = {.limits = &limits, .verify = true};

	limits.index_depth = 3;
	make_nested("deep3", 3);
	make_nested("deep4", 4);
	source_free(expect_open(&options, oci("deep3"), 1));
	expect_failure(&options, oci("deep4"), -E2BIG, "index-depth");
}

/* An index that lists the same index many times is not followed without end. */
static void test_fan_out(void **state)
{
	struct limits limits = limits_default;
	struct source_options options = {.limits = &limits, .verify = true, .all_platforms = true};
	struct bytes descriptor = {}, list = {};
	struct layout layout;

	layout_begin(&layout, "fan");
	put_image(&layout, host(), "x", &descriptor);
	for (int level = 0; level < 4; level++) {
		bytes_clear(&list);
		for (int i = 0; i < 10; i++)
			append(&list, &descriptor, "");
		bytes_add(&list, "", 1);
		bytes_clear(&descriptor);
		layout_index(&layout, (char *)list.data, &descriptor);
	}
	layout_list(&layout, &descriptor, "");
	layout_end(&layout);
	expect_failure(&options, oci("fan"), -E2BIG, "limit images");
	bytes_clear(&list);
	bytes_clear(&descriptor);
}

#define WRONG "sha256:0123456789012345678901234567890123456789012345678901234567890123"

static void test_missing_and_wrong(void **state)
{
	struct source_options options = default_options();
	struct layout layout;
	struct bytes blob = {};

	layout_begin(&layout, "missing");
	bytes_puts(&layout.list, "{\"digest\":\"" WRONG "\"}");
	layout_end(&layout);
	expect_failure(&options, oci("missing"), -ENOENT, &WRONG[7]);
	/* A manifest that lists itself could only do so under a wrong digest. */
	bytes_puts(&blob, "{\"manifests\":[{\"digest\":\"" WRONG "\"}]}");
	test_write("missing/blobs/sha256/0123456789012345678901234567890123456789012345678901234567"
		   "890123",
		   &blob);
	expect_failure(&options, oci("missing"), -EBADMSG, "digest does not match");
	bytes_clear(&blob);
}

static void test_size(void **state)
{
	struct source_options options = default_options();
	struct bytes layer = {}, config = {}, manifest = {};
	struct layout layout;
	struct source *source;

	layout_begin(&layout, "size");
	tar_end(&layer);
	config_json(&config, host(), NULL, &layer, 1);
	layout_blob(&layout, &layer);
	layout_blob(&layout, &config);
	bytes_printf(&manifest,
		     "{\"config\":{\"digest\":\"%s\"},\"layers\":[{\"digest\":\"%s\",\"size\":7}]}",
		     bytes_digest(&config), bytes_digest(&layer));
	layout_blob(&layout, &manifest);
	bytes_printf(&layout.list, "{\"digest\":\"%s\",\"size\":%zu}", bytes_digest(&manifest),
		     manifest.len + 1);
	layout_end(&layout);
	expect_failure(&options, oci("size"), -EBADMSG, "size does not match");
	bytes_printf(&layout.list, "{\"digest\":\"%s\"}", bytes_digest(&manifest));
	layout_end(&layout);
	source = expect_open(&options, oci("size"), 1);
	expect_layer_failure(source, 0, 0, -EBADMSG, "expected 7 bytes, found 1024");
	source_free(source);
	bytes_clear(&layer);
	bytes_clear(&config);
	bytes_clear(&manifest);
}

/* A blob changed in place: its name says so. */
static void test_corrupt_layer(void **state)
{
	struct source_options options = default_options();
	struct bytes layer = {}, config = {}, descriptor = {};
	struct layout layout;
	struct source *source;
	char name[256];

	layout_begin(&layout, "corrupt");
	tar_file(&layer, "file", "good");
	tar_end(&layer);
	config_json(&config, host(), NULL, &layer, 1);
	layout_manifest(&layout, &config, &layer, 1, &descriptor);
	layout_list(&layout, &descriptor, "");
	layout_end(&layout);
	snprintf(name, sizeof(name), "corrupt/blobs/sha256/%s", bytes_hex(&layer));
	layer.data[512] = 'G';
	test_write(name, &layer);
	source = expect_open(&options, oci("corrupt"), 1);
	expect_layer_failure(source, 0, 0, -EBADMSG, "the digest does not match");
	source_free(source);
	options.verify = false;
	source = expect_open(&options, oci("corrupt"), 1);
	file_tree_free(expect_layer(source, 0, 0));
	source_free(source);
	unlink(test_path(name));
	source = expect_open(&options, oci("corrupt"), 1);
	expect_layer_failure(source, 0, 0, -ENOENT, "layer 1 of 1");
	source_free(source);
	bytes_clear(&layer);
	bytes_clear(&config);
	bytes_clear(&descriptor);
}

static void test_artifacts(void **state)
{
	struct source_options options = default_options();
	struct bytes manifest = {}, config = {};
	struct layout layout;

	bytes_puts(&config, "{}");
	layout_begin(&layout, "artifact");
	layout_blob(&layout, &config);
	bytes_printf(&manifest,
		     "{\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":"
		     "\"%s\"},\"layers\":[]}",
		     bytes_digest(&config));
	layout_blob(&layout, &manifest);
	bytes_printf(&layout.list, "{\"digest\":\"%s\"}", bytes_digest(&manifest));
	layout_end(&layout);
	expect_failure(&options, oci("artifact"), -EOPNOTSUPP, "artifact");
	/* Beside an image it is passed over. */
	bytes_printf(&layout.list, "{\"digest\":\"%s\"}", bytes_digest(&manifest));
	list_image(&layout, host(), "a", "");
	layout_end(&layout);
	source_free(expect_open(&options, oci("artifact"), 1));
	bytes_printf(&layout.list, "{\"digest\":\"%s\"},{\"digest\":\"%s\"}",
		     bytes_digest(&manifest), bytes_digest(&manifest));
	layout_end(&layout);
	expect_failure(&options, oci("artifact"), -EOPNOTSUPP, "artifacts");
	bytes_clear(&manifest);
	bytes_clear(&config);
}

static void test_malformed_layouts(void **state)
{
	static const struct {
		const char *layout, *index;
		int code;
		const char *part;
	} cases[] = {
		{"{\"imageLayoutVersion\":\"1.0.0\"}", NULL, -ENOENT, "index.json"},
		{"{\"imageLayoutVersion\":\"1.0.0\"}", "{", -EBADMSG, "index.json"},
		{"{\"imageLayoutVersion\":\"1.0.0\"}", "{\"manifests\":[]}", -ENOENT, "no image"},
		{"{\"imageLayoutVersion\":\"1.0.0\"}", "{\"layers\":[]}", -EBADMSG, "index.json"},
		{"{\"imageLayoutVersion\":\"2.0.0\"}", "{\"manifests\":[]}", -EOPNOTSUPP, "2.0.0"},
		{"{\"imageLayoutVersion\":2}", "{\"manifests\":[]}", -EBADMSG, "oci-layout"},
		{"", "{\"manifests\":[]}", -EBADMSG, "oci-layout"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct source_options options = default_options();
		char dir[32], name[64];

		snprintf(dir, sizeof(dir), "malformed%zu", i);
		test_mkdir(dir);
		snprintf(name, sizeof(name), "%s/oci-layout", dir);
		test_write_text(name, cases[i].layout);
		snprintf(name, sizeof(name), "%s/index.json", dir);
		if (cases[i].index)
			test_write_text(name, cases[i].index);
		expect_failure(&options, oci(dir), cases[i].code, cases[i].part);
	}
}

/* The same layout in an archive: in place, and in a pass with the index first or last. */
static void make_archive(struct bytes *archive, bool index_first)
{
	struct bytes layer = {}, gzip = {}, config = {}, manifest = {}, index = {};
	char name[200];

	tar_file(&layer, "file", "x");
	tar_end(&layer);
	gzip_bytes(&gzip, &layer);
	config_json(&config, host(), "\"User\":\"7\"", &layer, 1);
	bytes_printf(
		&manifest,
		"{\"config\":{\"digest\":\"%s\"},\"layers\":[{\"digest\":\"%s\",\"size\":%zu}]}",
		bytes_digest(&config), bytes_digest(&gzip), gzip.len);
	bytes_printf(&index, "{\"manifests\":[{\"digest\":\"%s\"" REF("v1") "}]}",
		     bytes_digest(&manifest));
	tar_file(archive, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	if (index_first)
		tar_bytes(archive, "index.json", &index);
	tar_dir(archive, "blobs/");
	snprintf(name, sizeof(name), "blobs/sha256/%s", bytes_hex(&gzip));
	tar_bytes(archive, name, &gzip);
	snprintf(name, sizeof(name), "blobs/sha256/%s", bytes_hex(&config));
	tar_bytes(archive, name, &config);
	snprintf(name, sizeof(name), "blobs/sha256/%s", bytes_hex(&manifest));
	tar_bytes(archive, name, &manifest);
	if (!index_first)
		tar_bytes(archive, "index.json", &index);
	tar_end(archive);
	bytes_clear(&layer);
	bytes_clear(&gzip);
	bytes_clear(&config);
	bytes_clear(&manifest);
	bytes_clear(&index);
}

static void test_archives(void **state)
{
	struct source_options options = default_options();

	for (int i = 0; i < 4; i++) {
		struct bytes archive = {}, gzip = {};
		struct file_tree *tree;
		struct source *source;
		char target[600];

		make_archive(&archive, i & 1);
		gzip_bytes(&gzip, &archive);
		test_write("oci.tar", i & 2 ? &gzip : &archive);
		source = expect_open(&options, test_path("oci.tar"), 1);
		assert_string_equal(source_image(source, 0)->config.user, "7");
		tree = expect_layer(source, 0, 0);
		assert_true(has_path(tree, "file"));
		file_tree_free(tree);
		source_free(source);
		snprintf(target, sizeof(target), "oci-archive:%s:v1", test_path("oci.tar"));
		source_free(expect_open(&options, target, 1));
		snprintf(target, sizeof(target), "docker-archive:%s", test_path("oci.tar"));
		expect_failure(&options, target, -EOPNOTSUPP, "manifest.json");
		bytes_clear(&archive);
		bytes_clear(&gzip);
	}
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_platforms),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_config_platform),
		cmocka_unit_test(test_flat_platforms),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_fan_out),
		cmocka_unit_test(test_missing_and_wrong),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_corrupt_layer),
		cmocka_unit_test(test_artifacts),
		cmocka_unit_test(test_malformed_layouts),
		cmocka_unit_test(test_archives),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
