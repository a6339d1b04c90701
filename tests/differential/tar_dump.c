/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what the walker reads from a bundle of archives on standard input, for comparison with
 * tar_oracle.go, line by line. A bundle is a sequence of (8 bytes big-endian size, archive); an
 * archive is at most 64 MiB. Texts are in hexadecimal; bodies as FNV-1a hashes over at most 1 MiB.
 *
 * Lines: "archive N", one line a member, and "end" or "error" (whatever the reason).
 */
#include "io/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ARCHIVE_MAX (64u << 20)
#define BODY_MAX    (1u << 20)

static void print_hex(const char *label, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	printf(" %s=", label);
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

static uint64_t hash(uint64_t state, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		state = (state ^ data[i]) * 0x100000001b3;
	return state;
}

/* Ends the member's line. A body over the cap is left, so that dropping it is tested, too. */
static int print_body(struct tar_reader *tar)
{
	uint64_t state = 0xcbf29ce484222325, count = 0;
	const uint8_t *piece;
	size_t size;
	int r;

	while (count < BODY_MAX && (r = tar_reader_body(tar, &piece, &size, NULL)) != 0) {
		if (r < 0) {
			printf(" body=error\n");
			return r;
		}
		size = MIN(size, (size_t)(BODY_MAX - count));
		state = hash(state, piece, size);
		count += size;
	}
	printf(" body=%" PRIu64 ":%016" PRIx64 "\n", count, state);
	return 0;
}

static void print_entry(const struct tar_entry *entry)
{
	printf("type=%02x", (unsigned char)entry->type);
	print_hex("path", entry->path, strlen(entry->path));
	print_hex("link", entry->link, strlen(entry->link));
	if (entry->type != 'g')
		printf(" mode=%" PRId64 " uid=%" PRId64 " gid=%" PRId64 " size=%" PRIu64
		       " dev=%" PRId64 ",%" PRId64,
		       entry->mode, entry->uid, entry->gid, entry->size, entry->dev_major,
		       entry->dev_minor);
	for (const struct tar_xattr *xattr = entry->xattrs; xattr; xattr = xattr->next) {
		print_hex("xattr", xattr->name, strlen(xattr->name));
		print_hex("value", xattr->value, xattr->size);
	}
}

static int dump(struct stream *stream)
{
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	int r = tar_reader_new(stream, &limits_default, false, &tar, NULL);

	if (r < 0)
		return r;
	while ((r = tar_reader_next(tar, &entry, NULL)) > 0) {
		print_entry(entry);
		r = print_body(tar);
		if (r < 0)
			return r;
	}
	return r;
}

static int dump_memory(const uint8_t *data, size_t size)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	int r = stream_open_memory(data, size, &stream, NULL);

	return r < 0 ? r : dump(stream);
}

int main(void)
{
	uint8_t head[8];

	for (unsigned int n = 0; fread(head, sizeof(head), 1, stdin) == 1; n++) {
		_cleanup_free_ uint8_t *data = NULL;
		uint64_t size = 0;

		for (size_t i = 0; i < sizeof(head); i++)
			size = size << 8 | head[i];
		if (size > ARCHIVE_MAX)
			return 1;
		data = malloc((size_t)size + 1);
		if (!data || (size > 0 && fread(data, (size_t)size, 1, stdin) != 1))
			return 1;
		printf("archive %u\n", n);
		printf("%s\n", dump_memory(data, (size_t)size) < 0 ? "error" : "end");
	}
	return fflush(stdout) == 0 && ferror(stdin) == 0 ? 0 : 1;
}
