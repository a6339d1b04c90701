/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line: silent at first, drawn in one line, erased at the end; the log with -v. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/progress.h"

/* The clock of the program under test: the linker takes this one. */
static uint64_t now;

uint64_t clock_monotonic_usec(void)
{
	return now;
}

struct screen {
	FILE *file;
	char *text;
	size_t size;
};

static void screen_open(struct screen *screen)
{
	screen->file = open_memstream(&screen->text, &screen->size);
	assert_non_null(screen->file);
}

static const char *screen_text(struct screen *screen)
{
	fflush(screen->file);
	return screen->text;
}

static void screen_close(struct screen *screen)
{
	fclose(screen->file);
	free(screen->text);
}

static void test_line(void **state)
{
	struct screen screen;
	struct progress *progress;

	screen_open(&screen);
	now = 5000000;
	assert_int_equal(progress_new(screen.file, true, false, 60, &progress, NULL), 0);
	progress_reset(progress);
	progress_begin(progress, "web.tar", 400000000);
	now += 999999;
	progress_update(progress, 50000000);
	assert_string_equal(screen_text(&screen), "");
	now += 1000001;
	progress_update(progress, 100000000);
	assert_string_equal(screen_text(&screen), "\rweb.tar  100 MB  25% 50 MB/s\033[K");
	/* Again only after a while. */
	now += 1000;
	progress_update(progress, 110000000);
	assert_string_equal(screen_text(&screen), "\rweb.tar  100 MB  25% 50 MB/s\033[K");
	progress_end(progress);
	assert_non_null(strstr(screen_text(&screen), "MB/s\033[K\r\033[K"));
	progress_free(progress);
	screen_close(&screen);
}

static void test_second_image_counts_from_zero(void **state)
{
	struct screen screen;
	struct progress *progress;

	screen_open(&screen);
	now = 0;
	assert_int_equal(progress_new(screen.file, true, false, 0, &progress, NULL), 0);
	progress_begin(progress, "a", 10000000);
	progress_update(progress, 10000000);
	progress_end(progress);
	progress_begin(progress, "b", 20000000);
	now += 2000000;
	progress_update(progress, 20000000);
	assert_string_equal(screen_text(&screen), "\rb  10 MB  50% 5 MB/s\033[K");
	/* More than all: a layer was read again. */
	now += 2000000;
	progress_update(progress, 90000000);
	assert_non_null(strstr(screen_text(&screen), "20 MB 100%"));
	progress_free(progress);
	screen_close(&screen);
}

static void test_unknown_total_and_narrow(void **state)
{
	struct screen screen;
	struct progress *progress;

	screen_open(&screen);
	now = 0;
	assert_int_equal(progress_new(screen.file, true, false, 24, &progress, NULL), 0);
	progress_begin(progress, "a\033[2Jvery-long-name-indeed.tar", 0);
	now += 4000000;
	progress_update(progress, 8000000);
	assert_string_equal(screen_text(&screen), "\ra\\x1b[2Jve  8 MB 2 MB/s\033[K");
	progress_free(progress);
	screen_close(&screen);
}

static void test_log(void **state)
{
	struct screen screen;
	struct progress *progress;

	screen_open(&screen);
	assert_int_equal(progress_new(screen.file, false, true, 80, &progress, NULL), 0);
	assert_true(progress_verbose(progress));
	progress_log(progress, "layer %d: \033]0;x", 1);
	assert_string_equal(screen_text(&screen), "layer 1: \\x1b]0;x\n");
	progress_begin(progress, "x", 1);
	now += 10000000;
	progress_update(progress, 1);
	assert_string_equal(screen_text(&screen), "layer 1: \\x1b]0;x\n");
	progress_free(progress);
	screen_close(&screen);
}

static void test_log_erases_line(void **state)
{
	struct screen screen;
	struct progress *progress;

	screen_open(&screen);
	now = 0;
	assert_int_equal(progress_new(screen.file, true, true, 80, &progress, NULL), 0);
	progress_begin(progress, "x", 0);
	now += 2000000;
	progress_update(progress, 2000000);
	progress_log(progress, "done");
	assert_non_null(strstr(screen_text(&screen), "\r\033[Kdone\n"));
	progress_free(progress);
	screen_close(&screen);
}

static void test_null(void **state)
{
	progress_reset(NULL);
	progress_begin(NULL, "x", 1);
	progress_update(NULL, 1);
	progress_log(NULL, "%s", "x");
	progress_end(NULL);
	assert_false(progress_verbose(NULL));
	progress_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_second_image_counts_from_zero),
		cmocka_unit_test(test_unknown_total_and_narrow),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_erases_line),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
