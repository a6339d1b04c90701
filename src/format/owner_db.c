/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: the bytes of a package database, in any pieces. Out: one call of the sink for each path.
 * A line that lies whole in a piece is parsed where it is; only a broken one is copied together.
 * Specification: dpkg's info/PACKAGE.list (dpkg-query --listfiles), md5sums of deb-md5sums(5), apk
 * v2's installed database (apk-package(5)).
 */
#include "format/owner_db.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/strbuf.h"

#define MD5_DIGITS 32

struct owner_parser {
	enum owner_format format;
	owner_sink sink;
	void *data;
	struct strbuf line; /* the start of a line whose end is yet to come */
	bool dropping;      /* the line is too long: skip to its end */
	struct strbuf package;
	struct strbuf path;   /* apk: directory, then the whole path */
	size_t directory_len; /* apk: of the directory, with its slash */
	bool directory_known; /* apk: an F: line was read and was not too long */
	uint64_t emitted;     /* bytes of paths so far */
	int status;           /* sticky */
};

void owner_parser_free(struct owner_parser *parser)
{
	if (!parser)
		return;
	strbuf_clear(&parser->line);
	strbuf_clear(&parser->package);
	strbuf_clear(&parser->path);
	free(parser);
}

int owner_parser_new(enum owner_format format, const char *package, owner_sink sink, void *data,
		     struct owner_parser **ret, struct error *err)
{
	_cleanup_(owner_parser_freep) struct owner_parser *parser = malloc(sizeof(*parser));

	assert(package || format == OWNER_APK);
	assert(sink);
	if (!parser)
		return error_oom(err);
	*parser = (struct owner_parser){
		.format = format,
		.sink = sink,
		.data = data,
		.line = STRBUF_INIT(OWNER_LINE_MAX),
		.package = STRBUF_INIT(SIZE_MAX),
		.path = STRBUF_INIT(OWNER_LINE_MAX),
	};
	if (package && strbuf_puts(&parser->package, package) < 0)
		return error_oom(err);
	*ret = TAKE(parser);
	return 0;
}

/* One path, without its leading slashes: that is how they are hashed. */
static int emit(struct owner_parser *parser, const char *path, size_t len)
{
	struct owner_path row = {.package = strbuf_string(&parser->package)};

	while (len > 0 && *path == '/') {
		path++;
		len--;
	}
	/* dpkg's lists begin with "/.", the root. */
	if (len == 0 || (len == 1 && *path == '.') || len > OWNER_PATH_MAX ||
	    parser->package.len == 0)
		return 0;
	parser->emitted += len;
	if (parser->emitted > OWNER_TEXT_MAX)
		return -E2BIG;
	row.path = path;
	row.path_len = len;
	return parser->sink(parser->data, &row);
}

/* "d41d8cd98f00b204e9800998ecf8427e  usr/bin/x" */
static int md5sums_line(struct owner_parser *parser, const char *line, size_t len)
{
	if (len < MD5_DIGITS + 2 || line[MD5_DIGITS] != ' ')
		return 0;
	for (size_t i = 0; i < MD5_DIGITS; i++)
		if (!isxdigit((unsigned char)line[i]))
			return 0;
	return emit(parser, line + MD5_DIGITS + 2, len - MD5_DIGITS - 2);
}

/* Replaces the text; what does not fit leaves it empty. Only memory is an error. */
static int assign(struct strbuf *to, const char *text, size_t len)
{
	int r;

	strbuf_reset(to);
	r = strbuf_add(to, text, len);
	return r == -E2BIG ? 0 : r;
}

/* "F:usr/bin": the files that follow lie in it. */
static int apk_directory(struct owner_parser *parser, const char *path, size_t len)
{
	int r = 0;

	parser->directory_known = len < OWNER_PATH_MAX;
	parser->directory_len = 0;
	strbuf_reset(&parser->path);
	if (!parser->directory_known || len == 0) /* "F:" is the root */
		return 0;
	r = strbuf_add(&parser->path, path, len);
	if (r == 0)
		r = strbuf_add(&parser->path, "/", 1);
	parser->directory_len = parser->path.len;
	return r;
}

/* "R:su": joined with the directory that was read last. */
static int apk_file(struct owner_parser *parser, const char *name, size_t len)
{
	int r;

	if (!parser->directory_known || len == 0 || len > OWNER_PATH_MAX)
		return 0;
	if (parser->directory_len == 0)
		return emit(parser, name, len);
	parser->path.len = parser->directory_len;
	r = strbuf_add(&parser->path, name, len);
	return r == 0 ? emit(parser, parser->path.data, parser->path.len) : r;
}

/* A blank line ends a package; its directory is no other's. */
static int apk_line(struct owner_parser *parser, const char *line, size_t len)
{
	if (len == 0) {
		strbuf_reset(&parser->package);
		parser->directory_known = false;
		return 0;
	}
	if (len < 2 || line[1] != ':')
		return 0;
	switch (line[0]) {
	case 'P':
		return assign(&parser->package, line + 2, len - 2);
	case 'F':
		return apk_directory(parser, line + 2, len - 2);
	case 'R':
		return apk_file(parser, line + 2, len - 2);
	default:
		return 0;
	}
}

/* One whole line, without its newline. */
static int parse_line(struct owner_parser *parser, const char *line, size_t len)
{
	if (len > OWNER_LINE_MAX)
		return 0;
	switch (parser->format) {
	case OWNER_DPKG_LIST:
		return len > 0 && line[0] == '/' ? emit(parser, line, len) : 0;
	case OWNER_DPKG_MD5SUMS:
		return md5sums_line(parser, line, len);
	case OWNER_APK:
		return apk_line(parser, line, len);
	}
	return 0;
}

/* A piece that does not end its line. */
static int keep_start(struct owner_parser *parser, const char *text, size_t len)
{
	int r = parser->dropping ? 0 : strbuf_add(&parser->line, text, len);

	if (r == -E2BIG) {
		parser->dropping = true;
		r = 0;
	}
	return r;
}

/* The end of a line, of which a part may have come before. */
static int finish_line(struct owner_parser *parser, const char *text, size_t len)
{
	int r;

	if (parser->line.len == 0 && !parser->dropping)
		return parse_line(parser, text, len);
	r = keep_start(parser, text, len);
	if (r == 0 && !parser->dropping)
		r = parse_line(parser, parser->line.data, parser->line.len);
	strbuf_reset(&parser->line);
	parser->dropping = false;
	return r;
}

int owner_parser_feed(struct owner_parser *parser, const void *data, size_t size)
{
	const char *at = data, *end = at + size;

	assert(data || size == 0);
	while (at < end && parser->status == 0) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline) {
			parser->status = keep_start(parser, at, (size_t)(end - at));
			break;
		}
		parser->status = finish_line(parser, at, (size_t)(newline - at));
		at = newline + 1;
	}
	return parser->status;
}

int owner_parser_end(struct owner_parser *parser)
{
	if (parser->status == 0)
		parser->status = finish_line(parser, "", 0);
	return parser->status;
}
