/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ndb files and SQLite files are written here byte by byte, good ones and crafted ones. The SQLite
 * files have pages of 64 KiB, so that no record needs more than the page it is in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "oom.h"
#include "rpm_blob.h"

#define PAGE 65536u

static void put_le32(struct strbuf *to, uint32_t value)
{
	put_be32(to, __builtin_bswap32(value));
}

static const struct tag no_files[TAGS_MAX] = {STRINGS(1000, 6, 1, "gpg-pubkey")};

/* --- Files --- */

static int read_file(const struct strbuf *file, struct sink *sink, struct error *err)
{
	int fd = memfd_create("rpmdb", MFD_CLOEXEC), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->data ? file->data : "", file->len), file->len);
	r = owner_rpm_read(fd, gather, sink, err);
	close(fd);
	return r;
}

static void check_file(const struct strbuf *file, int result, const char *expected)
{
	struct sink sink = {.text = STRBUF_INIT(65536)};
	struct error err = {};

	if (read_file(file, &sink, &err) != result)
		fail_msg("expected %d, got %d: %s", result, err.code, err.message);
	assert_int_equal(err.code, result);
	assert_string_equal(strbuf_string(&sink.text), expected);
	strbuf_clear(&sink.text);
}

/* One page of slots, then the packages; the header's number in the slot is its index plus 1. */
static void put_ndb(struct strbuf *file, const struct tag *const packages[], size_t n)
{
	struct strbuf blobs = STRBUF_INIT(1 << 20);

	assert_int_equal(strbuf_puts(file, "RpmP"), 0);
	put_le32(file, 0);
	put_le32(file, 7); /* generation */
	put_le32(file, 1); /* slot pages */
	put_zeros(file, 16);
	for (size_t i = 0; file->len < 4096; i++) {
		struct strbuf blob = STRBUF_INIT(65536);
		size_t start = blobs.len;

		assert_int_equal(strbuf_puts(file, "Slot"), 0);
		if (i >= n || !packages[i]) {
			put_zeros(file, 12);
			continue;
		}
		put_header(&blob, packages[i]);
		assert_int_equal(strbuf_puts(&blobs, "BlbS"), 0);
		put_le32(&blobs, (uint32_t)i + 1);
		put_le32(&blobs, 0); /* time */
		put_le32(&blobs, (uint32_t)blob.len);
		assert_int_equal(strbuf_add(&blobs, blob.data, blob.len), 0);
		put_zeros(&blobs, 8); /* of the tail only the magic, which nobody needs */
		assert_int_equal(strbuf_puts(&blobs, "BlbE"), 0);
		put_zeros(&blobs, (16 - blobs.len % 16) % 16);
		put_le32(file, (uint32_t)i + 1);
		put_le32(file, (uint32_t)(4096 + start) / 16);
		put_le32(file, (uint32_t)(blobs.len - start) / 16);
		strbuf_clear(&blob);
	}
	assert_int_equal(strbuf_add(file, blobs.data, blobs.len), 0);
	strbuf_clear(&blobs);
}

static const struct tag *const two_packages[] = {shadow_utils, NULL, no_files, tiny};

static void test_ndb(void **state)
{
	struct strbuf file = STRBUF_INIT(1 << 20);

	put_ndb(&file, two_packages, ARRAY_SIZE(two_packages));
	check_file(&file, 0, SHADOW_UTILS TINY);
	for (size_t len = 4; len < file.len; len += len < 60 || len > 4090 ? 1 : 500) {
		struct strbuf cut = file;
		struct sink sink = {.text = STRBUF_INIT(65536)};
		int r;

		cut.len = len;
		r = read_file(&cut, &sink, NULL);
		/* Only the tail and the padding of the last package may miss. */
		assert_int_equal(r, file.len - len < 28 && r == 0 ? 0 : -EBADMSG);
		strbuf_clear(&sink.text);
	}
	strbuf_clear(&file);
}

/* 32 bits at a place of the file are changed. */
static const struct ndb_row {
	size_t at;
	uint32_t value;
	int result;
	const char *expected;
} ndb_rows[] = {
	{0, 0x50706d53, -EOPNOTSUPP, ""},
	{4, 1, -EBADMSG, ""},                 /* version */
	{12, 0, 0, ""},                       /* no slot pages */
	{12, 2, -EBADMSG, SHADOW_UTILS TINY}, /* the second page is no slots */
	{12, 0xffffffff, -EBADMSG, SHADOW_UTILS TINY},
	{32, 0, -EBADMSG, ""},                 /* no slot */
	{36, 9, -EBADMSG, ""},                 /* another package's number */
	{40, 0xffffffff, -EBADMSG, ""},        /* far outside */
	{40, 0, 0, TINY},                      /* unused */
	{44, 1, -EBADMSG, ""},                 /* smaller than its blob */
	{4096, 0, -EBADMSG, ""},               /* no blob */
	{4096 + 12, 0xffffffff, -EBADMSG, ""}, /* longer than its slot */
	{4096 + 12, 0, -EBADMSG, ""},          /* empty */
};

static void put_le32_at(struct strbuf *file, size_t at, uint32_t value)
{
	struct strbuf bytes = STRBUF_INIT(4);

	put_le32(&bytes, value);
	memcpy(file->data + at, bytes.data, 4);
	strbuf_clear(&bytes);
}

static void test_ndb_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(ndb_rows); i++) {
		struct strbuf file = STRBUF_INIT(1 << 20);

		put_ndb(&file, two_packages, ARRAY_SIZE(two_packages));
		put_le32_at(&file, ndb_rows[i].at, ndb_rows[i].value);
		check_file(&file, ndb_rows[i].result, ndb_rows[i].expected);
		strbuf_clear(&file);
	}
}

static void test_ndb_blob_cap(void **state)
{
	static const char zeros[4096];

	for (uint32_t over = 0; over < 2; over++) {
		struct strbuf file = STRBUF_INIT(OWNER_RPM_BLOB_MAX + 65536);
		const struct tag *const packages[] = {tiny};

		put_ndb(&file, packages, 1);
		put_le32_at(&file, 44, OWNER_RPM_BLOB_MAX / 16 + 100);
		put_le32_at(&file, 4096 + 12, OWNER_RPM_BLOB_MAX + over);
		while (file.len < OWNER_RPM_BLOB_MAX + 8192)
			assert_int_equal(strbuf_add(&file, zeros, sizeof(zeros)), 0);
		check_file(&file, over ? -E2BIG : 0, over ? "" : TINY);
		strbuf_clear(&file);
	}
}

/* All slots point to the same package: a small file must not become a long run. */
static void test_ndb_overlap(void **state)
{
	struct strbuf file = STRBUF_INIT(1 << 20);
	const struct tag *const packages[] = {shadow_utils};
	struct sink sink = {.text = STRBUF_INIT(1 << 20)};

	put_ndb(&file, packages, 1);
	for (size_t at = 48; at < 4096; at += 16)
		memcpy(file.data + at, file.data + 32, 16);
	assert_int_equal(read_file(&file, &sink, NULL), -EBADMSG);
	assert_true(sink.rows < 100);
	strbuf_clear(&sink.text);
	strbuf_clear(&file);
}

static void put_varint(struct strbuf *to, uint32_t value)
{
	for (int shift = 28; shift > 0; shift -= 7)
		if (value >> shift) {
			uint8_t byte = (uint8_t)(0x80 | (value >> shift & 0x7f));

			assert_int_equal(strbuf_add(to, &byte, 1), 0);
		}
	assert_int_equal(strbuf_add(to, &(uint8_t){value & 0x7f}, 1), 0);
}

/* A page of table rows, which stand from its end backwards; `prefix` bytes come before. */
static void put_page(struct strbuf *file, size_t prefix, const struct strbuf *cells, size_t n,
		     bool same_cell)
{
	size_t page = file->len - prefix, end = PAGE;
	uint8_t head[8] = {0x0d, 0, 0, (uint8_t)(n >> 8), (uint8_t)n};

	assert_int_equal(strbuf_add(file, head, sizeof(head)), 0);
	put_zeros(file, PAGE - prefix - sizeof(head));
	for (size_t i = 0; i < n; i++) {
		char *pointer = file->data + page + prefix + sizeof(head) + 2 * i;

		if (i == 0 || !same_cell) {
			end -= cells[i].len;
			memcpy(file->data + page + end, cells[i].data, cells[i].len);
		}
		pointer[0] = (char)(end >> 8);
		pointer[1] = (char)end;
	}
	file->data[page + prefix + 5] = (char)(end >> 8);
	file->data[page + prefix + 6] = (char)end;
}

static void put_cell(struct strbuf *cell, uint32_t rowid, const struct strbuf *types,
		     const struct strbuf *values)
{
	put_varint(cell, (uint32_t)(types->len + 1 + values->len));
	put_varint(cell, rowid);
	put_varint(cell, (uint32_t)types->len + 1);
	assert_int_equal(strbuf_add(cell, types->data, types->len), 0);
	assert_int_equal(strbuf_add(cell, values->data, values->len), 0);
}

/* The schema has one row: type, name, table, root page, SQL. */
static void put_schema(struct strbuf *cell, const char *type, uint8_t root, const char *sql)
{
	struct strbuf types = STRBUF_INIT(1024), values = STRBUF_INIT(65536);
	const char *const texts[] = {type, "Packages", "Packages"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put_varint(&types, (uint32_t)(13 + 2 * strlen(texts[i])));
		assert_int_equal(strbuf_puts(&values, texts[i]), 0);
	}
	put_varint(&types, 1);
	assert_int_equal(strbuf_add(&values, &root, 1), 0);
	put_varint(&types, (uint32_t)(13 + 2 * strlen(sql)));
	assert_int_equal(strbuf_puts(&values, sql), 0);
	put_cell(cell, 1, &types, &values);
	strbuf_clear(&types);
	strbuf_clear(&values);
}

static void put_sqlite_head(struct strbuf *file, uint32_t pages)
{
	static const uint8_t after_magic[] = {0, 1, 2, 2, 0, 64, 32, 32}; /* 64 KiB, WAL */
	static const uint32_t words[] = {1, 0, 0, 0, 1, 4, 0, 0, 1, 0, 0, 0};

	assert_int_equal(strbuf_add(file, "SQLite format 3", 16), 0);
	assert_int_equal(strbuf_add(file, after_magic, sizeof(after_magic)), 0);
	put_be32(file, words[0]);
	put_be32(file, pages);
	for (size_t i = 1; i < ARRAY_SIZE(words) - 1; i++)
		put_be32(file, words[i]);
	put_zeros(file, 92 - file->len);
	put_be32(file, 1);
	put_be32(file, 3040001);
}

#define PACKAGES_SQL \
	"CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)"

struct sqlite_file {
	const char *type, *sql;
	uint8_t root;
	uint32_t blob_type; /* 0: blob; 1: text */
	bool same_cell;
	size_t copies; /* of the packages */
};

static void put_sqlite(struct strbuf *file, const struct sqlite_file *how,
		       const struct tag *const packages[], size_t n)
{
	struct strbuf schema = STRBUF_INIT(65536), cells[512] = {};
	size_t n_cells = 0;

	put_sqlite_head(file, 2);
	put_schema(&schema, how->type ? how->type : "table", how->root ? how->root : 2,
		   how->sql ? how->sql : PACKAGES_SQL);
	put_page(file, 100, &schema, 1, false);
	for (size_t i = 0; i < n * MAX(how->copies, (size_t)1); i++) {
		struct strbuf types = STRBUF_INIT(64), blob = STRBUF_INIT(65536);

		if (!packages[i % n])
			continue;
		cells[n_cells] = STRBUF_INIT(65536);
		put_header(&blob, packages[i % n]);
		put_zeros(&types, 1); /* the row ID itself */
		put_varint(&types, (uint32_t)(12 + how->blob_type + 2 * blob.len));
		put_cell(&cells[n_cells], (uint32_t)n_cells + 1, &types, &blob);
		n_cells++;
		strbuf_clear(&types);
		strbuf_clear(&blob);
	}
	put_page(file, 0, cells, n_cells, how->same_cell);
	strbuf_clear(&schema);
	for (size_t i = 0; i < n_cells; i++)
		strbuf_clear(&cells[i]);
}

static void check_sqlite(const struct sqlite_file *how, int result, const char *expected)
{
	struct strbuf file = STRBUF_INIT(1 << 20);

	put_sqlite(&file, how, two_packages, ARRAY_SIZE(two_packages));
	check_file(&file, result, expected);
	strbuf_clear(&file);
}

static void test_sqlite(void **state)
{
	check_sqlite(&(struct sqlite_file){}, 0, SHADOW_UTILS TINY);
	check_sqlite(&(struct sqlite_file){.blob_type = 1}, -EBADMSG, "");
}

/* What SQL in the schema could do, it does not get to do. */
static void test_sqlite_hostile(void **state)
{
	static const struct sqlite_file files[] = {
		{.type = "view",
		 .sql = "CREATE VIEW Packages AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL "
			"SELECT n+1 FROM c) SELECT zeroblob(n) AS blob FROM c"},
		{.type = "view",
		 .sql = "CREATE VIEW Packages AS SELECT sql AS blob FROM sqlite_master"},
		{.sql = "CREATE VIRTUAL TABLE Packages USING fts5(blob)"},
		{.sql = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY)"},
		{.sql = "CREATE TABLE other (hnum INTEGER PRIMARY KEY, blob BLOB)"},
		{.sql = "DROP TABLE Packages"},
		{.root = 3},
		{.root = 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		check_sqlite(&files[i], -EBADMSG, "");
	/* A column that is computed, to more than a blob may have. */
	check_sqlite(&(struct sqlite_file){.sql = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY,"
						  "blob BLOB AS (zeroblob(33554433)))"},
		     -E2BIG, "");
}

/* All rows are one and the same bytes of the page, 400 times 1000: more than the file has. */
static void test_sqlite_overlap(void **state)
{
	struct sqlite_file how = {.same_cell = true, .copies = 400};
	struct strbuf file = STRBUF_INIT(1 << 20);
	struct sink sink = {.text = STRBUF_INIT(1 << 20)};
	struct tag tags[TAGS_MAX];
	const struct tag *const packages[] = {tags};
	char base[1000];

	memcpy(tags, tiny, sizeof(tags));
	memset(base, 'b', sizeof(base) - 1);
	base[sizeof(base) - 1] = '\0';
	tags[1].data = base;
	tags[1].size = sizeof(base);
	put_sqlite(&file, &how, packages, 1);
	assert_int_equal(read_file(&file, &sink, NULL), -EBADMSG);
	assert_in_range(sink.rows, 1, 2 * PAGE / 1000);
	strbuf_clear(&file);
	strbuf_clear(&sink.text);
}

static void test_sqlite_damaged(void **state)
{
	struct strbuf file = STRBUF_INIT(1 << 20);

	put_sqlite(&file, &(struct sqlite_file){}, two_packages, ARRAY_SIZE(two_packages));
	for (size_t at = 16; at < file.len; at += at < 400 || file.len - at < 400 ? 1 : 900) {
		struct sink sink = {.text = STRBUF_INIT(1 << 20)};
		char was = file.data[at];
		int r;

		file.data[at] = (char)~was;
		r = read_file(&file, &sink, NULL);
		assert_true(r == 0 || r == -EBADMSG || r == -E2BIG || r == -EIO);
		file.data[at] = was;
		strbuf_clear(&sink.text);
	}
	for (size_t len = 16; len < file.len; len += 5000) {
		struct strbuf cut = file;
		struct sink sink = {.text = STRBUF_INIT(65536)};

		cut.len = len;
		assert_true(read_file(&cut, &sink, NULL) < 0);
		strbuf_clear(&sink.text);
	}
	strbuf_clear(&file);
}

static void test_neither(void **state)
{
	struct strbuf file = STRBUF_INIT(65536);
	enum owner_rpm_format format;

	check_file(&file, -EOPNOTSUPP, "");
	assert_int_equal(strbuf_puts(&file, "SQLite format 4"), 0);
	put_zeros(&file, 4000); /* and Berkeley DB's magic stands at 12 */
	check_file(&file, -EOPNOTSUPP, "");
	assert_false(owner_rpm_recognise("SQLite format 3", 15, &format));
	assert_true(owner_rpm_recognise("SQLite format 3", 16, &format));
	assert_int_equal(format, OWNER_RPM_SQLITE);
	assert_false(owner_rpm_recognise("Rpm", 3, &format));
	assert_true(owner_rpm_recognise("RpmP", 4, &format));
	assert_int_equal(format, OWNER_RPM_NDB);
	assert_int_equal(owner_rpm_read(-1, gather, NULL, NULL), -EBADF);
	strbuf_clear(&file);
}

static void test_sink_error(void **state)
{
	for (int ndb = 0; ndb < 2; ndb++) {
		struct strbuf file = STRBUF_INIT(1 << 20);
		struct sink sink = {.text = STRBUF_INIT(65536), .fail_at = 2};

		if (ndb)
			put_ndb(&file, two_packages, ARRAY_SIZE(two_packages));
		else
			put_sqlite(&file, &(struct sqlite_file){}, two_packages,
				   ARRAY_SIZE(two_packages));
		assert_int_equal(read_file(&file, &sink, NULL), -ECANCELED);
		assert_int_equal(sink.rows, 2);
		assert_string_equal(strbuf_string(&sink.text), "shadow-utils|usr/bin/su\n");
		strbuf_clear(&file);
		strbuf_clear(&sink.text);
	}
}

static int read_once(int fd)
{
	size_t rows = 0;

	return owner_rpm_read(fd, count, &rows, NULL);
}

static void test_oom(void **state)
{
	for (int ndb = 0; ndb < 2; ndb++) {
		struct strbuf file = STRBUF_INIT(1 << 20);
		int fd = memfd_create("rpmdb", MFD_CLOEXEC);

		if (ndb)
			put_ndb(&file, two_packages, ARRAY_SIZE(two_packages));
		else
			put_sqlite(&file, &(struct sqlite_file){}, two_packages,
				   ARRAY_SIZE(two_packages));
		assert_int_equal(write(fd, file.data, file.len), file.len);
		OOM_SWEEP(read_once(fd), (void)0);
		close(fd);
		strbuf_clear(&file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ndb),
		cmocka_unit_test(test_ndb_rows),
		cmocka_unit_test(test_ndb_blob_cap),
		cmocka_unit_test(test_ndb_overlap),
		cmocka_unit_test(test_sqlite),
		cmocka_unit_test(test_sqlite_hostile),
		cmocka_unit_test(test_sqlite_overlap),
		cmocka_unit_test(test_sqlite_damaged),
		cmocka_unit_test(test_neither),
		cmocka_unit_test(test_sink_error),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests_name("owner_rpm", tests, NULL, NULL);
}
