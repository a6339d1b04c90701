/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Package databases as they stream past, reduced to paths and their owners: dpkg's
 * info/PACKAGE.list (one path a line) and status.d/PACKAGE.md5sums (distroless), apk's
 * lib/apk/db/installed (P:, F: and R: lines of apk-package(5)). rpm's databases do not stream: see
 * owner_rpm.h, which feeds the same sink.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define OWNER_LINE_MAX (64u << 10) /* longer lines are dropped */
#define OWNER_PATH_MAX 4095u       /* longer paths are dropped: no file can have them */
/* Bytes of all paths of one database: few bytes of input can repeat a long directory's name. */
#define OWNER_TEXT_MAX (1ULL << 30)

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
/* 0, or a negative errno that ends the parsing. */
typedef int (*owner_sink)(void *data, const struct owner_path *row);

void owner_parser_free(struct owner_parser *parser);
DEFINE_FREEP(struct owner_parser, owner_parser_free)

/* package: for the dpkg formats, from the file's name ("libc6:amd64"); NULL for apk. Copied. */
int owner_parser_new(enum owner_format format, const char *package, owner_sink sink, void *data,
		     struct owner_parser **ret, struct error *err);
/* Bytes in any pieces. Malformed lines are skipped. 0, -ENOMEM, -E2BIG (OWNER_TEXT_MAX), or what
 * the sink returned; the same again from then on. */
int owner_parser_feed(struct owner_parser *parser, const void *data, size_t size);
/* The last line need not end in a newline. */
int owner_parser_end(struct owner_parser *parser);
