/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding findings and their evidence. Everything is allocated in the report's arena; the first
 * failure is kept in ctx->status. Limit: limits->findings for one target.
 */
#include "check/rule.h"

#include <assert.h>
#include <errno.h>

/* The first failure counts; what fails after it is its consequence. */
void rule_fail(struct check_ctx *ctx)
{
	if (ctx->status == 0)
		ctx->status =
			check_out_of_room(arena_full(ctx->scratch) ? ctx->scratch : ctx->arena,
					  ctx->err);
}

const char *rule_text(struct check_ctx *ctx, const char *format, ...)
{
	const char *text;
	va_list args;

	assert(format);
	va_start(args, format);
	text = arena_vprintf(ctx->arena, format, args);
	va_end(args);
	if (!text)
		rule_fail(ctx);
	return text;
}

/* A slot in the target's list for one more finding. */
static struct finding *finding_new(struct check_ctx *ctx)
{
	struct finding *finding;

	if (ctx->status < 0)
		return NULL;
	if (ctx->target->findings.len >= ctx->limits->findings) {
		ctx->status =
			error_set(ctx->err, -E2BIG, "more than %llu findings (--limit findings)",
				  (unsigned long long)ctx->limits->findings);
		return NULL;
	}
	finding = arena_alloc(ctx->arena, sizeof(*finding));
	if (!finding) {
		rule_fail(ctx);
		return NULL;
	}
	if (vec_push(&ctx->target->findings, finding) < 0) {
		ctx->status = error_oom(ctx->err);
		return NULL;
	}
	return finding;
}

struct finding *finding_add(struct check_ctx *ctx, const struct check *check,
			    enum severity severity, const struct location *location,
			    const char *remedy, const char *format, ...)
{
	struct finding *finding = finding_new(ctx);
	va_list args;

	assert(check && location);
	assert(ctx->status < 0 || location->path || location->field);
	if (!finding)
		return NULL;
	*finding = (struct finding){
		.check = check,
		.severity = severity,
		.remedy = remedy,
		.location = *location,
	};
	va_start(args, format);
	finding->message = arena_vprintf(ctx->arena, format, args);
	va_end(args);
	if (!finding->message) {
		rule_fail(ctx);
		return NULL;
	}
	return finding;
}

/* At the end of the list: reports show evidence in the order in which it was added. */
static struct evidence *evidence_new(struct check_ctx *ctx, struct finding *finding,
				     const char *key, enum evidence_kind kind)
{
	struct evidence **at, *evidence;

	assert(key);
	if (!finding || ctx->status < 0)
		return NULL;
	evidence = arena_alloc(ctx->arena, sizeof(*evidence));
	if (!evidence) {
		rule_fail(ctx);
		return NULL;
	}
	evidence->key = key;
	evidence->kind = kind;
	for (at = &finding->evidence; *at; at = &(*at)->next)
		;
	*at = evidence;
	return evidence;
}

void evidence_string(struct check_ctx *ctx, struct finding *finding, const char *key,
		     const char *value)
{
	struct evidence *evidence = value ? evidence_new(ctx, finding, key, EVIDENCE_STRING) : NULL;

	if (evidence)
		evidence->string = value;
}

void evidence_number(struct check_ctx *ctx, struct finding *finding, const char *key, int64_t value)
{
	struct evidence *evidence = evidence_new(ctx, finding, key, EVIDENCE_NUMBER);

	if (evidence)
		evidence->number = value;
}

void evidence_bool(struct check_ctx *ctx, struct finding *finding, const char *key, bool value)
{
	struct evidence *evidence = evidence_new(ctx, finding, key, EVIDENCE_BOOL);

	if (evidence)
		evidence->number = value;
}

/* Borrowed: the array lives in the report's arena. */
void evidence_list(struct check_ctx *ctx, struct finding *finding, const char *key,
		   const char **items, size_t len)
{
	struct evidence *evidence = evidence_new(ctx, finding, key, EVIDENCE_LIST);

	if (!evidence)
		return;
	evidence->list = items;
	evidence->n_list = len;
}
