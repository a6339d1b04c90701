/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching is by equality everywhere but in the target, for a waiver that reaches further than its
 * author saw is a wrong pass. Time: waivers times findings, both capped, a pointer comparison each.
 */
#include "engine/waive.h"

#include <assert.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

/* By kind too: a number never equals a string that looks like it. */
static const struct evidence *evidence_find(const struct finding *finding, const char *key,
					    enum evidence_kind kind)
{
	for (const struct evidence *at = finding->evidence; at; at = at->next) {
		if (at->kind == kind && strcmp(at->key, key) == 0)
			return at;
	}
	return NULL;
}

/* Evidence holds the mode as octal text, a waiver as a number: "4755" and "04755" are one. */
static bool mode_equals(const struct evidence *mode, uint32_t wanted)
{
	uint32_t value = 0;

	if (!mode || mode->string[0] == '\0')
		return false;
	for (const char *at = mode->string; *at; at++) {
		if (*at < '0' || *at > '7' || value > 07777)
			return false;
		value = value << 3 | (uint32_t)(*at - '0');
	}
	return value == wanted;
}

/* NULL equals nothing, not even NULL. */
static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* As it was given on the command line, or as the image is called: either may be in the waiver. */
static bool target_matches(const struct waiver *waiver, const struct target *target)
{
	if (!waiver->target)
		return true;
	return fnmatch(waiver->target, target->target, 0) == 0 ||
	       fnmatch(waiver->target, target->name, 0) == 0;
}

/* Of the image, its configuration, the layer, or the file's body; each names what was looked at
 * when the waiver was written. */
static bool digest_matches(const struct waiver *waiver, const struct image *image,
			   const struct finding *finding)
{
	const struct evidence *body = evidence_find(finding, "digest", EVIDENCE_STRING);

	if (!waiver->digest || same(waiver->digest, finding->location.layer) ||
	    (body && same(waiver->digest, body->string)))
		return true;
	return image &&
	       (same(waiver->digest, image->digest) || same(waiver->digest, image->config_digest));
}

/* Whether it names the place so exactly that no other file could slip in under it. */
static bool is_exact(const struct waiver *waiver, const struct finding *finding, bool has_mode)
{
	if (waiver->digest || !finding->location.path)
		return true;
	return waiver->path && (!has_mode || (waiver->has_uid && waiver->has_mode));
}

/* A place that matches but is not exact enough is counted, so that its author is told. */
static bool finding_matches(struct waiver *waiver, const struct image *image,
			    const struct finding *finding)
{
	const struct evidence *uid = evidence_find(finding, "uid", EVIDENCE_NUMBER);
	const struct evidence *mode = evidence_find(finding, "mode", EVIDENCE_STRING);

	if (waiver->path && !same(waiver->path, finding->location.path))
		return false;
	if (waiver->has_uid && (!uid || uid->number != (int64_t)waiver->uid))
		return false;
	if (waiver->has_mode && !mode_equals(mode, waiver->mode))
		return false;
	if (!digest_matches(waiver, image, finding))
		return false;
	if (!is_exact(waiver, finding, mode)) {
		waiver->n_vague++;
		return false;
	}
	return true;
}

/* The policy may be freed before the report. */
static const struct waived *waived_new(const struct waiver *waiver, struct arena *arena)
{
	struct waived *waived = arena_alloc(arena, sizeof(*waived));

	if (!waived)
		return NULL;
	waived->reason = arena_strdup(arena, waiver->reason);
	waived->owner = arena_strdup(arena, waiver->owner);
	waived->expires = arena_strdup(arena, waiver->expires);
	return waived->reason && waived->owner && waived->expires ? waived : NULL;
}

/* The first waiver that matches is the one that is shown; later ones count as used. */
static int waive_by(struct waiver *waiver, const struct image *image, struct target *target,
		    struct arena *arena, struct error *err)
{
	const struct waived *waived = NULL;
	struct finding **at;

	assert(waiver->check);
	VEC_FOREACH (&target->findings, at) {
		struct finding *finding = *at;

		if (finding->check != waiver->check || !finding_matches(waiver, image, finding))
			continue;
		if (!waived)
			waived = waived_new(waiver, arena);
		if (!waived)
			return error_oom(err);
		waiver->n_used++;
		if (!finding->waived)
			finding->waived = waived;
	}
	return 0;
}

int waive_findings(struct policy *policy, const struct image *image, struct target *target,
		   int32_t today, struct arena *arena, struct error *err)
{
	assert(policy && target);
	for (size_t i = 0; i < policy->n_waivers; i++) {
		struct waiver *waiver = &policy->waivers[i];
		int r;

		if (waiver->expires_day < today || !target_matches(waiver, target))
			continue;
		r = waive_by(waiver, image, target, arena, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What it did not do, or NULL when it worked. */
static char *note_text(const struct waiver *waiver, int32_t today, struct arena *arena)
{
	const char *place = waiver->path     ? waiver->path
			    : waiver->digest ? waiver->digest
					     : waiver->target;

	if (waiver->expires_day < today)
		return arena_printf(arena, "waiver %zu (%s %s) expired on %s", waiver->number,
				    waiver->check->name, place, waiver->expires);
	if (waiver->n_vague > 0)
		return arena_printf(arena,
				    "waiver %zu (%s %s) is too vague for %zu finding%s: it must "
				    "name path, uid and mode, or a digest",
				    waiver->number, waiver->check->name, place, waiver->n_vague,
				    waiver->n_vague == 1 ? "" : "s");
	return arena_printf(arena, "waiver %zu (%s %s) matched nothing", waiver->number,
			    waiver->check->name, place);
}

int waive_notes(const struct policy *policy, int32_t today, struct report *report,
		struct error *err)
{
	assert(policy && report);
	for (size_t i = 0; i < policy->n_waivers; i++) {
		const struct waiver *waiver = &policy->waivers[i];
		struct report_note note = {.line = waiver->line};

		if (waiver->expires_day >= today && waiver->n_used > 0 && waiver->n_vague == 0)
			continue;
		note.message = note_text(waiver, today, report->arena);
		note.file = arena_strdup(report->arena, policy->file);
		if (!note.message || !note.file || vec_push(&report->notes, note) < 0)
			return error_oom(err);
	}
	return 0;
}
