/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the terminal and the environment; a made-up COLUMNS is bounded. */
#include "cmd/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/options.h"

#define MIN_COLUMNS 20
#define MAX_COLUMNS 1000

bool terminal_is(FILE *stream)
{
	return isatty(fileno(stream)) == 1;
}

/* The kernel knows better than COLUMNS, which may be inherited from another terminal. */
unsigned int terminal_width(FILE *stream)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {};
	unsigned long width;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col >= MIN_COLUMNS)
		return size.ws_col;
	if (columns && option_number(columns, MIN_COLUMNS, MAX_COLUMNS, &width, NULL) == 0)
		return (unsigned int)width;
	return 0;
}

/* NO_COLOR counts when it is not empty (no-color.org); --color=always is stronger. */
bool terminal_color(FILE *stream, enum color_mode mode)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	if ((no_color && *no_color) || !term || strcmp(term, "dumb") == 0)
		return false;
	return terminal_is(stream);
}

struct writer terminal_writer(FILE *stream, enum color_mode mode)
{
	struct writer writer = WRITER_FILE(stream);

	writer.width = terminal_width(stream);
	writer.color = terminal_color(stream, mode);
	return writer;
}
