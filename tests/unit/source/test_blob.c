/* SPDX-License-Identifier: Apache-2.0 */
/* Small blobs read and verified; names of blobs in both kinds of stores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "source/blob.h"
#include "source/blob_dir.h"
#include "source_test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_names(void **state)
{
	static const struct {
		enum blob_naming naming;
		const char *algorithm;
		bool is_manifest;
		const char *name;
	} cases[] = {
		{BLOB_NAMING_OCI, "sha256", false, "blobs/sha256/" HEX},
		{BLOB_NAMING_OCI, "sha256", true, "blobs/sha256/" HEX},
		{BLOB_NAMING_OCI, "sha512", false, "blobs/sha512/" HEX},
		{BLOB_NAMING_DIR, "sha256", false, HEX},
		{BLOB_NAMING_DIR, "sha256", true, HEX ".manifest.json"},
		{BLOB_NAMING_DIR, "sha512", false, "sha512-" HEX},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct blob_store store = {.naming = cases[i].naming};
		struct digest_text digest = {.hex = HEX};
		char name[BLOB_NAME_MAX];

		snprintf(digest.algorithm, sizeof(digest.algorithm), "%s", cases[i].algorithm);
		blob_name(&store, &digest, cases[i].is_manifest, name);
		assert_string_equal(name, cases[i].name);
	}
}

struct fixture {
	struct source_options options;
	struct confined *dir;
	struct meter meter;
	struct blob_store *store;
};

static void begin(struct fixture *fixture)
{
	fixture->options = default_options();
	fixture->meter.options = &fixture->options;
	assert_int_equal(confined_open(test_dir(), &fixture->dir, NULL), 0);
	assert_int_equal(blob_dir_new(fixture->dir, BLOB_NAMING_OCI, &fixture->meter,
				      &fixture->store, NULL),
			 0);
}

static void end(struct fixture *fixture)
{
	blob_store_free(fixture->store);
	confined_free(fixture->dir);
}

static void test_read(void **state)
{
	struct fixture fixture = {};
	struct bytes content = {};
	struct digest_text digest = {};
	char found[BLOB_DIGEST_MAX];
	struct error err = {};
	char *data = NULL;
	size_t size;

	begin(&fixture);
	bytes_puts(&content, "{\"a\":1}");
	test_write("blob", &content);
	assert_int_equal(digest_text_parse(bytes_digest(&content), &digest, NULL), 0);
	assert_int_equal(blob_read(fixture.store, "blob", NULL, UINT64_MAX, &limits_default, &data,
				   &size, found, NULL),
			 0);
	assert_string_equal(data, "{\"a\":1}");
	assert_int_equal(size, 7);
	assert_string_equal(found, bytes_digest(&content));
	free(TAKE(data));
	assert_int_equal(blob_read(fixture.store, "blob", &digest, 7, &limits_default, &data, &size,
				   NULL, NULL),
			 0);
	free(TAKE(data));
	assert_int_equal(blob_read(fixture.store, "blob", &digest, 8, &limits_default, &data, &size,
				   NULL, &err),
			 -EBADMSG);
	assert_non_null(strstr(err.message, "expected 8 bytes, found 7"));
	digest.hex[0] = digest.hex[0] == '0' ? '1' : '0';
	assert_int_equal(blob_read(fixture.store, "blob", &digest, 7, &limits_default, &data, &size,
				   NULL, &err),
			 -EBADMSG);
	assert_non_null(strstr(err.message, "blob: the digest does not match"));
	assert_non_null(strstr(err.message, digest.hex));
	assert_non_null(strstr(err.message, bytes_hex(&content)));
	assert_null(data);
	bytes_clear(&content);
	end(&fixture);
}

static void test_cap(void **state)
{
	struct limits limits = limits_default;
	struct fixture fixture = {};
	char *data = NULL;
	size_t size;

	begin(&fixture);
	test_write_text("seven", "1234567");
	limits.json_bytes = 7;
	assert_int_equal(blob_read(fixture.store, "seven", NULL, UINT64_MAX, &limits, &data, &size,
				   NULL, NULL),
			 0);
	free(TAKE(data));
	limits.json_bytes = 6;
	assert_int_equal(blob_read(fixture.store, "seven", NULL, UINT64_MAX, &limits, &data, &size,
				   NULL, NULL),
			 -E2BIG);
	end(&fixture);
}

static void test_directory_store(void **state)
{
	struct fixture fixture = {};
	char *data = NULL;
	uint64_t bytes;
	size_t size;

	begin(&fixture);
	test_write_text("blob", "1234");
	assert_int_equal(fixture.store->class->size(fixture.store, "blob", &bytes), 0);
	assert_int_equal(bytes, 4);
	assert_int_equal(fixture.store->class->size(fixture.store, "none", &bytes), -ENOENT);
	assert_int_equal(fixture.store->class->read(fixture.store, "none", 10, &data, &size, NULL),
			 -ENOENT);
	assert_int_equal(mkfifo(test_path("fifo"), 0600), 0);
	assert_int_equal(fixture.store->class->read(fixture.store, "fifo", 10, &data, &size, NULL),
			 -EBADMSG);
	assert_int_equal(symlink("/etc/passwd", test_path("out")), 0);
	assert_int_equal(fixture.store->class->read(fixture.store, "out", 10, &data, &size, NULL),
			 -EBADMSG);
	assert_true(fixture.store->concurrent);
	assert_true(fixture.store->repeatable);
	end(&fixture);
}

static int teardown(void **state)
{
	test_dir_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_directory_store),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
