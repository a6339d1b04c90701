/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run. Errors are sorted here: what concerns one target goes into the report, what ends the run
 * (memory, interruption) goes up.
 */
#include "engine/judge.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>

#include "base/clock.h"
#include "check/check.h"
#include "engine/describe.h"
#include "engine/scan.h"
#include "engine/verdict.h"
#include "engine/waive.h"
#include "io/interrupt.h"

struct judge {
	const struct judge_options *options;
	struct source_options source_options;
	struct scan_options scan_options;
	struct report *report;
	int32_t today;
};

/* Processors that this process may use: a container's share may be less than the machine. */
static unsigned int n_processors(void)
{
	cpu_set_t set;
	int n;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned int)n : 1;
}

/* Everything about one image that needs its tree; the tree is freed by the caller. */
static int judge_tree(struct judge *judge, struct image *image, struct target *target,
		      struct error *err)
{
	const struct judge_options *options = judge->options;
	struct arena *arena = judge->report->arena;
	int r;

	assert(image->tree);
	r = start_user_resolve(image, options->user, options->limits, err);
	if (r < 0)
		return r;
	r = describe_user(image, target, arena, err);
	if (r < 0)
		return r;
	r = check_image(image, target, arena, options->limits, err);
	if (r < 0)
		return r;
	if (options->policy)
		r = waive_findings(options->policy, image, target, judge->today, arena, err);
	if (r < 0)
		return r;
	return verdict_decide(target, options->fail_on, arena, err);
}

static int judge_image(struct judge *judge, struct source *source, size_t index,
		       const char *written, struct error *err)
{
	struct image *image = source_image(source, index);
	struct progress *progress = judge->options->progress;
	uint64_t start = clock_monotonic_usec();
	struct target *target;
	int r;

	r = describe_image(image, written, judge->report->arena, &target, err);
	if (r < 0)
		return r;
	/* A bare file system comes with no digests: there is nothing to leave out. */
	target->unverified = !judge->options->verify && !image->rootfs;
	progress_begin(progress, image->name, source_image_bytes(source, index));
	r = scan_image(source, index, &judge->scan_options, err);
	progress_end(progress);
	if (r == 0)
		r = judge_tree(judge, image, target, err);
	if (r == 0)
		progress_log(progress,
			     "%s: layers: %zu, names: %" PRIu64 ", tree: %" PRIu64 " KiB, %.3f s",
			     image->name, image->n_layers, target->n_entries,
			     file_tree_memory(image->tree) / 1024,
			     (double)(clock_monotonic_usec() - start) / 1e6);
	/* At once: memory holds the tree of one image, however many the target has. */
	file_tree_free(TAKE(image->tree));
	if (r == 0 && vec_push(&judge->report->targets, target) < 0)
		r = error_oom(err);
	if (r < 0)
		vec_clear(&target->findings);
	return r;
}

/* A position belongs to the file that the message names. */
static char *error_text(const char *image, const struct error *error, struct arena *arena)
{
	const char *prefix = image ? image : "", *colon = image ? ": " : "";

	if (error->line == 0)
		return arena_printf(arena, "%s%s%s", prefix, colon, error->message);
	return arena_printf(arena, "%s%s%s (line %u, column %u)", prefix, colon, error->message,
			    error->line, error->column);
}

/* Keeps an error of one target in the report; what ends the run is returned. */
static int keep_error(struct judge *judge, const char *written, const char *image, int code,
		      const struct error *inner, struct error *err)
{
	struct arena *arena = judge->report->arena;
	struct report_error error = {};

	assert(code < 0);
	if (code == -ECANCELED) {
		if (err)
			*err = *inner;
		return code;
	}
	error.target = arena_strdup(arena, written);
	error.message = error_text(image, inner, arena);
	if (!error.target || !error.message || vec_push(&judge->report->errors, error) < 0)
		return error_oom(err);
	return 0;
}

/* An image that cannot be judged does not keep the next one from it: each has its line in the
 * report. */
static int judge_target(struct judge *judge, const char *written, struct error *err)
{
	_cleanup_(source_freep) struct source *source = NULL;
	struct error inner = {};
	size_t n;
	int r;

	/* Standard input and compressed archives are read whole while they are opened. */
	progress_reset(judge->options->progress);
	progress_begin(judge->options->progress, written, 0);
	r = source_open(written, &judge->source_options, &source, &inner);
	progress_end(judge->options->progress);
	if (r < 0)
		return keep_error(judge, written, NULL, r, &inner, err);
	n = source_n_images(source);
	for (size_t i = 0; i < n; i++) {
		r = judge_image(judge, source, i, written, &inner);
		if (r == 0)
			continue;
		r = keep_error(judge, written, n > 1 ? source_image(source, i)->name : NULL, r,
			       &inner, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int judge_all(struct judge *judge, const char *const *targets, size_t n_targets,
		     struct error *err)
{
	for (size_t i = 0; i < n_targets; i++) {
		int r = interrupt_check(err);

		if (r == 0)
			r = judge_target(judge, targets[i], err);
		if (r < 0)
			return r;
	}
	/* When nothing was judged, no waiver had its chance. */
	if (!judge->options->policy || judge->report->targets.len == 0)
		return 0;
	return waive_notes(judge->options->policy, judge->today, judge->report, err);
}

/* What every renderer shows, also of a run that judged nothing. */
static int report_prepare(struct report *report, const struct judge_options *options,
			  struct error *err)
{
	report->tool_version = ROOTOUT_VERSION;
	report->profile = arena_strdup(report->arena, options->profile);
	report->fail_on = options->fail_on;
	report->allow_unknown = options->allow_unknown;
	report->checks = checks;
	report->n_checks = n_checks;
	return report->profile ? 0 : error_oom(err);
}

int judge_targets(const char *const *targets, size_t n_targets, const struct judge_options *options,
		  struct report **ret, struct error *err)
{
	_cleanup_(digest_crew_freep) struct digest_crew *crew = NULL;
	_cleanup_(report_freep) struct report *report = NULL;
	unsigned int jobs = options->jobs > 0 ? options->jobs : n_processors();
	struct judge judge = {.options = options, .today = clock_today()};
	int r;

	assert(targets || n_targets == 0);
	assert(options && options->limits && options->profile);
	r = report_new(&report, err);
	if (r < 0)
		return r;
	r = report_prepare(report, options, err);
	if (r < 0)
		return r;
	/* One helper less than threads: while layers fill every processor it sleeps, with a single
	 * layer it digests beside the thread that inflates. */
	r = digest_crew_new(jobs - 1, &crew, err);
	if (r < 0)
		return r;
	report->start_time = clock_realtime_usec();
	judge.report = report;
	judge.source_options = (struct source_options){
		.limits = options->limits,
		.crew = crew,
		.platform = options->platform,
		.all_platforms = options->all_platforms,
		.verify = options->verify,
		.progress = options->progress ? progress_update : NULL,
		.progress_data = options->progress,
	};
	judge.scan_options = (struct scan_options){.limits = options->limits,
						   .jobs = jobs,
						   .progress = options->progress};
	r = judge_all(&judge, targets, n_targets, err);
	if (r < 0)
		return r;
	report->end_time = clock_realtime_usec();
	*ret = TAKE(report);
	return 0;
}
