/* SPDX-License-Identifier: Apache-2.0 */
/* Content digests as text: "sha256:<64 lower-case hex>" (OCI image-spec, descriptor.md). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct digest_text {
	char algorithm[16]; /* "sha256", "sha384", "sha512" */
	char hex[129];
};

/* -EBADMSG: not a digest, or upper case; -EOPNOTSUPP: an algorithm that we cannot compute. */
int digest_text_parse(const char *text, struct digest_text *ret, struct error *err);
