/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images for tests, made in memory and in a temporary directory: tar members byte by byte, gzip
 * with stored blocks, layouts. Everything aborts on error; nothing here is under test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t len, cap;
};

void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_puts(struct bytes *bytes, const char *text);
void bytes_printf(struct bytes *bytes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void bytes_clear(struct bytes *bytes);

/* "sha256:<hex>" in one of eight static buffers; hex alone is behind the colon. */
const char *bytes_digest(const struct bytes *bytes);
const char *bytes_hex(const struct bytes *bytes);

struct tar_item {
	const char *name, *link;
	char type; /* '0' when 0 */
	unsigned int mode, uid, gid;
	const void *data;
	size_t size;
};

void tar_item(struct bytes *tar, const struct tar_item *item);
void tar_file(struct bytes *tar, const char *name, const char *text);
void tar_bytes(struct bytes *tar, const char *name, const struct bytes *content);
void tar_dir(struct bytes *tar, const char *name);
void tar_link(struct bytes *tar, const char *name, char type, const char *target);
void tar_end(struct bytes *tar);

/* One gzip member around the content. */
void gzip_bytes(struct bytes *gzip, const struct bytes *content);

/* A temporary directory that test_dir_remove() takes away with all below. */
const char *test_dir(void);
const char *test_path(const char *name); /* below it, in one of eight static buffers */
void test_write(const char *name, const struct bytes *content);
void test_write_text(const char *name, const char *text);
void test_mkdir(const char *name);
void test_dir_remove(void);

/* A configuration with these diffIDs. fields: JSON members of "config", or NULL: none. */
void config_json(struct bytes *json, const char *platform, const char *fields,
		 const struct bytes *layers, size_t n_layers);

/* An OCI layout in a directory: blobs, then manifests, then index.json with what was listed. */
struct layout {
	const char *dir; /* below the test directory */
	struct bytes list;
};
void layout_begin(struct layout *layout, const char *dir);
const char *layout_blob(struct layout *layout, const struct bytes *blob); /* its digest */
/* A manifest of these layers (as stored) and configuration, as a blob: its descriptor in JSON. */
void layout_manifest(struct layout *layout, const struct bytes *config, const struct bytes *layers,
		     size_t n_layers, struct bytes *ret_descriptor);
/* An index of these descriptors (comma-separated) as a blob: its descriptor. */
void layout_index(struct layout *layout, const char *descriptors, struct bytes *ret_descriptor);
/* extra: JSON members that go into the descriptor (",\"platform\":..."). */
void layout_list(struct layout *layout, const struct bytes *descriptor, const char *extra);
void layout_end(struct layout *layout);
