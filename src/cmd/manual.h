/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages (roff, man(7) macros), rendered from the tables. */
#pragma once

#include "base/writer.h"
#include "cmd/command.h"

/* rootout(1) */
void manual_overview(struct writer *writer);
/* rootout-COMMAND(1) */
void manual_command(const struct command *command, struct writer *writer);
