/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd and group as the runtimes parse them (github.com/moby/sys/user), shadow as libc does.
 * passwd, group: Unicode white space around a line does not count, blank lines (and comments in
 * group only) are skipped, fields are split at ':', missing ones are empty or 0, and an ID is what
 * go_atoi() leaves behind, whether it parsed or not.
 *
 * Bytes, not text. A NUL is an ordinary byte to Go; strings here hold C0 80 in its place, which is
 * no UTF-8 and so equals no name that a configuration can ask for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct passwd_line {
	const char *name, *password, *gecos, *home, *shell; /* never NULL */
	int64_t uid, gid; /* Go's int: not yet cast to 32 bits; saturated when out of 64 bits */
	uint32_t line;    /* 1-based */
	bool malformed;   /* no gid field, an ID that is no 64-bit number, or a NUL byte */
	const char *text; /* the whole line, trimmed */
};

struct group_line {
	const char *name, *password;
	int64_t gid;
	const char **members; /* some may be "" */
	size_t n_members;
	uint32_t line;
	bool malformed; /* no gid field, an ID that is no 64-bit number, or a NUL byte */
	const char *text;
};

struct shadow_line {
	const char *name, *password;
	uint32_t line;
	bool malformed; /* under five fields: no libc reads such a line */
};

/* All results in the arena. -ENOMEM, -E2BIG (the arena's cap). Lines of any length are rows. */
int passwd_parse(const char *data, size_t size, struct arena *arena, struct passwd_line **ret,
		 size_t *ret_len, struct error *err);
int group_parse(const char *data, size_t size, struct arena *arena, struct group_line **ret,
		size_t *ret_len, struct error *err);
int shadow_parse(const char *data, size_t size, struct arena *arena, struct shadow_line **ret,
		 size_t *ret_len, struct error *err);

/*
 * Number of the first line that is longer than Go's scanner takes (bufio.Scanner: 65535 bytes in
 * passwd, 1048575 in group, "\r" included), 0 if there is none. moby/sys/user then drops every row
 * and fails whatever the user is, UID 0 and no user included ("unable to find user x:
 * bufio.Scanner: token too long"); group is only read for a group or a user found in passwd.
 */
uint32_t passwd_too_long(const char *data, size_t size);
uint32_t group_too_long(const char *data, size_t size);

/*
 * Go's strconv.Atoi and ParseInt(s, 10, 64): optional sign, digits, no spaces. *ret is always set:
 * 0 on a syntax error, saturated out of 64 bits; *ret_range (may be NULL) tells the latter. Digits
 * that pass 64 bits unsigned end the scan: rubbish behind them is a range error too, as in Go.
 */
bool go_atoi(const char *text, int64_t *ret, bool *ret_range);
