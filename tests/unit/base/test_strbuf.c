/* SPDX-License-Identifier: Apache-2.0 */
/* Growing strings and arrays, their caps, and what is left after a failure. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "oom.h"

static void test_build(void **state)
{
	struct strbuf buf = STRBUF_INIT(1 << 20);
	char *taken;

	assert_string_equal(strbuf_string(&buf), "");
	for (int i = 0; i < 1000; i++)
		assert_int_equal(strbuf_printf(&buf, "%d,", i), 0);
	assert_int_equal(buf.len, 3890);
	assert_int_equal(strbuf_add(&buf, "\0x", 2), 0);
	assert_int_equal(buf.data[buf.len], '\0');
	strbuf_reset(&buf);
	assert_string_equal(strbuf_string(&buf), "");
	assert_int_equal(strbuf_puts(&buf, "end"), 0);
	taken = strbuf_take(&buf);
	assert_string_equal(taken, "end");
	free(taken);
	assert_int_equal(buf.len, 0);
}

static void test_cap(void **state)
{
	struct strbuf buf = STRBUF_INIT(4);

	assert_int_equal(strbuf_puts(&buf, "abc"), 0);
	assert_int_equal(strbuf_puts(&buf, "de"), -E2BIG);
	assert_int_equal(strbuf_printf(&buf, "%s", "de"), -E2BIG);
	assert_string_equal(strbuf_string(&buf), "abc");
	assert_int_equal(strbuf_puts(&buf, "d"), 0);
	assert_int_equal(strbuf_puts(&buf, "e"), -E2BIG);
	strbuf_clear(&buf);
	assert_int_equal(strbuf_puts(&buf, "abcd"), 0);
	strbuf_clear(&buf);
}

static int build(struct strbuf *buf)
{
	int r = 0;

	*buf = STRBUF_INIT(1 << 20);
	for (int i = 0; i < 100 && r == 0; i++)
		r = strbuf_printf(buf, "%0100d", i);
	if (r < 0)
		strbuf_clear(buf);
	return r;
}

static int push_many(size_t *ret)
{
	VEC(int) numbers = {};
	int r = 0, *at, sum = 0;

	for (int i = 0; i < 100 && r == 0; i++)
		r = vec_push(&numbers, i);
	VEC_FOREACH (&numbers, at) {
		sum += *at;
	}
	if (r == 0)
		assert_int_equal(sum, 4950);
	*ret = numbers.len;
	vec_clear(&numbers);
	return r;
}

static void test_oom(void **state)
{
	struct strbuf buf;
	size_t len;

	OOM_SWEEP(build(&buf), strbuf_clear(&buf));
	OOM_SWEEP(push_many(&len), assert_int_equal(len, 100));
}

static void test_hash(void **state)
{
	uint64_t one = hash_bytes(1, "abcdefgh12", 10);

	assert_true(one == hash_bytes(1, "abcdefgh12", 10));
	assert_true(one != hash_bytes(2, "abcdefgh12", 10));
	assert_true(one != hash_bytes(1, "abcdefgh13", 10));
	assert_true(one != hash_bytes(1, "abcdefgh12", 9));
	assert_true(hash_bytes(0, "\0", 1) != hash_bytes(0, "\0\0", 2));
	assert_true(hash_bytes(0, "", 0) == hash_bytes(0, "x", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_oom),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
