/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tar tests: archives made block by block, streams that hand them out in pieces of any
 * size, and what the walker reads from them as text, a line a member:
 *
 *	TYPE PATH[>LINK] MODE UID:GID SIZE [dev=MAJOR,MINOR ][sparse ][NAME=VALUE ...]"BODY"
 *
 * Bytes below 33 and above 126 are written as \xNN, runs of 16 or more equal bytes as (B*N). The
 * last line is "end", or "error CODE: MESSAGE" without the byte's number.
 */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "io/tar_internal.h"

struct member {
	char type;         /* 0: '0' */
	const char *name;  /* NULL: "f" */
	const char *magic; /* 8 bytes, NULL: ustar */
	const char *link, *prefix;
	const char *body; /* NULL: none */
	size_t size;      /* 0: strlen(body) */
	/* Fields as they shall stand there, NULL: ordinary ones. */
	const char *mode, *uid, *gid, *size_field, *mtime, *dev_major, *dev_minor;
};

#define GNU_MAGIC "ustar  \0"
#define V7_MAGIC  "\0\0\0\0\0\0\0\0"

#define ADD(archive, ...)                              \
	do {                                           \
		struct member _member = {__VA_ARGS__}; \
		add_member(archive, &_member);         \
	} while (0)

static inline void add_bytes(struct strbuf *archive, const void *data, size_t size)
{
	assert_int_equal(strbuf_add(archive, data, size), 0);
}

static inline void add_zeros(struct strbuf *archive, size_t size)
{
	static const char zeros[10240];

	assert_true(size <= sizeof(zeros));
	add_bytes(archive, zeros, size);
}

static inline void add_padding(struct strbuf *archive)
{
	add_zeros(archive, -archive->len % TAR_BLOCK);
}

static inline void add_end(struct strbuf *archive)
{
	add_zeros(archive, (size_t)2 * TAR_BLOCK);
}

/* Text without its NUL. */
static inline void put_text(char *block, size_t at, const char *text, size_t max)
{
	for (size_t i = 0; text && i < max && text[i] != '\0'; i++)
		block[at + i] = text[i];
}

/* A number field: the text given, whole if it is in base 256, or the number in octal. */
static inline void put_number(char *block, size_t at, size_t size, const char *given,
			      uint64_t number)
{
	char text[32];

	if (given) {
		memset(block + at, 0, size);
		put_text(block, at, given, size);
		if (given[0] & 0x80)
			memcpy(block + at, given, size);
		return;
	}
	snprintf(text, sizeof(text), "%0*" PRIo64, (int)size - 1, number);
	memcpy(block + at, text, size);
}

static inline void put_checksum(char *block)
{
	uint32_t sum = 0;
	char text[32];

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (uint8_t)block[i];
	snprintf(text, sizeof(text), "%06" PRIo32, sum);
	memcpy(block + 148, text, 7);
}

static inline void make_header(char block[TAR_BLOCK], const struct member *member, size_t size)
{
	memset(block, 0, TAR_BLOCK);
	put_text(block, 0, member->name ? member->name : "f", 100);
	put_number(block, 100, 8, member->mode, 0644);
	put_number(block, 108, 8, member->uid, 1000);
	put_number(block, 116, 8, member->gid, 100);
	put_number(block, 124, 12, member->size_field, size);
	put_number(block, 136, 12, member->mtime, 1700000000);
	block[156] = member->type ? member->type : '0';
	put_text(block, 157, member->link, 100);
	memcpy(block + 257, member->magic ? member->magic : "ustar\00000", 8);
	put_number(block, 329, 8, member->dev_major, 0);
	put_number(block, 337, 8, member->dev_minor, 0);
	put_text(block, 345, member->prefix, 155);
	put_checksum(block);
}

static inline void add_member(struct strbuf *archive, const struct member *member)
{
	char block[TAR_BLOCK];
	size_t size = member->size || !member->body ? member->size : strlen(member->body);

	make_header(block, member, size);
	add_bytes(archive, block, sizeof(block));
	if (member->body)
		add_bytes(archive, member->body, size);
	add_padding(archive);
}

/* One record, with its length in front. */
static inline void add_record(struct strbuf *records, const char *key, const char *value,
			      size_t value_size)
{
	size_t size = strlen(key) + value_size + 3, length = size + 1;
	char number[32];

	while ((size_t)snprintf(number, sizeof(number), "%zu", length) + size != length)
		length++;
	assert_int_equal(strbuf_printf(records, "%s %s=", number, key), 0);
	add_bytes(records, value, value_size);
	add_bytes(records, "\n", 1);
}

/* An extended header with the records given as key, value, ..., NULL. */
static inline void add_pax(struct strbuf *archive, char type, const char *const *pairs)
{
	struct strbuf records = STRBUF_INIT(SIZE_MAX);

	for (; *pairs; pairs += 2)
		add_record(&records, pairs[0], pairs[1], strlen(pairs[1]));
	ADD(archive, .type = type, .name = "PaxHeaders/x", .body = strbuf_string(&records),
	    .size = records.len);
	strbuf_clear(&records);
}

#define PAX(archive, ...) add_pax(archive, 'x', (const char *const[]){__VA_ARGS__, NULL})

/* A stream over memory whose chunks hold `piece` bytes. */
struct pieces {
	struct stream stream;
	const uint8_t *data;
	size_t left, piece;
};

static inline int pieces_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct pieces *pieces = (struct pieces *)stream;
	size_t size = MIN(pieces->left, pieces->piece);

	if (size == 0)
		return 0;
	*ret = chunk_view(NULL, pieces->data, size);
	if (!*ret)
		return error_oom(err);
	pieces->data += size;
	pieces->left -= size;
	return 1;
}

static const struct stream_class pieces_class = {.name = "pieces", .next = pieces_next};

static inline struct pieces pieces_of(const struct strbuf *archive, size_t piece)
{
	return (struct pieces){.stream.class = &pieces_class,
			       .data = (const uint8_t *)strbuf_string(archive),
			       .left = archive->len,
			       .piece = piece};
}

static inline void print_bytes(struct strbuf *out, const char *bytes, size_t size)
{
	for (size_t i = 0, run; i < size; i += run) {
		char text[8] = {bytes[i]};

		for (run = 1; i + run < size && bytes[i + run] == bytes[i];)
			run++;
		if (bytes[i] < 33 || bytes[i] > 126)
			snprintf(text, sizeof(text), "\\x%02x", (uint8_t)bytes[i]);
		if (run >= 16)
			assert_int_equal(strbuf_printf(out, "(%s*%zu)", text, run), 0);
		for (size_t n = 0; run < 16 && n < run; n++)
			assert_int_equal(strbuf_puts(out, text), 0);
	}
}

static inline void print_entry(struct strbuf *out, const struct tar_entry *entry)
{
	strbuf_printf(out, "%c ", entry->type);
	print_bytes(out, entry->path, strlen(entry->path));
	if (entry->link[0])
		strbuf_puts(out, ">");
	print_bytes(out, entry->link, strlen(entry->link));
	strbuf_printf(out, " %" PRIo64 " %" PRId64 ":%" PRId64 " %" PRIu64 " ",
		      (uint64_t)entry->mode, entry->uid, entry->gid, entry->size);
	if (entry->dev_major || entry->dev_minor)
		strbuf_printf(out, "dev=%" PRId64 ",%" PRId64 " ", entry->dev_major,
			      entry->dev_minor);
	if (entry->sparse)
		strbuf_puts(out, "sparse ");
	for (const struct tar_xattr *xattr = entry->xattrs; xattr; xattr = xattr->next) {
		strbuf_printf(out, "%s=", xattr->name);
		print_bytes(out, (const char *)xattr->value, xattr->size);
		strbuf_puts(out, " ");
	}
}

static inline int print_body(struct strbuf *out, struct tar_reader *tar, struct error *err)
{
	struct strbuf body = STRBUF_INIT(SIZE_MAX);
	const uint8_t *piece;
	size_t size;
	int r;

	while ((r = tar_reader_body(tar, &piece, &size, err)) > 0)
		add_bytes(&body, piece, size);
	strbuf_puts(out, "\"");
	print_bytes(out, strbuf_string(&body), body.len);
	strbuf_puts(out, "\"\n");
	strbuf_clear(&body);
	return r;
}

/* All members and bodies; the result is to be freed. limits NULL: the default ones. */
static inline char *describe_pieces(const struct strbuf *archive, size_t piece,
				    const struct limits *limits)
{
	struct pieces pieces = pieces_of(archive, piece);
	struct strbuf out = STRBUF_INIT(SIZE_MAX);
	const struct tar_entry *entry;
	struct tar_reader *tar;
	struct error err = {};
	int r;

	assert_int_equal(tar_reader_new(&pieces.stream, limits ? limits : &limits_default, false,
					&tar, NULL),
			 0);
	while ((r = tar_reader_next(tar, &entry, &err)) > 0) {
		print_entry(&out, entry);
		r = print_body(&out, tar, &err);
		if (r < 0)
			break;
	}
	if (r < 0) {
		assert_int_equal(err.code, r);
		assert_non_null(strstr(err.message, ": "));
		strbuf_printf(&out, "error %d: %s", -r, strstr(err.message, ": ") + 2);
		assert_int_equal(tar_reader_next(tar, &entry, NULL), r);
	} else {
		strbuf_puts(&out, "end");
		assert_int_equal(tar_reader_next(tar, &entry, NULL), 0);
	}
	tar_reader_free(tar);
	return strbuf_take(&out);
}

/* Compares, with chunks of several sizes: what is read may not hang on them. Clears the archive. */
static inline void assert_reads(struct strbuf *archive, const char *expected)
{
	static const size_t sizes[] = {SIZE_MAX, 1, 7, 511, 512, 513, 1536};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *text = describe_pieces(archive, sizes[i], NULL);

		assert_string_equal(text, expected);
		free(text);
	}
	strbuf_clear(archive);
}
