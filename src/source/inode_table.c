/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full. */
#include "source/inode_table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

#define FIRST_SLOTS 256

struct inode_slot {
	uint64_t dev, ino;
	const char *name; /* NULL: free */
};

void inode_table_clear(struct inode_table *table)
{
	free(table->slots);
	*table = (struct inode_table){};
}

static struct inode_slot *find_slot(const struct inode_table *table, uint64_t dev, uint64_t ino)
{
	const uint64_t key[2] = {dev, ino};
	size_t mask = table->n_slots - 1, at = hash_bytes(0, key, sizeof(key)) & mask;

	while (table->slots[at].name &&
	       (table->slots[at].dev != dev || table->slots[at].ino != ino))
		at = (at + 1) & mask;
	return &table->slots[at];
}

static int grow(struct inode_table *table)
{
	struct inode_table larger = {.n_slots = table->n_slots ? 2 * table->n_slots : FIRST_SLOTS,
				     .len = table->len};

	if (2 * (table->len + 1) <= table->n_slots)
		return 0;
	larger.slots = calloc(larger.n_slots, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_slots; i++) {
		const struct inode_slot *slot = &table->slots[i];

		if (slot->name)
			*find_slot(&larger, slot->dev, slot->ino) = *slot;
	}
	free(table->slots);
	*table = larger;
	return 0;
}

int inode_table_enter(struct inode_table *table, dev_t dev, ino_t ino, const char *name,
		      const char **ret)
{
	struct inode_slot *slot;

	if (grow(table) < 0)
		return -ENOMEM;
	slot = find_slot(table, dev, ino);
	if (slot->name) {
		*ret = slot->name;
		return 1;
	}
	*slot = (struct inode_slot){.dev = dev, .ino = ino, .name = name};
	table->len++;
	return 0;
}
