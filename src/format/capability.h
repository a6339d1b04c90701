/* SPDX-License-Identifier: Apache-2.0 */
/* The security.capability extended attribute (linux/capability.h: struct vfs_cap_data). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define CAPABILITY_COUNT 41

struct file_capability {
	uint64_t permitted, inheritable; /* bits beyond CAPABILITY_COUNT are kept */
	bool effective;
	unsigned int revision; /* 1, 2 or 3 */
	uint32_t root_uid;     /* revision 3: the user namespace's root it counts for */
};

/* -EBADMSG: wrong size, unknown revision (the kernel refuses to execute such a file: EINVAL). */
int capability_decode(const void *value, size_t size, struct file_capability *ret,
		      struct error *err);

/* "cap_net_raw", or NULL from CAPABILITY_COUNT on. */
const char *capability_name(unsigned int number);
/* As cap_to_text(3) and getcap(8) write it: "cap_net_admin,cap_net_raw=ep"; "=" when empty; numbers
 * for what has no name. NULL: -ENOMEM. */
char *capability_text(const struct file_capability *capability, struct arena *arena);
/* Capabilities that give UID 0 or its equal (setuid, dac_override, sys_admin, ...). */
bool capability_is_root_equivalent(unsigned int number);
