/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts that may give root up: told by the words that programs for it are called by. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* True when the text holds a step-down program's name (gosu, su-exec, setpriv, ...) as a word of
 * its own. Never misses one; an innocent text may hold "su" too. */
bool script_words_found(const char *text, size_t size);

/* True when the first bytes of a file may be a script that a shell or the kernel runs: text. */
bool script_words_text(const void *data, size_t size);
