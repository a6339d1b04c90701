/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic reports that the renderers' tests and render_sample share. */
#pragma once

#include "model/report.h"

/*
 * "full": a failing image with long lists and waivers, one that will not start, a passing one, a
 * root file system, an unverified one, errors and notes. "hostile": names and texts that try to get
 * out of every format. "clean": one passing image. "unknown": nothing failed, one is undecided.
 * "empty": nothing was judged. NULL: no such sample. Free with report_free().
 */
struct report *sample_report(const char *name);

extern const char *const sample_names[];
extern const size_t n_samples;
