/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: an image with its merged tree and start user. Out: the target's findings, sorted gravest
 * first, then as checks.def has them, then by place; and its scores. Limit: limits->findings.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "check/check.h"
#include "check/rule.h"
#include "check/score.h"
#include "check/suspects.h"

#define ADVISED_ID    10001
#define FIRST_USER_ID 1000
#define LAST_USER_ID  59999

/* Rows of checks.def are in the order in which reports show them. */
static size_t row_of(const struct check *check)
{
	size_t row = 0;

	assert(check);
	while (row < n_checks && checks[row] != check)
		row++;
	return row;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* Total, so that two runs print the same: message last. */
static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = *(struct finding *const *)left;
	const struct finding *b = *(struct finding *const *)right;
	int r;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->check != b->check)
		return row_of(a->check) < row_of(b->check) ? -1 : 1;
	r = compare_text(a->location.path, b->location.path);
	if (r != 0)
		return r;
	if (a->location.line != b->location.line)
		return a->location.line < b->location.line ? -1 : 1;
	return compare_text(a->message, b->message);
}

/* A USER for remedies: an ordinary account of the image, else a number that is free. */
static void advise_user(struct check_ctx *ctx)
{
	ctx->advised_uid = ctx->advised_gid = ADVISED_ID;
	for (size_t i = 0; i < ctx->accounts.n_users; i++) {
		const struct passwd_line *line = &ctx->accounts.users[i];

		if (line->malformed || line->uid < FIRST_USER_ID || line->uid > LAST_USER_ID ||
		    line->gid <= 0 || line->gid > LAST_USER_ID)
			continue;
		ctx->advised_uid = (uint32_t)line->uid;
		ctx->advised_gid = (uint32_t)line->gid;
		return;
	}
}

/* Rules run on after a finding, but not after an error: half of a report could pass for a whole
 * one. */
static int run(struct check_ctx *ctx)
{
	struct target *target = ctx->target;
	int r = accounts_read(ctx->image, ctx->scratch, &ctx->accounts, ctx->err);

	if (r < 0)
		return r;
	advise_user(ctx);
	suspects_collect(ctx);
	for (size_t i = 0; i < n_rule_families && ctx->status == 0; i++)
		rule_families[i](ctx);
	if (ctx->status == 0)
		score_image(ctx);
	if (ctx->status < 0)
		return ctx->status;
	if (target->findings.len > 1)
		qsort(target->findings.items, target->findings.len, sizeof(struct finding *),
		      compare_findings);
	return 0;
}

int check_image(const struct image *image, struct target *target, struct arena *arena,
		const struct limits *limits, struct error *err)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new(limits->bodies_bytes * 2);
	struct check_ctx ctx = {
		.image = image,
		.target = target,
		.arena = arena,
		.scratch = scratch,
		.limits = limits,
		.err = err,
	};

	assert(image && target && arena && limits);
	if (!scratch)
		return error_oom(err);
	return run(&ctx);
}
