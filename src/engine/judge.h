/* SPDX-License-Identifier: Apache-2.0 */
/* Targets -> report: opens, scans, checks, waives and decides, one target after the other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/limits.h"
#include "engine/policy.h"
#include "engine/progress.h"
#include "model/report.h"
#include "source/source.h"

struct judge_options {
	const struct limits *limits;
	struct policy *policy; /* may be NULL; its waivers count their use */
	enum severity fail_on;
	const char *profile;
	struct platform platform; /* os NULL: the host's */
	bool all_platforms;
	bool verify; /* digests of layers */
	bool allow_unknown;
	const char *user;          /* replaces config.User; NULL: no */
	unsigned int jobs;         /* 0: as many as there are processors */
	struct progress *progress; /* may be NULL */
};

/*
 * Judges every target. One that cannot be read or verified becomes an error of the report and has
 * no verdict; the next one is judged all the same. The options are borrowed for the call. Fails
 * only with -ENOMEM and -ECANCELED (interrupted), and then there is no report.
 */
int judge_targets(const char *const *targets, size_t n_targets, const struct judge_options *options,
		  struct report **ret, struct error *err);
