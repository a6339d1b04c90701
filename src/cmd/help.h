/* SPDX-License-Identifier: Apache-2.0 */
/* --help, rendered from the tables. */
#pragma once

#include "base/writer.h"
#include "cmd/command.h"

void help_overview(struct writer *writer);
void help_command(const struct command *command, struct writer *writer);

/* "-f, --format FORMAT[=FILE]" into buf. */
void help_option_term(const struct option_row *row, char *buf, size_t size);
