/* SPDX-License-Identifier: Apache-2.0 */
/* Which file was seen under which name first, by device and inode number: to find hardlinks. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct inode_table {
	struct inode_slot *slots;
	size_t n_slots, len;
};

void inode_table_clear(struct inode_table *table);

/* *ret is the name (borrowed) that was given for this inode before: 1; or it is remembered under
 * `name`, which must outlive the table: 0. -ENOMEM. */
int inode_table_enter(struct inode_table *table, dev_t dev, ino_t ino, const char *name,
		      const char **ret);
