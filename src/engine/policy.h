/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy file (.rootout.yaml): thresholds and waivers. Reading is strict, for a waiver that was
 * misspelled must not waive: unknown keys, missing ones and wrong types are errors with a position.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "model/finding.h"

/* The profile that a run judges by; the only one there is. */
#define PROFILE_DEFAULT "cbpp-0002"

struct waiver {
	size_t number; /* 1-based, in the order of the file */
	uint32_t line;
	const struct check *check;
	const char *target; /* glob, or NULL: every target (then a path or digest is given) */
	const char *path;   /* exact, absolute, or NULL */
	bool has_uid, has_mode;
	uint32_t uid, mode;
	const char *digest; /* of the image, its configuration or the layer, or NULL */
	const char *reason, *owner, *expires;
	int32_t expires_day; /* the last day on which it holds */
	size_t n_used;       /* findings that it waived; counted by waive.c */
	size_t n_vague;      /* findings that it would have, had it named the place exactly */
};

struct policy {
	struct arena *arena; /* owns everything, the policy too */
	const char *file;
	bool has_fail_on;
	enum severity fail_on;
	const char *profile; /* NULL: not said */
	struct waiver *waivers;
	size_t n_waivers;
};

void policy_free(struct policy *policy);
DEFINE_FREEP(struct policy, policy_free)

bool profile_known(const char *name);

/* -EBADMSG with line and column, -E2BIG (limits waivers, json_depth), -ENOMEM. file: for notes. */
int policy_parse(const char *text, size_t size, const char *file, const struct limits *limits,
		 struct policy **ret, struct error *err);

/* Reads a file (or pipe); messages start with "FILE:LINE:COLUMN: ". -ENOENT when it is absent. */
int policy_load(const char *file, const struct limits *limits, struct policy **ret,
		struct error *err);
