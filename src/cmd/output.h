/* SPDX-License-Identifier: Apache-2.0 */
/* Where reports go: one to standard output, others to files that appear whole or not at all. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/vec.h"
#include "cmd/terminal.h"
#include "report/render.h"

struct output {
	const struct renderer *renderer;
	const char *file; /* borrowed; NULL: standard output */
};

struct outputs {
	VEC(struct output) list;
};

void outputs_clear(struct outputs *outputs);

/* Adds "FORMAT" or "FORMAT=FILE" (FILE "-": standard output). -EINVAL: unknown format, a second
 * one for standard output or for the same file. */
int outputs_add(struct outputs *outputs, const char *text, struct error *err);

/* True when a report of this format goes to standard output. */
bool outputs_on_stdout(const struct outputs *outputs, const char *format);

/* Writes every report; goes on after an error. Returns how many could not be written; each of
 * those was complained about. */
size_t outputs_write(const struct outputs *outputs, const struct report *report,
		     const struct render_options *options, enum color_mode color);
