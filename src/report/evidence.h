/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of a finding as short text, for the formats that people read. */
#pragma once

#include "base/arena.h"
#include "base/writer.h"
#include "model/finding.h"

/* The piece of evidence with that key, or NULL. */
const struct evidence *evidence_find(const struct finding *finding, const char *key);

/* Permission bits as four octal digits ("4755") and the owner ("0:0" or "root:root") in the arena;
 * NULL when the evidence has none or memory is short. */
const char *evidence_mode(const struct finding *finding, struct arena *arena);
const char *evidence_owner(const struct finding *finding, struct arena *arena);

/* True when there is more to say than mode, owner and size of one file that can be executed. */
bool evidence_has_more(const struct finding *finding);

/* Writes "a, b, c", "4755", "yes": raw text goes through `text`. */
void evidence_write(const struct evidence *evidence, struct writer *writer,
		    void (*text)(struct writer *writer, const char *string));
