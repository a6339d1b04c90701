/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image-uid0-alias, image-empty-password: the image's own passwd and shadow. In: ctx->accounts and
 * the merged tree. Specification: passwd(5), shadow(5), crypt(5); how runtimes read malformed lines
 * is that of format/passwd.h.
 */
#include <assert.h>
#include <string.h>

#include "check/place.h"
#include "check/rule.h"
#include "format/shell_words.h"

static const struct check_reference alias_references[] = {
	{"passwd(5)", "https://man7.org/linux/man-pages/man5/passwd.5.html"},
	{"credentials(7)", "https://man7.org/linux/man-pages/man7/credentials.7.html"},
	{"moby/sys/user, which reads passwd for docker, podman and runc",
	 "https://github.com/moby/sys/tree/main/user"},
};

const struct check check_image_uid0_alias = {
	.name = "image-uid0-alias",
	.severity = SEVERITY_MEDIUM,
	.title = "Another account than root has UID 0",
	.rationale =
		"UID 0 is root, whatever the account is called: `USER toor` starts as root, and "
		"checks that look for the word \"root\" do not see it.\n\n"
		"Container runtimes ignore what does not parse: a line whose UID field is "
		"missing, empty, not a number or a multiple of 2^32 counts as UID 0 for them, "
		"although libc skips it.",
	.breaks = "Whoever logs in or starts as the account gets its own files, and not those of "
		  "root, once it has a UID of its own.",
	.remedy = "Delete the line, or give the account a UID of its own:\n\n"
		  "    RUN sed -i '/^NAME:/d' /etc/passwd",
	.references = alias_references,
	.n_references = ARRAY_SIZE(alias_references),
};

static const struct check_reference password_references[] = {
	{"shadow(5)", "https://man7.org/linux/man-pages/man5/shadow.5.html"},
	{"CVE-2019-5021: Alpine images with an empty root password",
	 "https://nvd.nist.gov/vuln/detail/CVE-2019-5021"},
};

const struct check check_image_empty_password = {
	.name = "image-empty-password",
	.severity = SEVERITY_MEDIUM,
	.title = "Account with an empty password",
	.rationale =
		"An empty password field lets everyone become that account without a password, "
		"through su, login or sshd where these are configured to allow it. An account "
		"that nobody may log in to is locked (\"!\" or \"*\"), not empty.",
	.breaks = "Whoever used the account without a password has to set one.",
	.remedy = "Lock the account:\n\n"
		  "    RUN passwd -l NAME",
	.references = password_references,
	.n_references = ARRAY_SIZE(password_references),
};

/* The path stands in a command that people paste: it is hostile until it is quoted. */
static const char *quote(struct check_ctx *ctx, const char *word)
{
	const char *quoted = shell_quote(word, ctx->arena);

	if (!quoted)
		rule_fail(ctx);
	return quoted ? quoted : "";
}

/* libc ignores these lines: comments, and lines for NIS. */
static bool is_comment(const char *name)
{
	return *name == '#';
}

/* "+user" and "-@netgroup" of compat mode (nsswitch.conf(5)): no accounts to libc, but accounts
 * called "+user" to the runtimes. */
static bool is_nis(const char *name)
{
	return *name == '+' || *name == '-';
}

/* Why it has UID 0 although the line does not look like it; the first reason that applies. */
static const char *alias_note(const struct passwd_line *line)
{
	if (is_comment(line->name))
		return "; it is meant as a comment, but runtimes read it as an account";
	if (line->uid != 0)
		return "; its UID does not fit 32 bits, and is cut to 0";
	if (line->malformed)
		return "; the line is malformed, and runtimes read its UID as 0";
	return "";
}

static const char *copy_text(struct check_ctx *ctx, const char *text)
{
	return rule_text(ctx, "%.128s", text);
}

/* A commented-out line is a note: nobody means it as an account, but `USER '#x'` would start as
 * root. */
static void check_alias(struct check_ctx *ctx, const struct passwd_line *line,
			const struct location *file)
{
	struct location location = *file;
	const char *brief = accounts_brief(line, ctx->arena);
	struct finding *finding;

	if (!brief) {
		rule_fail(ctx);
		return;
	}
	location.line = line->line;
	finding = finding_add(ctx, &check_image_uid0_alias,
			      is_comment(line->name) ? SEVERITY_INFO : SEVERITY_MEDIUM, &location,
			      rule_text(ctx, "RUN sed -i '%ud' %s", line->line,
					quote(ctx, location.path)),
			      "account \"%.128s\" has UID 0%s%s", line->name,
			      is_nis(line->name) ? " (a line for NIS)" : "", alias_note(line));
	evidence_string(ctx, finding, "account", copy_text(ctx, line->name));
	evidence_string(ctx, finding, "entry", brief);
	evidence_bool(ctx, finding, "malformed", line->malformed);
}

/* By the low 32 bits, which are what the kernel gets. */
static void check_passwd(struct check_ctx *ctx)
{
	const struct accounts *accounts = &ctx->accounts;
	struct location location;

	if (!accounts->passwd.node)
		return;
	location = place_node(ctx, accounts->passwd.node);
	for (size_t i = 0; i < accounts->n_users && ctx->status == 0; i++) {
		const struct passwd_line *line = &accounts->users[i];

		if ((uint32_t)line->uid == 0 && strcmp(line->name, "root") != 0)
			check_alias(ctx, line, &location);
	}
}

/* line: where the empty field stands; user: the account's passwd line, or NULL. */
static void add_empty(struct check_ctx *ctx, const char *name, const struct location *location,
		      const struct passwd_line *user)
{
	bool root = user && (uint32_t)user->uid == 0;
	struct finding *finding = finding_add(ctx, &check_image_empty_password,
					      root ? SEVERITY_HIGH : SEVERITY_MEDIUM, location,
					      rule_text(ctx, "RUN passwd -l %s", quote(ctx, name)),
					      "account \"%.128s\"%s has an empty password", name,
					      root ? " (UID 0)" : "");

	assert(name);
	evidence_string(ctx, finding, "account", copy_text(ctx, name));
	if (user)
		evidence_number(ctx, finding, "uid", (int64_t)(uint32_t)user->uid);
}

/* libc skips malformed lines and NIS lines, so that their empty passwords open nothing. */
static void check_passwd_passwords(struct check_ctx *ctx)
{
	const struct accounts *accounts = &ctx->accounts;
	struct location location;

	if (!accounts->passwd.node)
		return;
	location = place_node(ctx, accounts->passwd.node);
	for (size_t i = 0; i < accounts->n_users && ctx->status == 0; i++) {
		const struct passwd_line *line = &accounts->users[i];

		if (*line->password || line->malformed || !*line->name || is_nis(line->name) ||
		    is_comment(line->name))
			continue;
		location.line = line->line;
		add_empty(ctx, line->name, &location, line);
	}
}

/* By name, then in the file's order: of two lines with one name the first counts. */
static int compare_users(const void *left, const void *right)
{
	const struct passwd_line *a = *(const struct passwd_line *const *)left;
	const struct passwd_line *b = *(const struct passwd_line *const *)right;
	int r = strcmp(a->name, b->name);

	if (r != 0)
		return r;
	return a->line < b->line ? -1 : a->line > b->line;
}

/* passwd by name, since shadow may have as many lines: a search per line would be quadratic. */
static const struct passwd_line **sort_users(struct check_ctx *ctx)
{
	const struct accounts *accounts = &ctx->accounts;
	const struct passwd_line **users =
		arena_calloc(ctx->scratch, accounts->n_users + 1, sizeof(struct passwd_line *));

	if (!users) {
		rule_fail(ctx);
		return NULL;
	}
	for (size_t i = 0; i < accounts->n_users; i++)
		users[i] = &accounts->users[i];
	qsort(users, accounts->n_users, sizeof(struct passwd_line *), compare_users);
	return users;
}

/* The first line with that name. */
static const struct passwd_line *find_user(const struct passwd_line **users, size_t n_users,
					   const char *name)
{
	size_t low = 0, high = n_users;

	assert(users || n_users == 0);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(users[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n_users && strcmp(users[low]->name, name) == 0 ? users[low] : NULL;
}

/* An account without a passwd line cannot log in; a malformed line is skipped by libc. */
static void check_shadow_lines(struct check_ctx *ctx, const struct shadow_line *lines, size_t n,
			       struct location *location)
{
	const struct passwd_line **users = sort_users(ctx);

	for (size_t i = 0; i < n && ctx->status == 0; i++) {
		const struct passwd_line *user;

		if (*lines[i].password || lines[i].malformed || is_nis(lines[i].name))
			continue;
		user = find_user(users, ctx->accounts.n_users, lines[i].name);
		location->line = lines[i].line;
		if (user)
			add_empty(ctx, lines[i].name, location, user);
	}
}

/* A shadow file that cannot be read is a finding and not an error: the rest of the image can still
 * be judged. */
static void check_shadow(struct check_ctx *ctx)
{
	struct shadow_line *lines;
	struct location location;
	struct account_file file;
	size_t n;
	int r;

	account_file_open(ctx->image, "/etc/shadow", &file);
	if (!file.node)
		return;
	location = place_node(ctx, file.node);
	if (file.state == ACCOUNT_UNKNOWN || file.state == ACCOUNT_REFUSED) {
		evidence_string(ctx,
				finding_add(ctx, &check_image_empty_password, SEVERITY_LOW,
					    &location,
					    "RUN awk -F: '$2 == \"\" {print $1}' /etc/shadow",
					    "%s %s, so empty passwords in it are not known",
					    location.path, file.why),
				"reason", file.why);
		return;
	}
	r = shadow_parse(file.data, file.size, ctx->scratch, &lines, &n, ctx->err);
	if (r < 0) {
		ctx->status = error_wrap(ctx->err, r, "%s", location.path);
		return;
	}
	check_shadow_lines(ctx, lines, n, &location);
}

void account_rules(struct check_ctx *ctx)
{
	check_passwd(ctx);
	check_passwd_passwords(ctx);
	if (ctx->status == 0)
		check_shadow(ctx);
}
