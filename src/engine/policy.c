/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML document -> policy. Each mapping has a table of its keys; one walker reports unknown and
 * missing ones. Limits: policy_bytes, waivers, json_depth (nesting). The format is in
 * the manual page rootout-check(1), section POLICY FILE.
 */
#include "engine/policy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "check/check.h"
#include "format/digest_text.h"
#include "format/yaml.h"
#include "io/stream.h"

#define MAX_FIELDS     16
#define MAX_GLOB_BYTES 4096 /* fnmatch() takes time that grows with the pattern */

struct parser {
	struct arena *arena;
	const struct limits *limits;
	struct policy *policy;
	struct error *err;
};

struct field {
	const char *name;
	bool required;
	int (*parse)(struct parser *parser, const struct yaml_node *value, void *object);
};

bool profile_known(const char *name)
{
	return strcmp(name, PROFILE_DEFAULT) == 0;
}

void policy_free(struct policy *policy)
{
	if (policy)
		arena_free(policy->arena);
}

/* For messages without anything of the input in them. */
static int bad(struct parser *parser, const struct yaml_node *at, const char *what)
{
	return error_set_at(parser->err, -EBADMSG, at->line, at->column, "%s", what);
}

/* A scalar with text in it; NUL bytes and blank strings are refused. */
static int text_of(struct parser *parser, const struct yaml_node *value, const char *key,
		   const char **ret)
{
	if (value->type != YAML_SCALAR || yaml_is_null(value) ||
	    memchr(value->value, 0, value->size))
		return error_set_at(parser->err, -EBADMSG, value->line, value->column,
				    "%s must be a string", key);
	if (strspn(value->value, " \t\r\n") == value->size)
		return error_set_at(parser->err, -EBADMSG, value->line, value->column,
				    "%s must not be empty", key);
	*ret = arena_strdup(parser->arena, value->value);
	return *ret ? 0 : error_oom(parser->err);
}

/* Digits of the base only, at most `max`. */
static int number_of(struct parser *parser, const struct yaml_node *value, const char *key,
		     unsigned int base, uint64_t max, uint32_t *ret)
{
	uint64_t number = 0;
	bool ok = value->type == YAML_SCALAR && value->size > 0;

	assert(base == 8 || base == 10);
	for (size_t i = 0; ok && i < value->size; i++) {
		unsigned int digit = (unsigned int)(unsigned char)value->value[i] - '0';

		ok = digit < base;
		number = number * base + digit;
		ok = ok && number <= max;
	}
	if (!ok)
		return error_set_at(parser->err, -EBADMSG, value->line, value->column,
				    "%s must be %s number from 0 to %s", key,
				    base == 8 ? "an octal" : "a",
				    base == 8 ? "7777" : "4294967295");
	*ret = (uint32_t)number;
	return 0;
}

/* Keys match exactly: YAML keys are not Go's. */
static const struct field *field_find(const struct field *fields, size_t n_fields, const char *name,
				      size_t size)
{
	for (size_t i = 0; i < n_fields; i++) {
		if (strlen(fields[i].name) == size && memcmp(fields[i].name, name, size) == 0)
			return &fields[i];
	}
	return NULL;
}

/* Reads one mapping by its table. Keys are unique scalars: yaml_parse() sees to it. */
static int read_mapping(struct parser *parser, const struct yaml_node *node, const char *what,
			const struct field *fields, size_t n_fields, void *object)
{
	bool seen[MAX_FIELDS] = {false};

	assert(n_fields <= MAX_FIELDS);
	if (node->type != YAML_MAPPING)
		return error_set_at(parser->err, -EBADMSG, node->line, node->column,
				    "%s must be a mapping", what);
	for (size_t i = 0; i + 1 < node->n_items; i += 2) {
		const struct yaml_node *key = node->items[i];
		const struct field *field;
		int r;

		assert(key->type == YAML_SCALAR);
		field = field_find(fields, n_fields, key->value, key->size);
		if (!field)
			return error_set_at(parser->err, -EBADMSG, key->line, key->column,
					    "unknown key \"%s\" in %s", key->value, what);
		seen[field - fields] = true;
		r = field->parse(parser, node->items[i + 1], object);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < n_fields; i++) {
		if (fields[i].required && !seen[i])
			return error_set_at(parser->err, -EBADMSG, node->line, node->column,
					    "%s has no \"%s\"", what, fields[i].name);
	}
	return 0;
}

/* A waiver for a check that does not exist would never match, and its author would not know. */
static int parse_check(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct waiver *waiver = object;
	const char *name = NULL;
	int r = text_of(parser, value, "check", &name);

	if (r < 0)
		return r;
	waiver->check = check_find(name);
	if (!waiver->check)
		return error_set_at(parser->err, -EBADMSG, value->line, value->column,
				    "there is no check \"%s\"", name);
	return 0;
}

/* A glob: the one field that may reach further than it says. */
static int parse_target(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct waiver *waiver = object;

	if (value->size > MAX_GLOB_BYTES)
		return error_set_at(parser->err, -E2BIG, value->line, value->column,
				    "target is longer than %d bytes", MAX_GLOB_BYTES);
	return text_of(parser, value, "target", &waiver->target);
}

/* No glob: see waive.c. */
static int parse_path(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct waiver *waiver = object;
	int r = text_of(parser, value, "path", &waiver->path);

	if (r < 0)
		return r;
	if (waiver->path[0] != '/')
		return bad(parser, value, "path must be absolute");
	return 0;
}

static int parse_uid(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct waiver *waiver = object;

	waiver->has_uid = true;
	return number_of(parser, value, "uid", 10, UINT32_MAX, &waiver->uid);
}

static int parse_mode(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct waiver *waiver = object;

	waiver->has_mode = true;
	return number_of(parser, value, "mode", 8, 07777, &waiver->mode);
}

/* Compared as text, so that it must have the one spelling that digests have. */
static int parse_digest(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct waiver *waiver = object;
	struct digest_text digest;
	int r = text_of(parser, value, "digest", &waiver->digest);

	if (r < 0)
		return r;
	r = digest_text_parse(waiver->digest, &digest, parser->err);
	if (r < 0)
		return error_set_at(parser->err, -EBADMSG, value->line, value->column,
				    "digest \"%s\" is not of the form sha256:HEX", waiver->digest);
	return 0;
}

static int parse_reason(struct parser *parser, const struct yaml_node *value, void *object)
{
	return text_of(parser, value, "reason", &((struct waiver *)object)->reason);
}

static int parse_owner(struct parser *parser, const struct yaml_node *value, void *object)
{
	return text_of(parser, value, "owner", &((struct waiver *)object)->owner);
}

/* Without a last day a waiver would outlive its reason. */
static int parse_expires(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct waiver *waiver = object;
	int r = text_of(parser, value, "expires", &waiver->expires);

	if (r < 0)
		return r;
	if (!date_parse(waiver->expires, &waiver->expires_day))
		return error_set_at(parser->err, -EBADMSG, value->line, value->column,
				    "expires \"%s\" is not a date (YYYY-MM-DD)", waiver->expires);
	return 0;
}

static const struct field waiver_fields[] = {
	{"check", true, parse_check},     {"target", false, parse_target},
	{"path", false, parse_path},      {"uid", false, parse_uid},
	{"mode", false, parse_mode},      {"digest", false, parse_digest},
	{"reason", true, parse_reason},   {"owner", true, parse_owner},
	{"expires", true, parse_expires},
};

static int read_waiver(struct parser *parser, const struct yaml_node *node, struct waiver *waiver)
{
	int r;

	waiver->line = node->line;
	r = read_mapping(parser, node, "a waiver", waiver_fields, ARRAY_SIZE(waiver_fields),
			 waiver);
	if (r < 0)
		return r;
	if (!waiver->target && !waiver->path && !waiver->digest)
		return bad(parser, node, "a waiver needs a target, a path or a digest");
	if ((waiver->has_uid || waiver->has_mode) && !waiver->path && !waiver->digest)
		return bad(parser, node, "a waiver with uid or mode needs a path");
	return 0;
}

/* "waivers:" with nothing behind it is an empty list. */
static int parse_waivers(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct policy *policy = object;

	if (yaml_is_null(value))
		return 0;
	if (value->type != YAML_SEQUENCE)
		return bad(parser, value, "waivers must be a list");
	if (value->n_items > parser->limits->waivers)
		return error_set_at(parser->err, -E2BIG, value->line, value->column,
				    "more than %llu waivers (limit waivers)",
				    (unsigned long long)parser->limits->waivers);
	policy->waivers = arena_calloc(parser->arena, value->n_items, sizeof(*policy->waivers));
	if (!policy->waivers && value->n_items > 0)
		return error_oom(parser->err);
	for (size_t i = 0; i < value->n_items; i++) {
		int r = read_waiver(parser, value->items[i], &policy->waivers[i]);

		if (r < 0)
			return r;
		policy->waivers[i].number = i + 1;
	}
	policy->n_waivers = value->n_items;
	return 0;
}

/* The version of the format: what a later one means is not known here. */
static int parse_version(struct parser *parser, const struct yaml_node *value, void *object)
{
	if (value->type != YAML_SCALAR || strcmp(value->value, "1") != 0)
		return bad(parser, value, "version must be 1");
	return 0;
}

static int parse_fail_on(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct policy *policy = object;
	const char *word = NULL;
	int severity, r;

	r = text_of(parser, value, "fail-on", &word);
	if (r < 0)
		return r;
	severity = severity_parse(word);
	if (severity < 0)
		return bad(parser, value, "fail-on must be critical, high, medium, low or info");
	policy->fail_on = (enum severity)severity;
	policy->has_fail_on = true;
	return 0;
}

static int parse_profile(struct parser *parser, const struct yaml_node *value, void *object)
{
	struct policy *policy = object;
	int r = text_of(parser, value, "profile", &policy->profile);

	if (r < 0)
		return r;
	if (!profile_known(policy->profile))
		return error_set_at(parser->err, -EBADMSG, value->line, value->column,
				    "there is no profile \"%s\"", policy->profile);
	return 0;
}

static const struct field policy_fields[] = {
	{"version", true, parse_version},
	{"fail-on", false, parse_fail_on},
	{"profile", false, parse_profile},
	{"waivers", false, parse_waivers},
};

_Static_assert(ARRAY_SIZE(waiver_fields) <= MAX_FIELDS, "seen[] is too small");

static int read_documents(struct parser *parser, struct yaml_node **documents, size_t n)
{
	if (n == 0)
		return error_set_at(parser->err, -EBADMSG, 1, 1,
				    "the policy is empty: at least \"version: 1\" is needed");
	if (n > 1)
		return bad(parser, documents[1], "a policy is one document");
	return read_mapping(parser, documents[0], "the policy", policy_fields,
			    ARRAY_SIZE(policy_fields), parser->policy);
}

int policy_parse(const char *text, size_t size, const char *file, const struct limits *limits,
		 struct policy **ret, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct parser parser = {.arena = arena, .limits = limits, .err = err};
	struct yaml_node **documents;
	size_t n;
	int r;

	assert(text || size == 0);
	if (!arena)
		return error_oom(err);
	parser.policy = arena_alloc(arena, sizeof(*parser.policy));
	if (!parser.policy)
		return error_oom(err);
	parser.policy->file = arena_strdup(arena, file);
	if (!parser.policy->file)
		return error_oom(err);
	r = yaml_parse(text, size, limits->json_depth, arena, &documents, &n, err);
	if (r < 0)
		return r;
	r = read_documents(&parser, documents, n);
	if (r < 0)
		return r;
	parser.policy->arena = TAKE(arena);
	*ret = parser.policy;
	return 0;
}

/* Bounded by the stream that is read, so that a policy may come from a pipe. */
static int slurp(int fd, uint64_t max, char **ret, size_t *ret_size, struct error *err)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	struct reader reader = {};
	int r = stream_open_fd(fd, &stream, err);

	if (r < 0)
		return r;
	reader.stream = stream;
	r = reader_slurp(&reader, max, ret, ret_size, err);
	reader_clear(&reader);
	return r;
}

/* The position goes into the message here, where the file's name is known. */
int policy_load(const char *file, const struct limits *limits, struct policy **ret,
		struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct error inner = {};
	size_t size;
	int fd, r;

	assert(file && limits && ret);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(err, errno, "cannot open the policy file %s", file);
	r = slurp(fd, limits->policy_bytes, &text, &size, err);
	close(fd);
	if (r < 0)
		return error_wrap(err, r, "policy file %s", file);
	r = policy_parse(text, size, file, limits, ret, &inner);
	if (r < 0 && inner.line > 0)
		return error_set(err, r, "%s:%u:%u: %s", file, inner.line, inner.column,
				 inner.message);
	if (r < 0)
		return error_set(err, r, "%s: %s", file, inner.message);
	return 0;
}
