/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: config.User and the merged tree's passwd and group. Out: image->start_user, with what docker,
 * containerd and the kubelet each make of it, and how it was derived. Specification: the runtimes'
 * own code (start_runtime.h); CRI getUserFromImage and the kubelet's verifyRunAsNonRoot.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "check/check.h"
#include "check/start_runtime.h"

/* What is kept of a resolution while it is made. */
struct resolution {
	struct arena *arena;
	struct accounts accounts;
	struct start_spec spec;
	struct start_result docker, containerd;
};

/* What reports show of one runtime. */
static struct start_view view_of(const struct start_result *result)
{
	return (struct start_view){.outcome = result->outcome,
				   .uid = result->uid,
				   .gid = result->gid,
				   .why = result->why};
}

/* For a UID that is not what the line seems to say. */
static const char *uid_note(const struct passwd_line *line, struct arena *arena)
{
	if (line->uid != (int64_t)(uint32_t)line->uid)
		return arena_printf(arena, "; its UID %lld is cut to 32 bits: %u",
				    (long long)line->uid, (uint32_t)line->uid);
	if (line->malformed && line->uid == 0)
		return "; the line is malformed and runtimes read its UID as 0";
	return "";
}

/* Where the UID comes from, in words. */
static const char *user_source(const struct resolution *res, struct arena *arena)
{
	const struct passwd_line *line = res->docker.user;
	const struct start_id *id = &res->spec.user;
	const char *brief, *note;

	if (!line && id->kind == START_ID_NUMBER)
		return arena_printf(arena, "%s is a number without a line in /etc/passwd",
				    id->text);
	if (!line)
		return *res->spec.text ? "USER names a group only, so the user is UID 0"
				       : "no USER is set";
	brief = accounts_brief(line, arena);
	note = uid_note(line, arena);
	if (!brief || !note)
		return NULL;
	return arena_printf(arena, "%s/etc/passwd line %u: %s%s",
			    id->kind != START_ID_NONE ? ""
			    : *res->spec.text         ? "USER names a group only; "
						      : "no USER is set; ",
			    line->line, brief, note);
}

/* Where the group comes from, when the user's line did not say. */
static const char *group_source(const struct resolution *res, struct arena *arena)
{
	const struct group_line *line = res->docker.group;

	if (line)
		return arena_printf(arena, "; group from /etc/group line %u: %.64s", line->line,
				    line->name);
	if (!res->docker.user && res->docker.gid == 0 && res->spec.rest.kind == START_ID_NONE &&
	    res->docker.uid != 0)
		return ", so its group is 0";
	return "";
}

/* A refusal says itself why. */
static int describe(struct resolution *res, struct start_user *user, struct error *err)
{
	const char *from_user, *from_group;

	if (res->docker.outcome != START_RUNS) {
		user->source = res->docker.why;
		return 0;
	}
	from_user = user_source(res, res->arena);
	from_group = group_source(res, res->arena);
	if (!from_user || !from_group)
		return check_out_of_room(res->arena, err);
	user->source = arena_printf(res->arena, "%s%s", from_user, from_group);
	return user->source ? 0 : check_out_of_room(res->arena, err);
}

/* $HOME and the name, which entrypoints expand: from the line that was found, or the first with
 * that UID. */
static int describe_name(struct resolution *res, struct start_user *user, struct error *err)
{
	const struct passwd_line *line = res->docker.user;

	user->home = "/";
	if (res->docker.outcome != START_RUNS)
		return 0;
	if (!line)
		line = accounts_by_uid(&res->accounts, user->uid);
	if (!line)
		return 0;
	user->name = arena_strdup(res->arena, line->name);
	if (*line->home)
		user->home = arena_strdup(res->arena, line->home);
	return user->name && user->home ? 0 : check_out_of_room(res->arena, err);
}

/* Which version starts as UID 0 what the fixed ones refuse, in words. */
static const char *older_docker_why(const struct resolution *res, const struct start_result *older,
				    struct arena *arena)
{
	const struct start_id *id = &res->spec.user;

	if (res->accounts.passwd.state == ACCOUNT_REFUSED)
		return arena_printf(arena,
				    "versions that do not refuse /etc/passwd, which %s, start it "
				    "as UID 0",
				    res->accounts.passwd.why);
	if (id->kind == START_ID_NUMBER && !start_id_in_range(id) && older->user)
		return arena_printf(
			arena,
			"docker up to 28 finds %s in /etc/passwd line %u and cuts it to "
			"32 bits: UID 0",
			id->text, older->user->line);
	if (id->kind == START_ID_HUGE && older->user)
		return arena_printf(arena,
				    "docker up to 28 takes the number for a name: /etc/passwd line "
				    "%u has UID 0",
				    older->user->line);
	if (res->spec.parts > 2)
		return "docker up to 28 ignores what follows the second colon and starts UID 0";
	return "docker up to 28 does not check the group first and starts UID 0";
}

static const char *lookup_why(const struct start_result *older, struct arena *arena)
{
	assert(older->user);
	return arena_printf(arena,
			    "containerd before 1.7.32, 2.0.9, 2.2.4 and 2.3.1 looks the number up "
			    "as a name: /etc/passwd line %u has UID 0 (CVE-2026-46680)",
			    older->user->line);
}

static const char *older_containerd_why(const struct resolution *res,
					const struct start_result *older, struct arena *arena)
{
	const struct start_id *id = &res->spec.user;

	if (res->containerd.outcome == START_RUNS)
		return "containerd does not refuse it, and starts UID 0";
	if (id->kind == START_ID_HUGE && older->user)
		return lookup_why(older, arena);
	if (!start_id_in_range(id) || !start_id_in_range(&res->spec.group))
		return "containerd before 1.6.38, 1.7.27 and 2.0.4 cuts the number to 32 bits and "
		       "starts UID 0 (CVE-2024-40635)";
	return "older versions of containerd start it as UID 0";
}

/* Refused by the fixed versions, but does any version start it as root? */
static int look_back(struct resolution *res, struct start_user *user, struct error *err)
{
	struct start_result docker, containerd, lookup;
	int r;

	if (user->outcome == START_RUNS)
		return 0;
	r = start_docker(&res->accounts, &res->spec, START_OLDER, res->arena, &docker, err);
	if (r < 0)
		return r;
	r = start_containerd(&res->accounts, &res->spec, START_OLDER, res->arena, &containerd, err);
	if (r < 0)
		return r;
	r = start_containerd(&res->accounts, &res->spec, START_LOOKUP, res->arena, &lookup, err);
	if (r < 0)
		return r;
	if (containerd.outcome == START_RUNS && containerd.uid == 0) {
		user->older_root = true;
		user->older_why = older_containerd_why(res, &containerd, res->arena);
	} else if (lookup.outcome == START_RUNS && lookup.uid == 0 && lookup.user) {
		user->older_root = true;
		user->older_why = lookup_why(&lookup, res->arena);
	} else if (docker.outcome == START_RUNS && docker.uid == 0) {
		user->older_root = true;
		user->older_why = older_docker_why(res, &docker, res->arena);
	}
	return user->older_root && !user->older_why ? check_out_of_room(res->arena, err) : 0;
}

/* Sets *ret to a refusal; why is formatted by the caller. */
static int kubelet_refuses(const char *why, struct arena *arena, struct start_view *ret,
			   struct error *err)
{
	if (!why)
		return check_out_of_room(arena, err);
	ret->outcome = START_REFUSED;
	ret->why = why;
	return 0;
}

/* runAsNonRoot is true and runAsUser is not set: only what CRI reports of the image counts. */
static int ask_kubelet(const struct resolution *res, struct start_user *user, struct error *err)
{
	const struct start_id *id = &res->spec.user;
	struct start_view *view = &user->kubelet;
	const char *why = NULL;

	*view = user->containerd;
	if (id->kind == START_ID_NAME || id->kind == START_ID_HUGE) {
		user->named = true;
		why = arena_printf(
			res->arena,
			"image has non-numeric user (%.256s), cannot verify user is non-root",
			id->text);
	} else if (id->number == 0) {
		view->uid = 0;
		why = "image will run as root";
	} else if (!start_id_in_range(id)) {
		why = arena_printf(res->arena, "image has an invalid user id (%lld)",
				   (long long)id->number);
	} else if (view->outcome == START_REFUSED) {
		view->uid = (uint32_t)id->number;
		why = arena_printf(res->arena,
				   "the kubelet reads UID %lld and allows it, but containerd "
				   "refuses: %s",
				   (long long)id->number, user->containerd.why);
	} else {
		return 0;
	}
	return kubelet_refuses(why, res->arena, view, err);
}

/* Docker's resolution is what the score counts; the others are shown beside it. */
static int fill(struct resolution *res, struct start_user *user, struct error *err)
{
	int r;

	user->outcome = res->docker.outcome;
	user->uid = res->docker.uid;
	user->gid = res->docker.gid;
	user->groups = res->docker.groups;
	user->n_groups = res->docker.n_groups;
	user->group_given = res->spec.rest.kind != START_ID_NONE;
	user->docker = view_of(&res->docker);
	user->containerd = view_of(&res->containerd);
	r = describe(res, user, err);
	if (r == 0)
		r = describe_name(res, user, err);
	if (r == 0)
		r = ask_kubelet(res, user, err);
	if (r == 0)
		r = look_back(res, user, err);
	return r;
}

static int resolve(struct image *image, struct start_user *user, const struct accounts *accounts,
		   struct error *err)
{
	struct resolution res = {.arena = image->arena, .accounts = *accounts};
	const char *text = user->configured ? user->configured : "";
	int r = start_spec_parse(text, res.arena, &res.spec, err);

	if (r < 0)
		return r;
	r = start_docker(accounts, &res.spec, START_CURRENT, res.arena, &res.docker, err);
	if (r < 0)
		return r;
	r = start_containerd(accounts, &res.spec, START_CURRENT, res.arena, &res.containerd, err);
	if (r < 0)
		return r;
	return fill(&res, user, err);
}

/* Only an image's configuration names a user. */
static struct start_user not_given(void)
{
	static const char why[] = "a root file system has no configured user; give one with --user";
	const struct start_view view = {.outcome = START_UNKNOWN, .why = why};

	return (struct start_user){
		.outcome = START_UNKNOWN,
		.home = "/",
		.source = why,
		.docker = view,
		.containerd = view,
		.kubelet = view,
	};
}

int start_user_resolve(struct image *image, const char *user_override, const struct limits *limits,
		       struct error *err)
{
	_cleanup_(arena_freep) struct arena *scratch = NULL;
	struct start_user user = {};
	struct accounts accounts;
	int r;

	assert(image && limits);
	if (image->rootfs && !user_override) {
		image->start_user = not_given();
		return 0;
	}
	user.configured = image->config.user;
	if (user_override) {
		user.configured = arena_strdup(image->arena, user_override);
		if (!user.configured)
			return check_out_of_room(image->arena, err);
	}
	scratch = arena_new(limits->bodies_bytes);
	if (!scratch)
		return error_oom(err);
	r = accounts_read(image, scratch, &accounts, err);
	if (r < 0)
		return r;
	r = resolve(image, &user, &accounts, err);
	if (r < 0)
		return r;
	image->start_user = user;
	return 0;
}
