/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a file descriptor of a database that a layer brought along. Out: the files of its packages,
 * through owner_rpm_header(). SQLite gets the file read-only and immutable (a WAL beside it is not
 * looked for), without virtual tables, with an authorizer that lets nothing through but reading one
 * column of one table, and with a budget of steps: a crafted schema can neither run nor spin.
 * Specification: rpm's lib/backend/sqlite.c (table Packages), lib/backend/ndb/rpmpkg.c.
 */
#include "format/owner_rpm.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"

#define PROGRESS_STEPS     10000

/* ndb, all little-endian. Slots of 16 bytes fill the first pages; two of them are the header. */
#define NDB_HEADER_SIZE    32
#define NDB_SLOT_SIZE      16
#define NDB_BLOCK_SIZE     16
#define NDB_PAGE_SIZE      4096
#define NDB_BLOB_HEAD_SIZE 16

static const char sqlite_magic[] = "SQLite format 3"; /* its NUL is the sixteenth byte */
static const char ndb_magic[4] = {'R', 'p', 'm', 'P'};
static const char slot_magic[4] = {'S', 'l', 'o', 't'};
static const char blob_magic[4] = {'B', 'l', 'b', 'S'};

struct reader {
	int fd;
	owner_sink sink;
	void *data;
	uint64_t emitted; /* bytes of paths */
	uint64_t steps;   /* of SQLite's virtual machine */
	uint64_t left;    /* of the file's bytes: no two packages share any */
};

DEFINE_FREEP(sqlite3, sqlite3_close)
DEFINE_FREEP(sqlite3_stmt, sqlite3_finalize)

bool owner_rpm_recognise(const void *head, size_t size, enum owner_rpm_format *ret)
{
	if (size >= sizeof(sqlite_magic) && memcmp(head, sqlite_magic, sizeof(sqlite_magic)) == 0) {
		*ret = OWNER_RPM_SQLITE;
		return true;
	}
	if (size >= sizeof(ndb_magic) && memcmp(head, ndb_magic, sizeof(ndb_magic)) == 0) {
		*ret = OWNER_RPM_NDB;
		return true;
	}
	return false;
}

/* Crafted pages or slots that overlap would make a small file endless. */
static int take_bytes(struct reader *reader, uint64_t size, struct error *err)
{
	if (size > reader->left)
		return error_set(err, -EBADMSG, "rpm database: packages overlap");
	reader->left -= size;
	return 0;
}

/* --- SQLite --- */

static int sqlite_error(sqlite3 *db, int code, struct error *err)
{
	int r = -EBADMSG;

	if (code == SQLITE_NOMEM)
		return error_oom(err);
	if (code == SQLITE_TOOBIG || code == SQLITE_INTERRUPT)
		r = -E2BIG;
	else if (code == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR)
		r = -EIO;
	return error_set(err, r, "rpmdb.sqlite: %s", db ? sqlite3_errmsg(db) : "cannot open");
}

/* The schema is input: a view or trigger in it would come by here with other names. */
static int authorize(void *data, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	if (action == SQLITE_SELECT && !trigger)
		return SQLITE_OK;
	if (action == SQLITE_READ && !trigger && sqlite3_stricmp(first, "Packages") == 0 &&
	    sqlite3_stricmp(second, "blob") == 0)
		return SQLITE_OK;
	return SQLITE_DENY;
}

static int count_steps(void *data)
{
	struct reader *reader = data;

	reader->steps += PROGRESS_STEPS;
	return reader->steps > OWNER_RPM_STEPS_MAX;
}

static int sqlite_harden(sqlite3 *db, struct reader *reader)
{
	static const struct {
		int id, value;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, OWNER_RPM_BLOB_MAX},
		{SQLITE_LIMIT_SQL_LENGTH, 65536},
		{SQLITE_LIMIT_COLUMN, 64},
		{SQLITE_LIMIT_EXPR_DEPTH, 16},
		{SQLITE_LIMIT_COMPOUND_SELECT, 2},
		{SQLITE_LIMIT_VDBE_OP, 10000},
		{SQLITE_LIMIT_FUNCTION_ARG, 4},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100},
		{SQLITE_LIMIT_VARIABLE_NUMBER, 1},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		sqlite3_limit(db, limits[i].id, limits[i].value);
	sqlite3_progress_handler(db, PROGRESS_STEPS, count_steps, reader);
	r = sqlite3_drop_modules(db, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_set_authorizer(db, authorize, NULL);
	return r;
}

static int sqlite_rows(sqlite3 *db, sqlite3_stmt *query, struct reader *reader, struct error *err)
{
	for (uint32_t n = 0;; n++) {
		int code = sqlite3_step(query), size, r;
		const void *blob;

		if (code == SQLITE_DONE)
			return 0;
		if (code != SQLITE_ROW)
			return sqlite_error(db, code, err);
		if (n == OWNER_RPM_PACKAGES_MAX)
			return error_set(err, -E2BIG, "rpmdb.sqlite: more than %u packages",
					 OWNER_RPM_PACKAGES_MAX);
		if (sqlite3_column_type(query, 0) != SQLITE_BLOB)
			return error_set(err, -EBADMSG, "rpmdb.sqlite: a package without header");
		blob = sqlite3_column_blob(query, 0);
		size = sqlite3_column_bytes(query, 0);
		if (!blob && sqlite3_errcode(db) == SQLITE_NOMEM)
			return error_oom(err);
		r = take_bytes(reader, (uint64_t)size, err);
		if (r == 0)
			r = owner_rpm_header(blob ? blob : "", (size_t)size, reader->sink,
					     reader->data, &reader->emitted, err);
		if (r < 0)
			return r;
	}
}

static int read_sqlite(struct reader *reader, struct error *err)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *query = NULL;
	char name[64];
	int code;

	snprintf(name, sizeof(name), "file:/proc/self/fd/%d?immutable=1", reader->fd);
	code = sqlite3_open_v2(name, &db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
				       SQLITE_OPEN_PRIVATECACHE,
			       NULL);
	if (code == SQLITE_OK)
		code = sqlite_harden(db, reader);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, "SELECT blob FROM Packages", -1, &query, NULL);
	if (code != SQLITE_OK)
		return sqlite_error(db, code, err);
	return sqlite_rows(db, query, reader, err);
}

/* --- ndb --- */

static uint32_t le32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static int ndb_bad(struct error *err, const char *what)
{
	return error_set(err, -EBADMSG, "Packages.db: %s", what);
}

static int read_at(int fd, void *buffer, size_t size, uint64_t offset, struct error *err)
{
	for (uint8_t *at = buffer; size > 0;) {
		ssize_t n = pread(fd, at, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, errno, "cannot read Packages.db");
		if (n == 0)
			return ndb_bad(err, "truncated");
		at += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/* The blob that a slot points to: head (magic, package, time, length), header, tail. */
static int ndb_blob(struct reader *reader, const uint8_t *slot, struct error *err)
{
	_cleanup_free_ uint8_t *blob = NULL;
	uint64_t offset = (uint64_t)le32(slot + 8) * NDB_BLOCK_SIZE;
	uint64_t room = (uint64_t)le32(slot + 12) * NDB_BLOCK_SIZE;
	uint8_t head[NDB_BLOB_HEAD_SIZE];
	uint32_t size;
	int r;

	r = read_at(reader->fd, head, sizeof(head), offset, err);
	if (r < 0)
		return r;
	size = le32(head + 12);
	if (memcmp(head, blob_magic, sizeof(blob_magic)) != 0 || le32(head + 4) != le32(slot + 4))
		return ndb_bad(err, "a slot does not point to its package");
	if (size + (uint64_t)sizeof(head) > room)
		return ndb_bad(err, "a package is larger than its slot says");
	if (size > OWNER_RPM_BLOB_MAX)
		return error_set(err, -E2BIG, "Packages.db: a package header of %" PRIu32 " bytes",
				 size);
	r = take_bytes(reader, size, err);
	if (r < 0)
		return r;
	blob = malloc(MAX(size, 1u));
	if (!blob)
		return error_oom(err);
	r = read_at(reader->fd, blob, size, offset + sizeof(head), err);
	if (r < 0)
		return r;
	return owner_rpm_header(blob, size, reader->sink, reader->data, &reader->emitted, err);
}

/* The slots of one page from `from` on; an unused one points nowhere. */
static int ndb_page(struct reader *reader, const uint8_t *page, size_t from, uint32_t *n,
		    struct error *err)
{
	for (size_t at = from; at < NDB_PAGE_SIZE; at += NDB_SLOT_SIZE) {
		const uint8_t *slot = page + at;
		int r;

		if (memcmp(slot, slot_magic, sizeof(slot_magic)) != 0)
			return ndb_bad(err, "not a slot");
		if (le32(slot + 8) == 0)
			continue;
		if ((*n)++ == OWNER_RPM_PACKAGES_MAX)
			return error_set(err, -E2BIG, "Packages.db: more than %u packages",
					 OWNER_RPM_PACKAGES_MAX);
		r = ndb_blob(reader, slot, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_ndb(struct reader *reader, struct error *err)
{
	uint8_t page[NDB_PAGE_SIZE];
	uint32_t n_pages, n = 0;
	int r;

	r = read_at(reader->fd, page, NDB_HEADER_SIZE, 0, err);
	if (r < 0)
		return r;
	if (le32(page + 4) != 0)
		return ndb_bad(err, "unknown version");
	n_pages = le32(page + 12);
	for (uint32_t i = 0; i < n_pages && r == 0; i++) {
		r = read_at(reader->fd, page, sizeof(page), (uint64_t)i * NDB_PAGE_SIZE, err);
		if (r == 0)
			r = ndb_page(reader, page, i == 0 ? NDB_HEADER_SIZE : 0, &n, err);
	}
	return r;
}

int owner_rpm_read(int fd, owner_sink sink, void *data, struct error *err)
{
	struct reader reader = {.fd = fd, .sink = sink, .data = data};
	uint8_t head[sizeof(sqlite_magic)];
	enum owner_rpm_format format;
	ssize_t n = pread(fd, head, sizeof(head), 0);
	struct stat status;

	if (n < 0 || fstat(fd, &status) < 0)
		return error_errno(err, errno, "cannot read the rpm database");
	if (!owner_rpm_recognise(head, (size_t)n, &format))
		return error_set(err, -EOPNOTSUPP, "neither rpmdb.sqlite nor Packages.db");
	reader.left = (uint64_t)status.st_size;
	return format == OWNER_RPM_SQLITE ? read_sqlite(&reader, err) : read_ndb(&reader, err);
}
