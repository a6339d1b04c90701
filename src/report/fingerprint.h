/* SPDX-License-Identifier: Apache-2.0 */
/* A name for a finding that survives a rebuild of the image, a new tag and another machine. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "model/report.h"

/* 32 lower-case hex digits and a NUL. */
#define FINGERPRINT_SIZE 33

/*
 * Over check, image name without tag and digest, path, field, and the evidence that says which
 * defect it is (mode, owner, user, capabilities); never over digests, layers or lines. The same
 * bytes give the same text for ever: code scanning compares it with what it stored last year.
 */
void fingerprint_finding(const struct target *target, const struct finding *finding,
			 char ret[FINGERPRINT_SIZE]);

/*
 * The fingerprints of all findings of a target, in the arena. Where findings are the same but for
 * what the fingerprint leaves out, the second gets ":2" behind it, the third ":3". -ENOMEM.
 */
int fingerprint_target(const struct target *target, struct arena *arena, char ***ret,
		       struct error *err);

/* Length of the name without tag and digest: "registry:5000/web:1.0@sha256:..." -> 17. */
size_t fingerprint_name_length(const char *name);
