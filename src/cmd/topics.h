/* SPDX-License-Identifier: Apache-2.0 */
/* What help and manual tell beside the options: tables of facts, not of layout. */
#pragma once

#include <stddef.h>

struct topic_row {
	const char *term;
	const char *text;
};

/* How targets are written ("oci:DIR[:REF]"), from the table of sources; returns how many rows. */
#define MAX_TARGET_TOPICS 32
size_t target_topics(struct topic_row rows[MAX_TARGET_TOPICS]);
extern const struct topic_row environment_topics[];
extern const size_t n_environment_topics;
extern const struct topic_row waiver_topics[]; /* keys of a waiver */
extern const size_t n_waiver_topics;

extern const char *const policy_intro;
extern const char *const policy_example; /* lines of a policy file */
extern const char *const policy_rules;
extern const char *const program_summary;
extern const char *const program_description;
