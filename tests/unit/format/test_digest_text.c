/* SPDX-License-Identifier: Apache-2.0 */
/* Digests as text: the three algorithms, each at its length and one off, and every wrong byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "format/digest_text.h"

/* "ALGORITHM:" and len hex digits. */
static void make(struct strbuf *buf, const char *algorithm, size_t len)
{
	strbuf_reset(buf);
	assert_int_equal(strbuf_printf(buf, "%s:", algorithm), 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(strbuf_add(buf, &"0123456789abcdef"[i % 16], 1), 0);
}

static const struct {
	const char *algorithm;
	size_t len;
} known[] = {{"sha256", 64}, {"sha384", 96}, {"sha512", 128}};

static void test_known(void **state)
{
	struct strbuf buf = STRBUF_INIT(1000);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct digest_text digest;

		memset(&digest, 0xff, sizeof(digest));
		make(&buf, known[i].algorithm, known[i].len);
		assert_int_equal(digest_text_parse(buf.data, &digest, NULL), 0);
		assert_string_equal(digest.algorithm, known[i].algorithm);
		assert_int_equal(strlen(digest.hex), known[i].len);
		assert_string_equal(digest.hex, buf.data + strlen(known[i].algorithm) + 1);
	}
	strbuf_clear(&buf);
}

static void test_wrong_length(void **state)
{
	struct strbuf buf = STRBUF_INIT(1000);
	struct digest_text digest = {.hex = "untouched"};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		make(&buf, known[i].algorithm, known[i].len - 1);
		assert_int_equal(digest_text_parse(buf.data, &digest, &err), -EBADMSG);
		assert_non_null(strstr(err.message, "hex digits"));
		make(&buf, known[i].algorithm, known[i].len + 1);
		assert_int_equal(digest_text_parse(buf.data, &digest, &err), -EBADMSG);
	}
	assert_string_equal(digest.hex, "untouched");
	strbuf_clear(&buf);
}

/* Whichever byte is replaced by one that is no lower-case hex digit, it is noticed. */
static void test_wrong_bytes(void **state)
{
	static const char wrong[] = "AFGg/:@`- \n\x7f\xff";
	struct strbuf buf = STRBUF_INIT(1000);
	struct digest_text digest;

	make(&buf, "sha256", 64);
	for (size_t at = strlen("sha256:"); at < buf.len; at++) {
		char saved = buf.data[at];

		for (size_t i = 0; i < sizeof(wrong); i++) {
			buf.data[at] = wrong[i]; /* the terminator among them */
			assert_int_equal(digest_text_parse(buf.data, &digest, NULL), -EBADMSG);
		}
		buf.data[at] = saved;
	}
	assert_int_equal(digest_text_parse(buf.data, &digest, NULL), 0);
	strbuf_clear(&buf);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{"", -EBADMSG},
		{":", -EBADMSG},
		{"sha256", -EBADMSG},
		{"sha256:", -EBADMSG},
		{":abcdef", -EBADMSG},
		{"SHA256:abcdef", -EBADMSG},
		{"Sha256:abcdef", -EBADMSG},
		{"+sha256:abcdef", -EBADMSG},
		{"sha256+:abcdef", -EBADMSG},
		{"sha256++b64:abcdef", -EBADMSG},
		{"sha 256:abcdef", -EBADMSG},
		{"../../etc:abcdef", -EBADMSG},
		{"md5:", -EBADMSG},
		{"md5:../x", -EBADMSG},
		{"md5:a b", -EBADMSG},
		{"md5:d41d8cd98f00b204e9800998ecf8427e", -EOPNOTSUPP},
		{"sha512256:ab", -EOPNOTSUPP},
		{"sha25:ab", -EOPNOTSUPP},
		{"sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564", -EOPNOTSUPP},
		{"multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", -EOPNOTSUPP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct digest_text digest;
		struct error err;
		int r = digest_text_parse(rows[i].text, &digest, &err);

		if (r != rows[i].result)
			fail_msg("%s: %d", rows[i].text, r);
		assert_int_equal(err.code, r);
		assert_non_null(strstr(err.message, "digest"));
	}
}

static void test_long_algorithm(void **state)
{
	char text[5000];
	struct digest_text digest;
	struct error err;

	memset(text, 'a', sizeof(text));
	text[4000] = ':';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(digest_text_parse(text, &digest, &err), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),          cmocka_unit_test(test_wrong_length),
		cmocka_unit_test(test_wrong_bytes),    cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_long_algorithm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
