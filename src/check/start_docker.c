/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a USER value and the image's accounts. Out: what docker, podman and runc start, or why not.
 * Specification: moby/sys/user v0.5.0 GetExecUser, and v0.4.0 for what dockerd did up to 28;
 * dockerd's daemon/oci_linux.go (cast to 32 bits), runc's libcontainer/init_linux.go setupUser.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "check/start_runtime.h"

#define GROUPS_MAX 65536 /* NGROUPS_MAX of the kernel; dockerd adds the primary group */

static const char range_error[] = "uids and gids must be in range 0-2147483647";

struct start_id start_id_parse(const char *text)
{
	struct start_id id = {.text = text, .kind = START_ID_NAME};
	bool huge = false;

	assert(text);
	if (!*text)
		id.kind = START_ID_NONE;
	else if (go_atoi(text, &id.number, &huge))
		id.kind = START_ID_NUMBER;
	else if (huge)
		id.kind = START_ID_HUGE;
	return id;
}

bool start_id_in_range(const struct start_id *id)
{
	if (id->kind == START_ID_HUGE)
		return false;
	return id->kind != START_ID_NUMBER || (id->number >= 0 && id->number <= START_ID_MAX);
}

int start_spec_parse(const char *text, struct arena *arena, struct start_spec *ret,
		     struct error *err)
{
	size_t user_len = strcspn(text, ":");
	const char *rest = text + user_len + (text[user_len] == ':');
	struct start_spec spec = {.parts = 1};
	char *user, *group;

	for (const char *at = text; *at; at++)
		spec.parts += *at == ':';
	spec.text = arena_strdup(arena, text);
	user = arena_strndup(arena, text, user_len);
	group = arena_strndup(arena, rest, strcspn(rest, ":"));
	if (!spec.text || !user || !group)
		return check_out_of_room(arena, err);
	spec.user = start_id_parse(user);
	spec.group = start_id_parse(group);
	spec.rest = start_id_parse(spec.text + (rest - text));
	*ret = spec;
	return 0;
}

/* No error: that a runtime refuses is a result. */
int start_stop(struct start_result *result, enum start_outcome outcome, struct arena *arena,
	       struct error *err, const char *format, ...)
{
	va_list args;

	assert(format);
	assert(outcome != START_RUNS);
	result->outcome = outcome;
	va_start(args, format);
	result->why = arena_vprintf(arena, format, args);
	va_end(args);
	return result->why ? 0 : check_out_of_room(arena, err);
}

bool start_file_usable(const struct account_file *file, enum start_age age, bool lax_special)
{
	if (file->state == ACCOUNT_ABSENT || file->state == ACCOUNT_READ)
		return true;
	if (file->state == ACCOUNT_UNKNOWN || age == START_CURRENT)
		return false;
	/* Older versions: no cap on the size, none on a group's line, a scanner for passwd. */
	return file->fault == FAULT_LARGE || (file->fault == FAULT_SPECIAL && lax_special);
}

/* setresuid(2) and setgroups(2) take -1 for "leave it": runc refuses what would be that. */
int start_runc(struct start_result *result, struct arena *arena, struct error *err)
{
	if (result->outcome != START_RUNS)
		return 0;
	if (result->uid == UINT32_MAX)
		return start_stop(result, START_REFUSED, arena, err,
				  "runc cannot set uid 4294967295 (-1)");
	if (result->gid == UINT32_MAX)
		return start_stop(result, START_REFUSED, arena, err,
				  "runc cannot set gid 4294967295 (-1)");
	if (result->n_groups >= GROUPS_MAX)
		return start_stop(result, START_REFUSED, arena, err,
				  "runc cannot set %zu supplementary groups", result->n_groups);
	for (size_t i = 0; i < result->n_groups; i++)
		if (result->groups[i] == UINT32_MAX)
			return start_stop(result, START_REFUSED, arena, err,
					  "runc cannot set supplementary group 4294967295 (-1)");
	return 0;
}

/* Numbers match UIDs only, names names only; no user at all looks for UID 0. */
static const struct passwd_line *find_user(const struct accounts *accounts,
					   const struct start_id *id)
{
	for (size_t i = 0; i < accounts->n_users; i++) {
		const struct passwd_line *line = &accounts->users[i];

		if (id->kind == START_ID_NONE || id->kind == START_ID_NUMBER
			    ? line->uid == id->number
			    : strcmp(line->name, id->text) == 0)
			return line;
	}
	return NULL;
}

static const struct group_line *find_group(const struct accounts *accounts,
					   const struct start_id *id)
{
	for (size_t i = 0; i < accounts->n_groups; i++) {
		const struct group_line *line = &accounts->groups[i];

		if (id->kind == START_ID_NUMBER ? line->gid == id->number
						: strcmp(line->name, id->text) == 0)
			return line;
	}
	return NULL;
}

static bool is_member(const struct group_line *line, const char *name)
{
	for (size_t i = 0; i < line->n_members; i++)
		if (strcmp(line->members[i], name) == 0)
			return true;
	return false;
}

static int add_supplementary(const struct accounts *accounts, const char *name, struct arena *arena,
			     struct start_result *result, struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < accounts->n_groups; i++)
		n += is_member(&accounts->groups[i], name);
	if (n == 0)
		return 0;
	result->groups = arena_calloc(arena, n, sizeof(*result->groups));
	if (!result->groups)
		return check_out_of_room(arena, err);
	for (size_t i = 0; i < accounts->n_groups; i++)
		if (is_member(&accounts->groups[i], name))
			result->groups[result->n_groups++] = (uint32_t)accounts->groups[i].gid;
	return 0;
}

/* Says why a file stops the start, in the words of the state that it is in. */
static int stop_at_file(const struct account_file *file, const char *path, const char *what,
			struct arena *arena, struct start_result *result, struct error *err)
{
	bool unknown = file->state == ACCOUNT_UNKNOWN;

	return start_stop(result, unknown ? START_UNKNOWN : START_REFUSED, arena, err, "%s: %s %s",
			  what, path, file->why);
}

static int resolve_group(const struct accounts *accounts, const struct start_id *group,
			 enum start_age age, struct arena *arena, struct start_result *result,
			 struct error *err)
{
	bool no_name = !result->user || !*result->user->name;

	if (group->kind == START_ID_NONE && no_name)
		return 0;
	if (!start_file_usable(&accounts->group, age, true) &&
	    !(age == START_OLDER && accounts->group.fault == FAULT_LONG_LINE))
		return stop_at_file(&accounts->group, "/etc/group", "unable to find groups", arena,
				    result, err);
	if (group->kind == START_ID_NONE)
		return add_supplementary(accounts, result->user->name, arena, result, err);
	result->group = find_group(accounts, group);
	if (result->group)
		result->gid = (uint32_t)result->group->gid;
	else if (group->kind != START_ID_NUMBER)
		return start_stop(result, START_REFUSED, arena, err,
				  "unable to find group %.256s: no matching entries in group file",
				  group->text);
	else if (!start_id_in_range(group))
		return start_stop(result, START_REFUSED, arena, err, "%s", range_error);
	else
		result->gid = (uint32_t)group->number;
	return 0;
}

static int resolve_user(const struct accounts *accounts, const struct start_id *user,
			enum start_age age, struct arena *arena, struct start_result *result,
			struct error *err)
{
	if (!start_file_usable(&accounts->passwd, age, true))
		return stop_at_file(&accounts->passwd, "/etc/passwd", "unable to find the user",
				    arena, result, err);
	result->user = find_user(accounts, user);
	if (result->user) {
		result->uid = (uint32_t)result->user->uid;
		result->gid = (uint32_t)result->user->gid;
	} else if (user->kind == START_ID_NUMBER && !start_id_in_range(user)) {
		return start_stop(result, START_REFUSED, arena, err, "%s", range_error);
	} else if (user->kind == START_ID_NAME || user->kind == START_ID_HUGE) {
		return start_stop(result, START_REFUSED, arena, err,
				  "unable to find user %.256s: no matching entries in passwd file",
				  user->text);
	} else {
		result->uid = (uint32_t)user->number;
	}
	return 0;
}

int start_docker(const struct accounts *accounts, const struct start_spec *spec, enum start_age age,
		 struct arena *arena, struct start_result *ret, struct error *err)
{
	/* Up to v0.4 what followed a second colon was ignored, and numbers were checked late. */
	const struct start_id *group = age == START_CURRENT ? &spec->rest : &spec->group;
	struct start_result result = {.outcome = START_RUNS};
	int r;

	if (age == START_CURRENT &&
	    (!start_id_in_range(&spec->user) || !start_id_in_range(group))) {
		r = start_stop(&result, START_REFUSED, arena, err, "%s", range_error);
		goto out;
	}
	r = resolve_user(accounts, &spec->user, age, arena, &result, err);
	if (r == 0 && result.outcome == START_RUNS)
		r = resolve_group(accounts, group, age, arena, &result, err);
	if (r == 0)
		r = start_runc(&result, arena, err);
out:
	if (r < 0)
		return r;
	*ret = result;
	return 0;
}
