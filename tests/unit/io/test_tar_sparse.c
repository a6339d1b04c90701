/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse members: the four kinds of map, what a map may not say, bodies with their holes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oom.h"
#include "tar_build.h"

struct old_map {
	size_t count;
	struct {
		const char *offset, *length;
	} fragments[64];
	const char *real_size;
	bool extended; /* a block follows even if nothing is left for it */
	const char *magic;
};

static size_t put_fragments(char *at, const struct old_map *map, size_t from, size_t max)
{
	size_t count = MIN(map->count - from, max);

	for (size_t i = 0; i < count; i++) {
		put_number(at, i * 24, 12, map->fragments[from + i].offset, 0);
		put_number(at, i * 24 + 12, 12, map->fragments[from + i].length, 0);
	}
	return from + count;
}

/* An old GNU sparse member with its extension blocks. */
static void add_old(struct strbuf *archive, const struct old_map *map, const char *body)
{
	struct member member = {.type = 'S',
				.name = "sparse",
				.magic = map->magic ? map->magic : GNU_MAGIC};
	char block[TAR_BLOCK];
	size_t done;
	bool more;

	make_header(block, &member, strlen(body));
	done = put_fragments(block + 386, map, 0, 4);
	more = done < map->count || map->extended;
	block[482] = (char)more;
	put_number(block, 483, 12, map->real_size, 0);
	put_checksum(block);
	add_bytes(archive, block, sizeof(block));
	while (more) {
		memset(block, 0, sizeof(block));
		done = put_fragments(block, map, done, 21);
		more = done < map->count;
		block[504] = (char)more;
		add_bytes(archive, block, sizeof(block));
	}
	add_bytes(archive, body, strlen(body));
	add_padding(archive);
}

static void check_old(const struct old_map *map, const char *body, const char *expected)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	add_old(&archive, map, body);
	ADD(&archive, .name = "next", .body = "n");
	assert_reads(&archive, expected);
}

#define NEXT "0 next 644 1000:100 1 \"n\"\nend"
#define BAD  "error 74: malformed map of a sparse file"

static void test_old(void **state)
{
	check_old(&(struct old_map){2, {{"2", "3"}, {"40", "2"}}, "52"}, "abcde",
		  "0 sparse 644 1000:100 42 sparse "
		  "\"\\x00\\x00abc(\\x00*27)de\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"\n" NEXT);
	/* No fragment: all hole, or nothing at all. */
	check_old(&(struct old_map){0, {}, "40"}, "",
		  "0 sparse 644 1000:100 32 sparse \"(\\x00*32)\"\n" NEXT);
	check_old(&(struct old_map){0, {}, "0"}, "", "0 sparse 644 1000:100 0 sparse \"\"\n" NEXT);
	/* Empty fragments, as writers end a map that ends with a hole. */
	check_old(&(struct old_map){3, {{"0", "0"}, {"1", "1"}, {"40", "0"}}, "40"}, "x",
		  "0 sparse 644 1000:100 32 sparse \"\\x00x(\\x00*30)\"\n" NEXT);
	check_old(&(struct old_map){2, {{"20", "0"}, {"20", "1"}}, "21"}, "x",
		  "0 sparse 644 1000:100 17 sparse \"(\\x00*16)x\"\n" NEXT);
	check_old(&(struct old_map){0, {}, "1", true}, "",
		  "0 sparse 644 1000:100 1 sparse \"\\x00\"\n" NEXT);
}

static void test_old_extended(void **state)
{
	struct old_map map = {60, {}, "74"};
	char offsets[60][16], body[61] = {};

	for (size_t i = 0; i < 60; i++) {
		snprintf(offsets[i], sizeof(offsets[i]), "%zo", i);
		map.fragments[i].offset = offsets[i];
		map.fragments[i].length = "1";
		body[i] = (char)('A' + i % 26);
	}
	check_old(&map, body,
		  "0 sparse 644 1000:100 60 sparse "
		  "\"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH\"\n" NEXT);
}

static void test_old_malformed(void **state)
{
	static const struct old_map maps[] = {
		{1, {{"1", "x"}}, "10"},
		{1, {{"x", "1"}}, "10"},
		{1, {{"1", "1"}}, "x"},
		{1, {{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "1"}}, "10"},
		{1, {{"1", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}}, "10"},
		{0, {}, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
		{1, {{"1", "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"}}, "10"},
		{1, {{"10", "1"}}, "10"},
		{1, {{"11", "0"}}, "10"},
		{2, {{"0", "2"}, {"1", "1"}}, "10"},
		{2, {{"4", "1"}, {"1", "1"}}, "10"},
		{2, {{"4", "1"}, {"1", "0"}}, "10"},
		{1, {{"0", "1"}}, "1", false, "ustar\00000"},
		{1, {{"0", "1"}}, "1", false, V7_MAGIC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		check_old(&maps[i], "x", BAD);
}

static void test_old_body(void **state)
{
	check_old(&(struct old_map){1, {{"0", "2"}}, "2"}, "x",
		  "0 sparse 644 1000:100 2 sparse \"x\"\n"
		  "error 74: sparse file has less data than its map says");
	check_old(&(struct old_map){1, {{"0", "1"}}, "1"}, "xy",
		  "0 sparse 644 1000:100 1 sparse \"x\"\n"
		  "error 74: sparse file has data outside of its map");
	check_old(&(struct old_map){0, {}, "0"}, "x",
		  "0 sparse 644 1000:100 0 sparse \"\"\n"
		  "error 74: sparse file has data outside of its map");
}

#define SPARSE_0_0                                                                              \
	"GNU.sparse.major", "0", "GNU.sparse.minor", "0", "GNU.sparse.numblocks", "2",          \
		"GNU.sparse.offset", "1", "GNU.sparse.numbytes", "2", "GNU.sparse.offset", "4", \
		"GNU.sparse.numbytes", "1"
#define SPARSE_RESULT "0 f 644 1000:100 6 sparse \"\\x00ab\\x00c\\x00\"\nend"

static void check_pax(const char *const *pairs, const char *body, const char *expected)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	add_pax(&archive, 'x', pairs);
	ADD(&archive, .body = body);
	assert_reads(&archive, expected);
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_pax_0(void **state)
{
	check_pax(PAIRS(SPARSE_0_0, "GNU.sparse.size", "6"), "abc", SPARSE_RESULT);
	check_pax(PAIRS("GNU.sparse.major", "0", "GNU.sparse.minor", "1", "GNU.sparse.numblocks",
			"2", "GNU.sparse.map", "1,2,4,1", "GNU.sparse.realsize", "6"),
		  "abc", SPARSE_RESULT);
	/* Without a version the map itself tells; size goes before realsize. */
	check_pax(PAIRS("GNU.sparse.numblocks", "+02", "GNU.sparse.map", "+1,02,4,1",
			"GNU.sparse.size", "6", "GNU.sparse.realsize", "x"),
		  "abc", SPARSE_RESULT);
	/* A repeated pair replaces a map, wherever it stands. */
	check_pax(PAIRS("GNU.sparse.offset", "1", "GNU.sparse.map", "x", "GNU.sparse.numbytes", "1",
			"GNU.sparse.numblocks", "1", "GNU.sparse.size", "3"),
		  "a", "0 f 644 1000:100 3 sparse \"\\x00a\\x00\"\nend");
	/* No size: that of the data. No fragments: one hole. */
	check_pax(PAIRS("GNU.sparse.numblocks", "1", "GNU.sparse.map", "0,3"), "abc",
		  "0 f 644 1000:100 3 sparse \"abc\"\nend");
	check_pax(PAIRS("GNU.sparse.major", "0", "GNU.sparse.minor", "1", "GNU.sparse.numblocks",
			"0", "GNU.sparse.size", "2"),
		  NULL, "0 f 644 1000:100 2 sparse \"\\x00\\x00\"\nend");
}

static void test_pax_not_sparse(void **state)
{
	static const char plain[] = "0 f 644 1000:100 3 \"abc\"\nend";

	check_pax(PAIRS("GNU.sparse.major", "1", "GNU.sparse.minor", "1"), "abc", plain);
	check_pax(PAIRS("GNU.sparse.major", "2", "GNU.sparse.minor", "0", "GNU.sparse.map", "x"),
		  "abc", plain);
	check_pax(PAIRS("GNU.sparse.minor", "0", "GNU.sparse.map", "x"), "abc", plain);
	check_pax(PAIRS("GNU.sparse.major", "00", "GNU.sparse.minor", "0"), "abc", plain);
	check_pax(PAIRS("GNU.sparse.name", "other", "GNU.sparse.size", "9"), "abc", plain);
	check_pax(PAIRS("GNU.sparse.map", "", "GNU.sparse.numblocks", "0"), "abc", plain);
	/* A single empty number is as good as no map. */
	check_pax(PAIRS("GNU.sparse.map", "0,3", "GNU.sparse.offset", ""), "abc", plain);
}

static void test_pax_malformed(void **state)
{
	static const char *const rows[][9] = {
		{"GNU.sparse.map", "0,1"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "x"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "-1"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "2"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "0"},
		{"GNU.sparse.map", "0,1,", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", "0,1,2", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", ",1", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", "0,", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", "-1,1", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", "1,-1", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", "0,9223372036854775808", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", "9223372036854775807,1", "GNU.sparse.numblocks", "1"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "1", "GNU.sparse.size", "x"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "1", "GNU.sparse.size", "0"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "1", "GNU.sparse.size", "-1"},
		{"GNU.sparse.map", "0,1", "GNU.sparse.numblocks", "1", "GNU.sparse.realsize", "x"},
		{"GNU.sparse.major", "0", "GNU.sparse.minor", "0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_pax(rows[i], "x", BAD);
}

static void test_pax_0_order(void **state)
{
	static const char *const rows[][5] = {
		{"GNU.sparse.numbytes", "1"},
		{"GNU.sparse.offset", "1", "GNU.sparse.offset", "1"},
		{"GNU.sparse.offset", "1,2"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_pax(rows[i], "x",
			  "error 74: malformed PAX header: sparse fragments out of order");
}

#define VERSION_1 "GNU.sparse.major", "1", "GNU.sparse.minor", "0"

/* A member whose body starts with the map's text, filled up to a block. */
static void add_1(struct strbuf *archive, const char *map, const char *data, const char *real_size)
{
	struct strbuf body = STRBUF_INIT(SIZE_MAX);

	strbuf_puts(&body, map);
	add_padding(&body);
	strbuf_puts(&body, data);
	PAX(archive, VERSION_1, "GNU.sparse.name", "real name", "GNU.sparse.realsize", real_size,
	    "path", "GNUSparseFile.1/f");
	ADD(archive, .body = strbuf_string(&body), .size = body.len);
	strbuf_clear(&body);
}

static void check_1(const char *map, const char *data, const char *real_size, const char *expected)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	add_1(&archive, map, data, real_size);
	ADD(&archive, .name = "next", .body = "n");
	assert_reads(&archive, expected);
}

static void test_pax_1(void **state)
{
	check_1("2\n1\n2\n4\n1\n", "abc", "6",
		"0 real\\x20name 644 1000:100 6 sparse \"\\x00ab\\x00c\\x00\"\n" NEXT);
	check_1("0\n", "", "2", "0 real\\x20name 644 1000:100 2 sparse \"\\x00\\x00\"\n" NEXT);
	/* Only the lines count that were announced; text behind them is padding. */
	check_1("1\n0\n1\n9\n9\ngarbage", "a", "1",
		"0 real\\x20name 644 1000:100 1 sparse \"a\"\n" NEXT);
	check_1("x\n", "", "1", BAD);
	check_1("-1\n", "", "1", BAD);
	check_1("\n", "", "1", BAD);
	check_1("1\n0\n\n", "", "1", BAD);
	check_1("1\n0\nx\n", "", "1", BAD);
	check_1("1\n0\n 1\n", "", "1", BAD);
	check_1("1\n0\n2\n", "ab", "1", BAD);
	check_1("1", "", "1", "error 74: member ends inside its sparse map");
	check_1("1\n0\n", "", "1", "error 74: member ends inside its sparse map");
	check_1("", "", "1", "error 74: member ends inside its sparse map");
}

/* A map of several blocks, whose numbers cross their borders. */
static void test_pax_1_long(void **state)
{
	struct strbuf map = STRBUF_INIT(SIZE_MAX);
	char data[301], expected[400];

	strbuf_puts(&map, "300\n");
	for (int i = 0; i < 300; i++)
		strbuf_printf(&map, "%d\n1\n", i);
	assert_true(map.len > (size_t)3 * TAR_BLOCK);
	for (size_t i = 0; i < 300; i++)
		data[i] = (char)('a' + i % 26);
	data[300] = '\0';
	snprintf(expected, sizeof(expected),
		 "0 real\\x20name 644 1000:100 300 sparse \"%s\"\n" NEXT, data);
	check_1(map.data, data, "300", expected);
	strbuf_clear(&map);
}

static void test_header_only(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	PAX(&archive, "GNU.sparse.map", "0,0", "GNU.sparse.numblocks", "1");
	ADD(&archive, .type = '5');
	assert_reads(&archive, "error 74: sparse map of a member that has no body");
}

static void test_nul_in_name(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX), records = STRBUF_INIT(SIZE_MAX);

	add_record(&records, "GNU.sparse.map", "0,0", 3);
	add_record(&records, "GNU.sparse.numblocks", "1", 1);
	add_record(&records, "GNU.sparse.name", "etc/passwd\0x", 12);
	ADD(&archive, .type = 'x', .body = records.data, .size = records.len);
	ADD(&archive, .type = '0');
	assert_reads(&archive, "error 74: NUL in the name of a sparse file");
	strbuf_clear(&records);
}

/* Terabytes of hole cost nothing when nobody reads them. */
static void test_huge_hole(void **state)
{
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);
	struct pieces pieces;
	struct tar_reader *tar;
	const struct tar_entry *entry;
	const uint8_t *piece;
	size_t size;

	add_1(&archive, "1\n9223372036854775806\n1\n", "x", "9223372036854775807");
	ADD(&archive, .name = "next");
	pieces = pieces_of(&archive, SIZE_MAX);
	assert_int_equal(tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL), 0);
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_true(entry->sparse);
	assert_int_equal(entry->size, INT64_MAX);
	assert_int_equal(entry->stored, 1);
	assert_int_equal(entry->offset, 4 * TAR_BLOCK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tar_reader_body(tar, &piece, &size, NULL), 1);
		assert_int_equal(piece[size - 1], 0);
	}
	assert_int_equal(tar_reader_next(tar, &entry, NULL), 1);
	assert_string_equal(entry->path, "next");
	tar_reader_free(tar);
	strbuf_clear(&archive);
}

static void check_limits(const struct strbuf *archive, uint64_t extents, uint64_t bytes,
			 const char *expected)
{
	struct limits limits = limits_default;
	char *text;

	limits.sparse_extents = extents;
	limits.pax_bytes = bytes;
	text = describe_pieces(archive, SIZE_MAX, &limits);
	if (strncmp(text, expected, strlen(expected)) != 0)
		fail_msg("%s", text);
	free(text);
}

static void test_caps(void **state)
{
	static const char extents[] = "error 7: sparse file is over the limit sparse-extents";
	static const char bytes[] = "error 7: sparse map is over the limit pax-bytes";
	struct old_map map = {5, {{"0", "1"}, {"1", "1"}, {"2", "1"}, {"3", "1"}, {"4", "1"}}, "5"};
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	add_old(&archive, &map, "abcde");
	check_limits(&archive, 5, 512, "0 ");
	check_limits(&archive, 4, 512, extents);
	check_limits(&archive, 5, 511, bytes);
	strbuf_clear(&archive);

	PAX(&archive, "GNU.sparse.map", "0,1,1,1", "GNU.sparse.numblocks", "2");
	ADD(&archive, .body = "ab");
	check_limits(&archive, 2, 512, "0 ");
	check_limits(&archive, 1, 512, extents);
	strbuf_clear(&archive);

	add_1(&archive, "2\n0\n1\n1\n1\n", "ab", "2");
	check_limits(&archive, 2, 512, "0 ");
	check_limits(&archive, 1, 512, extents);
	check_limits(&archive, 2, 511, bytes);
	strbuf_clear(&archive);
}

static void test_truncated(void **state)
{
	struct old_map map = {5, {{"0", "1"}, {"1", "1"}, {"2", "1"}, {"3", "1"}, {"4", "1"}}, "5"};
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	add_old(&archive, &map, "abcde");
	archive.len = TAR_BLOCK;
	check_limits(&archive, 100, 1000, "error 74: archive ends inside a sparse map");
	archive.len = TAR_BLOCK + 1;
	check_limits(&archive, 100, 1000, "error 74: archive ends inside a header");
	archive.len = 2 * TAR_BLOCK + 4;
	check_limits(&archive, 100, 1000,
		     "0 sparse 644 1000:100 5 sparse \"abcd\"\n"
		     "error 74: archive ends inside a member");
	strbuf_clear(&archive);

	add_1(&archive, "1\n0\n1\n", "a", "1");
	archive.len = 3 * TAR_BLOCK + 1;
	check_limits(&archive, 100, 1000, "error 74: archive ends inside a member");
	strbuf_clear(&archive);
}

static int read_once(const struct strbuf *archive)
{
	struct pieces pieces = pieces_of(archive, 600);
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	int r = tar_reader_new(&pieces.stream, &limits_default, false, &tar, NULL);

	while (r >= 0) {
		r = tar_reader_next(tar, &entry, NULL);
		if (r == 0)
			break;
	}
	return r;
}

static void test_oom(void **state)
{
	struct old_map map = {1, {{"0", "1"}}, "1"};
	struct strbuf archive = STRBUF_INIT(SIZE_MAX);

	add_old(&archive, &map, "a");
	add_1(&archive, "1\n0\n1\n", "a", "1");
	PAX(&archive, SPARSE_0_0, "GNU.sparse.size", "6");
	ADD(&archive, .body = "abc");
	OOM_SWEEP(read_once(&archive), (void)0);
	strbuf_clear(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old),           cmocka_unit_test(test_old_extended),
		cmocka_unit_test(test_old_malformed), cmocka_unit_test(test_old_body),
		cmocka_unit_test(test_pax_0),         cmocka_unit_test(test_pax_not_sparse),
		cmocka_unit_test(test_pax_malformed), cmocka_unit_test(test_pax_0_order),
		cmocka_unit_test(test_pax_1),         cmocka_unit_test(test_pax_1_long),
		cmocka_unit_test(test_header_only),   cmocka_unit_test(test_nul_in_name),
		cmocka_unit_test(test_huge_hole),     cmocka_unit_test(test_caps),
		cmocka_unit_test(test_truncated),     cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
