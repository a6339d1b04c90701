/* SPDX-License-Identifier: Apache-2.0 */
/* passwd, group and shadow: one text, read as each. */
#include <assert.h>

#include "format/passwd.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(64 << 20);
	struct passwd_line *users;
	struct group_line *groups;
	struct shadow_line *shadows;
	const char *text = (const char *)data;
	size_t n = 0;

	if (!arena)
		return 0;
	if (passwd_parse(text, size, arena, &users, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++)
			assert(users[i].name && users[i].password && users[i].home &&
			       users[i].line > 0);
	}
	if (group_parse(text, size, arena, &groups, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++)
			assert(groups[i].name && (groups[i].n_members == 0 || groups[i].members));
	}
	if (shadow_parse(text, size, arena, &shadows, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++)
			assert(shadows[i].name && shadows[i].password);
	}
	return 0;
}
