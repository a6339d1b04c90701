/* SPDX-License-Identifier: Apache-2.0 */
/* dlopen(3) with all symbols or none; see library.h. Libraries are never unloaded. */
#include "io/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int library_load(const char *soname, const struct library_symbol *symbols, size_t n_symbols,
		 struct error *err)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return error_set(err, -EOPNOTSUPP, "cannot load %s: %s", soname, dlerror());

	for (size_t i = 0; i < n_symbols; i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol) {
			dlclose(library);
			return error_set(err, -EOPNOTSUPP, "%s has no %s", soname, symbols[i].name);
		}
		memcpy(symbols[i].pointer, &symbol, sizeof(symbol));
	}
	return 0;
}
