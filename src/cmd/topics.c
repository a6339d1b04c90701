/* SPDX-License-Identifier: Apache-2.0 */
/* The texts; help.c and manual.c lay them out. */
#include "cmd/topics.h"

#include <assert.h>

#include "base/macro.h"
#include "engine/policy.h"
#include "source/source_class.h"

const char *const program_summary = "find out whether anything in a container can run as root";

const char *const program_description =
	"rootout judges container images against CBPP-0002, \"Container should execute "
	"process(es) as non-root user\": who the first process is, exactly as the runtimes "
	"resolve it, and which files of the merged file system lead back to root. Nothing is run "
	"and nothing is unpacked.";

/* Beside the transports. */
static const struct topic_row other_targets[] = {
	{"PATH", "any of these, recognised by its content"},
	{"-", "an archive from standard input"},
};

size_t target_topics(struct topic_row rows[MAX_TARGET_TOPICS])
{
	size_t n = 0;

	assert(n_source_classes + ARRAY_SIZE(other_targets) <= MAX_TARGET_TOPICS);
	for (size_t i = 0; i < n_source_classes; i++)
		rows[n++] = (struct topic_row){source_classes[i]->syntax, source_classes[i]->help};
	for (size_t i = 0; i < ARRAY_SIZE(other_targets); i++)
		rows[n++] = other_targets[i];
	return n;
}

const struct topic_row environment_topics[] = {
	{"NO_COLOR", "when set and not empty, --color auto means never"},
	{"COLUMNS", "width of the text report where standard output is no terminal"},
};
const size_t n_environment_topics = ARRAY_SIZE(environment_topics);

const char *const policy_intro =
	"A policy file accepts findings (waivers) and sets thresholds. Without --policy the file "
	".rootout.yaml of the current directory is read if there is one. Options on the command "
	"line win over it.";

const char *const policy_example = "version: 1\n"
				   "fail-on: high\n"
				   "profile: " PROFILE_DEFAULT "\n"
				   "waivers:\n"
				   "  - check: image-setuid-root\n"
				   "    target: \"*nginx*\"\n"
				   "    path: /usr/bin/passwd\n"
				   "    uid: 0\n"
				   "    mode: \"4755\"\n"
				   "    reason: \"needed until the base image drops it\"\n"
				   "    owner: platform-team\n"
				   "    expires: 2027-01-31\n";

const struct topic_row waiver_topics[] = {
	{"check", "name of the check (required)"},
	{"target", "glob over the target as given and over the image's name"},
	{"path", "exact path of the file, no glob"},
	{"uid, mode", "owner and octal mode that the file must have"},
	{"digest",
	 "of the image, of its configuration, of the layer that holds the file, or of the "
	 "file's body (the finding's evidence names it)"},
	{"reason, owner", "why it is accepted and who answers for it (required)"},
	{"expires", "last day on which it holds, YYYY-MM-DD (required)"},
};
const size_t n_waiver_topics = ARRAY_SIZE(waiver_topics);

const char *const policy_rules =
	"Everything that a waiver names must agree. A finding about a file is waived only by "
	"path, uid and mode, or by a digest. A waiver needs at least a target, a path or a "
	"digest. Unknown keys and missing ones are errors. Waived findings stay in the report, "
	"marked so; waivers that are expired or match nothing are noted there and change no exit "
	"status.";
