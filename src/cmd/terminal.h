/* SPDX-License-Identifier: Apache-2.0 */
/* What the terminal can do: width and colour. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/writer.h"

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER
};

/* Columns: the terminal's, else those of COLUMNS, else 0. */
unsigned int terminal_width(FILE *stream);
/* auto: a terminal that is not dumb, and no NO_COLOR (https://no-color.org). */
bool terminal_color(FILE *stream, enum color_mode mode);
bool terminal_is(FILE *stream);
/* A writer over the stream with its width and colour. */
struct writer terminal_writer(FILE *stream, enum color_mode mode);
