/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpkg's and apk's text is parsed piece by piece. rpm's databases need random access: they are
 * spooled into anonymous memory (memfd_create(2)), at most limits->package_db_bytes of it.
 */
#include "source/owner_body.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "format/owner_db.h"
#include "format/owner_rpm.h"

#define PACKAGE_NAME_MAX 256

struct owner_body {
	const struct limits *limits;
	enum owner_body_kind kind;
	struct owner_parser *parser; /* not for rpm */
	int fd;                      /* rpm: the spool */
	uint64_t spooled;
	VEC(struct owner_row) rows;
	VEC(const char *) packages;
	struct arena *arena; /* names of packages */
};

void owner_body_free(struct owner_body *body)
{
	if (!body)
		return;
	owner_parser_free(body->parser);
	if (body->fd >= 0)
		close(body->fd);
	vec_clear(&body->rows);
	vec_clear(&body->packages);
	arena_free(body->arena);
	free(body);
}

/* Paths come package by package: only the last name has to be compared. */
static int add_package(struct owner_body *body, const char *package)
{
	const char *copy;

	if (body->packages.len > 0 &&
	    strcmp(body->packages.items[body->packages.len - 1], package) == 0)
		return 0;
	copy = arena_strdup(body->arena, package);
	return copy ? vec_push(&body->packages, copy) : -ENOMEM;
}

static int add_row(void *data, const struct owner_path *path)
{
	struct owner_body *body = data;
	struct owner_row row;

	if (body->rows.len >= body->limits->entries || body->packages.len >= UINT32_MAX)
		return -E2BIG;
	if (add_package(body, path->package) < 0)
		return -ENOMEM;
	row = (struct owner_row){.path_hash = owner_hash(path->path, path->path_len),
				 .package = (uint32_t)(body->packages.len - 1)};
	return vec_push(&body->rows, row);
}

/* "libc6:amd64.list" is of the package "libc6:amd64". */
static int open_parser(struct owner_body *body, const char *name, struct error *err)
{
	const char *dot = strrchr(name, '.');
	char package[PACKAGE_NAME_MAX];
	size_t len = dot ? (size_t)(dot - name) : strlen(name);

	if (body->kind == OWNER_BODY_APK)
		return owner_parser_new(OWNER_APK, NULL, add_row, body, &body->parser, err);
	if (len >= sizeof(package))
		return error_set(err, -E2BIG, "a package name of %zu bytes", len);
	memcpy(package, name, len);
	package[len] = '\0';
	return owner_parser_new(body->kind == OWNER_BODY_DPKG_LIST ? OWNER_DPKG_LIST
								   : OWNER_DPKG_MD5SUMS,
				package, add_row, body, &body->parser, err);
}

int owner_body_new(enum owner_body_kind kind, const char *name, const struct limits *limits,
		   struct owner_body **ret, struct error *err)
{
	_cleanup_(owner_body_freep) struct owner_body *body = calloc(1, sizeof(*body));
	int r = 0;

	if (!body)
		return error_oom(err);
	body->limits = limits;
	body->kind = kind;
	body->fd = -1;
	body->arena = arena_new(limits->package_db_bytes);
	if (!body->arena)
		return error_oom(err);
	if (kind == OWNER_BODY_RPM) {
		body->fd = memfd_create("rootout-rpm", MFD_CLOEXEC);
		if (body->fd < 0)
			return error_errno(err, errno, "memfd_create");
	} else {
		r = open_parser(body, name, err);
	}
	if (r == 0)
		*ret = TAKE(body);
	return r;
}

static int spool(struct owner_body *body, const uint8_t *data, size_t size, struct error *err)
{
	while (size > 0) {
		ssize_t n = write(body->fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, errno, "cannot keep a package database");
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

int owner_body_feed(struct owner_body *body, const void *data, size_t size, struct error *err)
{
	int r;

	if (size > body->limits->package_db_bytes - body->spooled)
		return error_set(err, -E2BIG,
				 "a package database larger than the limit package-db-bytes");
	body->spooled += size;
	if (body->kind == OWNER_BODY_RPM)
		return spool(body, data, size, err);
	r = owner_parser_feed(body->parser, data, size);
	return r < 0 ? error_set(err, r, "cannot reduce a package database") : 0;
}

int owner_body_finish(struct owner_body *body, struct arena *arena, struct owner_list **ret,
		      struct error *err)
{
	struct owner_list *list = arena_alloc(arena, sizeof(*list));
	int r;

	if (body->kind == OWNER_BODY_RPM)
		r = owner_rpm_read(body->fd, add_row, body, err);
	else
		r = owner_parser_end(body->parser);
	/* Rows that came before an error are true by themselves. */
	if (r < 0 && (r == -ENOMEM || body->rows.len == 0))
		return error_set(err, r, "cannot read a package database");
	if (!list)
		return error_oom(err);
	list->n_rows = body->rows.len;
	list->n_packages = body->packages.len;
	list->rows = arena_memdup(arena, body->rows.items, body->rows.len * sizeof(*list->rows));
	list->packages = arena_calloc(arena, list->n_packages, sizeof(*list->packages));
	if (!list->rows || !list->packages)
		return error_oom(err);
	for (size_t i = 0; i < list->n_packages; i++) {
		list->packages[i] = arena_strdup(arena, body->packages.items[i]);
		if (!list->packages[i])
			return error_oom(err);
	}
	owner_list_sort(list);
	*ret = list;
	return 0;
}
