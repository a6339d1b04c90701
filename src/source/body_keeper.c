/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file at a time. Whole bodies are collected in one growing buffer and copied into the tree's
 * arena when they are complete, so that a size that was only claimed costs nothing.
 */
#include "source/body_keeper.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "io/digester.h"
#include "source/owner_body.h"
#include "source/script_words.h"

enum want {
	WANT_NOTHING,
	WANT_LOOK,   /* a script, if it starts with "#!" */
	WANT_SCRIPT, /* whole if a word of interest is in it */
	WANT_TEXT,   /* a script by name: if it looks like text */
	WANT_WHOLE,
	WANT_OWNERS,
	WANT_TOO_LARGE,
};

struct body_keeper {
	struct file_tree *tree;
	const struct limits *limits;
	const struct body_wishes *wishes;
	bool sparing;
	uint64_t kept;   /* bytes of bodies so far */
	uint64_t sparse; /* bytes of sparse files that were let through */
	enum want want;
	bool needed;
	uint64_t size;             /* of the current file, as claimed */
	uint64_t fed;              /* bytes of it so far */
	struct digester *digester; /* of the current file when it is privileged */
	struct strbuf buffer;
	struct owner_body *owners;
};

/* A path's last three components, empty and "." ones left out. */
struct tail {
	struct part {
		const char *text;
		size_t len;
	} parts[3]; /* base name first */
};

void body_keeper_free(struct body_keeper *keeper)
{
	if (!keeper)
		return;
	strbuf_clear(&keeper->buffer);
	owner_body_free(keeper->owners);
	digester_free(keeper->digester);
	free(keeper);
}

int body_keeper_new(struct file_tree *tree, const struct limits *limits,
		    const struct body_wishes *wishes, bool sparing, struct body_keeper **ret,
		    struct error *err)
{
	struct body_keeper *keeper = calloc(1, sizeof(*keeper));

	assert(tree && limits);
	if (!keeper)
		return error_oom(err);
	keeper->tree = tree;
	keeper->limits = limits;
	keeper->wishes = wishes;
	keeper->sparing = sparing;
	keeper->buffer = STRBUF_INIT(SIZE_MAX);
	*ret = keeper;
	return 0;
}

/* Directories above the third component decide nothing: in a layer a path may be written through
 * any symbolic link. */
static void split_tail(const char *path, struct tail *tail)
{
	const char *end = path + strlen(path);

	*tail = (struct tail){};
	for (size_t i = 0; i < ARRAY_SIZE(tail->parts);) {
		const char *start;

		while (end > path && end[-1] == '/')
			end--;
		if (end == path)
			return;
		for (start = end; start > path && start[-1] != '/';)
			start--;
		if (end - start != 1 || *start != '.') {
			tail->parts[i].text = start;
			tail->parts[i++].len = (size_t)(end - start);
		}
		end = start;
	}
}

static bool part_is(const struct part *part, const char *text)
{
	return part->len > 0 && strlen(text) == part->len &&
	       memcmp(part->text, text, part->len) == 0;
}

static bool part_ends(const struct part *part, const char *suffix)
{
	size_t len = strlen(suffix);

	return part->len > len && memcmp(part->text + part->len - len, suffix, len) == 0;
}

/* By the name of its directory alone: /etc may be a link to /usr/lib or the other way about; which
 * of the kept ones the accounts are is looked up in the merged tree. */
static bool is_account_file(const struct tail *tail)
{
	static const char *const names[] = {"passwd", "group", "shadow", "gshadow"};
	const struct part *dir = &tail->parts[1];

	if (!part_is(dir, "etc") && !part_is(dir, "lib") && !part_is(dir, ".."))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (part_is(&tail->parts[0], names[i]))
			return true;
	}
	return false;
}

/* By base name: the wish is a path of the merged image, the member may reach it by another. */
static bool is_wished_path(const struct body_wishes *wishes, const struct tail *tail)
{
	for (size_t i = 0; wishes && i < wishes->n_paths; i++) {
		const char *slash = strrchr(wishes->paths[i], '/');

		if (part_is(&tail->parts[0], slash ? slash + 1 : wishes->paths[i]))
			return true;
	}
	return false;
}

/* Entrypoints that say nothing of their type: "start", "run". */
static bool is_wished_script(const struct body_wishes *wishes, const struct tail *tail)
{
	for (size_t i = 0; wishes && i < wishes->n_scripts; i++) {
		if (part_is(&tail->parts[0], wishes->scripts[i]))
			return true;
	}
	return false;
}

/* Where dpkg, its distroless variant, apk and rpm keep what they know of files. */
static enum owner_body_kind owners_kind(const struct tail *tail)
{
	const struct part *name = &tail->parts[0], *dir = &tail->parts[1];

	if (part_is(dir, "info") && part_is(&tail->parts[2], "dpkg") && part_ends(name, ".list"))
		return OWNER_BODY_DPKG_LIST;
	if (part_is(dir, "status.d") && part_ends(name, ".md5sums"))
		return OWNER_BODY_DPKG_SUMS;
	if (part_is(name, "installed") && part_is(dir, "db") && part_is(&tail->parts[2], "apk"))
		return OWNER_BODY_APK;
	if (part_is(dir, "rpm") && (part_is(name, "rpmdb.sqlite") || part_is(name, "Packages.db")))
		return OWNER_BODY_RPM;
	return OWNER_BODY_NONE;
}

/* What cannot be kept is left out: a package's name is a help to the reader, never a reason. */
static enum want open_owners(struct body_keeper *keeper, enum owner_body_kind kind,
			     const struct part *name)
{
	_cleanup_free_ char *copy = name->text ? strndup(name->text, name->len) : NULL;

	if (!copy || keeper->size > keeper->limits->package_db_bytes ||
	    owner_body_new(kind, copy, keeper->limits, &keeper->owners, NULL) < 0)
		return WANT_NOTHING;
	return WANT_OWNERS;
}

/* In the order of what a wrong pass would cost: accounts and wished bodies, owners, then
 * scripts. */
static enum want choose(struct body_keeper *keeper, const char *path, uint32_t mode)
{
	enum owner_body_kind kind;
	struct tail tail;

	assert(path);
	split_tail(path, &tail);
	if (is_account_file(&tail) || is_wished_path(keeper->wishes, &tail))
		return keeper->size > keeper->limits->body_bytes ? WANT_TOO_LARGE : WANT_WHOLE;
	kind = owners_kind(&tail);
	if (kind != OWNER_BODY_NONE)
		return open_owners(keeper, kind, &tail.parts[0]);
	if (is_wished_script(keeper->wishes, &tail))
		return WANT_TEXT;
	if (keeper->size > 2 && (!keeper->sparing || (mode & (S_ISUID | S_ISGID))))
		return WANT_LOOK;
	return WANT_NOTHING;
}

/* Files whose digest a waiver or a finding may name: setuid, setgid, capabilities. */
static bool is_privileged(const struct file_entry *entry)
{
	for (const struct file_xattr *xattr = entry->xattrs; xattr; xattr = xattr->next) {
		if (strcmp(xattr->name, "security.capability") == 0)
			return true;
	}
	return entry->mode & (S_ISUID | S_ISGID);
}

/* Holes are claimed for nothing and cost time to read: all sparse files of a layer together may be
 * no longer than the bodies that it may keep. */
static void charge_sparse(struct body_keeper *keeper)
{
	uint64_t cost = keeper->size;

	if (keeper->want == WANT_LOOK || keeper->want == WANT_TEXT)
		cost = MIN(cost, keeper->limits->script_bytes);
	if (cost <= keeper->limits->bodies_bytes - keeper->sparse) {
		keeper->sparse += cost;
		return;
	}
	owner_body_free(TAKE(keeper->owners));
	keeper->want = keeper->want == WANT_OWNERS ? WANT_NOTHING : WANT_TOO_LARGE;
}

bool body_keeper_start(struct body_keeper *keeper, const struct file_entry *entry, bool sparse)
{
	assert(entry->path);
	keeper->size = entry->size;
	keeper->fed = 0;
	digester_free(TAKE(keeper->digester));
	owner_body_free(TAKE(keeper->owners)); /* of a file that was given up */
	strbuf_reset(&keeper->buffer);
	keeper->want = choose(keeper, entry->path, entry->mode);
	keeper->needed = keeper->want == WANT_WHOLE || keeper->want == WANT_TEXT;
	if (sparse && keeper->want != WANT_NOTHING && keeper->want != WANT_TOO_LARGE)
		charge_sparse(keeper);
	/* Without memory for it the finding goes without a digest. */
	if (!sparse && is_privileged(entry) &&
	    digester_new(NULL, DIGEST_SHA256, &keeper->digester, NULL) < 0)
		keeper->digester = NULL;
	return keeper->digester || (keeper->want != WANT_NOTHING && keeper->want != WANT_TOO_LARGE);
}

/* All that fits goes through feed() anyway; what cannot fit is settled here. */
static void settle_script(struct body_keeper *keeper, bool is_script)
{
	if (!is_script)
		keeper->want = WANT_NOTHING;
	else if (keeper->size > keeper->limits->script_bytes)
		keeper->want = WANT_TOO_LARGE;
	else
		keeper->want = WANT_SCRIPT;
}

uint32_t body_keeper_look(struct body_keeper *keeper, const void *piece, size_t size)
{
	bool script = size >= 2 && memcmp(piece, "#!", 2) == 0;

	assert(keeper->fed == 0);
	if (keeper->want == WANT_LOOK)
		settle_script(keeper, script);
	else if (keeper->want == WANT_TEXT)
		settle_script(keeper, script || size == 0 || script_words_text(piece, size));
	return script ? INODE_SCRIPT : 0;
}

/* Of these the bytes are taken as they come. */
static bool collects(const struct body_keeper *keeper)
{
	return keeper->want == WANT_WHOLE || keeper->want == WANT_SCRIPT ||
	       keeper->want == WANT_OWNERS;
}

bool body_keeper_active(const struct body_keeper *keeper)
{
	return keeper->digester || collects(keeper);
}

bool body_keeper_needed(const struct body_keeper *keeper)
{
	return keeper->needed;
}

/* A database that is malformed or too large names no owner. */
static void drop_owners(struct body_keeper *keeper)
{
	owner_body_free(TAKE(keeper->owners));
	keeper->want = WANT_NOTHING;
}

static int collect(struct body_keeper *keeper, const void *data, size_t size, struct error *err)
{
	uint64_t max = keeper->want == WANT_WHOLE ? keeper->limits->body_bytes
						  : keeper->limits->script_bytes;

	if (keeper->want == WANT_OWNERS) {
		if (owner_body_feed(keeper->owners, data, size, NULL) < 0)
			drop_owners(keeper);
		return 0;
	}
	/* A file may grow while it is read, and a sparse one may be longer than it says. */
	if (size > max - keeper->buffer.len) {
		keeper->want = WANT_TOO_LARGE;
		return 0;
	}
	return strbuf_add(&keeper->buffer, data, size) < 0 ? error_oom(err) : 0;
}

int body_keeper_feed(struct body_keeper *keeper, const void *data, size_t size, struct error *err)
{
	int r = 0;

	assert(data || size == 0);
	keeper->fed += size;
	if (keeper->digester)
		r = digester_update_bytes(keeper->digester, data, size, err);
	if (r == 0 && collects(keeper))
		r = collect(keeper, data, size, err);
	return r;
}

static int finish_owners(struct body_keeper *keeper, struct file_body *body)
{
	struct owner_list *list;
	int r = owner_body_finish(keeper->owners, file_tree_arena(keeper->tree), &list, NULL);

	drop_owners(keeper);
	if (r < 0)
		return r;
	body->kind = BODY_OWNERS;
	body->size = sizeof(*list);
	body->data = list;
	return 0;
}

/* A script without a word of interest is remembered as that, and its bytes go. */
static int finish_whole(struct body_keeper *keeper, struct file_body *body)
{
	size_t size = keeper->buffer.len;

	assert(keeper->kept <= keeper->limits->bodies_bytes);
	if (keeper->want == WANT_SCRIPT && !script_words_found(keeper->buffer.data, size)) {
		body->kind = BODY_CLEAN;
		return 0;
	}
	/* Too large all together is told as too large: a check that needs it will not pass. */
	if (size > keeper->limits->bodies_bytes - keeper->kept)
		return 0;
	body->data =
		arena_strndup(file_tree_arena(keeper->tree), strbuf_string(&keeper->buffer), size);
	if (!body->data)
		return -ENOMEM;
	body->kind = BODY_WHOLE;
	body->size = size;
	keeper->kept += size;
	return 0;
}

/* Which of the two it was decides what the user can do about it: raise a limit or find memory. */
static int no_room(struct body_keeper *keeper, struct error *err)
{
	if (arena_full(file_tree_arena(keeper->tree)))
		return error_set(err, -E2BIG, "bodies of files exceed the limit tree-bytes");
	return error_oom(err);
}

static int finish_digest(struct body_keeper *keeper, const char **ret, struct error *err)
{
	_cleanup_(digester_freep) struct digester *digester = TAKE(keeper->digester);
	char hex[2 * DIGEST_MAX_SIZE + 1];
	int r;

	/* A file that was not read to its end, or grew, has no digest that anyone could check. */
	if (!digester || keeper->fed != keeper->size)
		return 0;
	r = digester_finish(digester, hex, err);
	if (r < 0)
		return r;
	*ret = arena_printf(file_tree_arena(keeper->tree), "sha256:%s", hex);
	return *ret ? 0 : no_room(keeper, err);
}

static int finish_body(struct body_keeper *keeper, struct file_body **ret, struct error *err)
{
	struct file_body found = {.kind = BODY_TOO_LARGE, .data = ""}, *body;
	int r = 0;

	if (keeper->want == WANT_OWNERS && finish_owners(keeper, &found) < 0)
		return 0; /* findings go without a package's name */
	if (keeper->want == WANT_WHOLE || keeper->want == WANT_SCRIPT)
		r = finish_whole(keeper, &found);
	else if (found.kind != BODY_OWNERS && keeper->want != WANT_TOO_LARGE)
		return 0;
	body = r == 0 ? arena_memdup(file_tree_arena(keeper->tree), &found, sizeof(found)) : NULL;
	keeper->want = WANT_NOTHING;
	if (!body)
		return no_room(keeper, err);
	*ret = body;
	return 0;
}

int body_keeper_finish(struct body_keeper *keeper, struct file_body **ret, const char **ret_digest,
		       struct error *err)
{
	int r;

	*ret = NULL;
	*ret_digest = NULL;
	r = finish_body(keeper, ret, err);
	return r < 0 ? r : finish_digest(keeper, ret_digest, err);
}
