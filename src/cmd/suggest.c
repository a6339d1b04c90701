/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal string alignment distance over two short words (a swap of neighbours counts once). */
#include "cmd/suggest.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

#define MAX_WORD 64

/* Three rows are enough: the current one, the last one, and the one before it for swaps. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][MAX_WORD + 1];

	assert(a_len <= MAX_WORD && b_len <= MAX_WORD);
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t cost = last[j - 1] + (a[i - 1] != b[j - 1]);

			cost = MIN(cost, last[j] + 1);
			cost = MIN(cost, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cost = MIN(cost, before[j - 2] + 1);
			row[j] = cost;
		}
	}
	return rows[a_len % 3][b_len];
}

/* At most one mistake, and one more for every four letters: further away is another word. */
void suggest_offer(struct suggest *suggest, const char *candidate)
{
	size_t len = strlen(candidate), d;

	assert(suggest->word);
	if (suggest->len > MAX_WORD || len > MAX_WORD)
		return;
	d = distance(suggest->word, suggest->len, candidate, len);
	if (d > 1 + suggest->len / 4 || d >= len || (suggest->best && d >= suggest->distance))
		return;
	suggest->best = candidate;
	suggest->distance = d;
}
