/* SPDX-License-Identifier: Apache-2.0 */
/* Fixtures out of the real file tree, so that rules see what the engine would give them. */
#include "fixture.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "model/owner_list.h"

void fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){.limits = limits_default};
	assert_int_equal(image_new("test", &fixture->image, &fixture->err), 0);
	fixture->arena = arena_new(UINT64_MAX);
	assert_non_null(fixture->arena);
	fixture->image->layers = arena_calloc(fixture->image->arena, 1, sizeof(struct layer));
	assert_non_null(fixture->image->layers);
	fixture->image->n_layers = 1;
	fixture->image->layers[0].digest = "sha256:11";
	fixture->image->layers[0].created_by = "RUN make it";
	assert_int_equal(file_tree_new(&fixture->limits, 0, &fixture->layer, &fixture->err), 0);
}

void fixture_clear(struct fixture *fixture)
{
	vec_clear(&fixture->target.findings);
	file_tree_free(fixture->layer);
	image_free(fixture->image);
	arena_free(fixture->arena);
}

static struct file_inode *apply(struct fixture *fixture, const struct file_entry *entry)
{
	struct file_inode *inode = NULL;

	if (file_tree_apply(fixture->layer, entry, &inode, &fixture->err) < 0)
		fail_msg("%s: %s", entry->path, fixture->err.message);
	return inode;
}

static struct file_body *body_new(struct fixture *fixture, enum body_kind kind, const void *data,
				  size_t size)
{
	struct arena *arena = file_tree_arena(fixture->layer);
	struct file_body *body = arena_alloc(arena, sizeof(*body));

	assert_non_null(body);
	*body = (struct file_body){.kind = kind, .size = size, .data = data};
	if (kind == BODY_WHOLE)
		body->data = arena_strndup(arena, data, size);
	return body;
}

struct file_inode *fixture_file(struct fixture *fixture, const char *path, unsigned int mode,
				uint32_t uid, uint32_t gid, const char *body)
{
	struct file_entry entry = {.path = path, .mode = S_IFREG | mode, .uid = uid, .gid = gid};
	struct file_inode *inode;

	entry.size = body ? strlen(body) : 100;
	if (body && strncmp(body, "#!", 2) == 0)
		entry.flags = INODE_SCRIPT;
	inode = apply(fixture, &entry);
	assert_non_null(inode);
	if (body)
		inode->body = body_new(fixture, BODY_WHOLE, body, strlen(body));
	return inode;
}

void fixture_hardlink(struct fixture *fixture, const char *path, const char *target)
{
	struct file_inode *inode;
	struct file_node *node;

	assert_int_equal(file_tree_lookup(fixture->layer, NULL, target, false, &node), 0);
	inode = node->inode;
	apply(fixture, &(struct file_entry){.path = path,
					    .link = target,
					    .hardlink = true,
					    .mode = inode->mode,
					    .uid = inode->uid,
					    .gid = inode->gid});
}

void fixture_symlink(struct fixture *fixture, const char *path, const char *target)
{
	apply(fixture, &(struct file_entry){.path = path, .link = target, .mode = S_IFLNK | 0777});
}

void fixture_directory(struct fixture *fixture, const char *path, unsigned int mode)
{
	apply(fixture, &(struct file_entry){.path = path, .mode = S_IFDIR | mode});
}

void fixture_device(struct fixture *fixture, const char *path, unsigned int mode,
		    unsigned int major_number, unsigned int minor_number)
{
	apply(fixture, &(struct file_entry){.path = path,
					    .mode = mode,
					    .dev_major = major_number,
					    .dev_minor = minor_number});
}

void fixture_capability(struct fixture *fixture, const char *path, unsigned int mode,
			const void *value, uint32_t size)
{
	const struct file_xattr xattr = {.name = "security.capability",
					 .value = value,
					 .size = size};

	apply(fixture, &(struct file_entry){
			       .path = path, .mode = S_IFREG | mode, .size = 9, .xattrs = &xattr});
}

void fixture_owners(struct fixture *fixture, const char *database, const char *package,
		    const char *const *paths)
{
	struct arena *arena = file_tree_arena(fixture->layer);
	struct owner_list *list = arena_alloc(arena, sizeof(*list));
	struct file_inode *inode = fixture_file(fixture, database, 0644, 0, 0, "x");

	list->rows = arena_calloc(arena, 8, sizeof(*list->rows));
	list->packages = arena_calloc(arena, 1, sizeof(*list->packages));
	list->packages[0] = package;
	list->n_packages = 1;
	for (; *paths; paths++)
		list->rows[list->n_rows++].path_hash = owner_hash(*paths, strlen(*paths));
	owner_list_sort(list);
	inode->body = body_new(fixture, BODY_OWNERS, list, sizeof(*list));
}

void fixture_list(struct fixture *fixture, struct string_list *list, const char *const *items)
{
	size_t n = 0;

	while (items[n])
		n++;
	list->items = arena_calloc(fixture->image->arena, n + 1, sizeof(*list->items));
	assert_non_null(list->items);
	memcpy(list->items, items, n * sizeof(*items));
	list->len = n;
	list->set = true;
}

void fixture_done(struct fixture *fixture)
{
	struct file_tree *tree, *layer = TAKE(fixture->layer);

	assert_int_equal(file_tree_new(&fixture->limits, 0, &tree, &fixture->err), 0);
	assert_int_equal(file_tree_merge(tree, layer, &fixture->err), 0);
	fixture->image->tree = tree;
}

void fixture_check(struct fixture *fixture)
{
	if (fixture->layer)
		fixture_done(fixture);
	assert_int_equal(start_user_resolve(fixture->image, NULL, &fixture->limits, &fixture->err),
			 0);
	if (check_image(fixture->image, &fixture->target, fixture->arena, &fixture->limits,
			&fixture->err) < 0)
		fail_msg("check_image: %s", fixture->err.message);
}

size_t fixture_count(const struct fixture *fixture, const char *check)
{
	size_t n = 0;

	for (size_t i = 0; i < fixture->target.findings.len; i++)
		n += strcmp(fixture->target.findings.items[i]->check->name, check) == 0;
	return n;
}

const struct finding *fixture_only(const struct fixture *fixture, const char *check)
{
	const struct finding *found = NULL;

	if (fixture_count(fixture, check) != 1)
		fail_msg("%zu findings of %s", fixture_count(fixture, check), check);
	for (size_t i = 0; i < fixture->target.findings.len; i++)
		if (strcmp(fixture->target.findings.items[i]->check->name, check) == 0)
			found = fixture->target.findings.items[i];
	return found;
}

const struct evidence *fixture_evidence(const struct finding *finding, const char *key)
{
	for (const struct evidence *at = finding->evidence; at; at = at->next)
		if (strcmp(at->key, key) == 0)
			return at;
	fail_msg("no evidence \"%s\"", key);
	return NULL;
}
