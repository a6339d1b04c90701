/* SPDX-License-Identifier: Apache-2.0 */
/* Completion scripts for shells, rendered from the tables. */
#pragma once

#include "base/writer.h"

void completion_bash(struct writer *writer);
void completion_zsh(struct writer *writer);
void completion_fish(struct writer *writer);
