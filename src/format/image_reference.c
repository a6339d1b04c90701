/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image reference -> its parts, by the grammar of distribution/reference and docker's way to
 * complete short names (normalize.go): what stands before the first slash is a domain when it is
 * "localhost", holds a dot or a colon, or an upper-case letter. Results live in the caller's arena.
 * A first component that looks like a domain but is none ("a_b.c/x") is refused.
 */
#include "format/image_reference.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "format/digest_text.h"

#define PATH_MAX_CHARS 255 /* RepositoryNameTotalLengthMax; the domain does not count */
#define TAG_MAX_CHARS  128

#define LOWER          "abcdefghijklmnopqrstuvwxyz"
#define UPPER          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS         "0123456789"

struct cursor {
	const char *text;
	const char *at;
	const char *end; /* of the part that is being read */
	struct error *err;
};

/* The column is where the reader stopped, 1-based. */
static int fail_at(const struct cursor *cursor, const char *at, const char *why)
{
	size_t offset = (size_t)(at - cursor->text);

	return error_set_at(cursor->err, -EBADMSG, 1,
			    (uint32_t)MIN(offset, (size_t)UINT32_MAX - 1) + 1,
			    "image reference: %s", why);
}

/* Bytes of the set that follow, within the part. */
static size_t span(const struct cursor *cursor, const char *set)
{
	size_t left = (size_t)(cursor->end - cursor->at), len = strspn(cursor->at, set);

	assert(cursor->at <= cursor->end);
	return MIN(left, len);
}

/* False at the part's end, whatever stands behind it. */
static bool at_char(const struct cursor *cursor, char c)
{
	return cursor->at < cursor->end && *cursor->at == c;
}

/* [0-9]+ behind the colon, up to the end of the domain. */
static int read_port(struct cursor *cursor)
{
	cursor->at++;
	if (span(cursor, DIGITS) == 0)
		return fail_at(cursor, cursor->at, "a port number is wanted");
	cursor->at += span(cursor, DIGITS);
	return 0;
}

/* Letters, digits and, inside only, dashes. */
static int read_domain_component(struct cursor *cursor)
{
	size_t len = span(cursor, LOWER UPPER DIGITS "-");

	if (len == 0 || *cursor->at == '-')
		return fail_at(cursor, cursor->at, "wrong character in the domain");
	cursor->at += len;
	if (cursor->at[-1] == '-')
		return fail_at(cursor, cursor->at - 1, "a part of the domain ends with a dash");
	return 0;
}

/* Its syntax only; which addresses there are is the resolver's affair. */
static int read_ipv6(struct cursor *cursor)
{
	size_t len;

	cursor->at++;
	len = span(cursor, DIGITS "abcdefABCDEF:");
	cursor->at += len;
	if (len == 0 || !at_char(cursor, ']'))
		return fail_at(cursor, cursor->at, "malformed IPv6 address");
	cursor->at++;
	return 0;
}

/* A domain is a host with an optional port: nothing else may stand before the first slash. */
static int read_domain(struct cursor *cursor)
{
	int r;

	if (at_char(cursor, '[')) {
		r = read_ipv6(cursor);
	} else {
		r = read_domain_component(cursor);
		while (r == 0 && at_char(cursor, '.')) {
			cursor->at++;
			r = read_domain_component(cursor);
		}
	}
	if (r == 0 && at_char(cursor, ':'))
		r = read_port(cursor);
	if (r == 0 && cursor->at != cursor->end)
		return fail_at(cursor, cursor->at, "wrong character in the domain");
	return r;
}

/* One period, one or two underscores, or any number of dashes. 0: no separator. */
static size_t separator(const struct cursor *cursor)
{
	if (at_char(cursor, '.'))
		return 1;
	if (at_char(cursor, '_'))
		return MIN(span(cursor, "_"), (size_t)2);
	return span(cursor, "-");
}

static int read_path_component(struct cursor *cursor)
{
	size_t len, skip = 0;

	do {
		cursor->at += skip;
		len = span(cursor, LOWER DIGITS);
		if (len == 0 && cursor->at < cursor->end && strchr(UPPER, *cursor->at))
			return fail_at(cursor, cursor->at, "upper case in the repository's name");
		if (len == 0)
			return fail_at(cursor, cursor->at,
				       "a lower-case letter or a digit is wanted");
		cursor->at += len;
		skip = separator(cursor);
	} while (skip > 0);
	return 0;
}

/* Ends at a colon, an at sign or the end: nothing else may follow. */
static int read_path(struct cursor *cursor)
{
	int r = read_path_component(cursor);

	while (r == 0 && at_char(cursor, '/')) {
		cursor->at++;
		r = read_path_component(cursor);
	}
	if (r < 0)
		return r;
	if (cursor->at < cursor->end && strchr(UPPER, *cursor->at))
		return fail_at(cursor, cursor->at, "upper case in the repository's name");
	if (cursor->at < cursor->end && *cursor->at != ':' && *cursor->at != '@')
		return fail_at(cursor, cursor->at, "wrong character in the repository's name");
	return 0;
}

/* [\w][\w.-]{0,127}, up to the end or a digest. */
static int read_tag(struct cursor *cursor, const char **ret, size_t *ret_len)
{
	size_t len;

	cursor->at++;
	len = span(cursor, LOWER UPPER DIGITS "_.-");
	if (len == 0 || *cursor->at == '.' || *cursor->at == '-')
		return fail_at(cursor, cursor->at, "a tag is wanted");
	if (len > TAG_MAX_CHARS)
		return fail_at(cursor, cursor->at + TAG_MAX_CHARS,
			       "the tag is longer than 128 characters");
	*ret = cursor->at;
	*ret_len = len;
	cursor->at += len;
	if (cursor->at < cursor->end && *cursor->at != '@')
		return fail_at(cursor, cursor->at, "wrong character in the tag");
	return 0;
}

/* The last part; what is behind it would belong to the digest. */
static int read_digest(struct cursor *cursor, const char **ret)
{
	struct digest_text digest;
	struct error inner = {};
	int r;

	cursor->at++;
	r = digest_text_parse(cursor->at, &digest, &inner);
	if (r < 0)
		return error_set_at(cursor->err, r, 1, (uint32_t)(cursor->at - cursor->text) + 1,
				    "image reference: %s", inner.message);
	*ret = cursor->at;
	return 0;
}

/* End of the domain (the first slash), or NULL when the text begins with a path. */
static const char *domain_end(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len;

	if (!slash)
		return NULL;
	len = (size_t)(slash - text);
	if (len == strlen("localhost") && memcmp(text, "localhost", len) == 0)
		return slash;
	return strcspn(text, ".:" UPPER) < len ? slash : NULL;
}

/* What was found in the text, not yet copied. */
struct parts {
	const char *domain, *path, *tag, *digest; /* NULL: not written */
	size_t domain_len, path_len, tag_len;
	bool official; /* "library/" is to be put before the path */
};

/* Completed as docker does it: the default domain, and library/ for names of one component. */
static int read_parts(struct cursor *cursor, struct parts *parts)
{
	const char *slash = domain_end(cursor->text);
	size_t max = PATH_MAX_CHARS;
	int r;

	if (slash) {
		struct cursor part = *cursor;

		part.end = slash;
		r = read_domain(&part);
		if (r < 0)
			return r;
		parts->domain = cursor->text;
		parts->domain_len = (size_t)(slash - cursor->text);
		cursor->at = slash + 1;
	}
	parts->path = cursor->at;
	r = read_path(cursor);
	if (r < 0)
		return r;
	parts->path_len = (size_t)(cursor->at - parts->path);

	/* Docker Hub has two names, and its images without a namespace a third one. */
	if (parts->domain && ((parts->domain_len == strlen("docker.io") &&
			       memcmp(parts->domain, "docker.io", parts->domain_len) == 0) ||
			      (parts->domain_len == strlen("index.docker.io") &&
			       memcmp(parts->domain, "index.docker.io", parts->domain_len) == 0)))
		parts->domain = NULL;
	parts->official = !parts->domain && !memchr(parts->path, '/', parts->path_len);
	if (parts->official)
		max -= strlen("library/");
	if (parts->path_len > max)
		return fail_at(cursor, parts->path + max,
			       "the repository's name is longer than 255 characters");

	if (at_char(cursor, ':'))
		r = read_tag(cursor, &parts->tag, &parts->tag_len);
	if (r == 0 && at_char(cursor, '@'))
		r = read_digest(cursor, &parts->digest);
	return r;
}

/* 64 hex digits are an image's ID to docker, never a name. */
static bool is_identifier(const char *text)
{
	return strlen(text) == 64 && strspn(text, DIGITS "abcdef") == 64;
}

/* The arena's cap is the caller's limit on a text that is as long as a reference. */
static int no_memory(struct arena *arena, struct error *err)
{
	if (arena_full(arena))
		return error_set(err, -E2BIG, "image reference: too long");
	return error_oom(err);
}

int image_reference_parse(const char *text, struct arena *arena, struct image_reference *ret,
			  struct error *err)
{
	struct cursor cursor = {text, text, text + strlen(text), err};
	struct image_reference reference = {.domain = "docker.io"};
	struct parts parts = {};
	int r;

	assert(arena);
	if (is_identifier(text))
		return fail_at(&cursor, text, "64 hex digits are an image ID, not a name");
	r = read_parts(&cursor, &parts);
	if (r < 0)
		return r;

	reference.path = arena_printf(arena, "%s%.*s", parts.official ? "library/" : "",
				      (int)parts.path_len, parts.path);
	if (!reference.path)
		return no_memory(arena, err);
	if (parts.domain) {
		reference.domain = arena_strndup(arena, parts.domain, parts.domain_len);
		if (!reference.domain)
			return no_memory(arena, err);
	}
	if (parts.tag) {
		reference.tag = arena_strndup(arena, parts.tag, parts.tag_len);
		if (!reference.tag)
			return no_memory(arena, err);
	}
	if (parts.digest) {
		reference.digest = arena_strdup(arena, parts.digest);
		if (!reference.digest)
			return no_memory(arena, err);
	}
	*ret = reference;
	return 0;
}

char *image_reference_string(const struct image_reference *reference, struct arena *arena)
{
	const char *tag = reference->tag ? reference->tag : reference->digest ? NULL : "latest";

	return arena_printf(arena, "%s/%s%s%s%s%s", reference->domain, reference->path,
			    tag ? ":" : "", tag ? tag : "", reference->digest ? "@" : "",
			    reference->digest ? reference->digest : "");
}

/* A digest says which image it is, whatever tag stands before it. */
static bool same(const struct image_reference *a, const struct image_reference *b)
{
	if (strcmp(a->domain, b->domain) != 0 || strcmp(a->path, b->path) != 0)
		return false;
	if (a->digest || b->digest)
		return a->digest && b->digest && strcmp(a->digest, b->digest) == 0;
	return strcmp(a->tag ? a->tag : "latest", b->tag ? b->tag : "latest") == 0;
}

bool image_reference_same(const char *a, const char *b)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct image_reference first, second;

	if (!arena || image_reference_parse(a, arena, &first, NULL) < 0 ||
	    image_reference_parse(b, arena, &second, NULL) < 0)
		return false;
	return same(&first, &second);
}
