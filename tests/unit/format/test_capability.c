/* SPDX-License-Identifier: Apache-2.0 */
/* The texts are what getcap(8) of libcap 2.66 prints for these attribute values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "format/capability.h"
#include "oom.h"

#define UNNAMED "41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63"

static const struct good_row {
	const char *hex, *text;
	unsigned int revision;
	bool effective;
	uint64_t permitted, inheritable;
	uint32_t root_uid;
} good_rows[] = {
	{"0100000200200000000000000000000000000000", "cap_net_raw=ep", 2, true, 0x2000, 0, 0},
	{"0100000200300000000000000000000000000000", "cap_net_admin,cap_net_raw=ep", 2, true,
	 0x3000, 0, 0},
	{"0000000200200000000000000000000000000000", "cap_net_raw=p", 2, false, 0x2000, 0, 0},
	{"0000000200000000002000000000000000000000", "cap_net_raw=i", 2, false, 0, 0x2000, 0},
	{"0100000200000000002000000000000000000000", "cap_net_raw=ei", 2, true, 0, 0x2000, 0},
	{"0100000200200000002000000000000000000000", "cap_net_raw=eip", 2, true, 0x2000, 0x2000, 0},
	{"0100000200200000000400000000000000000000", "cap_net_bind_service=ei cap_net_raw+ep", 2,
	 true, 0x2000, 0x400, 0},
	{"0000000200240000080400000000000000000000",
	 "cap_net_bind_service=ip cap_fowner+i cap_net_raw+p", 2, false, 0x2400, 0x408, 0},
	{"01000002ffffffff00000000ff01000000000000", "=ep", 2, true, 0x1ffffffffff, 0, 0},
	{"01000002ffffffff00000000ffffffff00000000", "=ep " UNNAMED "+ep", 2, true, UINT64_MAX, 0,
	 0},
	{"01000002ffffdfff00000000ff01000000000000", "=ep cap_sys_admin-ep", 2, true, 0x1ffffdfffff,
	 0, 0},
	{"0000000200000000000000000000000000000000", "=", 2, false, 0, 0, 0},
	{"0100000200000000000000000000000000000000", "=", 2, true, 0, 0, 0},
	{"0100000201000000000000000002008000000000", "cap_chown=ep 41,63+ep", 2, true,
	 0x8000020000000001, 0, 0},
	{"0100000200200000002000000002000000000400", "cap_net_raw=eip 50+ei 41+ep", 2, true,
	 0x20000002000, 0x4000000002000, 0},
	{"01000002ffdfffff00100000ffffffff00000000",
	 "=ep cap_net_admin+i cap_net_raw-ep " UNNAMED "+ep", 2, true, 0xffffffffffffdfff, 0x1000,
	 0},
	{"01000002000000000000000000feffff00000000", "= " UNNAMED "+ep", 2, true,
	 0xfffffe0000000000, 0, 0},
	{"01000002010000000000000000feffff00feffff", "cap_chown=ep " UNNAMED "+eip", 2, true,
	 0xfffffe0000000001, 0xfffffe0000000000, 0},
	{"0100000300200000000000000000000000000000e8030000", "cap_net_raw=ep", 3, true, 0x2000, 0,
	 1000},
	{"010000030020000000000000000000000000000000000000", "cap_net_raw=ep", 3, true, 0x2000, 0,
	 0},
	{"010000010020000000000000", "cap_net_raw=ep", 1, true, 0x2000, 0, 0},
	/* Other flag bits mean nothing yet. */
	{"feffff0200200000000000000000000000000000", "cap_net_raw=p", 2, false, 0x2000, 0, 0},
};

static uint8_t nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t unhex(const char *hex, uint8_t *to)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2)
		to[n++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
	return n;
}

static void test_good(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 16);

	for (size_t i = 0; i < ARRAY_SIZE(good_rows); i++) {
		const struct good_row *row = &good_rows[i];
		uint8_t value[64];
		size_t size = unhex(row->hex, value);
		struct file_capability got;
		struct error err;

		assert_int_equal(capability_decode(value, size, &got, &err), 0);
		assert_int_equal(got.revision, row->revision);
		assert_int_equal(got.effective, row->effective);
		assert_true(got.permitted == row->permitted);
		assert_true(got.inheritable == row->inheritable);
		assert_int_equal(got.root_uid, row->root_uid);
		assert_string_equal(capability_text(&got, arena), row->text);
		/* One byte less, one more: the kernel takes neither. */
		memset(&got, 0xaa, sizeof(got));
		assert_int_equal(capability_decode(value, size - 1, &got, &err), -EBADMSG);
		assert_int_equal(capability_decode(value, size + 1, &got, &err), -EBADMSG);
		assert_int_equal(got.revision, 0xaaaaaaaa); /* untouched */
	}
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"01",
		"010000",
		"00000002",
		"0000000000200000000000000000000000000000",
		"0000000400200000000000000000000000000000",
		"000000ff00200000000000000000000000000000",
		"0100000200200000000000000000000000000000e8030000",
		"0100000300200000000000000000000000000000",
		"0100000100200000000000000000000000000000",
		"010000020020000000000000",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint8_t *value = malloc(strlen(bad[i]) / 2 + 1), scratch[64];
		size_t size = unhex(bad[i], scratch);
		struct file_capability got;
		struct error err = {};

		memcpy(value, scratch, size);
		assert_int_equal(capability_decode(value, size, &got, &err), -EBADMSG);
		assert_int_equal(err.code, -EBADMSG);
		assert_non_null(strstr(err.message, "security.capability"));
		free(value);
	}
}

static void test_names(void **state)
{
	assert_string_equal(capability_name(0), "cap_chown");
	assert_string_equal(capability_name(7), "cap_setuid");
	assert_string_equal(capability_name(21), "cap_sys_admin");
	assert_string_equal(capability_name(31), "cap_setfcap");
	assert_string_equal(capability_name(40), "cap_checkpoint_restore");
	assert_null(capability_name(CAPABILITY_COUNT));
	assert_null(capability_name(UINT32_MAX));
	for (unsigned int i = 0; i < CAPABILITY_COUNT; i++)
		assert_memory_equal(capability_name(i), "cap_", 4);
}

static void test_root_equivalent(void **state)
{
	static const char *const roots[] = {
		"cap_chown",     "cap_dac_override", "cap_dac_read_search", "cap_fowner",
		"cap_setuid",    "cap_sys_module",   "cap_sys_rawio",       "cap_sys_ptrace",
		"cap_sys_admin", "cap_setfcap",
	};
	size_t found = 0;

	for (unsigned int i = 0; i < CAPABILITY_COUNT; i++) {
		bool expected = false;

		for (size_t j = 0; j < ARRAY_SIZE(roots); j++)
			expected = expected || strcmp(capability_name(i), roots[j]) == 0;
		assert_int_equal(capability_is_root_equivalent(i), expected);
		found += expected;
	}
	assert_int_equal(found, ARRAY_SIZE(roots));
	assert_false(capability_is_root_equivalent(CAPABILITY_COUNT));
	assert_false(capability_is_root_equivalent(64 + 21));
}

static int text_once(struct arena **ret)
{
	struct file_capability capability = {.permitted = UINT64_MAX, .inheritable = 5};
	struct arena *arena = arena_new(UINT64_MAX);
	char *text = arena ? capability_text(&capability, arena) : NULL;

	*ret = arena;
	if (text)
		return 0;
	arena_free(arena);
	return -ENOMEM;
}

static void test_text_oom(void **state)
{
	struct arena *arena = NULL;

	OOM_SWEEP(text_once(&arena), arena_free(arena));
}

/* Whatever the sets are, the longest text fits. */
static void test_text_fits(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 24);
	uint64_t permitted = 1, inheritable = 2;

	for (int i = 0; i < 2000; i++) {
		struct file_capability capability = {.permitted = permitted,
						     .inheritable = inheritable,
						     .effective = i % 2};

		assert_non_null(capability_text(&capability, arena));
		permitted = permitted * 6364136223846793005u + 1442695040888963407u;
		inheritable ^= permitted >> 7;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),     cmocka_unit_test(test_bad),
		cmocka_unit_test(test_names),    cmocka_unit_test(test_root_equivalent),
		cmocka_unit_test(test_text_oom), cmocka_unit_test(test_text_fits),
	};

	return cmocka_run_group_tests_name("capability", tests, NULL, NULL);
}
