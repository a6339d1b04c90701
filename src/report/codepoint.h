/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 to code points (RFC 3629), for the formats that must escape or replace some of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODEPOINT_REPLACEMENT 0xfffd

/* The code point at *at (which lies before end); moves *at behind it. A byte that begins no valid
 * sequence counts as U+FFFD by itself. */
uint32_t codepoint_next(const char **at, const char *end);

/* XML 1.0, section 2.2, Char: what a document may hold, as itself or as a reference. */
bool codepoint_is_xml(uint32_t c);

/* Display columns of valid text: a code point counts as one. */
size_t codepoint_count(const char *text, size_t size);
