/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the evidence that checks leave: mode (octal string or number), uid and gid (numbers) or
 * owner (string), names (all hard links). Whatever else there is, is the check's own.
 */
#include "report/evidence.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/macro.h"

/* What the columns of a table already show, or what nobody asks for. */
static const char *const plain_keys[] = {"mode", "uid", "gid", "owner", "size", "nlink", "digest"};

const struct evidence *evidence_find(const struct finding *finding, const char *key)
{
	assert(key);
	for (const struct evidence *at = finding->evidence; at; at = at->next) {
		if (strcmp(at->key, key) == 0)
			return at;
	}
	return NULL;
}

/* Checks may leave it as text or as a number; four digits, so that special bits show. */
const char *evidence_mode(const struct finding *finding, struct arena *arena)
{
	const struct evidence *mode = evidence_find(finding, "mode");

	if (!mode)
		return NULL;
	if (mode->kind == EVIDENCE_STRING)
		return mode->string;
	if (mode->kind != EVIDENCE_NUMBER)
		return NULL;
	return arena_printf(arena, "%04o", (unsigned int)mode->number & 07777);
}

const char *evidence_owner(const struct finding *finding, struct arena *arena)
{
	const struct evidence *owner = evidence_find(finding, "owner");
	const struct evidence *uid = evidence_find(finding, "uid");
	const struct evidence *gid = evidence_find(finding, "gid");

	if (owner && owner->kind == EVIDENCE_STRING)
		return owner->string;
	if (!uid || uid->kind != EVIDENCE_NUMBER)
		return NULL;
	if (!gid || gid->kind != EVIDENCE_NUMBER)
		return arena_printf(arena, "%" PRId64, uid->number);
	return arena_printf(arena, "%" PRId64 ":%" PRId64, uid->number, gid->number);
}

static bool is_plain(const struct evidence *evidence)
{
	for (size_t i = 0; i < ARRAY_SIZE(plain_keys); i++) {
		if (strcmp(evidence->key, plain_keys[i]) == 0)
			return true;
	}
	return evidence->kind == EVIDENCE_LIST && strcmp(evidence->key, "names") == 0;
}

/* A special bit without any execute bit needs words. */
static bool is_executable(const struct evidence *mode)
{
	if (mode->kind != EVIDENCE_STRING)
		return mode->kind == EVIDENCE_NUMBER && (mode->number & 0111);
	return strpbrk(mode->string + (strlen(mode->string) > 3), "1357") != NULL;
}

bool evidence_has_more(const struct finding *finding)
{
	const struct evidence *mode = evidence_find(finding, "mode");

	if (!mode || !is_executable(mode))
		return true;
	for (const struct evidence *at = finding->evidence; at; at = at->next) {
		if (!is_plain(at))
			return true;
	}
	return false;
}

void evidence_write(const struct evidence *evidence, struct writer *writer,
		    void (*text)(struct writer *writer, const char *string))
{
	assert(text);
	switch (evidence->kind) {
	case EVIDENCE_STRING:
		text(writer, evidence->string);
		break;
	case EVIDENCE_NUMBER:
		writer_printf(writer, "%" PRId64, evidence->number);
		break;
	case EVIDENCE_BOOL:
		writer_puts(writer, evidence->number ? "yes" : "no");
		break;
	case EVIDENCE_LIST:
		for (size_t i = 0; i < evidence->n_list; i++) {
			writer_puts(writer, i > 0 ? ", " : "");
			text(writer, evidence->list[i]);
		}
		break;
	}
}
