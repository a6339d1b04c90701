/* SPDX-License-Identifier: Apache-2.0 */
/* Text in XML 1.0 documents. */
#pragma once

#include "base/writer.h"

/* Input text as character data or attribute value: markup escaped, white space but blanks written
 * as references so that it survives, as are C1 controls and what reorders text, what XML 1.0 cannot
 * hold replaced by U+FFFD. NULL: nothing. */
void xml_text(struct writer *writer, const char *text);

/* ` name="value"`; nothing when value is NULL. */
void xml_attribute(struct writer *writer, const char *name, const char *value);
