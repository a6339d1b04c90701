/* SPDX-License-Identifier: Apache-2.0 */
/* Archives opened, recognised and listed: in place and in one pass, up to the caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source/tar_archive.h"
#include "source_test.h"

struct fixture {
	struct limits limits;
	struct source_options options;
	struct meter meter;
	struct tar_archive *archive;
};

static void begin(struct fixture *fixture)
{
	fixture->limits = limits_default;
	fixture->options = (struct source_options){.limits = &fixture->limits, .verify = true};
	fixture->meter.options = &fixture->options;
}

static int open_loaded(struct fixture *fixture, const char *path, struct error *err)
{
	int r = tar_archive_open(path, &fixture->options, &fixture->meter, &fixture->archive, err);

	if (r == 0)
		r = tar_archive_load(fixture->archive, err);
	return r;
}

static void drop(struct fixture *fixture)
{
	tar_archive_free(TAKE(fixture->archive));
}

/* The same archive plain and compressed; a layer, JSON, and what is neither. */
static void make_archives(void)
{
	struct bytes layer = {}, archive = {}, gzip = {};

	tar_file(&layer, "a", "b");
	tar_end(&layer);
	tar_bytes(&archive, "layer.tar", &layer);
	tar_file(&archive, "a.json", "{\"a\":1}");
	tar_file(&archive, "b.json", " \n[1]");
	tar_file(&archive, "text", "hello");
	tar_file(&archive, "empty", "");
	tar_end(&archive);
	gzip_bytes(&gzip, &archive);
	test_write("plain", &archive);
	test_write("packed", &gzip);
	bytes_clear(&layer);
	bytes_clear(&archive);
	bytes_clear(&gzip);
}

static int scan(struct fixture *fixture, const char *name, struct error *err)
{
	struct blob_store *store = fixture->archive->store;
	struct layer_request request = {.options = &fixture->options,
					.what = "what",
					.digest_diff = true};
	struct layer_result result;
	int r = store->class->scan(store, name, &request, &result, err);

	if (r == 0)
		layer_result_clear(&result);
	return r;
}

static void test_both_ways(void **state)
{
	static const char *const files[] = {"plain", "packed"};

	make_archives();
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct fixture fixture;
		struct blob_store *store;
		struct error err = {};
		char *data = NULL;
		size_t size;

		begin(&fixture);
		assert_int_equal(open_loaded(&fixture, test_path(files[i]), &err), 0);
		store = fixture.archive->store;
		assert_int_equal(store->concurrent, i == 0);
		assert_true(store->repeatable);
		assert_true(tar_archive_has(fixture.archive, "a.json"));
		assert_false(tar_archive_has(fixture.archive, "c.json"));
		assert_int_equal(store->class->read(store, "b.json", 100, &data, &size, NULL), 0);
		assert_string_equal(data, " \n[1]");
		free(TAKE(data));
		assert_int_equal(store->class->read(store, "c.json", 100, &data, &size, &err),
				 -ENOENT);
		assert_int_equal(scan(&fixture, "layer.tar", &err), 0);
		assert_int_equal(scan(&fixture, "layer.tar", &err), 0);
		assert_int_equal(scan(&fixture, "text", &err), -EBADMSG);
		assert_non_null(strstr(err.message, "what"));
		assert_int_equal(scan(&fixture, "a.json", &err), -EBADMSG);
		assert_int_equal(scan(&fixture, "nothing", &err), -ENOENT);
		drop(&fixture);
	}
}

static void test_recognised(void **state)
{
	struct fixture fixture;

	begin(&fixture);
	assert_int_equal(tar_archive_open(test_path("packed"), &fixture.options, &fixture.meter,
					  &fixture.archive, NULL),
			 0);
	assert_true(fixture.archive->is_tar);
	assert_false(fixture.archive->is_tree);
	assert_int_equal(fixture.archive->compression, COMPRESSION_GZIP);
	assert_true(fixture.archive->is_file);
	drop(&fixture);
}

static void expect_cap(uint64_t *limit, uint64_t enough, struct fixture *fixture, const char *path,
		       const char *name)
{
	uint64_t before = *limit;
	struct error err = {};
	int r;

	*limit = enough;
	r = open_loaded(fixture, path, &err);
	if (r < 0)
		fail_msg("%s = %llu: %s", name, (unsigned long long)enough, err.message);
	drop(fixture);
	*limit = enough - 1;
	assert_int_equal(open_loaded(fixture, path, &err), -E2BIG);
	assert_non_null(strstr(err.message, name));
	drop(fixture);
	*limit = before;
}

static void test_caps(void **state)
{
	struct fixture fixture;

	begin(&fixture);
	expect_cap(&fixture.limits.archive_members, 5, &fixture, test_path("plain"),
		   "archive-members");
	expect_cap(&fixture.limits.archive_members, 5, &fixture, test_path("packed"),
		   "archive-members");
	expect_cap(&fixture.limits.bodies_bytes, 12, &fixture, test_path("packed"), "bodies-bytes");
}

/* JSON that is larger than any manifest may be is no JSON to us. */
static void test_large_json(void **state)
{
	struct fixture fixture;
	struct error err = {};
	char *data = NULL;
	size_t size;

	begin(&fixture);
	fixture.limits.json_bytes = 6;
	assert_int_equal(open_loaded(&fixture, test_path("packed"), NULL), 0);
	assert_int_equal(fixture.archive->store->class->read(fixture.archive->store, "a.json", 6,
							     &data, &size, &err),
			 -E2BIG);
	assert_non_null(strstr(err.message, "a.json"));
	drop(&fixture);
}

/* A layer whose first name starts like JSON. */
static void test_bracket(void **state)
{
	struct bytes layer = {}, archive = {}, gzip = {};
	struct fixture fixture;

	tar_file(&layer, "[", "test");
	tar_end(&layer);
	tar_bytes(&archive, "layer.tar", &layer);
	tar_end(&archive);
	gzip_bytes(&gzip, &archive);
	test_write("bracket", &gzip);
	begin(&fixture);
	assert_int_equal(open_loaded(&fixture, test_path("bracket"), NULL), 0);
	assert_int_equal(scan(&fixture, "layer.tar", NULL), 0);
	drop(&fixture);
	bytes_clear(&layer);
	bytes_clear(&archive);
	bytes_clear(&gzip);
}

static void test_streams(void **state)
{
	struct redirect redirect;
	struct fixture fixture;
	struct stream *stream = NULL;
	struct error err = {};

	begin(&fixture);
	redirect = redirect_stdin(test_path("plain"), true);
	assert_int_equal(tar_archive_open("-", &fixture.options, &fixture.meter, &fixture.archive,
					  NULL),
			 0);
	assert_false(fixture.archive->is_file);
	assert_int_equal(tar_archive_stream(fixture.archive, &stream, NULL), 0);
	stream_free(stream);
	assert_int_equal(tar_archive_stream(fixture.archive, &stream, &err), -EINVAL);
	drop(&fixture);
	redirect_end(&redirect);
}

/* Standard input that is a file, positioned somewhere. */
static void test_stdin_offset(void **state)
{
	struct redirect redirect;
	struct bytes file = {}, archive = {};
	struct fixture fixture;

	bytes_puts(&file, "seven..");
	tar_file(&archive, "a.json", "{}");
	tar_end(&archive);
	bytes_add(&file, archive.data, archive.len);
	test_write("offset", &file);
	begin(&fixture);
	redirect = redirect_stdin(test_path("offset"), false);
	assert_int_equal(lseek(STDIN_FILENO, 7, SEEK_SET), 7);
	assert_int_equal(open_loaded(&fixture, "-", NULL), 0);
	assert_true(fixture.archive->store->concurrent);
	assert_true(tar_archive_has(fixture.archive, "a.json"));
	drop(&fixture);
	redirect_end(&redirect);
	bytes_clear(&file);
	bytes_clear(&archive);
}

static void test_truncated_in_place(void **state)
{
	struct bytes archive = {}, cut;
	struct fixture fixture;

	tar_file(&archive, "a.json", "{\"a\":1}");
	tar_file(&archive, "b.json", "{\"b\":1}");
	tar_end(&archive);
	begin(&fixture);
	for (size_t len = 1; len < 2048; len += 37) {
		struct error err = {};
		int r;

		if (len % 1024 >= 512 + 7)
			continue; /* in the padding: an archive without an end, as Go takes it */
		cut = (struct bytes){.data = archive.data, .len = len};
		test_write("cut", &cut);
		r = open_loaded(&fixture, test_path("cut"), &err);
		if (r >= 0)
			fail_msg("cut at %zu", len);
		drop(&fixture);
	}
	bytes_clear(&archive);
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),    cmocka_unit_test(test_recognised),
		cmocka_unit_test(test_caps),         cmocka_unit_test(test_large_json),
		cmocka_unit_test(test_bracket),      cmocka_unit_test(test_streams),
		cmocka_unit_test(test_stdin_offset), cmocka_unit_test(test_truncated_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
