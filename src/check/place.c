/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: suspects with their paths, package databases as hashed path lists. Out: layer, history line
 * and package of each. A package's list says /bin/su where a merged-/usr tree has /usr/bin/su:
 * every path is also looked up by what it is called through the directory symlinks of / and /usr.
 */
#include "check/place.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "model/owner_list.h"

#define ALIASES_MAX 32
#define ALIASED_MAX 4096

/* A directory that is also known by another name: "/usr/bin" as "/bin". */
struct alias {
	const char *directory, *name;
};

/* One name of one suspect, to be found in the lists. */
struct query {
	uint64_t hash;
	struct suspect *suspect;
};

struct queries {
	struct check_ctx *ctx;
	struct alias aliases[ALIASES_MAX];
	size_t n_aliases;
	VEC(struct query) rows;
};

/* NULL stays NULL; a failure is kept in ctx. */
static const char *copy(struct check_ctx *ctx, const char *text)
{
	const char *copied = text ? arena_strdup(ctx->arena, text) : NULL;

	if (text && !copied)
		rule_fail(ctx);
	return copied;
}

void place_layer(struct check_ctx *ctx, const struct file_inode *inode, struct location *location)
{
	const struct image *image = ctx->image;
	const struct target *target = ctx->target;
	const struct layer *layer;

	assert(inode && location);
	if (inode->layer >= image->n_layers)
		return;
	layer = &image->layers[inode->layer];
	/* The target has these strings already, in the report's arena. */
	if (inode->layer < target->n_layers) {
		const struct target_layer *known = &target->layers[inode->layer];

		location->layer = known->digest ? known->digest : known->diff_id;
		location->created_by = known->created_by;
		return;
	}
	location->layer = copy(ctx, layer->digest ? layer->digest : layer->diff_id);
	location->created_by = copy(ctx, layer->created_by);
}

/* A finding at a file that no suspect stands for. */
struct location place_node(struct check_ctx *ctx, const struct file_node *node)
{
	struct location location = {.path = file_node_path(node, ctx->arena)};

	assert(node && node->inode);
	if (!location.path)
		rule_fail(ctx);
	place_layer(ctx, node->inode, &location);
	return location;
}

/* Symlinks to directories only, and not to the root: that would alias every path. */
static void add_alias(struct queries *queries, const struct file_node *link)
{
	struct check_ctx *ctx = queries->ctx;
	struct file_node *target;
	struct alias *alias;

	if (queries->n_aliases == ALIASES_MAX)
		return;
	if (file_tree_lookup(ctx->image->tree, link->parent, link->name, true, &target) < 0)
		return;
	if (!S_ISDIR(target->inode->mode) || !target->parent)
		return;
	alias = &queries->aliases[queries->n_aliases];
	alias->name = file_node_path(link, ctx->scratch);
	alias->directory = file_node_path(target, ctx->scratch);
	if (alias->name && alias->directory)
		queries->n_aliases++;
	else
		rule_fail(ctx);
}

/* Direct children: /bin -> usr/bin, /lib64 -> usr/lib64, /usr/lib64 -> lib. */
static void find_aliases(struct queries *queries, const struct file_node *dir)
{
	for (const struct file_node *child = dir->child; child; child = child->next)
		if (child->inode && S_ISLNK(child->inode->mode))
			add_alias(queries, child);
}

static void add_query(struct queries *queries, struct suspect *suspect, const char *path)
{
	struct query query = {.hash = owner_hash(path, strlen(path)), .suspect = suspect};

	assert(path);
	if (vec_push(&queries->rows, query) < 0)
		rule_fail(queries->ctx);
}

/* The path as it is called through the alias; one that is too long has no package. */
static bool rename_path(const struct alias *alias, const char *path, char *ret, size_t size)
{
	size_t len = strlen(alias->directory);

	if (strncmp(path, alias->directory, len) != 0 || path[len] != '/')
		return false;
	return snprintf(ret, size, "%s%s", alias->name, path + len) < (int)size;
}

static void add_queries(struct queries *queries, struct suspect *suspect, const char *path)
{
	char other[ALIASED_MAX];

	add_query(queries, suspect, path);
	for (size_t i = 0; i < queries->n_aliases; i++)
		if (rename_path(&queries->aliases[i], path, other, sizeof(other)))
			add_query(queries, suspect, other);
}

static int compare_queries(const void *left, const void *right)
{
	const struct query *a = left, *b = right;

	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* First query with at least this hash. */
static size_t lower_bound(const struct queries *queries, uint64_t hash)
{
	size_t low = 0, high = queries->rows.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (queries->rows.items[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* By the database's own path. */
static const char *manager_of(struct check_ctx *ctx, const struct file_node *database)
{
	const char *path = file_node_path(database, ctx->scratch);

	if (!path) {
		rule_fail(ctx);
		return "rpm";
	}
	if (strstr(path, "/dpkg/"))
		return "dpkg";
	return strstr(path, "/apk/") ? "apk" : "rpm";
}

/* The list is walked once and the queries are searched: a distribution has a hundred thousand
 * paths, an image a few dozen suspects. */
static void match_list(struct queries *queries, const struct owner_list *list, const char *manager)
{
	for (size_t i = 0; i < list->n_rows; i++) {
		const struct owner_row *row = &list->rows[i];

		if (row->package >= list->n_packages)
			continue;
		for (size_t at = lower_bound(queries, row->path_hash);
		     at < queries->rows.len && queries->rows.items[at].hash == row->path_hash;
		     at++) {
			struct location *location = &queries->rows.items[at].suspect->location;

			if (!location->package)
				location->package = rule_text(queries->ctx, "%s:%s", manager,
							      list->packages[row->package]);
		}
	}
}

/* Only the two directories that distributions merge; others are not worth a walk. */
static void find_merged_aliases(struct queries *queries)
{
	const struct file_tree *tree = queries->ctx->image->tree;
	struct file_node *usr;

	find_aliases(queries, file_tree_root(tree));
	if (file_tree_lookup(tree, NULL, "/usr", false, &usr) == 0)
		find_aliases(queries, usr);
}

void place_packages(struct check_ctx *ctx, const struct file_node *const *owners, size_t n_owners)
{
	struct queries queries = {.ctx = ctx};

	if (ctx->n_suspects == 0 || n_owners == 0)
		return;
	find_merged_aliases(&queries);
	for (size_t i = 0; i < ctx->n_suspects && ctx->status == 0; i++)
		for (size_t n = 0; n < ctx->suspects[i].n_names; n++)
			add_queries(&queries, &ctx->suspects[i], ctx->suspects[i].names[n]);
	if (queries.rows.len > 1)
		qsort(queries.rows.items, queries.rows.len, sizeof(struct query), compare_queries);
	for (size_t i = 0; i < n_owners && ctx->status == 0; i++)
		match_list(&queries, owners[i]->inode->body->data, manager_of(ctx, owners[i]));
	vec_clear(&queries.rows);
}
