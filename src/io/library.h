/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared libraries that are loaded when first needed: starting libcrypto and libarchive costs more
 * than judging a small image, and most runs need neither.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

struct library_symbol {
	const char *name;
	void *pointer; /* to a function pointer, which is set */
};

/* Loads `soname` for good and looks all symbols up. -EOPNOTSUPP names what is missing. The caller
 * sees to it that nobody calls through the pointers before. */
int library_load(const char *soname, const struct library_symbol *symbols, size_t n_symbols,
		 struct error *err);
