/* SPDX-License-Identifier: Apache-2.0 */
/* The table of transports, and what targets without a prefix are taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "oom.h"
#include "source/source_class.h"
#include "source_test.h"

static void test_table(void **state)
{
	assert_int_equal(n_source_classes, 6);
	for (size_t i = 0; i < n_source_classes; i++) {
		const struct source_class *class = source_classes[i];
		size_t len = strlen(class->name);

		assert_int_equal(strspn(class->name, "abcdefghijklmnopqrstuvwxyz-"), len);
		assert_int_equal(strncmp(class->syntax, class->name, len), 0);
		assert_int_equal(class->syntax[len], ':');
		assert_int_equal(!!strstr(class->syntax, "[:REF]"), class->has_reference);
		assert_true(strlen(class->help) > 10);
		assert_non_null(class->open);
		assert_non_null(class->claims);
		assert_non_null(class->read_layer);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(class->name, source_classes[k]->name);
	}
}

static void test_no_path(void **state)
{
	struct source_options options = default_options();
	static const struct {
		const char *target;
		int code;
		const char *part;
	} cases[] = {
		{"", -EINVAL, "names no file"},
		{"/no/such/file", -ENOENT, "/no/such/file"},
		{"/etc/passwd/x", -ENOTDIR, "/etc/passwd/x"},
		{"nginx:latest", -ENOENT, "image names are not looked up"},
		{"docker://nginx", -EOPNOTSUPP, "docker is not supported"},
		{"docker-daemon:nginx", -EOPNOTSUPP, "docker-daemon"},
		{"containers-storage:nginx", -EOPNOTSUPP, "containers-storage"},
		{"kubernetes:pod.yaml", -EOPNOTSUPP, "kubernetes"},
		{"oci:", -EINVAL, "names no file"},
		{"oci:/no/such", -ENOENT, "/no/such"},
		{"oci:/no/such:ref", -ENOENT, "/no/such"},
		{"docker-archive:/no/such", -ENOENT, "/no/such"},
		{"docker-archive:/tmp", -EBADMSG, "not a file"},
		{"/dev/zero", -EBADMSG, "not a file"},
		{"rootfs-archive:/dev/null", -EBADMSG, "not a file"},
		{"rootfs:/no/such", -ENOENT, "/no/such"},
		{"rootfs-archive:/no/such", -ENOENT, "/no/such"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_failure(&options, cases[i].target, cases[i].code, cases[i].part);
}

static void test_other_files(void **state)
{
	struct source_options options = default_options();
	static const struct {
		const char *content, *part;
	} cases[] = {
		{"", "empty"},
		{"{\"a\":1}", "JSON"},
		{" \n[1]", "JSON"},
		{"apiVersion: v1\nkind: Pod\n", "YAML"},
		{"services:\n  web:\n", "YAML"},
		{"FROM debian\nUSER root\n", "Dockerfile"},
		{"# x\nARG A\nFROM $A\n", "Dockerfile"},
		{"\x7f"
		 "ELF\2\1\1",
		 "program"},
		{"PK\3\4", "ZIP"},
		{"hsqs....", "SquashFS"},
		{"hello", "not a tar archive"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char prefixed[600];

		test_write_text("file", cases[i].content);
		expect_failure(&options, test_path("file"), -EOPNOTSUPP, cases[i].part);
		snprintf(prefixed, sizeof(prefixed), "oci-archive:%s", test_path("file"));
		expect_failure(&options, prefixed, -EOPNOTSUPP, cases[i].part);
		snprintf(prefixed, sizeof(prefixed), "rootfs-archive:%s", test_path("file"));
		expect_failure(&options, prefixed, -EOPNOTSUPP, cases[i].part);
	}
}

static void make_tree(struct bytes *tar, const char *prefix)
{
	char name[64];

	if (*prefix)
		tar_dir(tar, prefix);
	snprintf(name, sizeof(name), "%setc/passwd", prefix);
	tar_file(tar, name, "root:x:0:0\n");
	snprintf(name, sizeof(name), "%setc/.wh.x", prefix);
	tar_file(tar, name, "");
	tar_end(tar);
}

static void check_tree(struct source *source)
{
	struct image *image = source_image(source, 0);
	struct file_tree *tree;

	assert_true(image->rootfs);
	assert_int_equal(image->n_layers, 1);
	assert_null(image->digest);
	tree = expect_layer(source, 0, 0);
	assert_string_equal(body_at(tree, "etc/passwd")->data, "root:x:0:0\n");
	assert_true(has_path(tree, "etc/.wh.x"));
	file_tree_free(tree);
}

/* A root file system's archive without a prefix, in every wrapping; with one for images: advice. */
static void test_rootfs_archive(void **state)
{
	static const char *const prefixes[] = {"", "./", "/"};
	struct source_options options = default_options();

	for (size_t i = 0; i < 2 * ARRAY_SIZE(prefixes); i++) {
		struct bytes tar = {}, gzip = {};
		struct redirect redirect;
		struct source *source;
		char prefixed[600];

		make_tree(&tar, prefixes[i / 2]);
		gzip_bytes(&gzip, &tar);
		test_write("tree.tar", i & 1 ? &gzip : &tar);
		source = expect_open(&options, test_path("tree.tar"), 1);
		assert_true(source_is_repeatable(source));
		assert_true(source_image_bytes(source, 0) > 0);
		check_tree(source);
		check_tree(source);
		source_free(source);
		snprintf(prefixed, sizeof(prefixed), "rootfs-archive:%s", test_path("tree.tar"));
		source = expect_open(&options, prefixed, 1);
		check_tree(source);
		source_free(source);
		redirect = redirect_stdin(test_path("tree.tar"), true);
		source = expect_open(&options, "-", 1);
		assert_false(source_is_repeatable(source));
		check_tree(source);
		expect_layer_failure(source, 0, 0, -EINVAL, "twice");
		source_free(source);
		redirect_end(&redirect);
		snprintf(prefixed, sizeof(prefixed), "docker-archive:%s", test_path("tree.tar"));
		expect_failure(&options, prefixed, -EOPNOTSUPP, "try rootfs-archive:");
		bytes_clear(&tar);
		bytes_clear(&gzip);
	}
}

static void test_other_archives(void **state)
{
	static const struct {
		const char *member, *part;
	} cases[] = {
		{"repositories", "before 1.10"},
		{"readme.txt", "neither manifest.json nor index.json"},
		{"oci-layout", "neither manifest.json nor index.json"},
	};
	struct source_options options = default_options();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes tar = {};

		tar_file(&tar, cases[i].member, "{}");
		tar_end(&tar);
		test_write("other.tar", &tar);
		expect_failure(&options, test_path("other.tar"), -EOPNOTSUPP, cases[i].part);
		bytes_clear(&tar);
	}
}

/* A tree whose first member could be an image's is still told by the others. */
static void test_late_tree(void **state)
{
	struct source_options options = default_options();
	struct bytes tar = {};
	struct source *source;

	tar_file(&tar, "app", "x");
	make_tree(&tar, "");
	test_write("late.tar", &tar);
	source = expect_open(&options, test_path("late.tar"), 1);
	check_tree(source);
	source_free(source);
	bytes_clear(&tar);
}

/* An image that hides behind a first member of a tree is not judged as one. */
static void test_disguised(void **state)
{
	static const struct {
		const char *names[2], *part;
	} cases[] = {
		{{"manifest.json", "x"}, "docker-archive:"},
		{{"oci-layout", "index.json"}, "oci-archive:"},
	};
	struct source_options options = default_options();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes tar = {};
		struct source *source;
		char prefixed[600];

		tar_dir(&tar, "etc/");
		tar_file(&tar, cases[i].names[0], "{}");
		tar_file(&tar, cases[i].names[1], "{}");
		tar_end(&tar);
		test_write("disguised.tar", &tar);
		source = expect_open(&options, test_path("disguised.tar"), 1);
		expect_layer_failure(source, 0, 0, -EBADMSG, cases[i].part);
		source_free(source);
		snprintf(prefixed, sizeof(prefixed), "rootfs-archive:%s",
			 test_path("disguised.tar"));
		source = expect_open(&options, prefixed, 1);
		file_tree_free(expect_layer(source, 0, 0));
		source_free(source);
		bytes_clear(&tar);
	}
}

static void test_directories(void **state)
{
	struct source_options options = default_options();
	struct source *source;
	char prefixed[600];

	test_mkdir("plain");
	expect_failure(&options, test_path("plain"), -EOPNOTSUPP, "try rootfs:");
	snprintf(prefixed, sizeof(prefixed), "rootfs:%s", test_path("plain"));
	source_free(expect_open(&options, prefixed, 1));
	test_mkdir("plain/usr");
	source = expect_open(&options, test_path("plain"), 1);
	assert_true(source_image(source, 0)->rootfs);
	assert_string_equal(source_image(source, 0)->name, test_path("plain"));
	source_free(source);
	/* manifest.json alone is not skopeo's; oci-layout is another thing. */
	test_write_text("plain/manifest.json", "{}");
	source_free(expect_open(&options, test_path("plain"), 1));
	test_write_text("plain/oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	expect_failure(&options, test_path("plain"), -EBADMSG, "holds two things");
	snprintf(prefixed, sizeof(prefixed), "oci:%s", test_path("plain"));
	expect_failure(&options, prefixed, -ENOENT, "index.json");
}

static void test_pipe_file(void **state)
{
	struct source_options options = default_options();
	struct bytes tar = {};
	struct source *source;
	pid_t child;

	make_tree(&tar, "");
	assert_int_equal(mkfifo(test_path("fifo"), 0600), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int fd = open(test_path("fifo"), O_WRONLY);
		ssize_t n = write(fd, tar.data, tar.len);

		_exit(n == (ssize_t)tar.len ? 0 : 1);
	}
	source = expect_open(&options, test_path("fifo"), 1);
	assert_false(source_is_repeatable(source));
	check_tree(source);
	source_free(source);
	waitpid(child, NULL, 0);
	bytes_clear(&tar);
}

static uint64_t progressed;

static void progress(void *data, uint64_t bytes)
{
	assert_ptr_equal(data, &progressed);
	assert_true(bytes > progressed);
	progressed = bytes;
}

static void test_progress(void **state)
{
	struct source_options options = default_options();
	struct bytes tar = {};
	struct source *source;

	options.progress = progress;
	options.progress_data = &progressed;
	make_tree(&tar, "");
	test_write("tree.tar", &tar);
	source = expect_open(&options, test_path("tree.tar"), 1);
	file_tree_free(expect_layer(source, 0, 0));
	assert_int_equal(progressed, tar.len);
	source_free(source);
	bytes_clear(&tar);
}

/* An image's whole way, with every allocation failing in turn. */
static int open_and_read(const char *target)
{
	struct source_options options = default_options();
	_cleanup_(source_freep) struct source *source = NULL;
	struct file_tree *tree = NULL;
	int r = source_open(target, &options, &source, NULL);

	if (r == 0)
		r = source_read_layer(source, 0, 0, NULL, &tree, NULL);
	file_tree_free(tree);
	return r;
}

static void test_oom(void **state)
{
	struct bytes layer = {}, config = {}, descriptor = {}, archive = {}, gzip = {};
	struct layout layout;
	char target[600];

	tar_file(&layer, "etc/passwd", "root:x:0:0\n");
	tar_end(&layer);
	config_json(&config, "amd64", "\"User\":\"app\"", &layer, 1);
	layout_begin(&layout, "oom");
	layout_manifest(&layout, &config, &layer, 1, &descriptor);
	layout_list(&layout, &descriptor, "");
	layout_end(&layout);
	snprintf(target, sizeof(target), "oci:%s", test_path("oom"));
	OOM_SWEEP(open_and_read(target), );
	tar_file(&archive, "manifest.json", "[{\"Config\":\"c\",\"Layers\":[\"l\"]}]");
	tar_bytes(&archive, "c", &config);
	tar_bytes(&archive, "l", &layer);
	tar_end(&archive);
	gzip_bytes(&gzip, &archive);
	test_write("oom.tar", &archive);
	test_write("oom.tar.gz", &gzip);
	snprintf(target, sizeof(target), "%s", test_path("oom.tar"));
	OOM_SWEEP(open_and_read(target), );
	snprintf(target, sizeof(target), "%s", test_path("oom.tar.gz"));
	OOM_SWEEP(open_and_read(target), );
	bytes_clear(&layer);
	bytes_clear(&config);
	bytes_clear(&descriptor);
	bytes_clear(&archive);
	bytes_clear(&gzip);
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_no_path),
		cmocka_unit_test(test_other_files),
		cmocka_unit_test(test_rootfs_archive),
		cmocka_unit_test(test_other_archives),
		cmocka_unit_test(test_late_tree),
		cmocka_unit_test(test_disguised),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_pipe_file),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
