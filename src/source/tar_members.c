/* SPDX-License-Identifier: Apache-2.0 */
/* A chained hash table that grows; everything in it lives in one arena. */
#include "source/tar_members.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_BUCKETS 64
#define NAME_BUFFER   8192 /* two paths of PATH_MAX */

struct tar_members {
	const struct limits *limits;
	struct arena *arena;
	struct tar_member **buckets;
	size_t n_buckets; /* a power of two */
	uint64_t count;   /* entries seen, replaced ones too */
	size_t len;
	const char *astray; /* a member that lies below another which is no directory, or NULL */
};

void tar_members_free(struct tar_members *members)
{
	if (!members)
		return;
	arena_free(members->arena);
	free(members->buckets);
	free(members);
}

int tar_members_new(const struct limits *limits, struct tar_members **ret, struct error *err)
{
	_cleanup_(tar_members_freep) struct tar_members *members = calloc(1, sizeof(*members));

	if (!members)
		return error_oom(err);
	members->limits = limits;
	members->n_buckets = FIRST_BUCKETS;
	members->buckets = calloc(FIRST_BUCKETS, sizeof(struct tar_member *));
	members->arena = arena_new(limits->tree_bytes);
	if (!members->buckets || !members->arena)
		return error_oom(err);
	*ret = TAKE(members);
	return 0;
}

/* Appends cleaned components of `path` to out, which holds len bytes; the new length, or -1 when
 * the path leaves the archive. */
static ssize_t clean(char *out, size_t len, const char *path)
{
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && memcmp(path, "..", 2) == 0) {
			if (len == 0)
				return -1;
			while (len > 0 && out[--len] != '/')
				;
		} else if (part > 0 && !(part == 1 && *path == '.')) {
			if (len > 0)
				out[len++] = '/';
			memcpy(out + len, path, part);
			len += part;
		}
		path += part;
		path += strspn(path, "/");
	}
	out[len] = '\0';
	return (ssize_t)len;
}

/* The cleaned name; what is too long for us is no name that anything refers to. base: a member
 * whose directory it is relative to. */
static int clean_name(const char *base, const char *path, char out[NAME_BUFFER])
{
	const char *slash = base && *path != '/' ? strrchr(base, '/') : NULL;
	size_t len = slash ? (size_t)(slash - base) : 0;

	if (len + strlen(path) + 2 > NAME_BUFFER)
		return -ENOENT;
	if (len > 0)
		memcpy(out, base, len);
	return clean(out, len, path) > 0 ? 0 : -ENOENT;
}

static struct tar_member **bucket_of(const struct tar_members *members, const char *name)
{
	return &members->buckets[hash_bytes(0, name, strlen(name)) & (members->n_buckets - 1)];
}

static struct tar_member *find_clean(const struct tar_members *members, const char *name)
{
	struct tar_member *member = *bucket_of(members, name);

	while (member && strcmp(member->name, name) != 0)
		member = member->chain;
	return member;
}

static int grow(struct tar_members *members)
{
	struct tar_member **old = members->buckets;
	size_t n_old = members->n_buckets;

	if (members->len < n_old)
		return 0;
	members->buckets = calloc(n_old * 2, sizeof(struct tar_member *));
	if (!members->buckets) {
		members->buckets = old;
		return -ENOMEM;
	}
	members->n_buckets = n_old * 2;
	for (size_t i = 0; i < n_old; i++) {
		for (struct tar_member *member = old[i], *next; member; member = next) {
			struct tar_member **bucket = bucket_of(members, member->name);

			next = member->chain;
			member->chain = *bucket;
			*bucket = member;
		}
	}
	free(old);
	return 0;
}

static struct tar_member *new_member(struct tar_members *members, const char *name)
{
	struct tar_member *member, **bucket;

	if (grow(members) < 0)
		return NULL;
	member = arena_alloc(members->arena, sizeof(*member));
	if (!member)
		return NULL;
	member->name = arena_strdup(members->arena, name);
	if (!member->name)
		return NULL;
	bucket = bucket_of(members, name);
	member->chain = *bucket;
	*bucket = member;
	members->len++;
	return member;
}

static int no_memory(const struct tar_members *members, struct error *err)
{
	if (arena_full(members->arena))
		return error_set(err, -E2BIG, "names of members exceed the limit tree-bytes");
	return error_oom(err);
}

/* Engines that unpack the archive to a disk follow such a parent: what they then read under some
 * other name is not what stands there for us. */
static bool is_astray(const struct tar_members *members, const char *name)
{
	char parent[NAME_BUFFER];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - name);
		const struct tar_member *member;

		memcpy(parent, name, len);
		parent[len] = '\0';
		member = find_clean(members, parent);
		if (member && member->type != '5')
			return true;
	}
	return false;
}

int tar_members_add(struct tar_members *members, const struct tar_entry *entry,
		    struct tar_member **ret, struct error *err)
{
	char name[NAME_BUFFER];
	struct tar_member *member;

	if (members->count++ >= members->limits->archive_members)
		return error_set(err, -E2BIG, "more members than the limit archive-members of %llu",
				 (unsigned long long)members->limits->archive_members);
	if (clean_name(NULL, entry->path, name) < 0) {
		*ret = NULL;
		return 0;
	}
	member = find_clean(members, name);
	if (member)
		member->twice = true;
	else
		member = new_member(members, name);
	if (!member)
		return no_memory(members, err);
	member->type = entry->type;
	member->sparse = entry->sparse;
	member->offset = entry->offset;
	member->stored = entry->stored;
	member->size = entry->size;
	member->link = arena_strdup(members->arena, entry->link);
	if (!member->link)
		return no_memory(members, err);
	if (is_astray(members, member->name))
		members->astray = member->name;
	*ret = member;
	return 0;
}

struct tar_member *tar_members_find(const struct tar_members *members, const char *name)
{
	char cleaned[NAME_BUFFER];

	return clean_name(NULL, name, cleaned) == 0 ? find_clean(members, cleaned) : NULL;
}

/* One step along a link; NULL: it leads nowhere. */
static struct tar_member *follow(const struct tar_members *members, const struct tar_member *link)
{
	const char *base = link->type == '2' ? link->name : NULL;
	char name[NAME_BUFFER];

	return clean_name(base, link->link, name) == 0 ? find_clean(members, name) : NULL;
}

int tar_members_resolve(const struct tar_members *members, const char *name,
			struct tar_member **ret, struct error *err)
{
	struct tar_member *member = tar_members_find(members, name);

	if (members->astray)
		return error_set(err, -EBADMSG,
				 "%.256s: lies below a link in the archive, engines unpack it "
				 "elsewhere",
				 members->astray);
	for (uint64_t steps = 0; member && (member->type == '1' || member->type == '2'); steps++) {
		if (steps >= members->limits->symlinks)
			return error_set(err, -EBADMSG, "%.256s: too many links in the archive",
					 name);
		if (member->twice)
			return error_set(err, -EBADMSG, "%.256s: is in the archive twice", name);
		member = follow(members, member);
	}
	if (!member)
		return error_set(err, -ENOENT, "%.256s: missing in the archive", name);
	if (member->type != '0' && member->type != '7')
		return error_set(err, -EBADMSG, "%.256s: not a regular file in the archive", name);
	*ret = member;
	return 0;
}

bool tar_members_have_dir(const struct tar_members *members, const char *dir)
{
	size_t len = strlen(dir);

	for (size_t i = 0; i < members->n_buckets; i++) {
		for (struct tar_member *at = members->buckets[i]; at; at = at->chain) {
			if (strncmp(at->name, dir, len) == 0 &&
			    (at->name[len] == '/' || at->name[len] == '\0'))
				return true;
		}
	}
	return false;
}
