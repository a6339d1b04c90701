/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run found: the tree that the engine builds and every renderer reads. All strings are raw
 * (input text is escaped by the renderer) and live in the report's arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "model/finding.h"
#include "model/start_user.h"

enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_WONT_START,
	VERDICT_UNKNOWN,
	VERDICT_NOT_APPLICABLE,
};
#define N_VERDICTS 5

/* "pass", "fail", "wont-start", "unknown", "not-applicable". */
const char *verdict_name(enum verdict verdict);

enum target_kind {
	TARGET_IMAGE,
	TARGET_ROOTFS
};
const char *target_kind_name(enum target_kind kind);

/* One counted item of a score; the table below names them all. */
enum score_item {
	SCORE_FIRST_PROCESS,  /* cbpp-0002.static.first-process-non-root */
	SCORE_NO_SETUID_ROOT, /* cbpp-0002.static.no-setuid-root */
	N_SCORE_ITEMS,
};

/* The findings of `check` are why an item has this verdict. */
struct score_cause {
	enum verdict verdict;
	const char *check;
};

struct score_row {
	const char *set, *role, *name; /* "cbpp-0002", "static" or NULL, "first-process-non-root" */
	const char *title;             /* "First process does not run as root" */
	const struct score_cause *causes;
	size_t n_causes;
};

extern const struct score_row score_rows[N_SCORE_ITEMS];

/* The item whose causes name the check, or -1. */
int score_item_of(const struct check *check);

struct score {
	enum verdict verdict;
	const char *why; /* one clause with the fact that decides: "config.User is \"app\" = UID
			    1000" */
};

struct target_layer {
	const char *digest, *diff_id, *created_by;
};

struct target {
	const char *target; /* as the user wrote it */
	enum target_kind kind;
	const char *name;     /* reference or path, never NULL */
	const char *platform; /* "linux/amd64" or NULL */
	const char *digest;   /* or NULL */
	enum verdict verdict;
	const char *verdict_why; /* one clause */
	bool unverified;         /* --no-verify: digests were not checked */
	struct score scores[N_SCORE_ITEMS];
	const struct start_user *user; /* NULL: no start user (rootfs) */
	struct target_layer *layers;
	size_t n_layers;
	uint64_t n_entries;             /* names in the merged file system */
	VEC(struct finding *) findings; /* gravest first, then check, then path */
};

struct report_error {
	const char *target; /* as the user wrote it; NULL: the run as a whole */
	const char *message;
};

/* What a waiver did not do: shown, never fatal. */
struct report_note {
	const char *message; /* "waiver 3 (image-setuid-root /usr/bin/su) expired on 2026-01-31" */
	const char *file;    /* the policy file */
	uint32_t line;
};

struct report {
	struct arena *arena;
	const char *tool_version;
	const char *profile;
	enum severity fail_on;
	bool allow_unknown;
	int64_t start_time, end_time;      /* microseconds since 1970-01-01 UTC; 0: not told */
	const struct check *const *checks; /* every check there is: the rules of SARIF */
	size_t n_checks;
	VEC(struct target *) targets;
	VEC(struct report_error) errors;
	VEC(struct report_note) notes;
};

void report_free(struct report *report);
DEFINE_FREEP(struct report, report_free)
int report_new(struct report **ret, struct error *err);

/*
 * Worst of all: fail > wont-start > unknown > pass > not-applicable. What was not read is unknown:
 * an error makes unknown of a pass, and so does a report without targets.
 */
enum verdict report_verdict(const struct report *report);

/* 0 pass, 1 fail/wont-start/unknown (0 for unknown with allow_unknown), 2 when there are errors or
 * nothing at all was judged. */
int report_exit_status(const struct report *report);

struct report_summary {
	size_t targets, errors, verdicts[N_VERDICTS], findings[SEVERITY_CRITICAL + 1], waived;
};
/* Waived findings count in `waived` only. */
void report_summarize(const struct report *report, struct report_summary *ret);
