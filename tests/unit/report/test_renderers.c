/* SPDX-License-Identifier: Apache-2.0 */
/* Every renderer over every sample: golden bytes, stability, bad writers and short memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "golden.h"
#include "oom.h"
#include "report/render.h"
#include "sample.h"

struct rendering {
	struct strbuf buf;
	int result;
};

static struct rendering rendered(const char *format, const char *sample,
				 struct render_options options, bool color, unsigned int width)
{
	const struct renderer *renderer = renderer_find(format);
	struct report *report = sample_report(sample);
	struct rendering rendering = {.buf = STRBUF_INIT(1 << 22)};
	struct writer writer = WRITER_BUFFER(&rendering.buf);
	struct error err = {0};

	assert_non_null(renderer);
	assert_non_null(report);
	writer.color = color;
	writer.width = width;
	rendering.result = renderer->render(report, &options, &writer, &err);
	report_free(report);
	return rendering;
}

static void test_table(void **state)
{
	for (size_t i = 0; i < n_renderers; i++) {
		assert_int_equal(strspn(renderers[i]->name, "abcdefghijklmnopqrstuvwxyz"),
				 strlen(renderers[i]->name));
		assert_true(strlen(renderers[i]->help) > 10);
		assert_ptr_equal(renderer_find(renderers[i]->name), renderers[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(renderers[i]->name, renderers[j]->name);
	}
	assert_null(renderer_find(""));
	assert_null(renderer_find("Text"));
	assert_null(renderer_find("yaml"));
}

static void test_golden(void **state)
{
	char name[128];

	for (size_t i = 0; i < n_renderers; i++) {
		for (size_t j = 0; j < n_samples; j++) {
			struct rendering out = rendered(renderers[i]->name, sample_names[j],
							(struct render_options){0}, false, 0);

			assert_int_equal(out.result, 0);
			snprintf(name, sizeof(name), "%s.%s", sample_names[j], renderers[i]->name);
			golden_compare(name, strbuf_string(&out.buf), out.buf.len);
			strbuf_clear(&out.buf);
		}
	}
}

static void test_golden_variants(void **state)
{
	static const struct {
		const char *file, *format, *sample;
		struct render_options options;
		bool color;
		unsigned int width;
	} rows[] = {
		{"full-quiet.text", "text", "full", {.quiet = true}, false, 0},
		{"full-verbose.text", "text", "full", {.verbose = true}, false, 0},
		{"full-color.text", "text", "full", {0}, true, 80},
		{"hostile-color.text", "text", "hostile", {.verbose = true}, true, 80},
		{"full-narrow.text", "text", "full", {0}, false, 20},
		{"full-verbose.markdown", "markdown", "full", {.verbose = true}, true, 80},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rendering out = rendered(rows[i].format, rows[i].sample, rows[i].options,
						rows[i].color, rows[i].width);

		assert_int_equal(out.result, 0);
		golden_compare(rows[i].file, strbuf_string(&out.buf), out.buf.len);
		strbuf_clear(&out.buf);
	}
}

/* Neither an escape character nor a line of the input's own making may reach a terminal. */
static void test_nothing_escapes(void **state)
{
	static const char *const forbidden[] = {"\033", "\a", "\r", "\xff", "\u202e", "\u2028"};

	for (size_t i = 0; i < n_renderers; i++) {
		struct rendering out = rendered(renderers[i]->name, "hostile",
						(struct render_options){.verbose = true}, false, 0);
		bool people = strcmp(renderers[i]->name, "text") == 0 ||
			      strcmp(renderers[i]->name, "markdown") == 0;

		assert_int_equal(out.result, 0);
		/* JSON and XML may hold overrides as they are, they are for machines. */
		for (size_t j = 0; j < (people ? ARRAY_SIZE(forbidden) : 4); j++) {
			if (strstr(strbuf_string(&out.buf), forbidden[j]))
				fail_msg("%s lets \\x%02x through", renderers[i]->name,
					 (unsigned char)forbidden[j][0]);
		}
		strbuf_clear(&out.buf);
	}
}

/* Colours change nothing but colours. */
static void test_color_is_only_color(void **state)
{
	struct rendering plain = rendered("text", "full", (struct render_options){0}, false, 80);
	struct rendering color = rendered("text", "full", (struct render_options){0}, true, 80);
	const char *from = strbuf_string(&color.buf);
	struct strbuf stripped = STRBUF_INIT(1 << 22);

	while (*from) {
		size_t length = strcspn(from, "\033");

		assert_int_equal(strbuf_add(&stripped, from, length), 0);
		from += length;
		if (*from)
			from += strcspn(from, "m") + 1;
	}
	assert_string_equal(strbuf_string(&stripped), strbuf_string(&plain.buf));
	assert_true(color.buf.len > plain.buf.len);
	strbuf_clear(&stripped);
	strbuf_clear(&plain.buf);
	strbuf_clear(&color.buf);
}

static void test_quiet_is_a_line_a_target(void **state)
{
	struct rendering out =
		rendered("text", "clean", (struct render_options){.quiet = true}, false, 0);

	assert_string_equal(strbuf_string(&out.buf),
			    "PASS         app:2.1  linux/arm64/v8: starts as UID 1000, and no file "
			    "is setuid-root\n");
	strbuf_clear(&out.buf);
}

/* A writer that is full is an error, wherever it fills up. */
static void test_writer_errors(void **state)
{
	static const size_t sizes[] = {0, 1, 100, 1000};

	for (size_t i = 0; i < n_renderers; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
			struct report *report = sample_report("full");
			struct strbuf buf = STRBUF_INIT(sizes[j]);
			struct writer writer = WRITER_BUFFER(&buf);
			struct render_options options = {0};
			struct error err = {0};

			assert_int_equal(renderers[i]->render(report, &options, &writer, &err),
					 -E2BIG);
			assert_true(err.message[0] != '\0');
			strbuf_clear(&buf);
			report_free(report);
		}
	}
}

static int render_once(const struct renderer *renderer, const struct report *report)
{
	struct strbuf buf = STRBUF_INIT(1 << 22);
	struct writer writer = WRITER_BUFFER(&buf);
	struct render_options options = {0};
	struct error err = {0};
	int r = renderer->render(report, &options, &writer, &err);

	strbuf_clear(&buf);
	return r;
}

static void test_short_memory(void **state)
{
	static const char *const samples[] = {"full", "hostile"};

	for (size_t i = 0; i < n_renderers; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(samples); j++) {
			struct report *report = sample_report(samples[j]);

			OOM_SWEEP(render_once(renderers[i], report), );
			report_free(report);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_golden_variants),
		cmocka_unit_test(test_nothing_escapes),
		cmocka_unit_test(test_color_is_only_color),
		cmocka_unit_test(test_quiet_is_a_line_a_target),
		cmocka_unit_test(test_writer_errors),
		cmocka_unit_test(test_short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
