/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stable fingerprints. In: a finding; out: 128 bits in hex, two FNV-1a 64-bit hashes with different
 * offset bases (draft-eastlake-fnv). They only tell findings apart; nothing hangs on collisions,
 * and base/hash.h is keyed anew in every process.
 */
#include "report/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"

#define FNV_PRIME  UINT64_C(0x100000001b3)
#define FNV_BASIS  UINT64_C(0xcbf29ce484222325)
/* The FNV-1a hash of "rootout", so that the second half differs from the first. */
#define FNV_BASIS2 UINT64_C(0x70dbc810e3df381f)

/* Evidence that makes a different defect of the same place. */
static const char *const keys[] = {
	"mode", "uid",  "gid",  "account", "user",  "capabilities", "permitted",
	"port", "tool", "type", "major",   "minor", "instruction",
};

struct fingerprint {
	uint64_t a, b;
};

static void mix(struct fingerprint *print, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++) {
		print->a = (print->a ^ bytes[i]) * FNV_PRIME;
		print->b = (print->b ^ bytes[i]) * FNV_PRIME;
	}
}

/* The NUL goes in as well: "ab", "c" is not "a", "bc". Absent is not empty. */
static void mix_string(struct fingerprint *print, const char *string)
{
	if (string)
		mix(print, string, strlen(string) + 1);
	else
		mix(print, "\1", 1);
}

static void mix_number(struct fingerprint *print, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	mix_string(print, text);
}

static void mix_evidence(struct fingerprint *print, const struct evidence *evidence)
{
	mix_string(print, evidence->key);
	switch (evidence->kind) {
	case EVIDENCE_STRING:
		mix_string(print, evidence->string);
		break;
	case EVIDENCE_NUMBER:
	case EVIDENCE_BOOL:
		mix_number(print, evidence->number);
		break;
	case EVIDENCE_LIST:
		for (size_t i = 0; i < evidence->n_list; i++)
			mix_string(print, evidence->list[i]);
		break;
	}
}

size_t fingerprint_name_length(const char *name)
{
	size_t length = strcspn(name, "@");
	const char *slash = memrchr(name, '/', length);
	const char *colon = memrchr(name, ':', length);

	if (colon && (!slash || colon > slash))
		length = (size_t)(colon - name);
	return length;
}

void fingerprint_finding(const struct target *target, const struct finding *finding,
			 char ret[FINGERPRINT_SIZE])
{
	struct fingerprint print = {FNV_BASIS, FNV_BASIS2};
	size_t name_length = target->kind == TARGET_IMAGE ? fingerprint_name_length(target->name)
							  : strlen(target->name);

	mix_string(&print, finding->check->name);
	mix(&print, target->name, name_length);
	mix_string(&print, "");
	mix_string(&print, finding->location.path);
	mix_string(&print, finding->location.field);
	/* In the order of the table: the order in which a check adds evidence may change. */
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		for (const struct evidence *at = finding->evidence; at; at = at->next) {
			if (strcmp(at->key, keys[i]) == 0)
				mix_evidence(&print, at);
		}
	}
	snprintf(ret, FINGERPRINT_SIZE, "%016" PRIx64 "%016" PRIx64, print.a, print.b);
}

struct numbered {
	char print[FINGERPRINT_SIZE];
	size_t index;
};

static int compare(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	int order = strcmp(a->print, b->print);

	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

int fingerprint_target(const struct target *target, struct arena *arena, char ***ret,
		       struct error *err)
{
	size_t n = target->findings.len, same = 1;
	struct numbered *rows = arena_calloc(arena, n + 1, sizeof(*rows));
	char **prints = arena_calloc(arena, n + 1, sizeof(*prints));

	if (!rows || !prints)
		return error_oom(err);
	for (size_t i = 0; i < n; i++) {
		rows[i].index = i;
		fingerprint_finding(target, target->findings.items[i], rows[i].print);
	}
	qsort(rows, n, sizeof(*rows), compare);
	for (size_t i = 0; i < n; i++) {
		char **print = &prints[rows[i].index];

		same = i > 0 && strcmp(rows[i].print, rows[i - 1].print) == 0 ? same + 1 : 1;
		*print = same > 1 ? arena_printf(arena, "%s:%zu", rows[i].print, same)
				  : arena_strdup(arena, rows[i].print);
		if (!*print)
			return error_oom(err);
	}
	*ret = prints;
	return 0;
}
