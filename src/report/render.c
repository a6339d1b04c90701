/* SPDX-License-Identifier: Apache-2.0 */
/* The table of report formats, from renderers.def: a row without its object is a link error. */
#include "report/render.h"

#include <string.h>

#include "base/macro.h"

#define RENDERER(symbol) extern const struct renderer render_##symbol;
#include "report/renderers.def"
#undef RENDERER

const struct renderer *const renderers[] = {
#define RENDERER(symbol) &render_##symbol,
#include "report/renderers.def"
#undef RENDERER
};
const size_t n_renderers = ARRAY_SIZE(renderers);

const struct renderer *renderer_find(const char *name)
{
	for (size_t i = 0; i < n_renderers; i++) {
		if (strcmp(renderers[i]->name, name) == 0)
			return renderers[i];
	}
	return NULL;
}
