/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared libraries that are loaded when first needed: starting libcrypto takes as long as judging a
 * small image, and most runs need none of them.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct library_symbol {
	const char *name;
	void *pointer; /* to a function pointer, which is set */
};

struct library {
	pthread_mutex_t lock;
	const char *soname;
	const struct library_symbol *symbols;
	size_t n_symbols;
	bool loaded;
};

#define LIBRARY(name, table)                                                             \
	{                                                                                \
		.lock = PTHREAD_MUTEX_INITIALIZER, .soname = (name), .symbols = (table), \
		.n_symbols = ARRAY_SIZE(table)                                           \
	}

/* Loads it for good and sets all pointers, unless that was done before; any thread. -EOPNOTSUPP
 * names what is missing; then no pointer may be used. */
int library_load(struct library *library, struct error *err);
