/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what is read from all layers of a source and tells the progress. */
#pragma once

#include <stdatomic.h>

#include "io/stream.h"
#include "source/source.h"

struct meter {
	const struct source_options *options;
	_Atomic uint64_t bytes;
};

/* Passes up to max bytes of `source` (owned, also on error) through; more are -E2BIG and named
 * after the limit layer-bytes. The meter is borrowed. */
int meter_stream(struct meter *meter, struct stream *source, uint64_t max, struct stream **ret,
		 struct error *err);
