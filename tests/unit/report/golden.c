/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files lie in GOLDEN_DIR (tests/unit/report/golden). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

#define DIFF_MOST 20

static char *slurp(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	for (;;) {
		char *grown = realloc(text, size + 65536);

		assert_non_null(grown);
		text = grown;
		size_t n = fread(text + size, 1, 65535, file);

		size += n;
		if (n == 0)
			break;
	}
	text[size] = '\0';
	fclose(file);
	*ret_size = size;
	return text;
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
	char path[512], *expected;
	size_t expected_size = 0;

	snprintf(path, sizeof(path), "%s/%s", GOLDEN_DIR, name);
	if (getenv("ROOTOUT_UPDATE_GOLDEN"))
		store(path, text, size);
	expected = slurp(path, &expected_size);
	if (!expected)
		fail_msg("%s is missing (ROOTOUT_UPDATE_GOLDEN=1 writes it)", name);
	if (expected_size != size || memcmp(expected, text, size) != 0) {
		print_diff(expected, text);
		free(expected);
		fail_msg("%s differs (ROOTOUT_UPDATE_GOLDEN=1 writes it anew)", name);
	}
	free(expected);
}
