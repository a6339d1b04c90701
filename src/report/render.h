/* SPDX-License-Identifier: Apache-2.0 */
/* Renderers: const report -> writer, one file a format, one row each in renderers.def. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/writer.h"
#include "model/report.h"

struct render_options {
	bool quiet;   /* text: verdicts only */
	bool verbose; /* text: everything, also info findings in full */
};

struct renderer {
	const char *name; /* "sarif" */
	const char *help; /* "SARIF 2.1.0, for code scanning" */
	int (*render)(const struct report *report, const struct render_options *options,
		      struct writer *writer, struct error *err);
};

extern const struct renderer *const renderers[];
extern const size_t n_renderers;
const struct renderer *renderer_find(const char *name);
