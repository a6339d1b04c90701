/* SPDX-License-Identifier: Apache-2.0 */
/* Strings in YAML documents. */
#pragma once

#include "base/writer.h"

/* Input text as a double-quoted scalar on one line, whatever it holds; bytes that are not UTF-8
 * become U+FFFD. NULL is written as null. */
void yaml_text(struct writer *writer, const char *text);
