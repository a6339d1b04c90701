/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: the value of security.capability, as a layer carries it. Out: the sets, and libcap's text for
 * them. Specification: linux/capability.h (struct vfs_cap_data, vfs_ns_cap_data),
 * get_vfs_caps_from_disk() in the kernel's security/commoncap.c, capabilities(7),
 * cap_text_formats(7).
 */
#include "format/capability.h"

#include <assert.h>
#include <errno.h>

#include "base/strbuf.h"

#define REVISION_SHIFT  24
#define FLAG_EFFECTIVE  0x000001u
#define CAPABILITY_BITS 64
#define TEXT_MAX        4096 /* 64 names of 22 bytes at most, and the flags */

/* In how many sets a capability is, as libcap's text groups them. */
enum state {
	STATE_E = 1,
	STATE_P = 2,
	STATE_I = 4,
	N_STATES = 8
};

static const char *const names[CAPABILITY_COUNT] = {
	"cap_chown",
	"cap_dac_override",
	"cap_dac_read_search",
	"cap_fowner",
	"cap_fsetid",
	"cap_kill",
	"cap_setgid",
	"cap_setuid",
	"cap_setpcap",
	"cap_linux_immutable",
	"cap_net_bind_service",
	"cap_net_broadcast",
	"cap_net_admin",
	"cap_net_raw",
	"cap_ipc_lock",
	"cap_ipc_owner",
	"cap_sys_module",
	"cap_sys_rawio",
	"cap_sys_chroot",
	"cap_sys_ptrace",
	"cap_sys_pacct",
	"cap_sys_admin",
	"cap_sys_boot",
	"cap_sys_nice",
	"cap_sys_resource",
	"cap_sys_time",
	"cap_sys_tty_config",
	"cap_mknod",
	"cap_lease",
	"cap_audit_write",
	"cap_audit_control",
	"cap_setfcap",
	"cap_mac_override",
	"cap_mac_admin",
	"cap_syslog",
	"cap_wake_alarm",
	"cap_block_suspend",
	"cap_audit_read",
	"cap_perfmon",
	"cap_bpf",
	"cap_checkpoint_restore",
};

/*
 * What makes its holder UID 0, or lets it take that at will. Sources: capabilities(7); Spengler,
 * "False Boundaries and Arbitrary Code Execution" (2011), which walks through each of them.
 * Left out: setgid (gives groups, not UID 0), mknod (a device still needs the device cgroup's leave
 * and read permission), bpf and perfmon (read kernel memory at most, and only together or with
 * sys_admin; unprivileged writing needs sys_admin: linux/capability.h), net_admin, net_raw.
 */
static const uint64_t root_equivalent =
	1ULL << 0 |  /* chown: takes /etc/shadow, or any file of root's */
	1ULL << 1 |  /* dac_override: writes it */
	1ULL << 2 |  /* dac_read_search: reads it, and opens by handle outside of the mounts */
	1ULL << 3 |  /* fowner: changes its mode; u+s on a root-owned shell */
	1ULL << 7 |  /* setuid: setuid(0) */
	1ULL << 16 | /* sys_module: loads code into the kernel */
	1ULL << 17 | /* sys_rawio: ports, and raw disks below the file system */
	1ULL << 19 | /* sys_ptrace: injects code into a process of root's */
	1ULL << 21 | /* sys_admin: mounts over anything */
	1ULL << 31;  /* setfcap: writes cap_setuid=ep to a file of its own */

/* On disk the attribute is little-endian whatever the machine. */
static uint32_t le32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

int capability_decode(const void *value, size_t size, struct file_capability *ret,
		      struct error *err)
{
	assert(value || size == 0);
	/* Size of the attribute by its revision; the kernel takes no other. */
	static const size_t sizes[] = {0, 12, 20, 24};
	const uint8_t *at = value;
	struct file_capability capability = {};
	uint32_t magic;

	if (size < sizeof(magic))
		return error_set(err, -EBADMSG, "security.capability of %zu bytes", size);
	magic = le32(at);
	capability.revision = magic >> REVISION_SHIFT;
	if (capability.revision == 0 || capability.revision >= ARRAY_SIZE(sizes))
		return error_set(err, -EBADMSG, "security.capability of unknown revision %u",
				 capability.revision);
	if (size != sizes[capability.revision])
		return error_set(err, -EBADMSG,
				 "security.capability of revision %u with %zu bytes instead of %zu",
				 capability.revision, size, sizes[capability.revision]);
	capability.effective = magic & FLAG_EFFECTIVE;
	capability.permitted = le32(at + 4);
	capability.inheritable = le32(at + 8);
	if (capability.revision >= 2) {
		capability.permitted |= (uint64_t)le32(at + 12) << 32;
		capability.inheritable |= (uint64_t)le32(at + 16) << 32;
	}
	if (capability.revision == 3)
		capability.root_uid = le32(at + 20);
	*ret = capability;
	return 0;
}

/* NULL for what is newer than this table; callers print the number. */
const char *capability_name(unsigned int number)
{
	return number < CAPABILITY_COUNT ? names[number] : NULL;
}

bool capability_is_root_equivalent(unsigned int number)
{
	return number < CAPABILITY_COUNT && (root_equivalent >> number & 1);
}

/* The file's effective bit raises every permitted and inheritable capability (libcap shows it so).
 */
static unsigned int state_of(const struct file_capability *capability, unsigned int number)
{
	unsigned int state = 0;

	if (capability->permitted >> number & 1)
		state |= STATE_P;
	if (capability->inheritable >> number & 1)
		state |= STATE_I;
	return state && capability->effective ? state | STATE_E : state;
}

/* How many capabilities are in each combination of sets. */
static void count_states(const struct file_capability *capability, unsigned int from,
			 unsigned int to, unsigned int counts[N_STATES])
{
	for (unsigned int i = 0; i < N_STATES; i++)
		counts[i] = 0;
	for (unsigned int i = from; i < to; i++)
		counts[state_of(capability, i)]++;
}

/* The state that most capabilities are in is written once, as "=ep"; the lowest wins a draw. */
static unsigned int commonest(const unsigned int counts[N_STATES])
{
	unsigned int best = N_STATES - 1;

	for (unsigned int i = N_STATES - 1; i-- > 0;)
		if (counts[i] >= counts[best])
			best = i;
	return best;
}

/* In libcap's order: effective, inheritable, permitted. */
static int put_flags(struct strbuf *text, const char *operator, unsigned int state)
{
	return strbuf_printf(text, "%s%s%s%s", operator, state & STATE_E ? "e" : "",
			     state & STATE_I ? "i" : "", state & STATE_P ? "p" : "");
}

/* "cap_net_admin,cap_net_raw": all between from and to that are in that state. */
static int put_names(struct strbuf *text, const struct file_capability *capability,
		     unsigned int from, unsigned int to, unsigned int state)
{
	const char *comma = "";
	int r = 0;

	assert(from <= to);
	for (unsigned int i = from; i < to && r == 0; i++) {
		if (state_of(capability, i) != state)
			continue;
		if (i < CAPABILITY_COUNT)
			r = strbuf_printf(text, "%s%s", comma, names[i]);
		else
			r = strbuf_printf(text, "%s%u", comma, i);
		comma = ",";
	}
	return r;
}

/* libcap's cap_to_text(): the commonest state as a base, then what differs from it. */
static int put_named(struct strbuf *text, const struct file_capability *capability)
{
	unsigned int counts[N_STATES], base;
	bool bare;
	int r;

	count_states(capability, 0, CAPABILITY_COUNT, counts);
	base = commonest(counts);
	bare = base == 0; /* "= cap_x+ep" is written "cap_x=ep" */
	if (base != 0 || counts[0] == CAPABILITY_COUNT) {
		r = put_flags(text, "=", base);
		if (r < 0)
			return r;
		bare = false;
	}
	for (unsigned int state = N_STATES; state-- > 0;) {
		unsigned int added = state & ~base, dropped = base & ~state;

		if (state == base || counts[state] == 0)
			continue;
		r = text->len > 0 ? strbuf_puts(text, " ") : 0;
		if (r == 0)
			r = put_names(text, capability, 0, CAPABILITY_COUNT, state);
		if (r == 0 && added)
			r = put_flags(text, bare ? "=" : "+", added);
		if (r == 0 && dropped)
			r = put_flags(text, "-", dropped);
		if (r < 0)
			return r;
		bare = false;
	}
	return 0;
}

/* What a newer kernel may know, or nobody: always numbers, always added. */
static int put_unnamed(struct strbuf *text, const struct file_capability *capability)
{
	unsigned int counts[N_STATES];
	int r = 0;

	count_states(capability, CAPABILITY_COUNT, CAPABILITY_BITS, counts);
	for (unsigned int state = N_STATES; state-- > 1 && r == 0;) {
		if (counts[state] == 0)
			continue;
		r = strbuf_puts(text, " ");
		if (r == 0)
			r = put_names(text, capability, CAPABILITY_COUNT, CAPABILITY_BITS, state);
		if (r == 0)
			r = put_flags(text, "+", state);
	}
	return r;
}

char *capability_text(const struct file_capability *capability, struct arena *arena)
{
	_cleanup_(strbuf_clear) struct strbuf text = STRBUF_INIT(TEXT_MAX);

	assert(capability);
	if (put_named(&text, capability) < 0 || put_unnamed(&text, capability) < 0)
		return NULL;
	return arena_strdup(arena, strbuf_string(&text));
}
