/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a descriptor of rpmdb.sqlite. Out: its packages' headers, to owner_rpm_header(). SQLite reads
 * through a VFS of our own that has one file, knows no other, and writes nothing: a memfd has no
 * path that SQLite's would open. It goes without virtual tables, with an authorizer that lets
 * nothing through but reading one column of one table, and with a budget of steps: a crafted schema
 * can neither run nor spin. Specification: rpm's lib/backend/sqlite.c (table Packages),
 * sqlite.org's vfs.html, fileformat2.html (1.3.3: read and write version) and security.html.
 */
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "format/owner_rpm.h"
#include "format/owner_rpm_internal.h"

#define PROGRESS_STEPS 10000
#define VFS_NAME       "rootout-descriptor"
#define SECTOR_SIZE    4096

DEFINE_FREEP(sqlite3, sqlite3_close)
DEFINE_FREEP(sqlite3_stmt, sqlite3_finalize)

/* --- The VFS: a file's name is the number of its descriptor --- */

struct vfs_file {
	sqlite3_file base;
	int fd; /* borrowed */
};

static int file_close(sqlite3_file *file)
{
	return SQLITE_OK;
}

/* rpm leaves its database in WAL mode, which wants shared memory beside the file. The log itself is
 * another file, and empty after an orderly end: the versions are read as those of a rollback
 * journal. */
static void hide_wal(uint8_t *buffer, size_t size, int64_t offset)
{
	for (int64_t at = 18; at <= 19; at++)
		if (at >= offset && (uint64_t)(at - offset) < size && buffer[at - offset] == 2)
			buffer[at - offset] = 1;
}

static int file_read(sqlite3_file *file, void *buffer, int size, sqlite3_int64 offset)
{
	const struct vfs_file *mine = (const struct vfs_file *)file;
	size_t done = 0;

	while (done < (size_t)size) {
		ssize_t n = pread(mine->fd, (uint8_t *)buffer + done, (size_t)size - done,
				  offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SQLITE_IOERR_READ;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	hide_wal(buffer, done, offset);
	memset((uint8_t *)buffer + done, 0, (size_t)size - done);
	return done == (size_t)size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
	return SQLITE_READONLY;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return SQLITE_READONLY;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	struct stat status;

	if (fstat(((const struct vfs_file *)file)->fd, &status) < 0)
		return SQLITE_IOERR_FSTAT;
	*ret = status.st_size;
	return SQLITE_OK;
}

/* For xSync, xLock and xUnlock: nobody else writes. */
static int file_nothing(sqlite3_file *file, int flags)
{
	return SQLITE_OK;
}

static int file_reserved(sqlite3_file *file, int *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
	return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
	return SECTOR_SIZE;
}

static int file_characteristics(sqlite3_file *file)
{
	return SQLITE_IOCAP_IMMUTABLE;
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_nothing,
	.xFileSize = file_size,
	.xLock = file_nothing,
	.xUnlock = file_nothing,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
};

/* Of the decimal digits that owner_rpm_sqlite() has written. */
static int name_to_descriptor(const char *name)
{
	int fd = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		fd = fd * 10 + (*name - '0');
	return fd;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		    int *ret_flags)
{
	struct vfs_file *mine = (struct vfs_file *)file;

	mine->base.pMethods = NULL;
	if (!name || !(flags & SQLITE_OPEN_MAIN_DB))
		return SQLITE_CANTOPEN; /* no journals, no temporary files */
	mine->fd = name_to_descriptor(name);
	mine->base.pMethods = &file_methods;
	if (ret_flags)
		*ret_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret)
{
	return sqlite3_snprintf(size, ret, "%s", name) ? SQLITE_OK : SQLITE_CANTOPEN;
}

static pthread_once_t vfs_once = PTHREAD_ONCE_INIT;
static int vfs_status = SQLITE_NOMEM;

/* The rest, random numbers and clocks, is the default's. */
static void vfs_register(void)
{
	static sqlite3_vfs vfs;
	const sqlite3_vfs *system = sqlite3_vfs_find(NULL);

	if (!system)
		return;
	vfs = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = sizeof(struct vfs_file),
		.mxPathname = 64,
		.zName = VFS_NAME,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_name,
		.xRandomness = system->xRandomness,
		.xSleep = system->xSleep,
		.xCurrentTime = system->xCurrentTime,
		.xGetLastError = system->xGetLastError,
		.xCurrentTimeInt64 = system->xCurrentTimeInt64,
	};
	vfs_status = sqlite3_vfs_register(&vfs, 0);
}

/* --- The database --- */

static int sql_error(sqlite3 *db, int code, struct error *err)
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
	uint64_t *steps = data;

	*steps += PROGRESS_STEPS;
	return *steps > OWNER_RPM_STEPS_MAX;
}

static int harden(sqlite3 *db, uint64_t *steps)
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
	sqlite3_progress_handler(db, PROGRESS_STEPS, count_steps, steps);
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

static int read_rows(sqlite3 *db, sqlite3_stmt *query, struct owner_rpm_reader *reader,
		     struct error *err)
{
	for (uint32_t n = 0;; n++) {
		int code = sqlite3_step(query), size, r;
		const void *blob;

		if (code == SQLITE_DONE)
			return 0;
		if (code != SQLITE_ROW)
			return sql_error(db, code, err);
		if (n == OWNER_RPM_PACKAGES_MAX)
			return error_set(err, -E2BIG, "rpmdb.sqlite: more than %u packages",
					 OWNER_RPM_PACKAGES_MAX);
		if (sqlite3_column_type(query, 0) != SQLITE_BLOB)
			return error_set(err, -EBADMSG, "rpmdb.sqlite: a package without header");
		blob = sqlite3_column_blob(query, 0);
		size = sqlite3_column_bytes(query, 0);
		if (!blob && sqlite3_errcode(db) == SQLITE_NOMEM)
			return error_oom(err);
		r = owner_rpm_take(reader, (uint64_t)size, err);
		if (r == 0)
			r = owner_rpm_header(blob ? blob : "", (size_t)size, reader->sink,
					     reader->data, &reader->emitted, err);
		if (r < 0)
			return r;
	}
}

int owner_rpm_sqlite(struct owner_rpm_reader *reader, struct error *err)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *query = NULL;
	uint64_t steps = 0;
	char name[16];
	int code;

	pthread_once(&vfs_once, vfs_register);
	if (vfs_status != SQLITE_OK)
		return error_oom(err);
	snprintf(name, sizeof(name), "%d", reader->fd);
	code = sqlite3_open_v2(name, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, VFS_NAME);
	if (code == SQLITE_OK)
		code = harden(db, &steps);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, "SELECT blob FROM Packages", -1, &query, NULL);
	if (code != SQLITE_OK)
		return sql_error(db, code, err);
	return read_rows(db, query, reader, err);
}
