/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the nearest of some names, by edit distance. */
#pragma once

#include <stddef.h>

struct suggest {
	const char *word;
	size_t len;
	const char *best; /* NULL: nothing is near enough */
	size_t distance;  /* of best */
};

/* Considers a candidate (borrowed). Words over 64 bytes are near to nothing. */
void suggest_offer(struct suggest *suggest, const char *candidate);
