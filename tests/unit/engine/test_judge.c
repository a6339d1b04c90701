/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run over several targets, with sources and checks made here: errors stay with their target,
 * interruption and memory end the run, waivers and options reach the verdict.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "check/check.h"
#include "engine/judge.h"
#include "io/interrupt.h"
#include "oom.h"

static const struct check setuid_check = {.name = "image-setuid-root"};

const struct check *const checks[] = {&setuid_check};
const size_t n_checks = 1;

struct source {
	size_t n_images;
	struct image *images[2];
	bool bad_layer, bad_second;
};

static bool interrupted, seen_all_platforms, seen_verify;
static const char *seen_user;
static size_t n_opened;

int interrupt_check(struct error *err)
{
	return interrupted ? error_set(err, -ECANCELED, "interrupted") : 0;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < 2; i++)
		image_free(source->images[i]);
	free(source);
}

/* Targets are named by what they are: "missing", "bad", "two", "half", "setuid", "good". */
int source_open(const char *target, const struct source_options *options,
		struct source **ret_source, struct error *err)
{
	_cleanup_(source_freep) struct source *source = NULL;

	n_opened++;
	seen_all_platforms = options->all_platforms;
	seen_verify = options->verify;
	if (strcmp(target, "missing") == 0)
		return error_set(err, -ENOENT, "cannot open %s", target);
	if (strcmp(target, "garbled") == 0)
		return error_set_at(err, -EBADMSG, 3, 14, "index.json: unexpected token");
	source = calloc(1, sizeof(*source));
	if (!source)
		return error_oom(err);
	source->bad_layer = strcmp(target, "bad") == 0;
	source->bad_second = strcmp(target, "half") == 0;
	source->n_images = strcmp(target, "two") == 0 || source->bad_second ? 2 : 1;
	for (size_t i = 0; i < source->n_images; i++) {
		int r = image_new(i == 0 ? target : "second", &source->images[i], err);

		if (r < 0)
			return r;
		source->images[i]->layers =
			arena_alloc(source->images[i]->arena, sizeof(struct layer));
		if (!source->images[i]->layers)
			return error_oom(err);
		source->images[i]->layers[0].blob_name = "layer 1 of 1";
		source->images[i]->n_layers = 1;
	}
	*ret_source = TAKE(source);
	return 0;
}

size_t source_n_images(const struct source *source)
{
	return source->n_images;
}

struct image *source_image(const struct source *source, size_t index)
{
	return source->images[index];
}

uint64_t source_image_bytes(const struct source *source, size_t index)
{
	return 0;
}

bool source_is_concurrent(const struct source *source)
{
	return true;
}

bool source_is_repeatable(const struct source *source)
{
	return false;
}

int source_read_layer(struct source *source, size_t image, size_t layer,
		      const struct body_wishes *wishes, struct file_tree **ret_tree,
		      struct error *err)
{
	if (source->bad_layer || (source->bad_second && image == 1))
		return error_set(err, -EBADMSG, "layer 1 of 1: digest mismatch");
	return file_tree_new(&limits_default, 0, ret_tree, err);
}

int check_script_names(const struct image *image, const char ***ret, size_t *ret_len,
		       struct error *err)
{
	*ret_len = 0;
	return 0;
}

int check_wanted_bodies(const struct image *image, struct wanted_body **ret, size_t *ret_len,
			struct error *err)
{
	*ret_len = 0;
	return 0;
}

int start_user_resolve(struct image *image, const char *user_override, const struct limits *limits,
		       struct error *err)
{
	seen_user = user_override;
	image->start_user.uid = 1000;
	return 0;
}

int check_image(const struct image *image, struct target *target, struct arena *arena,
		const struct limits *limits, struct error *err)
{
	struct finding *finding;

	assert_non_null(image->tree);
	target->scores[SCORE_FIRST_PROCESS] = (struct score){VERDICT_PASS, "UID 1000"};
	target->scores[SCORE_NO_SETUID_ROOT] = (struct score){VERDICT_PASS, "none"};
	if (strcmp(image->name, "setuid") != 0)
		return 0;
	target->scores[SCORE_NO_SETUID_ROOT] = (struct score){VERDICT_FAIL, "one"};
	finding = arena_alloc(arena, sizeof(*finding));
	if (!finding)
		return error_oom(err);
	finding->check = &setuid_check;
	finding->severity = SEVERITY_HIGH;
	finding->message = "one";
	finding->location.path = "/su";
	return vec_push(&target->findings, finding) < 0 ? error_oom(err) : 0;
}

static const struct judge_options defaults = {
	.limits = &limits_default,
	.fail_on = SEVERITY_HIGH,
	.profile = PROFILE_DEFAULT,
	.verify = true,
	.jobs = 2,
};

#define JUDGE(options, ret, err, ...)                     \
	judge_targets((const char *const[]){__VA_ARGS__}, \
		      ARRAY_SIZE(((const char *const[]){__VA_ARGS__})), options, ret, err)

static void test_errors_stay_with_their_target(void **state)
{
	_cleanup_(report_freep) struct report *report = NULL;
	struct error err = {};

	assert_int_equal(JUDGE(&defaults, &report, &err, "missing", "good", "bad", "half"), 0);
	assert_int_equal(report->targets.len, 2);
	assert_string_equal(report->targets.items[0]->name, "good");
	assert_int_equal(report->targets.items[0]->verdict, VERDICT_PASS);
	assert_string_equal(report->targets.items[1]->target, "half");
	assert_int_equal(report->errors.len, 3);
	assert_string_equal(report->errors.items[0].target, "missing");
	assert_string_equal(report->errors.items[0].message, "cannot open missing");
	assert_string_equal(report->errors.items[1].message, "layer 1 of 1: digest mismatch");
	/* Which of several images it was. */
	assert_string_equal(report->errors.items[2].message,
			    "second: layer 1 of 1: digest mismatch");
	assert_int_equal(report_exit_status(report), 2);
}

static void test_error_with_a_position(void **state)
{
	_cleanup_(report_freep) struct report *report = NULL;

	assert_int_equal(JUDGE(&defaults, &report, NULL, "garbled"), 0);
	assert_string_equal(report->errors.items[0].message,
			    "index.json: unexpected token (line 3, column 14)");
}

static void test_several_images(void **state)
{
	_cleanup_(report_freep) struct report *report = NULL;

	assert_int_equal(JUDGE(&defaults, &report, NULL, "two", "setuid"), 0);
	assert_int_equal(report->targets.len, 3);
	assert_string_equal(report->targets.items[1]->name, "second");
	assert_int_equal(report->targets.items[2]->verdict, VERDICT_FAIL);
	assert_int_equal(report_exit_status(report), 1);
	assert_string_equal(report->profile, "cbpp-0002");
	assert_ptr_equal(report->checks, checks);
	assert_int_equal(report->n_checks, 1);
}

static void test_options_arrive(void **state)
{
	_cleanup_(report_freep) struct report *report = NULL;
	struct judge_options options = defaults;

	options.verify = false;
	options.all_platforms = true;
	options.user = "7:8";
	options.jobs = 0;
	assert_int_equal(JUDGE(&options, &report, NULL, "good"), 0);
	assert_false(seen_verify);
	assert_true(seen_all_platforms);
	assert_string_equal(seen_user, "7:8");
	assert_true(report->targets.items[0]->unverified);
	assert_int_equal(report->targets.items[0]->verdict, VERDICT_UNKNOWN);
	assert_int_equal(report_exit_status(report), 1);
	report->allow_unknown = true;
	assert_int_equal(report_exit_status(report), 0);
}

static void test_waiver(void **state)
{
	struct waiver waivers[] = {
		{.check = &setuid_check,
		 .path = "/su",
		 .reason = "r",
		 .owner = "o",
		 .expires = "2999-01-01",
		 .expires_day = INT32_MAX,
		 .number = 1},
		{.check = &setuid_check,
		 .path = "/nowhere",
		 .reason = "r",
		 .owner = "o",
		 .expires = "2999-01-01",
		 .expires_day = INT32_MAX,
		 .number = 2},
	};
	struct policy policy = {.file = "p", .waivers = waivers, .n_waivers = 2};
	_cleanup_(report_freep) struct report *report = NULL;
	struct judge_options options = defaults;

	options.policy = &policy;
	assert_int_equal(JUDGE(&options, &report, NULL, "setuid"), 0);
	assert_int_equal(report->targets.items[0]->verdict, VERDICT_PASS);
	assert_int_equal(report->targets.items[0]->findings.len, 1);
	assert_non_null(report->targets.items[0]->findings.items[0]->waived);
	assert_int_equal(report->notes.len, 1);
	assert_string_equal(report->notes.items[0].message,
			    "waiver 2 (image-setuid-root /nowhere) matched nothing");
	report_free(TAKE(report));
	/* Nothing was judged: nothing can be said of waivers. */
	waivers[0].n_used = 0;
	assert_int_equal(JUDGE(&options, &report, NULL, "missing"), 0);
	assert_int_equal(report->notes.len, 0);
}

static void test_interrupted(void **state)
{
	struct report *report = NULL;
	struct error err = {};

	interrupted = true;
	n_opened = 0;
	assert_int_equal(JUDGE(&defaults, &report, &err, "good"), -ECANCELED);
	interrupted = false;
	assert_null(report);
	assert_int_equal(n_opened, 0);
}

static void test_log(void **state)
{
	_cleanup_(report_freep) struct report *report = NULL;
	_cleanup_(progress_freep) struct progress *progress = NULL;
	struct judge_options options = defaults;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(progress_new(out, false, true, 80, &progress, NULL), 0);
	options.progress = progress;
	assert_int_equal(JUDGE(&options, &report, NULL, "good"), 0);
	fclose(out);
	assert_non_null(strstr(text, "layer 1 of 1: 0 entries"));
	assert_non_null(strstr(text, "good: layers: 1, names: 0"));
	free(text);
}

/* A target that runs out of memory is an error of the report; only the report itself may not. */
static int judge_once(void)
{
	_cleanup_(report_freep) struct report *report = NULL;
	struct judge_options options = defaults;
	struct error err = {};
	int r;

	options.jobs = 1;
	r = JUDGE(&options, &report, &err, "setuid");
	if (r < 0)
		return r;
	if (report->errors.len > 0) {
		assert_int_equal(report->targets.len, 0);
		assert_int_equal(report_exit_status(report), 2);
	} else {
		assert_int_equal(report->targets.items[0]->verdict, VERDICT_FAIL);
	}
	return 0;
}

static void test_oom(void **state)
{
	OOM_SWEEP(judge_once(), );
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_stay_with_their_target),
		cmocka_unit_test(test_error_with_a_position),
		cmocka_unit_test(test_several_images),
		cmocka_unit_test(test_options_arrive),
		cmocka_unit_test(test_waiver),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
