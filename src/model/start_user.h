/* SPDX-License-Identifier: Apache-2.0 */
/* Who the first process is: what each runtime makes of config.User and the image's passwd. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum start_outcome {
	START_UNKNOWN, /* something that decides was not given or could not be read */
	START_RUNS,    /* starts with the IDs beside it */
	START_REFUSED, /* the runtime will not start it */
};

/* What one runtime does with it. */
struct start_view {
	enum start_outcome outcome;
	uint32_t uid, gid;
	const char *
		why; /* one clause: "unable to find user app: no matching entries in passwd file" */
};

struct start_user {
	const char *configured;     /* config.User as written; NULL: absent or null */
	enum start_outcome outcome; /* docker's view, the one that the score reads */
	uint32_t uid, gid;
	const uint32_t *groups; /* supplementary, as docker gives them, in its order */
	size_t n_groups;
	const char *name;   /* passwd name of the UID, or NULL */
	const char *home;   /* passwd home or "/" */
	const char *source; /* how it was derived: "/etc/passwd line 4: app:x:1000:1000" */
	bool named;         /* the user part is a name: kubelet cannot verify it */
	bool group_given;   /* "user:group" was written */
	bool older_root;    /* refused here, but UID 0 on older runtimes (CVE-2024-40635, ...) */
	const char *older_why;
	struct start_view docker;     /* dockerd, podman, runc: moby/sys/user */
	struct start_view containerd; /* pkg/oci/spec_opts.go */
	struct start_view kubelet;    /* with runAsNonRoot: true and no runAsUser */
};
