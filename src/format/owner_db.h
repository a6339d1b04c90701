/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Package databases as they stream past, reduced to path hashes: dpkg's info/PACKAGE.list (one path
 * a line) and status.d/PACKAGE.md5sums (distroless), apk's lib/apk/db/installed (F: and R: lines of
 * apk-package(5)), and rpm headers (rpmdb.sqlite and Packages.db, see owner_rpm.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum owner_format {
	OWNER_DPKG_LIST,
	OWNER_DPKG_MD5SUMS,
	OWNER_APK
};

struct owner_parser;
struct owner_path {
	const char *package; /* valid for the call */
	const char *path;    /* without leading slash; not NUL-terminated */
	size_t path_len;
};
typedef int (*owner_sink)(void *data, const struct owner_path *row);

void owner_parser_free(struct owner_parser *parser);
DEFINE_FREEP(struct owner_parser, owner_parser_free)

/* package: for the dpkg formats, from the file's name ("libc6:amd64"); NULL for apk. */
int owner_parser_new(enum owner_format format, const char *package, owner_sink sink, void *data,
		     struct owner_parser **ret, struct error *err);
/* Bytes in any pieces. Lines longer than 64 KiB are dropped. Sink errors are passed on. */
int owner_parser_feed(struct owner_parser *parser, const void *data, size_t size);
int owner_parser_end(struct owner_parser *parser);
