/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and kin: a flag that long work asks for between two chunks. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Installs handlers for SIGINT, SIGTERM, SIGHUP that set the flag (a second one kills). */
void interrupt_install(void);
bool interrupt_requested(void);
int interrupt_signal(void); /* the signal that came, 0: none */
/* 0, or -ECANCELED with a message. */
int interrupt_check(struct error *err);
