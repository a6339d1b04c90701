/* SPDX-License-Identifier: Apache-2.0 */
/* A target as the user wrote it, taken apart: "oci:DIR:REF", "-", or a path. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"

struct target_name {
	const char *text; /* as written */
	const char *path; /* behind the transport, without the reference; "-": standard input */
	const char *reference; /* which image, as written; NULL: not said, or by index */
	int64_t index;         /* "@N": the N-th image of the archive; -1: not said */
	/* the rest is target_name.c's */
	char *memory;
};

void target_name_free(struct target_name *name);
DEFINE_FREEP(struct target_name, target_name_free)

/* Length of what may be a transport ("oci" of "oci:x"): lower-case letters and '-' up to the first
 * colon; 0: there is none. */
size_t target_name_transport(const char *text);

/*
 * Takes "TRANSPORT:PATH[:REF]" apart behind the transport's colon; with_reference: the transport
 * knows references. As skopeo does, the path ends at the first colon; unless a file of the longer
 * name exists. -EINVAL: no path, an empty reference, an index that is no number.
 */
int target_name_parse(const char *text, size_t transport_len, bool with_reference,
		      struct target_name **ret, struct error *err);
