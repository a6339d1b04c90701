/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: the bytes of /etc/passwd, /etc/group, /etc/shadow. Out: rows in the caller's arena, in file
 * order. The lines are walked twice, once to count, so that an arena that cannot grow is enough.
 * Specification: moby/sys/user v0.5.0 (ParsePasswdFilter, ParseGroupFilter), Go's bytes.TrimSpace,
 * bufio.Scanner and strconv.ParseInt; shadow(5).
 */
#include "format/passwd.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define PASSWD_LINE_MAX 65535
#define GROUP_LINE_MAX  1048575
#define PASSWD_FIELDS   7
#define GROUP_FIELDS    4
#define SHADOW_FIELDS   5

/* unicode.IsSpace in UTF-8. */
static const struct {
	char bytes[4];
	uint8_t len;
} spaces[] = {
	{"\t", 1},           {"\n", 1},           {"\v", 1},
	{"\f", 1},           {"\r", 1},           {" ", 1},
	{"\xc2\x85", 2},     {"\xc2\xa0", 2},     {"\xe1\x9a\x80", 3},
	{"\xe2\x80\x80", 3}, {"\xe2\x80\x81", 3}, {"\xe2\x80\x82", 3},
	{"\xe2\x80\x83", 3}, {"\xe2\x80\x84", 3}, {"\xe2\x80\x85", 3},
	{"\xe2\x80\x86", 3}, {"\xe2\x80\x87", 3}, {"\xe2\x80\x88", 3},
	{"\xe2\x80\x89", 3}, {"\xe2\x80\x8a", 3}, {"\xe2\x80\xa8", 3},
	{"\xe2\x80\xa9", 3}, {"\xe2\x80\xaf", 3}, {"\xe2\x81\x9f", 3},
	{"\xe3\x80\x80", 3},
};

/* A run of bytes in the file. */
struct slice {
	const char *at;
	size_t len;
};

/* What is left of the file. */
struct lines {
	const char *at, *end;
	uint32_t number; /* of the line that was taken last */
};

/* The caller has seen to it that so many bytes are there. */
static bool is_space(const char *at, size_t which)
{
	return memcmp(at, spaces[which].bytes, spaces[which].len) == 0;
}

/* Length of the white space that the slice starts (or ends) with, one code point, or 0. */
static size_t leading_space(struct slice slice)
{
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		if (spaces[i].len <= slice.len && is_space(slice.at, i))
			return spaces[i].len;
	return 0;
}

/* A suffix that is the encoding of a space is one: its lead byte cannot belong to another. */
static size_t trailing_space(struct slice slice)
{
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		if (spaces[i].len <= slice.len && is_space(slice.at + slice.len - spaces[i].len, i))
			return spaces[i].len;
	return 0;
}

/* bytes.TrimSpace: a line of U+3000 alone is empty to the runtimes. */
static struct slice trim_go(struct slice slice)
{
	for (size_t n = leading_space(slice); n > 0; n = leading_space(slice))
		slice = (struct slice){slice.at + n, slice.len - n};
	for (size_t n = trailing_space(slice); n > 0; n = trailing_space(slice))
		slice.len -= n;
	return slice;
}

/* libc skips white space before a shadow line only: a password may end in it. */
static struct slice trim_libc(struct slice slice)
{
	while (slice.len > 0 && strchr(" \t\v\f\r", *slice.at) && *slice.at)
		slice = (struct slice){slice.at + 1, slice.len - 1};
	return slice;
}

/* The next line as it stands, without its newline. */
static bool lines_raw(struct lines *lines, struct slice *ret)
{
	const char *newline;

	assert(lines->at <= lines->end);
	if (lines->at == lines->end)
		return false;
	newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	ret->at = lines->at;
	ret->len = (size_t)((newline ? newline : lines->end) - lines->at);
	lines->at = newline ? newline + 1 : lines->end;
	lines->number++;
	return true;
}

/* The next line that is a row, trimmed. */
static bool lines_next(struct lines *lines, struct slice (*trim)(struct slice), bool comments,
		       struct slice *ret)
{
	struct slice slice;

	while (lines_raw(lines, &slice)) {
		slice = trim(slice);
		if (slice.len == 0 || (comments && *slice.at == '#'))
			continue;
		*ret = slice;
		return true;
	}
	return false;
}

/* A file without a last newline has a last line all the same. */
static struct lines lines_of(const char *data, size_t size)
{
	return (struct lines){.at = data, .end = data + size};
}

/* Lines are cheap to find twice, arrays in an arena are not to grow. */
static size_t lines_count(struct lines lines, struct slice (*trim)(struct slice), bool comments)
{
	struct slice slice;
	size_t n = 0;

	while (lines_next(&lines, trim, comments, &slice))
		n++;
	return n;
}

/* The arena's cap is a limit of the user's; memory is not. */
static int no_room(const struct arena *arena, struct error *err)
{
	if (arena_full(arena))
		return error_set(err, -E2BIG, "more users or groups than the memory limit allows");
	return error_oom(err);
}

/* The slice as a string; see the header on NUL. NULL when the arena is out of room. */
static char *slice_string(struct slice slice, struct arena *arena)
{
	size_t nuls = 0;
	char *string, *to;

	for (size_t i = 0; i < slice.len; i++)
		nuls += slice.at[i] == '\0';
	if (nuls == 0)
		return arena_strndup(arena, slice.at, slice.len);
	string = to = arena_bytes(arena, slice.len + nuls + 1);
	if (!string)
		return NULL;
	for (size_t i = 0; i < slice.len; i++) {
		if (slice.at[i] == '\0') {
			*to++ = '\xc0';
			*to++ = '\x80';
		} else {
			*to++ = slice.at[i];
		}
	}
	*to = '\0';
	return string;
}

/* Cuts the string at every `by` in place. Fields beyond max are dropped, those missing are "". */
static size_t split(char *string, char by, const char *fields[], size_t max)
{
	size_t n = 0;

	assert(max > 0);
	for (char *at = string; at; n++) {
		char *next = strchr(at, by);

		if (next)
			*next++ = '\0';
		if (n < max)
			fields[n] = at;
		at = next;
	}
	for (size_t i = n; i < max; i++)
		fields[i] = "";
	return n;
}

/* The line's text, and its fields in a second copy. Tells in *ret_malformed of missing fields. */
static int row_fields(struct slice slice, struct arena *arena, const char *fields[], size_t max,
		      size_t needed, const char **ret_text, bool *ret_malformed)
{
	char *copy = slice_string(slice, arena);

	if (!copy)
		return -ENOMEM;
	if (ret_text) {
		*ret_text = arena_strdup(arena, copy);
		if (!*ret_text)
			return -ENOMEM;
	}
	*ret_malformed = memchr(slice.at, '\0', slice.len) != NULL;
	if (split(copy, ':', fields, max) < needed)
		*ret_malformed = true;
	return 0;
}

/* A uid that is missing or no number is 0, as Go's parser leaves it: that is root. */
static int passwd_row(struct slice slice, struct arena *arena, struct passwd_line *row)
{
	const char *fields[PASSWD_FIELDS];
	bool uid_good, gid_good;

	if (row_fields(slice, arena, fields, PASSWD_FIELDS, 4, &row->text, &row->malformed) < 0)
		return -ENOMEM;
	row->name = fields[0];
	row->password = fields[1];
	uid_good = go_atoi(fields[2], &row->uid, NULL);
	gid_good = go_atoi(fields[3], &row->gid, NULL);
	row->gecos = fields[4];
	row->home = fields[5];
	row->shell = fields[6];
	row->malformed = row->malformed || !uid_good || !gid_good;
	return 0;
}

int passwd_parse(const char *data, size_t size, struct arena *arena, struct passwd_line **ret,
		 size_t *ret_len, struct error *err)
{
	struct lines lines = lines_of(data, size);
	size_t n = lines_count(lines, trim_go, false), i = 0;
	struct passwd_line *rows = arena_calloc(arena, MAX(n, (size_t)1), sizeof(*rows));
	struct slice slice;

	assert(data || size == 0);
	if (!rows)
		return no_room(arena, err);
	while (lines_next(&lines, trim_go, false, &slice)) {
		rows[i].line = lines.number;
		if (passwd_row(slice, arena, &rows[i++]) < 0)
			return no_room(arena, err);
	}
	*ret = rows;
	*ret_len = n;
	return 0;
}

/* An empty list has no members, "," has two that are empty. */
static int group_members(const char *list, struct arena *arena, struct group_line *row)
{
	size_t n = 1;
	char *copy;

	if (!*list)
		return 0;
	for (const char *at = list; *at; at++)
		n += *at == ',';
	copy = arena_strdup(arena, list);
	row->members = arena_calloc(arena, n, sizeof(*row->members));
	if (!copy || !row->members)
		return -ENOMEM;
	row->n_members = split(copy, ',', row->members, n);
	return 0;
}

/* A gid that is no number is 0 to the runtimes, and so to us. */
static int group_row(struct slice slice, struct arena *arena, struct group_line *row)
{
	const char *fields[GROUP_FIELDS];

	if (row_fields(slice, arena, fields, GROUP_FIELDS, 3, &row->text, &row->malformed) < 0)
		return -ENOMEM;
	row->name = fields[0];
	row->password = fields[1];
	if (!go_atoi(fields[2], &row->gid, NULL))
		row->malformed = true;
	return group_members(fields[3], arena, row);
}

int group_parse(const char *data, size_t size, struct arena *arena, struct group_line **ret,
		size_t *ret_len, struct error *err)
{
	struct lines lines = lines_of(data, size);
	size_t n = lines_count(lines, trim_go, true), i = 0;
	struct group_line *rows = arena_calloc(arena, MAX(n, (size_t)1), sizeof(*rows));
	struct slice slice;

	assert(data || size == 0);
	if (!rows)
		return no_room(arena, err);
	while (lines_next(&lines, trim_go, true, &slice)) {
		rows[i].line = lines.number;
		if (group_row(slice, arena, &rows[i++]) < 0)
			return no_room(arena, err);
	}
	*ret = rows;
	*ret_len = n;
	return 0;
}

int shadow_parse(const char *data, size_t size, struct arena *arena, struct shadow_line **ret,
		 size_t *ret_len, struct error *err)
{
	struct lines lines = lines_of(data, size);
	size_t n = lines_count(lines, trim_libc, true), i = 0;
	struct shadow_line *rows = arena_calloc(arena, MAX(n, (size_t)1), sizeof(*rows));
	struct slice slice;

	assert(data || size == 0);
	if (!rows)
		return no_room(arena, err);
	while (lines_next(&lines, trim_libc, true, &slice)) {
		struct shadow_line *row = &rows[i++];
		const char *fields[2];

		if (row_fields(slice, arena, fields, 2, SHADOW_FIELDS, NULL, &row->malformed) < 0)
			return no_room(arena, err);
		row->name = fields[0];
		row->password = fields[1];
		row->line = lines.number;
	}
	*ret = rows;
	*ret_len = n;
	return 0;
}

/* bufio.Scanner gives up at such a line, and with it the runtime. */
static uint32_t first_longer(const char *data, size_t size, size_t max)
{
	struct lines lines = lines_of(data, size);
	struct slice slice;

	while (lines_raw(&lines, &slice))
		if (slice.len > max)
			return lines.number;
	return 0;
}

uint32_t passwd_too_long(const char *data, size_t size)
{
	return first_longer(data, size, PASSWD_LINE_MAX);
}

uint32_t group_too_long(const char *data, size_t size)
{
	return first_longer(data, size, GROUP_LINE_MAX);
}

enum digits {
	DIGITS_GOOD,
	DIGITS_SYNTAX,
	DIGITS_RANGE
};

/* ParseUint: what does not fit is found before what is no digit, whichever comes first. */
static enum digits parse_digits(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return DIGITS_SYNTAX;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return DIGITS_SYNTAX;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return DIGITS_RANGE;
	}
	*ret = value;
	return DIGITS_GOOD;
}

bool go_atoi(const char *text, int64_t *ret, bool *ret_range)
{
	bool negative = *text == '-';
	uint64_t value = 0, max = (uint64_t)INT64_MAX + negative;
	enum digits digits = parse_digits(text + (*text == '-' || *text == '+'), &value);

	assert(ret);
	if (digits == DIGITS_GOOD && value > max)
		digits = DIGITS_RANGE;
	if (digits == DIGITS_RANGE)
		value = max;
	else if (digits == DIGITS_SYNTAX)
		value = 0;
	*ret = negative ? (int64_t)-value : (int64_t)value;
	if (ret_range)
		*ret_range = digits == DIGITS_RANGE;
	return digits == DIGITS_GOOD;
}
