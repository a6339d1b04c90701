/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PAX extended headers (POSIX.1-2001 pax, "pax Extended Header"): "LENGTH KEY=VALUE\n" records.
 * In: one member's block of records, at most limits->pax_bytes, parsed in place; out: the values
 * that matter, as slices of it. The last record of a key counts; an empty one withdraws those
 * before it. Values are bytes. Kept extended attributes: security.*, system.posix_acl_*, and two of
 * overlayfs that show other files than the archive holds.
 */
#include "io/tar_internal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ROW(text) .key = (text), .size = sizeof(text) - 1

static const struct {
	const char *key;
	size_t size;
	bool is_string; /* a ustar string field: its value holds no NUL */
} rows[PAX_KEYS] = {
	[PAX_PATH] = {ROW("path"), .is_string = true},
	[PAX_LINKPATH] = {ROW("linkpath"), .is_string = true},
	[PAX_UNAME] = {ROW("uname"), .is_string = true},
	[PAX_GNAME] = {ROW("gname"), .is_string = true},
	[PAX_UID] = {ROW("uid")},
	[PAX_GID] = {ROW("gid")},
	[PAX_SIZE] = {ROW("size")},
	[PAX_MTIME] = {ROW("mtime")},
	[PAX_ATIME] = {ROW("atime")},
	[PAX_CTIME] = {ROW("ctime")},
	[PAX_SPARSE_MAJOR] = {ROW("GNU.sparse.major")},
	[PAX_SPARSE_MINOR] = {ROW("GNU.sparse.minor")},
	[PAX_SPARSE_NAME] = {ROW("GNU.sparse.name")},
	[PAX_SPARSE_SIZE] = {ROW("GNU.sparse.size")},
	[PAX_SPARSE_REALSIZE] = {ROW("GNU.sparse.realsize")},
	[PAX_SPARSE_NUMBLOCKS] = {ROW("GNU.sparse.numblocks")},
	[PAX_SPARSE_MAP] = {ROW("GNU.sparse.map")},
	[PAX_SPARSE_OFFSET] = {ROW("GNU.sparse.offset")},
	[PAX_SPARSE_NUMBYTES] = {ROW("GNU.sparse.numbytes")},
};

static const char xattr_prefix[] = "SCHILY.xattr.";
static const char *const kept_xattrs[] = {"security.", "system.posix_acl_",
					  "trusted.overlay.redirect", "trusted.overlay.metacopy"};

/* One record: key and value with a NUL behind each. */
struct record {
	struct tar_text key, value;
};

void tar_pax_clear(struct tar_pax *pax)
{
	vec_clear(&pax->xattrs);
	strbuf_clear(&pax->sparse_map);
}

bool tar_pax_number(const char *text, size_t size, int64_t *ret)
{
	bool negative = size > 0 && text[0] == '-';
	size_t at = size > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
	int64_t value = 0;

	assert(text || size == 0);
	if (at == size)
		return false;
	for (; at < size; at++) {
		int64_t digit = text[at] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

static int malformed(struct error *err, const char *what)
{
	error_set(err, -EBADMSG, "malformed PAX header: %s", what);
	return -EBADMSG;
}

/* Takes the record at *at and moves *at behind it. */
static int next_record(char **at, char *end, struct record *ret, struct error *err)
{
	char *start = *at, *key, *last, *equals, *space = memchr(start, ' ', (size_t)(end - start));
	int64_t length;

	if (!space || !tar_pax_number(start, (size_t)(space - start), &length) || length < 5 ||
	    length > end - start)
		return malformed(err, "wrong length of a record");
	key = space + 1;
	last = start + length - 1;
	if (key > last || *last != '\n')
		return malformed(err, "a record does not end with a line feed");
	equals = memchr(key, '=', (size_t)(last - key));
	if (!equals || equals == key)
		return malformed(err, "a record has no key");
	*equals = *last = '\0';
	ret->key = (struct tar_text){key, (size_t)(equals - key)};
	ret->value = (struct tar_text){equals + 1, (size_t)(last - equals - 1)};
	*at = last + 1;
	return 0;
}

/* PAX_KEYS: a key that no row names. */
static enum tar_pax_key find_key(const struct tar_text *key)
{
	enum tar_pax_key at = 0;

	while (at < PAX_KEYS &&
	       (rows[at].size != key->size || memcmp(rows[at].key, key->data, key->size) != 0))
		at++;
	return at;
}

/* A name with a NUL would be another one to C than to Go. */
static bool has_nul(const struct tar_text *text)
{
	return memchr(text->data, '\0', text->size) != NULL;
}

/* Format 0.0 repeats a pair of keys for every fragment: the map of 0.1 is made of them. */
static int add_sparse_number(struct tar_pax *pax, enum tar_pax_key key,
			     const struct tar_text *value, struct error *err)
{
	enum tar_pax_key expected =
		pax->sparse_numbers % 2 ? PAX_SPARSE_NUMBYTES : PAX_SPARSE_OFFSET;
	int r;

	if (key != expected || memchr(value->data, ',', value->size))
		return malformed(err, "sparse fragments out of order");
	r = pax->sparse_numbers > 0 ? strbuf_puts(&pax->sparse_map, ",") : 0;
	if (r == 0)
		r = strbuf_add(&pax->sparse_map, value->data, value->size);
	if (r < 0)
		return r == -ENOMEM ? error_oom(err)
				    : error_set(err, r, "sparse map is over the limit");
	pax->sparse_numbers++;
	return 0;
}

static bool is_kept(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kept_xattrs); i++) {
		if (strncmp(name, kept_xattrs[i], strlen(kept_xattrs[i])) == 0)
			return true;
	}
	return false;
}

/* What is not kept costs nothing, however much of it a header holds. */
static int add_xattr(struct tar_pax *pax, const struct record *record, const struct limits *limits,
		     struct error *err)
{
	const size_t prefix = sizeof(xattr_prefix) - 1;
	struct tar_xattr xattr = {
		.name = record->key.data + prefix,
		.value = (const uint8_t *)record->value.data,
		.size = (uint32_t)record->value.size,
	};

	if (record->key.size < prefix || memcmp(record->key.data, xattr_prefix, prefix) != 0 ||
	    !is_kept(xattr.name))
		return 0;
	if (record->value.size > limits->xattr_bytes || record->value.size > UINT32_MAX)
		return error_set(err, -E2BIG, "extended attribute %s is over the limit xattr-bytes",
				 xattr.name);
	if (vec_push(&pax->xattrs, xattr) < 0)
		return error_oom(err);
	return 0;
}

/* Unknown keys are ignored, as POSIX wants it, once they are well-formed. */
static int add_record(struct tar_pax *pax, const struct record *record, const struct limits *limits,
		      struct error *err)
{
	enum tar_pax_key key = find_key(&record->key);

	if (key == PAX_KEYS) {
		if (has_nul(&record->key))
			return malformed(err, "NUL in a key");
		return add_xattr(pax, record, limits, err);
	}
	if (rows[key].is_string && has_nul(&record->value))
		return malformed(err, "NUL in a name");
	if (key == PAX_SPARSE_OFFSET || key == PAX_SPARSE_NUMBYTES)
		return add_sparse_number(pax, key, &record->value, err);
	pax->value[key] = record->value;
	return 0;
}

/* Of the same name the later one comes last: they lie in one buffer, in the order of the text. */
static int compare_xattrs(const void *a, const void *b)
{
	const struct tar_xattr *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order != 0)
		return order;
	return left->value < right->value ? -1 : left->value > right->value;
}

/* Sorted, because a hostile header may repeat tens of thousands of names. */
static void link_xattrs(struct tar_pax *pax)
{
	struct tar_xattr *items = pax->xattrs.items;
	size_t kept = 0;

	if (pax->xattrs.len > 1)
		qsort(items, pax->xattrs.len, sizeof(*items), compare_xattrs);
	for (size_t i = 0; i < pax->xattrs.len; i++) {
		if (kept > 0 && strcmp(items[kept - 1].name, items[i].name) == 0)
			kept--;
		items[kept++] = items[i];
	}
	pax->xattrs.len = kept;
	for (size_t i = 0; i + 1 < kept; i++)
		items[i].next = &items[i + 1];
}

int tar_pax_parse(struct tar_pax *pax, char *data, size_t size, const struct limits *limits,
		  struct error *err)
{
	char *end = size > 0 ? data + size : data;

	memset(pax->value, 0, sizeof(pax->value));
	pax->xattrs.len = 0;
	pax->sparse_numbers = 0;
	strbuf_reset(&pax->sparse_map);
	while (data < end) {
		struct record record = {};
		int r = next_record(&data, end, &record, err);

		if (r == 0)
			r = add_record(pax, &record, limits, err);
		if (r < 0)
			return r;
	}
	if (pax->sparse_numbers > 0)
		pax->value[PAX_SPARSE_MAP] =
			(struct tar_text){strbuf_string(&pax->sparse_map), pax->sparse_map.len};
	link_xattrs(pax);
	return 0;
}

/* An empty value withdraws the record, and leaves what the header says. */
static bool merge_number(const struct tar_text *value, int64_t *number)
{
	return value->size == 0 || tar_pax_number(value->data, value->size, number);
}

/* Nothing here needs a time, but Go refuses the member over a malformed one. */
static bool time_holds(const struct tar_text *value)
{
	const char *point = value->size > 0 ? memchr(value->data, '.', value->size) : NULL;
	size_t whole = point ? (size_t)(point - value->data) : value->size;
	int64_t ignored;

	if (value->size == 0)
		return true;
	if (!tar_pax_number(value->data, whole, &ignored))
		return false;
	for (size_t i = whole + 1; i < value->size; i++) {
		if (value->data[i] < '0' || value->data[i] > '9')
			return false;
	}
	return true;
}

int tar_pax_merge(const struct tar_pax *pax, struct tar_header *header, struct error *err)
{
	const struct tar_text *value = pax->value;

	if (value[PAX_PATH].size > 0)
		header->path = value[PAX_PATH].data;
	if (value[PAX_LINKPATH].size > 0)
		header->link = value[PAX_LINKPATH].data;
	if (!merge_number(&value[PAX_UID], &header->uid))
		return malformed(err, "uid is no number");
	if (!merge_number(&value[PAX_GID], &header->gid))
		return malformed(err, "gid is no number");
	if (!merge_number(&value[PAX_SIZE], &header->size))
		return malformed(err, "size is no number");
	for (enum tar_pax_key key = PAX_MTIME; key <= PAX_CTIME; key++) {
		if (!time_holds(&value[key]))
			return malformed(err, "a time is no number");
	}
	return 0;
}
