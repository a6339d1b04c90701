/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image's own passwd, group and shadow, opened in the merged tree as the runtimes open them:
 * below the root, symlinks followed, regular files of at most 10 MiB only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "format/passwd.h"
#include "model/image.h"

/* maxUserFileBytes of moby/sys/user and containerd. */
#define ACCOUNT_FILE_MAX (10U << 20)

enum account_state {
	ACCOUNT_ABSENT,  /* no such file: no entries */
	ACCOUNT_READ,    /* data and size are the file */
	ACCOUNT_UNKNOWN, /* a regular file whose body was not kept */
	ACCOUNT_REFUSED, /* current runtimes refuse to read it */
};

enum account_fault {
	FAULT_NONE,
	FAULT_SPECIAL,   /* not a regular file */
	FAULT_PATH,      /* symlink loop, or a file where a directory should be */
	FAULT_LARGE,     /* over ACCOUNT_FILE_MAX */
	FAULT_LONG_LINE, /* a line that Go's scanner gives up on */
};

struct account_file {
	enum account_state state;
	enum account_fault fault;     /* when refused */
	const char *why;              /* one clause, when unknown or refused */
	const struct file_node *node; /* the file itself, symlinks followed; NULL when absent */
	const char *data;
	size_t size;
};

struct accounts {
	struct account_file passwd, group;
	struct passwd_line *users;
	size_t n_users;
	struct group_line *groups;
	size_t n_groups;
};

/* Never fails: what is wrong with the file is its state. */
void account_file_open(const struct image *image, const char *path, struct account_file *ret);

/* Reads passwd and group; everything in the arena. -ENOMEM, -E2BIG. */
int accounts_read(const struct image *image, struct arena *arena, struct accounts *ret,
		  struct error *err);

/* First line whose UID is this after the cast to 32 bits, or NULL. */
const struct passwd_line *accounts_by_uid(const struct accounts *accounts, uint32_t uid);
const struct passwd_line *accounts_by_name(const struct accounts *accounts, const char *name);

/* "app:x:1000:1000": the fields that count, a password hash masked, cut to what is readable. NULL
 * when the arena is exhausted. */
const char *accounts_brief(const struct passwd_line *line, struct arena *arena);

/* -E2BIG or -ENOMEM, with its message: what a NULL from an arena means. */
int check_out_of_room(const struct arena *arena, struct error *err);
