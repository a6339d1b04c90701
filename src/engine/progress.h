/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person at a terminal sees while work goes on: one line that is rewritten and erased at the
 * end, and with -v a line for each step. Any thread may call; NULL as progress does nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/macro.h"

struct progress;

/* Erases the line if there is one. */
void progress_free(struct progress *progress);
DEFINE_FREEP(struct progress, progress_free)

/* out: where lines go (stderr), borrowed. line: show the rewritten line (once work lasts over a
 * second). verbose: print what progress_log() is given. width: columns, 0: unknown. -ENOMEM. */
int progress_new(FILE *out, bool line, bool verbose, unsigned int width, struct progress **ret,
		 struct error *err);

/* A new source: its count of bytes starts at 0. */
void progress_reset(struct progress *progress);
/* A new piece of work: its name and its bytes, 0 when that is not known. */
void progress_begin(struct progress *progress, const char *what, uint64_t total);
/* So many bytes of the source are done by now (source_options.progress); data is the progress. */
void progress_update(void *data, uint64_t bytes);
void progress_end(struct progress *progress);

bool progress_verbose(const struct progress *progress);
/* One line about a step that is done, with -v only; input text is escaped. */
void progress_log(struct progress *progress, const char *format, ...) _printf_(2, 3);
