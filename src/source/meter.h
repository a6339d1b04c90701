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

/* Passes `source` (owned, also on error) through. The meter is borrowed. */
int meter_stream(struct meter *meter, struct stream *source, struct stream **ret,
		 struct error *err);
