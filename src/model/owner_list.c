/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: rows in any order. Out: the owner of a path by binary search. The caller owns list, rows and
 * names; nothing here allocates but qsort(), which does without memory when there is none.
 */
#include "model/owner_list.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/hash.h"

#define OWNER_SEED 0x6f776e6572ULL

/* dpkg's lists say "/usr/bin/su", apk's "usr/bin/su", some of rpm's "./usr/bin/su": one file. */
uint64_t owner_hash(const char *path, size_t len)
{
	assert(path || len == 0);
	for (;;) {
		if (len > 0 && path[0] == '/') {
			path++;
			len--;
		} else if (len > 1 && path[0] == '.' && path[1] == '/') {
			path += 2;
			len -= 2;
		} else {
			return hash_bytes(OWNER_SEED, path, len);
		}
	}
}

/* By package within a path: which owner is named does not depend on qsort(). */
static int compare_rows(const void *left, const void *right)
{
	const struct owner_row *a = left, *b = right;

	if (a->path_hash != b->path_hash)
		return a->path_hash < b->path_hash ? -1 : 1;
	return a->package < b->package ? -1 : a->package > b->package;
}

void owner_list_sort(struct owner_list *list)
{
	if (list->n_rows > 1)
		qsort(list->rows, list->n_rows, sizeof(*list->rows), compare_rows);
}

/* The first row with this hash. An index out of range could only come from a list that was cut. */
static const char *find_hash(const struct owner_list *list, uint64_t hash)
{
	size_t low = 0, high = list->n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->rows[middle].path_hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == list->n_rows || list->rows[low].path_hash != hash ||
	    list->rows[low].package >= list->n_packages)
		return NULL;
	return list->packages[list->rows[low].package];
}

/* The directories that merged-/usr systems replace by links into /usr. */
static bool is_merged(const char *path)
{
	return strncmp(path, "bin/", 4) == 0 || strncmp(path, "sbin/", 5) == 0 ||
	       strncmp(path, "lib", 3) == 0;
}

const char *owner_list_find(const struct owner_list *list, const char *path)
{
	const char *package = find_hash(list, owner_hash(path, strlen(path)));
	char other[4096] = "usr/";
	size_t len;

	if (package)
		return package;
	path += strspn(path, "/");
	if (strncmp(path, "usr/", 4) == 0) {
		path += 4;
		return is_merged(path) ? find_hash(list, owner_hash(path, strlen(path))) : NULL;
	}
	len = strlen(path);
	if (!is_merged(path) || len >= sizeof(other) - 4)
		return NULL;
	memcpy(other + 4, path, len);
	return find_hash(list, owner_hash(other, len + 4));
}
