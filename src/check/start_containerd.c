/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a USER value and the image's accounts. Out: what containerd starts, or why not.
 * Specification: containerd v2.4 pkg/oci/spec_opts.go WithUser, WithUserID, WithUsername,
 * WithAdditionalGIDs; for older versions CVE-2024-40635 and CVE-2026-46680.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "check/start_runtime.h"

/* One start as it is worked out. */
struct attempt {
	const struct accounts *accounts;
	const struct start_spec *spec;
	enum start_age age;
	struct arena *arena;
	struct start_result result;
	struct error *err;
};

static int refuse(struct attempt *attempt, const char *what, const char *why)
{
	return start_stop(&attempt->result, START_REFUSED, attempt->arena, attempt->err,
			  "%.256s: %.256s", what, why);
}

/* False (and the result says why) when containerd stops at this file, or we cannot know. */
static int need_file(struct attempt *attempt, const struct account_file *file, const char *path,
		     bool *ret_usable)
{
	bool unknown = file->state == ACCOUNT_UNKNOWN;

	*ret_usable = start_file_usable(file, attempt->age, false);
	if (*ret_usable)
		return 0;
	return start_stop(&attempt->result, unknown ? START_UNKNOWN : START_REFUSED, attempt->arena,
			  attempt->err, "%s %s", path, file->why);
}

static int need_passwd(struct attempt *attempt, bool *ret_usable)
{
	return need_file(attempt, &attempt->accounts->passwd, "/etc/passwd", ret_usable);
}

/* Compared as Go ints: a line with 4294967296 is not user 0 here. */
static const struct passwd_line *user_by_exact_uid(const struct accounts *accounts, int64_t uid)
{
	for (size_t i = 0; i < accounts->n_users; i++)
		if (accounts->users[i].uid == uid)
			return &accounts->users[i];
	return NULL;
}

/* WithUserID: the line's group, or 0. */
static int with_user_id(struct attempt *attempt, uint32_t uid)
{
	struct start_result *result = &attempt->result;
	bool usable;
	int r = need_passwd(attempt, &usable);

	if (r < 0 || !usable)
		return r;
	result->user = user_by_exact_uid(attempt->accounts, uid);
	result->uid = uid;
	result->gid = result->user ? (uint32_t)result->user->gid : 0;
	return 0;
}

/* WithUsername: result cast to 32 bits. */
static int with_username(struct attempt *attempt, const char *name)
{
	struct start_result *result = &attempt->result;
	bool usable;
	int r = need_passwd(attempt, &usable);

	if (r < 0 || !usable)
		return r;
	if (attempt->accounts->passwd.state == ACCOUNT_ABSENT)
		return refuse(attempt, name, "open etc/passwd: file does not exist");
	result->user = accounts_by_name(attempt->accounts, name);
	if (!result->user)
		return refuse(attempt, name, "no users found");
	result->uid = (uint32_t)result->user->uid;
	result->gid = (uint32_t)result->user->gid;
	return 0;
}

/* Only when it is not a number. */
static int with_group_name(struct attempt *attempt, const char *name)
{
	const struct accounts *accounts = attempt->accounts;
	bool usable;
	int r = need_file(attempt, &accounts->group, "/etc/group", &usable);

	if (r < 0 || !usable)
		return r;
	if (accounts->group.state == ACCOUNT_ABSENT)
		return refuse(attempt, name, "open etc/group: file does not exist");
	for (size_t i = 0; i < accounts->n_groups; i++) {
		if (strcmp(accounts->groups[i].name, name) != 0)
			continue;
		attempt->result.group = &accounts->groups[i];
		attempt->result.gid = (uint32_t)accounts->groups[i].gid;
		return 0;
	}
	return refuse(attempt, name, "no groups found");
}

static bool is_number(const struct attempt *attempt, const struct start_id *id)
{
	return id->kind == START_ID_NUMBER &&
	       (attempt->age != START_LOOKUP || start_id_in_range(id));
}

/* The oldest versions cut a number to 32 bits, and took a huge one for a name; after the first fix
 * every one out of range was taken for a name. */
static bool out_of_range(const struct attempt *attempt, const struct start_id *id)
{
	return attempt->age == START_CURRENT && !start_id_in_range(id);
}

/* Both parts numeric: passwd is not consulted. An empty part is number 0. */
static int with_two_parts(struct attempt *attempt)
{
	const struct start_id *user = &attempt->spec->user, *group = &attempt->spec->group;
	int r = 0;

	if (out_of_range(attempt, group))
		return refuse(attempt, "invalid USER value", "gid out of range");
	if (is_number(attempt, user))
		attempt->result.uid = (uint32_t)user->number;
	else if (user->kind != START_ID_NONE)
		r = with_username(attempt, user->text);
	if (r < 0 || attempt->result.outcome != START_RUNS)
		return r;
	attempt->result.gid = 0;
	if (is_number(attempt, group))
		attempt->result.gid = (uint32_t)group->number;
	else if (group->kind != START_ID_NONE)
		r = with_group_name(attempt, group->text);
	return r;
}

/* WithUser's switch over the number of parts. */
static int with_user(struct attempt *attempt)
{
	const struct start_spec *spec = attempt->spec;

	if (!*spec->text)
		return 0;
	if (spec->parts > 2)
		return refuse(attempt, "invalid USER value", spec->text);
	if (out_of_range(attempt, &spec->user))
		return refuse(attempt, "invalid USER value", "uid out of range");
	if (spec->parts == 2)
		return with_two_parts(attempt);
	if (is_number(attempt, &spec->user))
		return with_user_id(attempt, (uint32_t)spec->user.number);
	return with_username(attempt, spec->user.text);
}

/* The group that is called like the user is skipped: containerd takes it for the primary one. */
static bool is_member(const struct group_line *line, const char *name)
{
	for (size_t i = 0; i < line->n_members; i++)
		if (strcmp(line->members[i], name) == 0)
			return strcmp(line->name, name) != 0;
	return false;
}

/* Groups that name the user, but for the one that is called like it. */
static int add_groups(struct attempt *attempt, const char *name)
{
	const struct accounts *accounts = attempt->accounts;
	struct start_result *result = &attempt->result;
	size_t n = 0;

	for (size_t i = 0; i < accounts->n_groups; i++)
		n += is_member(&accounts->groups[i], name);
	if (n == 0)
		return 0;
	result->groups = arena_calloc(attempt->arena, n, sizeof(*result->groups));
	if (!result->groups)
		return check_out_of_room(attempt->arena, attempt->err);
	for (size_t i = 0; i < accounts->n_groups; i++)
		if (is_member(&accounts->groups[i], name))
			result->groups[result->n_groups++] = (uint32_t)accounts->groups[i].gid;
	return 0;
}

/* WithAdditionalGIDs reads both files, and stops where it cannot. Without a USER it is "root". */
static int with_additional_gids(struct attempt *attempt)
{
	const struct passwd_line *user = NULL;
	bool usable = true, given = *attempt->spec->text;
	int r = 0;

	if (attempt->result.outcome != START_RUNS)
		return 0;
	if (given)
		r = need_passwd(attempt, &usable);
	if (r < 0 || !usable)
		return r;
	if (given)
		user = user_by_exact_uid(attempt->accounts, attempt->result.uid);
	if (given && !user)
		return 0;
	if (attempt->age == START_CURRENT || attempt->accounts->group.fault != FAULT_LONG_LINE)
		r = need_file(attempt, &attempt->accounts->group, "/etc/group", &usable);
	if (r < 0 || !usable)
		return r;
	return add_groups(attempt, user ? user->name : "root");
}

int start_containerd(const struct accounts *accounts, const struct start_spec *spec,
		     enum start_age age, struct arena *arena, struct start_result *ret,
		     struct error *err)
{
	struct attempt attempt = {
		.accounts = accounts,
		.spec = spec,
		.age = age,
		.arena = arena,
		.result = {.outcome = START_RUNS},
		.err = err,
	};
	int r = with_user(&attempt);

	assert(accounts && spec && ret);
	if (r == 0)
		r = with_additional_gids(&attempt);
	if (r == 0)
		r = start_runc(&attempt.result, arena, err);
	if (r < 0)
		return r;
	*ret = attempt.result;
	return 0;
}
