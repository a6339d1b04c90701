/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a file descriptor of a database that a layer brought along. Out: the files of its packages,
 * through owner_rpm_header(). Here: telling the formats apart, and ndb, whose slots are read page
 * by page and whose packages one at a time. Checksums are not compared: a wrong owner is no defect
 * of the verdict. Specification: rpm's lib/backend/ndb/rpmpkg.c.
 */
#include "format/owner_rpm.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "format/owner_rpm_internal.h"

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

bool owner_rpm_recognise(const void *head, size_t size, enum owner_rpm_format *ret)
{
	assert(head || size == 0);
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

/* Every header is counted against the file's size, so that slots which point to one place cannot
 * multiply the work. */
int owner_rpm_take(struct owner_rpm_reader *reader, uint64_t size, struct error *err)
{
	if (size > reader->left)
		return error_set(err, -EBADMSG, "rpm database: packages overlap");
	reader->left -= size;
	return 0;
}

static uint32_t le32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static int ndb_bad(struct error *err, const char *what)
{
	return error_set(err, -EBADMSG, "Packages.db: %s", what);
}

/* Exactly size bytes: a page that is not there means a truncated file. */
static int read_at(int fd, void *buffer, size_t size, uint64_t offset, struct error *err)
{
	assert(buffer || size == 0);
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
static int ndb_blob(struct owner_rpm_reader *reader, const uint8_t *slot, struct error *err)
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
	r = owner_rpm_take(reader, size, err);
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
static int ndb_page(struct owner_rpm_reader *reader, const uint8_t *page, size_t from, uint32_t *n,
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

static int read_ndb(struct owner_rpm_reader *reader, struct error *err)
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
	struct owner_rpm_reader reader = {.fd = fd, .sink = sink, .data = data};
	uint8_t head[sizeof(sqlite_magic)];
	enum owner_rpm_format format;
	ssize_t n = pread(fd, head, sizeof(head), 0);
	struct stat status;

	if (n < 0 || fstat(fd, &status) < 0)
		return error_errno(err, errno, "cannot read the rpm database");
	if (!owner_rpm_recognise(head, (size_t)n, &format))
		return error_set(err, -EOPNOTSUPP, "neither rpmdb.sqlite nor Packages.db");
	reader.left = (uint64_t)status.st_size;
	return format == OWNER_RPM_SQLITE ? owner_rpm_sqlite(&reader, err) : read_ndb(&reader, err);
}
