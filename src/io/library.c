/* SPDX-License-Identifier: Apache-2.0 */
/* dlopen(3) with all symbols or none; see library.h. Libraries are never unloaded. */
#include "io/library.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

/* All symbols or none: a table that is half filled would be called into. */
static int load(const struct library *library, struct error *err)
{
	void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return error_set(err, -EOPNOTSUPP, "cannot load %s: %s", library->soname,
				 dlerror());

	for (size_t i = 0; i < library->n_symbols; i++) {
		const struct library_symbol *at = &library->symbols[i];
		void *symbol = dlsym(handle, at->name);

		if (!symbol) {
			dlclose(handle);
			return error_set(err, -EOPNOTSUPP, "%s has no %s", library->soname,
					 at->name);
		}
		memcpy(at->pointer, &symbol, sizeof(symbol));
	}
	return 0;
}

int library_load(struct library *library, struct error *err)
{
	int r = 0;

	assert(library && library->n_symbols > 0);
	pthread_mutex_lock(&library->lock);
	if (!library->loaded)
		r = load(library, err);
	if (r == 0)
		library->loaded = true;
	pthread_mutex_unlock(&library->lock);
	return r;
}
