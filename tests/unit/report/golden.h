/* SPDX-License-Identifier: Apache-2.0 */
/* Expected outputs in files: compared byte by byte, written anew with ROOTOUT_UPDATE_GOLDEN=1. */
#pragma once

#include <stddef.h>

/* Fails the test with a diff when `text` is not what golden/NAME holds. */
void golden_compare(const char *name, const char *text, size_t size);
