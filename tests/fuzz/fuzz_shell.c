/* SPDX-License-Identifier: Apache-2.0 */
/* Entrypoint scripts: the splitter of shell text. */
#include <assert.h>

#include "format/shell_words.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(64 << 20);
	struct shell_command *commands;
	size_t n = 0;

	if (arena && shell_split((const char *)data, size, arena, &commands, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++) {
			for (size_t k = 0; k < commands[i].n_words; k++)
				assert(shell_quote(commands[i].words[k].text, arena));
		}
	}
	return 0;
}
