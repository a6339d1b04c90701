/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files lie in GOLDEN_DIR (tests/unit/report/golden). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "golden.h"

#define DIFF_MOST 20

/* False when there is no such file. */
static bool slurp(const char *path, struct strbuf *ret)
{
	FILE *file = fopen(path, "rb");
	char chunk[4096];
	size_t n;

	if (!file)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		assert_int_equal(strbuf_add(ret, chunk, n), 0);
	fclose(file);
	return true;
}

static void store(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Prints lines that differ, each beside what stands at the same place of the other text. */
static void print_diff(const char *expected, const char *actual)
{
	size_t printed = 0;

	for (size_t line = 1; (*expected || *actual) && printed < DIFF_MOST; line++) {
		size_t a = strcspn(expected, "\n"), b = strcspn(actual, "\n");

		if (a != b || memcmp(expected, actual, a) != 0) {
			print_error("%zu: -%.*s\n%zu: +%.*s\n", line, (int)a, expected, line,
				    (int)b, actual);
			printed++;
		}
		expected += a + (expected[a] == '\n');
		actual += b + (actual[b] == '\n');
	}
}

void golden_compare(const char *name, const char *text, size_t size)
{
	struct strbuf expected = STRBUF_INIT(1 << 22);
	char path[512];
	bool same;

	snprintf(path, sizeof(path), "%s/%s", GOLDEN_DIR, name);
	if (getenv("ROOTOUT_UPDATE_GOLDEN"))
		store(path, text, size);
	if (!slurp(path, &expected))
		fail_msg("%s is missing (ROOTOUT_UPDATE_GOLDEN=1 writes it)", name);
	same = expected.len == size && memcmp(strbuf_string(&expected), text, size) == 0;
	if (!same)
		print_diff(strbuf_string(&expected), text);
	strbuf_clear(&expected);
	if (!same)
		fail_msg("%s differs (ROOTOUT_UPDATE_GOLDEN=1 writes it anew)", name);
}
