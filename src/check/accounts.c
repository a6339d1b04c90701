/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a merged tree. Out: the lines of passwd and group, or why a runtime would not read them.
 * Limits: 10 MiB a file, as the runtimes have it; the arena's cap. Specification: moby/sys/user
 * openUserFile, containerd pkg/oci openUserFile.
 */
#include "check/accounts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define BRIEF_MAX 160

int check_out_of_room(const struct arena *arena, struct error *err)
{
	if (arena_full(arena))
		return error_set(err, -E2BIG,
				 "an image's accounts and findings take more memory "
				 "than the limits allow");
	return error_oom(err);
}

/* A runtime would stop here; the check goes on without the file. */
static void refuse(struct account_file *file, enum account_fault fault, const char *why)
{
	file->state = ACCOUNT_REFUSED;
	file->fault = fault;
	file->why = why;
}

/* What is not known is not taken for absent: a file without a body, or one that was too large to
 * keep. */
static void open_body(const struct file_inode *inode, struct account_file *file)
{
	const struct file_body *body = inode->body;

	if (!S_ISREG(inode->mode)) {
		refuse(file, FAULT_SPECIAL, "is not a regular file");
		return;
	}
	if (inode->size > ACCOUNT_FILE_MAX) {
		refuse(file, FAULT_LARGE, "is larger than 10 MiB");
		return;
	}
	if (inode->size == 0) {
		file->state = ACCOUNT_READ;
		file->data = "";
		return;
	}
	if (!body || body->kind != BODY_WHOLE) {
		file->state = ACCOUNT_UNKNOWN;
		file->why = body && body->kind == BODY_TOO_LARGE
				    ? "is larger than the body limits allow"
				    : "was not read";
		return;
	}
	file->state = ACCOUNT_READ;
	file->data = body->data;
	file->size = body->size;
}

/* A path that leads nowhere is absent; one that a runtime's open() would choke on is refused. */
void account_file_open(const struct image *image, const char *path, struct account_file *ret)
{
	struct account_file file = {.state = ACCOUNT_ABSENT};
	struct file_node *node = NULL;
	int r;

	assert(path[0] == '/');
	if (!image->tree) {
		file.state = ACCOUNT_UNKNOWN;
		file.why = "was not read";
		*ret = file;
		return;
	}
	r = file_tree_lookup(image->tree, NULL, path, true, &node);
	if (r == 0) {
		file.node = node;
		open_body(node->inode, &file);
	} else if (r == -ELOOP) {
		refuse(&file, FAULT_PATH, "is a chain of too many symbolic links");
	} else if (r == -ENOTDIR) {
		refuse(&file, FAULT_PATH, "lies below something that is not a directory");
	}
	*ret = file;
}

/* Lines are parsed also where a scanner would give up: older runtimes had no such limit. */
static int read_passwd(struct accounts *accounts, struct arena *arena, struct error *err)
{
	struct account_file *file = &accounts->passwd;
	int r;

	if (file->state != ACCOUNT_READ)
		return 0;
	r = passwd_parse(file->data, file->size, arena, &accounts->users, &accounts->n_users, err);
	if (r < 0)
		return error_wrap(err, r, "/etc/passwd");
	if (passwd_too_long(file->data, file->size))
		refuse(file, FAULT_LONG_LINE, "has a line of 64 KiB or more");
	return 0;
}

static int read_group(struct accounts *accounts, struct arena *arena, struct error *err)
{
	struct account_file *file = &accounts->group;
	int r;

	if (file->state != ACCOUNT_READ)
		return 0;
	r = group_parse(file->data, file->size, arena, &accounts->groups, &accounts->n_groups, err);
	if (r < 0)
		return error_wrap(err, r, "/etc/group");
	if (group_too_long(file->data, file->size))
		refuse(file, FAULT_LONG_LINE, "has a line of 1 MiB or more");
	return 0;
}

int accounts_read(const struct image *image, struct arena *arena, struct accounts *ret,
		  struct error *err)
{
	struct accounts accounts = {};
	int r;

	account_file_open(image, "/etc/passwd", &accounts.passwd);
	account_file_open(image, "/etc/group", &accounts.group);
	r = read_passwd(&accounts, arena, err);
	if (r < 0)
		return r;
	r = read_group(&accounts, arena, err);
	if (r < 0)
		return r;
	*ret = accounts;
	return 0;
}

/* The first line counts, as in the runtimes; by the low 32 bits. */
const struct passwd_line *accounts_by_uid(const struct accounts *accounts, uint32_t uid)
{
	for (size_t i = 0; i < accounts->n_users; i++)
		if ((uint32_t)accounts->users[i].uid == uid)
			return &accounts->users[i];
	return NULL;
}

const struct passwd_line *accounts_by_name(const struct accounts *accounts, const char *name)
{
	assert(name);
	for (size_t i = 0; i < accounts->n_users; i++)
		if (strcmp(accounts->users[i].name, name) == 0)
			return &accounts->users[i];
	return NULL;
}

/* Name, password (masked when it may be a hash), UID and GID: enough to find the line, and no
 * secret. */
const char *accounts_brief(const struct passwd_line *line, struct arena *arena)
{
	const char *ids = line->text + strlen(line->name) + 1 + strlen(line->password);
	size_t len = 0;

	if (strlen(line->text) <= strlen(line->name) + 1)
		return arena_strndup(arena, line->text, MIN(strlen(line->text), (size_t)BRIEF_MAX));
	for (size_t colons = 0; len < BRIEF_MAX && ids[len]; len++) {
		colons += ids[len] == ':';
		if (colons == 3)
			break;
	}
	return arena_printf(arena, "%.*s:%s%.*s", BRIEF_MAX, line->name,
			    strlen(line->password) > 2 ? "..." : line->password, (int)len, ids);
}
