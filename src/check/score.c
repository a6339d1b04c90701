/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: the start user and the findings of one image. Out: target->scores, each with the fact that
 * decides. What patched runtimes do counts; what older ones did is a finding. Specification: DESIGN
 * section 3, CBPP-0002.
 */
#include "check/score.h"

#include <string.h>
#include <strings.h>

static const char *source_of(const struct start_user *user)
{
	return user->source ? user->source : "";
}

/* Docker's view decides; where runtimes differ there is a finding. */
static bool is_foreign(const struct image *image)
{
	const char *os = image->platform.os;

	return os && *os && strcasecmp(os, "linux") != 0;
}

static void score_first_process(struct check_ctx *ctx, struct score *score)
{
	const struct start_user *user = &ctx->image->start_user;

	/* What a Windows runtime makes of USER is not known here, and a Linux one that does not
	 * refuse the image goes by Linux rules: root fails, the rest is no proof. */
	if (is_foreign(ctx->image) && !(user->outcome == START_RUNS && user->uid == 0)) {
		score->verdict = VERDICT_UNKNOWN;
		score->why = rule_text(ctx, "the image is for %s, and only Linux's rules are known",
				       ctx->image->platform.os);
		return;
	}
	switch (user->outcome) {
	case START_RUNS:
		score->verdict = user->uid == 0 ? VERDICT_FAIL : VERDICT_PASS;
		score->why = rule_text(ctx, "the first process has UID %u: %s", user->uid,
				       source_of(user));
		return;
	case START_REFUSED:
		score->verdict = VERDICT_WONT_START;
		break;
	case START_UNKNOWN:
		score->verdict = VERDICT_UNKNOWN;
		break;
	}
	score->why = rule_text(ctx, "%s", user->docker.why ? user->docker.why : source_of(user));
}

/* By suspects and not by findings: what waivers do to the item is verdict.c's. */
static void score_setuid_root(struct check_ctx *ctx, struct score *score)
{
	const char *first = NULL;
	size_t n = 0;

	if (!ctx->image->tree) {
		score->verdict = VERDICT_UNKNOWN;
		score->why = "the layers were not read";
		return;
	}
	for (size_t i = 0; i < ctx->n_suspects; i++) {
		const struct suspect *suspect = &ctx->suspects[i];

		if (!S_ISREG(suspect->inode->mode) || !(suspect->inode->mode & S_ISUID) ||
		    suspect->inode->uid != 0)
			continue;
		n++;
		if (!first || strcmp(suspect->names[0], first) < 0)
			first = suspect->names[0];
	}
	score->verdict = n > 0 ? VERDICT_FAIL : VERDICT_PASS;
	if (n == 0)
		score->why = "no file is setuid root";
	else
		score->why = rule_text(ctx, "%zu file%s setuid root: %s%s", n,
				       n == 1 ? " is" : "s are", first, n > 1 ? ", ..." : "");
}

void score_image(struct check_ctx *ctx)
{
	score_first_process(ctx, &ctx->target->scores[SCORE_FIRST_PROCESS]);
	score_setuid_root(ctx, &ctx->target->scores[SCORE_NO_SETUID_ROOT]);
}
