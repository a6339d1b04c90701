/* SPDX-License-Identifier: Apache-2.0 */
/* A stream whose first chunks were pulled already, to have a look at them: they come first again.
 */
#pragma once

#include "io/stream.h"

#define REPLAY_MAX 4

/* Takes a reference to each of up to REPLAY_MAX chunks. rest: what follows, owned, also on error;
 * NULL: nothing. */
int replay_stream(struct chunk *const *chunks, size_t n_chunks, struct stream *rest,
		  struct stream **ret, struct error *err);
