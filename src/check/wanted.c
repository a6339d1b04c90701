/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: an image, with or without its tree. Out: files whose bodies the checks want and the tree does
 * not hold (a passwd behind a symlink, the entrypoint's script); and, before there is a tree, the
 * base names that such scripts may have. Limits: WANTED_MAX files, NAMES_MAX names.
 */
#include <errno.h>
#include <string.h>

#include "base/vec.h"
#include "check/accounts.h"
#include "check/check.h"
#include "check/entrypoint.h"
#include "check/stepdown.h"

#define WANTED_MAX 64
#define NAMES_MAX  64

/* What entry_walk() may take for splitting texts; arguments of a process are at most 2 MiB. */
#define WALK_BYTES (16U << 20)

struct wanted {
	const struct image *image;
	struct error *err;
	VEC(struct wanted_body) bodies;
};

static int add_body(struct wanted *wanted, const struct file_node *node)
{
	struct wanted_body body = {.layer = node->inode->layer};

	if (node->inode->body || node->inode->size == 0 || wanted->bodies.len == WANTED_MAX)
		return 0;
	body.path = file_node_path(node, wanted->image->arena);
	if (!body.path)
		return check_out_of_room(wanted->image->arena, wanted->err);
	for (size_t i = 0; i < wanted->bodies.len; i++)
		if (strcmp(wanted->bodies.items[i].path, body.path) == 0)
			return 0;
	return vec_push(&wanted->bodies, body) < 0 ? error_oom(wanted->err) : 0;
}

static int add_account_file(struct wanted *wanted, const char *path)
{
	struct account_file file;

	account_file_open(wanted->image, path, &file);
	return file.node && file.state == ACCOUNT_UNKNOWN ? add_body(wanted, file.node) : 0;
}

static int add_script(void *data, const struct file_node *node)
{
	return node->inode->flags & INODE_SCRIPT ? add_body(data, node) : 0;
}

static int collect(struct wanted *wanted)
{
	static const char *const files[] = {"/etc/passwd", "/etc/group", "/etc/shadow"};
	const struct entry_visitor visitor = {.script = add_script, .data = wanted};
	_cleanup_(arena_freep) struct arena *arena = arena_new(WALK_BYTES);

	if (!arena)
		return error_oom(wanted->err);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = add_account_file(wanted, files[i]);

		if (r < 0)
			return r;
	}
	return entry_walk(wanted->image, arena, &visitor, wanted->err);
}

int check_wanted_bodies(const struct image *image, struct wanted_body **ret, size_t *ret_len,
			struct error *err)
{
	struct wanted wanted = {.image = image, .err = err};
	struct wanted_body *rows = NULL;
	size_t n = 0;
	int r = image->tree ? collect(&wanted) : 0;

	if (r == 0) {
		n = wanted.bodies.len;
		rows = arena_calloc(image->arena, MAX(n, (size_t)1), sizeof(*rows));
		if (!rows)
			r = check_out_of_room(image->arena, err);
		else if (n > 0)
			memcpy(rows, wanted.bodies.items, n * sizeof(*rows));
	}
	vec_clear(&wanted.bodies);
	if (r < 0)
		return r;
	*ret = rows;
	*ret_len = n;
	return 0;
}

struct names {
	struct arena *arena; /* the image's */
	struct error *err;
	const char **items;
	size_t len;
};

static int add_name(void *data, const char *name)
{
	struct names *names = data;

	name = stepdown_base_name(name);
	if (!*name || names->len == NAMES_MAX)
		return 0;
	for (size_t i = 0; i < names->len; i++)
		if (strcmp(names->items[i], name) == 0)
			return 0;
	names->items[names->len] = arena_strdup(names->arena, name);
	if (!names->items[names->len])
		return check_out_of_room(names->arena, names->err);
	names->len++;
	return 0;
}

int check_script_names(const struct image *image, const char ***ret, size_t *ret_len,
		       struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(WALK_BYTES);
	struct names names = {.arena = image->arena, .err = err};
	const struct entry_visitor visitor = {.name = add_name, .data = &names};
	int r;

	if (!arena)
		return error_oom(err);
	names.items = arena_calloc(image->arena, NAMES_MAX, sizeof(*names.items));
	if (!names.items)
		return check_out_of_room(image->arena, err);
	r = entry_walk(image, arena, &visitor, err);
	if (r < 0)
		return r;
	*ret = names.items;
	*ret_len = names.len;
	return 0;
}
