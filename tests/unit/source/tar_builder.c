/* SPDX-License-Identifier: Apache-2.0 */
/* ustar headers (POSIX.1-2017 pax), gzip with stored deflate blocks (RFC 1951 section 3.2.4). */
#include "tar_builder.h"

#include <assert.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/digester.h"

#define STORED_MAX 65535

static char directory[64];

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->len + size > bytes->cap) {
		bytes->cap = 2 * (bytes->len + size);
		bytes->data = realloc(bytes->data, bytes->cap);
		assert(bytes->data);
	}
	if (size > 0)
		memcpy(bytes->data + bytes->len, data, size);
	bytes->len += size;
}

void bytes_puts(struct bytes *bytes, const char *text)
{
	bytes_add(bytes, text, strlen(text));
}

void bytes_printf(struct bytes *bytes, const char *format, ...)
{
	char *text;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	assert(len >= 0);
	bytes_add(bytes, text, (size_t)len);
	free(text);
}

void bytes_clear(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){};
}

const char *bytes_digest(const struct bytes *bytes)
{
	static char buffers[8][2 * DIGEST_MAX_SIZE + 16];
	static unsigned int next;
	char *buffer = buffers[next++ % 8];
	int r;

	memcpy(buffer, "sha256:", 7);
	r = digest_memory(DIGEST_SHA256, bytes->data ? (void *)bytes->data : "", bytes->len,
			  buffer + 7, NULL);
	assert(r == 0);
	return buffer;
}

const char *bytes_hex(const struct bytes *bytes)
{
	return bytes_digest(bytes) + 7;
}

void tar_item(struct bytes *tar, const struct tar_item *item)
{
	static const char zeros[512];
	char header[512] = {};
	unsigned int sum = 0;

	snprintf(header, 100, "%s", item->name);
	snprintf(header + 100, 8, "%07o", item->mode ? item->mode & 0777777 : 0644u);
	snprintf(header + 108, 8, "%07o", item->uid & 07777777);
	snprintf(header + 116, 8, "%07o", item->gid & 07777777);
	snprintf(header + 124, 12, "%011zo", item->size);
	snprintf(header + 136, 12, "%011o", 0u);
	memset(header + 148, ' ', 8);
	header[156] = item->type ? item->type : '0';
	if (item->link)
		snprintf(header + 157, 100, "%s", item->link);
	memcpy(header + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	bytes_add(tar, header, sizeof(header));
	bytes_add(tar, item->data, item->size);
	bytes_add(tar, zeros, (512 - item->size % 512) % 512);
}

void tar_file(struct bytes *tar, const char *name, const char *text)
{
	tar_item(tar, &(struct tar_item){.name = name, .data = text, .size = strlen(text)});
}

void tar_bytes(struct bytes *tar, const char *name, const struct bytes *content)
{
	tar_item(tar,
		 &(struct tar_item){.name = name, .data = content->data, .size = content->len});
}

void tar_dir(struct bytes *tar, const char *name)
{
	tar_item(tar, &(struct tar_item){.name = name, .type = '5', .mode = 0755});
}

void tar_link(struct bytes *tar, const char *name, char type, const char *target)
{
	tar_item(tar, &(struct tar_item){.name = name, .type = type, .link = target});
}

void tar_end(struct bytes *tar)
{
	static const char zeros[1024];

	bytes_add(tar, zeros, sizeof(zeros));
}

static uint32_t crc32_of(const struct bytes *content)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < content->len; i++) {
		crc ^= content->data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

void gzip_bytes(struct bytes *gzip, const struct bytes *content)
{
	uint32_t trailer[2] = {crc32_of(content), (uint32_t)content->len};
	size_t at = 0;

	bytes_add(gzip, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	do {
		size_t left = content->len - at;
		uint16_t size = (uint16_t)(left > STORED_MAX ? STORED_MAX : left);
		uint16_t lengths[2] = {size, (uint16_t)~size};

		bytes_add(gzip, left > STORED_MAX ? "\0" : "\1", 1);
		bytes_add(gzip, lengths, sizeof(lengths));
		bytes_add(gzip, content->data + at, size);
		at += size;
	} while (at < content->len);
	bytes_add(gzip, trailer, sizeof(trailer));
}

const char *test_dir(void)
{
	if (!*directory) {
		snprintf(directory, sizeof(directory), "/tmp/rootout-test-XXXXXX");
		if (!mkdtemp(directory))
			abort();
	}
	return directory;
}

const char *test_path(const char *name)
{
	static char buffers[8][512];
	static unsigned int next;
	char *buffer = buffers[next++ % 8];

	snprintf(buffer, sizeof(buffers[0]), "%s/%s", test_dir(), name);
	return buffer;
}

void test_write(const char *name, const struct bytes *content)
{
	FILE *file = fopen(test_path(name), "w");

	assert(file);
	assert(fwrite(content->data, 1, content->len, file) == content->len);
	assert(fclose(file) == 0);
}

void test_write_text(const char *name, const char *text)
{
	FILE *file = fopen(test_path(name), "w");

	assert(file);
	assert(fputs(text, file) >= 0);
	assert(fclose(file) == 0);
}

void test_mkdir(const char *name)
{
	int r = mkdir(test_path(name), 0755);

	assert(r == 0);
	(void)r;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void test_dir_remove(void)
{
	if (*directory)
		nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	*directory = '\0';
}

void config_json(struct bytes *json, const char *platform, const char *fields,
		 const struct bytes *layers, size_t n_layers)
{
	bytes_printf(json, "{\"os\":\"linux\",\"architecture\":\"%s\"", platform);
	if (fields)
		bytes_printf(json, ",\"config\":{%s}", fields);
	bytes_puts(json, ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; i < n_layers; i++)
		bytes_printf(json, "%s\"%s\"", i > 0 ? "," : "", bytes_digest(&layers[i]));
	bytes_puts(json, "]}}");
}

void layout_begin(struct layout *layout, const char *dir)
{
	char name[256];

	*layout = (struct layout){.dir = dir};
	test_mkdir(dir);
	snprintf(name, sizeof(name), "%s/blobs", dir);
	test_mkdir(name);
	snprintf(name, sizeof(name), "%s/blobs/sha256", dir);
	test_mkdir(name);
	snprintf(name, sizeof(name), "%s/oci-layout", dir);
	test_write_text(name, "{\"imageLayoutVersion\":\"1.0.0\"}");
}

const char *layout_blob(struct layout *layout, const struct bytes *blob)
{
	const char *digest = bytes_digest(blob);
	char name[256];

	snprintf(name, sizeof(name), "%s/blobs/sha256/%s", layout->dir, digest + 7);
	test_write(name, blob);
	return digest;
}

static void put_descriptor(struct bytes *json, const char *type, const struct bytes *blob)
{
	bytes_printf(json,
		     "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"%s\","
		     "\"size\":%zu}",
		     type, bytes_digest(blob), blob->len);
}

void layout_manifest(struct layout *layout, const struct bytes *config, const struct bytes *layers,
		     size_t n_layers, struct bytes *ret_descriptor)
{
	struct bytes json = {};

	layout_blob(layout, config);
	bytes_puts(&json, "{\"schemaVersion\":2,\"config\":");
	put_descriptor(&json, "config.v1+json", config);
	bytes_puts(&json, ",\"layers\":[");
	for (size_t i = 0; i < n_layers; i++) {
		layout_blob(layout, &layers[i]);
		if (i > 0)
			bytes_puts(&json, ",");
		put_descriptor(&json, "layer.v1.tar", &layers[i]);
	}
	bytes_puts(&json, "]}");
	layout_blob(layout, &json);
	put_descriptor(ret_descriptor, "manifest.v1+json", &json);
	bytes_clear(&json);
}

void layout_index(struct layout *layout, const char *descriptors, struct bytes *ret_descriptor)
{
	struct bytes json = {};

	bytes_printf(&json, "{\"schemaVersion\":2,\"manifests\":[%s]}", descriptors);
	layout_blob(layout, &json);
	put_descriptor(ret_descriptor, "index.v1+json", &json);
	bytes_clear(&json);
}

void layout_list(struct layout *layout, const struct bytes *descriptor, const char *extra)
{
	if (layout->list.len > 0)
		bytes_puts(&layout->list, ",");
	bytes_add(&layout->list, descriptor->data, descriptor->len - 1); /* without the brace */
	bytes_printf(&layout->list, "%s}", extra);
}

void layout_end(struct layout *layout)
{
	struct bytes json = {};
	char name[256];

	bytes_printf(&json, "{\"schemaVersion\":2,\"manifests\":[%.*s]}", (int)layout->list.len,
		     layout->list.data ? (char *)layout->list.data : "");
	snprintf(name, sizeof(name), "%s/index.json", layout->dir);
	test_write(name, &json);
	bytes_clear(&json);
	bytes_clear(&layout->list);
}
