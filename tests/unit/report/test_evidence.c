/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as short text, in every kind that checks may leave it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/macro.h"
#include "report/evidence.h"

static const char *names[] = {"/bin/su", "/usr/bin/su"};

static struct finding with(struct evidence *evidence)
{
	return (struct finding){.evidence = evidence};
}

static struct evidence string(const char *key, const char *value, struct evidence *next)
{
	return (struct evidence){.next = next,
				 .key = key,
				 .kind = EVIDENCE_STRING,
				 .string = value};
}

static struct evidence number(const char *key, int64_t value, struct evidence *next)
{
	return (struct evidence){.next = next,
				 .key = key,
				 .kind = EVIDENCE_NUMBER,
				 .number = value};
}

static void test_find(void **state)
{
	struct evidence gid = number("gid", 4, NULL), uid = number("uid", 3, &gid);
	struct finding finding = with(&uid), none = with(NULL);

	assert_ptr_equal(evidence_find(&finding, "gid"), &gid);
	assert_ptr_equal(evidence_find(&finding, "uid"), &uid);
	assert_null(evidence_find(&finding, "ui"));
	assert_null(evidence_find(&none, "uid"));
}

static void test_mode(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct evidence text = string("mode", "4755", NULL), bits = number("mode", 0104755, NULL);
	struct evidence list = {.key = "mode", .kind = EVIDENCE_LIST, .list = names, .n_list = 2};
	struct finding finding = with(&text);

	assert_string_equal(evidence_mode(&finding, arena), "4755");
	finding = with(&bits);
	assert_string_equal(evidence_mode(&finding, arena), "4755");
	bits.number = 5;
	assert_string_equal(evidence_mode(&finding, arena), "0005");
	finding = with(&list);
	assert_null(evidence_mode(&finding, arena));
	finding = with(NULL);
	assert_null(evidence_mode(&finding, arena));
}

static void test_owner(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct evidence gid = number("gid", 4294967295, NULL), uid = number("uid", 0, &gid);
	struct evidence alone = number("uid", 7, NULL), wrong = string("uid", "zero", NULL);
	struct evidence owner = string("owner", "root:adm", &uid);
	struct finding finding = with(&uid);

	assert_string_equal(evidence_owner(&finding, arena), "0:4294967295");
	finding = with(&alone);
	assert_string_equal(evidence_owner(&finding, arena), "7");
	finding = with(&owner);
	assert_string_equal(evidence_owner(&finding, arena), "root:adm");
	finding = with(&gid);
	assert_null(evidence_owner(&finding, arena));
	finding = with(&wrong);
	assert_null(evidence_owner(&finding, arena));
}

static void test_has_more(void **state)
{
	struct evidence list = {.key = "names", .kind = EVIDENCE_LIST, .list = names, .n_list = 2};
	struct evidence uid = number("uid", 0, &list), mode = string("mode", "4755", &uid);
	struct evidence kind = string("kind", "script", &mode);
	struct finding finding = with(&mode);

	assert_false(evidence_has_more(&finding));
	finding = with(&kind);
	assert_true(evidence_has_more(&finding));
	finding = with(&uid);
	assert_true(evidence_has_more(&finding));
	finding = with(NULL);
	assert_true(evidence_has_more(&finding));
}

static void test_no_execute_bit_needs_words(void **state)
{
	static const struct {
		const char *mode;
		bool more;
	} rows[] = {
		{"4755", false}, {"4644", true}, {"4010", false}, {"4001", false}, {"4100", false},
		{"1644", true},  {"755", false}, {"644", true},   {"7000", true},  {"4222", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct evidence mode = string("mode", rows[i].mode, NULL);
		struct finding finding = with(&mode);

		assert_int_equal(evidence_has_more(&finding), rows[i].more);
	}
	for (int64_t bits = 0; bits < 8; bits++) {
		struct evidence mode = number("mode", 04600 | bits, NULL);
		struct finding finding = with(&mode);

		assert_int_equal(evidence_has_more(&finding), !(bits & 1));
	}
}

static void test_write(void **state)
{
	static const struct {
		struct evidence evidence;
		const char *expected;
	} rows[] = {
		{{.kind = EVIDENCE_STRING, .string = "a\033b"}, "a\\x1bb"},
		{{.kind = EVIDENCE_STRING}, ""},
		{{.kind = EVIDENCE_NUMBER, .number = INT64_MIN}, "-9223372036854775808"},
		{{.kind = EVIDENCE_BOOL, .number = 1}, "yes"},
		{{.kind = EVIDENCE_BOOL}, "no"},
		{{.kind = EVIDENCE_LIST, .list = names, .n_list = 2}, "/bin/su, /usr/bin/su"},
		{{.kind = EVIDENCE_LIST}, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf buf = STRBUF_INIT(4096);
		struct writer writer = WRITER_BUFFER(&buf);

		evidence_write(&rows[i].evidence, &writer, writer_text);
		assert_string_equal(strbuf_string(&buf), rows[i].expected);
		strbuf_clear(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),  cmocka_unit_test(test_mode),
		cmocka_unit_test(test_owner), cmocka_unit_test(test_has_more),
		cmocka_unit_test(test_write), cmocka_unit_test(test_no_execute_bit_needs_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
