/* SPDX-License-Identifier: Apache-2.0 */
/* One layer: digests, compression, entries, bodies, and what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oom.h"
#include "source/layer.h"
#include "source_test.h"

static struct layer_request request_for(const struct source_options *options)
{
	return (struct layer_request){
		.options = options,
		.what = "layer 1 of 1 (test)",
		.layer = 3,
		.digest_blob = true,
		.digest_diff = true,
	};
}

static int scan(const struct bytes *blob, const struct layer_request *request,
		struct layer_result *result, struct error *err)
{
	struct stream *stream = NULL;
	int r = stream_open_memory(blob->data, blob->len, &stream, err);

	return r < 0 ? r : layer_scan(stream, request, result, err);
}

static void make_tar(struct bytes *tar)
{
	tar_dir(tar, "etc");
	tar_file(tar, "etc/passwd", "root:x:0:0::/:/bin/sh\n");
	tar_item(tar, &(struct tar_item){.name = "bin/su", .mode = 04755, .data = "x", .size = 1});
	tar_link(tar, "bin/su2", '1', "bin/su");
	tar_link(tar, "sh", '2', "bin/sh");
	tar_item(tar, &(struct tar_item){.name = "null", .type = '3', .mode = 0666});
	tar_item(tar, &(struct tar_item){.name = "pipe", .type = '6', .mode = 0600});
	tar_end(tar);
}

static void check_tree(const struct file_tree *tree, uint32_t layer)
{
	struct file_inode *su = inode_at(tree, "bin/su"), *passwd = inode_at(tree, "etc/passwd");

	assert_non_null(su);
	assert_int_equal(su->mode, S_IFREG | 0644); /* the hardlink entry's mode came last */
	assert_int_equal(su->nlink, 2);
	assert_int_equal(su->layer, layer);
	assert_ptr_equal(su, inode_at(tree, "bin/su2"));
	assert_non_null(passwd->body);
	assert_int_equal(passwd->body->kind, BODY_WHOLE);
	assert_true(S_ISLNK(inode_at(tree, "sh")->mode));
	assert_true(S_ISFIFO(inode_at(tree, "pipe")->mode));
}

static void test_digests(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct bytes tar = {}, gzip = {};
	const struct bytes *blobs[] = {&tar, &gzip};

	make_tar(&tar);
	gzip_bytes(&gzip, &tar);
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		struct layer_result result;

		assert_int_equal(scan(blobs[i], &request, &result, NULL), 0);
		assert_string_equal(result.blob, bytes_hex(blobs[i]));
		assert_string_equal(result.diff, bytes_hex(&tar));
		assert_int_equal(result.stored, blobs[i]->len);
		check_tree(result.tree, 3);
		layer_result_clear(&result);
	}
	bytes_clear(&tar);
	bytes_clear(&gzip);
}

static void test_no_digests(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct layer_result result;
	struct bytes tar = {};

	request.digest_blob = request.digest_diff = false;
	make_tar(&tar);
	assert_int_equal(scan(&tar, &request, &result, NULL), 0);
	assert_string_equal(result.blob, "");
	assert_string_equal(result.diff, "");
	check_tree(result.tree, 3);
	layer_result_clear(&result);
	bytes_clear(&tar);
}

static void test_two_algorithms(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	char expected[2 * DIGEST_MAX_SIZE + 1];
	struct layer_result result;
	struct bytes tar = {};

	request.blob_algorithm = DIGEST_SHA512;
	make_tar(&tar);
	assert_int_equal(scan(&tar, &request, &result, NULL), 0);
	assert_int_equal(digest_memory(DIGEST_SHA512, tar.data, tar.len, expected, NULL), 0);
	assert_string_equal(result.blob, expected);
	assert_string_equal(result.diff, bytes_hex(&tar));
	layer_result_clear(&result);
	bytes_clear(&tar);
}

/* Bytes behind the end of the archive count. */
static void test_trailing(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct bytes tar = {}, gzip = {};
	struct layer_result result;

	make_tar(&tar);
	for (int i = 0; i < 1000; i++)
		bytes_puts(&tar, "trailing bytes that no tar reader looks at ");
	gzip_bytes(&gzip, &tar);
	assert_int_equal(scan(&gzip, &request, &result, NULL), 0);
	assert_string_equal(result.diff, bytes_hex(&tar));
	assert_string_equal(result.blob, bytes_hex(&gzip));
	layer_result_clear(&result);
	bytes_clear(&tar);
	bytes_clear(&gzip);
}

static void test_empty(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct layer_result result;
	struct bytes tar = {};

	tar_end(&tar);
	assert_int_equal(scan(&tar, &request, &result, NULL), 0);
	assert_int_equal(file_tree_entries(result.tree), 0);
	layer_result_clear(&result);
	bytes_clear(&tar);
}

/* Whatever is cut off, there is an error, and it names the layer. */
static void test_truncated(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct bytes tar = {}, gzip = {};

	make_tar(&tar);
	gzip_bytes(&gzip, &tar);
	for (size_t len = 1; len < 2 * gzip.len; len += 97) {
		struct bytes cut = {.data = gzip.data, .len = len % gzip.len};
		struct layer_result result;
		struct error err = {};

		request.digest_blob = request.digest_diff = len < gzip.len;
		if (scan(&cut, &request, &result, &err) != -EBADMSG)
			fail_msg("cut at %zu: %s", len, err.message);
		assert_non_null(strstr(err.message, "layer 1 of 1 (test)"));
	}
	bytes_clear(&tar);
	bytes_clear(&gzip);
}

static void test_unknown_type(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct layer_result result;
	struct bytes tar = {};
	struct error err = {};

	tar_item(&tar, &(struct tar_item){.name = "odd", .type = 'Z'});
	tar_end(&tar);
	assert_int_equal(scan(&tar, &request, &result, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "odd"));
	bytes_clear(&tar);
}

static void test_whiteouts(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct layer_result result;
	struct bytes tar = {};

	tar_file(&tar, "a/.wh.b", "");
	tar_end(&tar);
	assert_int_equal(scan(&tar, &request, &result, NULL), 0);
	assert_false(has_path(result.tree, "a/.wh.b"));
	layer_result_clear(&result);
	request.verbatim = true;
	assert_int_equal(scan(&tar, &request, &result, NULL), 0);
	assert_true(has_path(result.tree, "a/.wh.b"));
	layer_result_clear(&result);
	bytes_clear(&tar);
}

/* A script is told by its first two bytes, wherever chunks end. */
static void test_scripts(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct layer_result result;
	struct bytes tar = {};

	tar_item(&tar, &(struct tar_item){.name = "s",
					  .mode = 0755,
					  .data = "#!/bin/sh\nexec gosu x\n",
					  .size = 22});
	tar_file(&tar, "clean", "#!/bin/sh\n");
	tar_file(&tar, "tiny", "#!");
	tar_file(&tar, "text", "gosu");
	tar_end(&tar);
	assert_int_equal(scan(&tar, &request, &result, NULL), 0);
	assert_int_equal(inode_at(result.tree, "s")->flags & INODE_SCRIPT, INODE_SCRIPT);
	assert_int_equal(body_at(result.tree, "s")->kind, BODY_WHOLE);
	assert_int_equal(body_at(result.tree, "clean")->kind, BODY_CLEAN);
	assert_null(inode_at(result.tree, "text")->body);
	layer_result_clear(&result);
	bytes_clear(&tar);
}

static void test_limits(void **state)
{
	struct limits limits = limits_default;
	struct source_options options = {.limits = &limits, .verify = true};
	struct layer_request request = request_for(&options);
	struct layer_result result;
	struct bytes tar = {}, gzip = {};
	struct error err = {};

	make_tar(&tar);
	gzip_bytes(&gzip, &tar);
	limits.layer_bytes = tar.len;
	assert_int_equal(scan(&gzip, &request, &result, NULL), 0);
	layer_result_clear(&result);
	limits.layer_bytes = tar.len - 1;
	assert_int_equal(scan(&gzip, &request, &result, &err), -E2BIG);
	assert_non_null(strstr(err.message, "layer-bytes"));
	limits.layer_bytes = tar.len;
	limits.entries = 7;
	assert_int_equal(scan(&gzip, &request, &result, NULL), 0);
	layer_result_clear(&result);
	limits.entries = 6;
	assert_int_equal(scan(&gzip, &request, &result, NULL), -E2BIG);
	bytes_clear(&tar);
	bytes_clear(&gzip);
}

static void test_verify(void **state)
{
	struct layer_result result = {.stored = 5, .blob = "aa", .diff = "bb"};
	struct layer_claim claim = {
		.what = "layer",
		.has_blob = true,
		.has_diff = true,
		.blob = {"sha256", "aa"},
		.diff = {"sha256", "bb"},
		.size = 5,
	};
	struct layer_claim other = claim;
	struct error err = {};

	assert_int_equal(layer_verify(&result, &claim, NULL), 0);
	other.size = 6;
	assert_int_equal(layer_verify(&result, &other, &err), -EBADMSG);
	assert_string_equal(err.message,
			    "layer: the size does not match: expected 6 bytes, found 5");
	other = claim;
	other.blob.hex[0] = 'c';
	assert_int_equal(layer_verify(&result, &other, &err), -EBADMSG);
	assert_string_equal(err.message, "layer: the digest does not match: expected ca, found aa");
	other = claim;
	other.diff.hex[0] = 'c';
	assert_int_equal(layer_verify(&result, &other, &err), -EBADMSG);
	assert_string_equal(err.message, "layer: the diffID does not match: expected cb, found bb");
	other = claim;
	memcpy(other.diff.algorithm, "sha512", 7);
	assert_int_equal(layer_verify(&result, &other, &err), -EBADMSG);
	result.diff[0] = '\0'; /* was not computed: never taken for verified */
	assert_int_equal(layer_verify(&result, &claim, &err), -EBADMSG);
	claim.has_diff = false;
	claim.size = UINT64_MAX;
	assert_int_equal(layer_verify(&result, &claim, NULL), 0);
}

static void test_algorithm(void **state)
{
	assert_int_equal(layer_algorithm(&(struct digest_text){.algorithm = "sha256"}),
			 DIGEST_SHA256);
	assert_int_equal(layer_algorithm(&(struct digest_text){.algorithm = "sha384"}),
			 DIGEST_SHA384);
	assert_int_equal(layer_algorithm(&(struct digest_text){.algorithm = "sha512"}),
			 DIGEST_SHA512);
}

static void test_oom(void **state)
{
	struct source_options options = default_options();
	struct layer_request request = request_for(&options);
	struct layer_result result;
	struct bytes tar = {};

	make_tar(&tar);
	OOM_SWEEP(scan(&tar, &request, &result, NULL), layer_result_clear(&result));
	bytes_clear(&tar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_no_digests),
		cmocka_unit_test(test_two_algorithms),
		cmocka_unit_test(test_trailing),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_whiteouts),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_algorithm),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
