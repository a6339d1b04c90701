/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image-drops-root: an image that starts as root and gives root up by itself. In: entrypoint,
 * command, their scripts. Out: one finding a user that it drops to. Limit: DROPS_MAX of them.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "check/entrypoint.h"
#include "check/place.h"
#include "check/rule.h"
#include "check/start_runtime.h"
#include "check/stepdown.h"

#define DROPS_MAX    32
#define COMMAND_MAX  200
#define NOT_RESOLVED UINT32_MAX

static const struct check_reference references[] = {
	CBPP_0002,
	{"credentials(7)", "https://man7.org/linux/man-pages/man7/credentials.7.html"},
	{"gosu", "https://github.com/tianon/gosu"},
	{"Dockerfile reference: USER", "https://docs.docker.com/reference/dockerfile/#user"},
};

const struct check check_image_drops_root = {
	.name = "image-drops-root",
	.severity = SEVERITY_MEDIUM,
	.title = "Image starts as root and drops to another user",
	.rationale =
		"The entrypoint starts as root, prepares something and then becomes another user "
		"with gosu, su-exec, setpriv or the like. The service itself may be non-root, but "
		"the container is not: its first process runs as UID 0, everything before the "
		"step (the entrypoint script and what it sources, reads and expands) runs as "
		"root, `docker exec` gives root, and policies like runAsNonRoot refuse it.",
	.breaks = "What the entrypoint does as root: chown of volumes, writing configuration, "
		  "binding ports below 1024. Do it at build time, or with fsGroup, an init "
		  "container or net.ipv4.ip_unprivileged_port_start.",
	.remedy = "Make the image start as the user that it drops to; most official images notice "
		  "and skip the step:\n\n"
		  "    USER 999:999",
	.references = references,
	.n_references = ARRAY_SIZE(references),
};

struct drops {
	struct check_ctx *ctx;
	const char *users[DROPS_MAX]; /* looked at already */
	size_t n_users;
	bool advised;
};

/* Whom a user word names, as far as that can be known. */
struct drop_user {
	const char *value; /* after expansion, or NULL */
	uint32_t uid, gid; /* NOT_RESOLVED */
};

/* "$NAME" and "${NAME}" through the image's environment; NULL for other expansions. */
static const char *expand(struct check_ctx *ctx, const char *text)
{
	size_t start = text[1] == '{' ? 2 : 1, len = 0;

	if (*text != '$')
		return NULL;
	while (isalnum((unsigned char)text[start + len]) || text[start + len] == '_')
		len++;
	if (len == 0 || text[start + len + (start == 2)] != '\0' ||
	    (start == 2 && text[start + len] != '}'))
		return NULL;
	return entry_env(ctx->image, text + start, len);
}

/* NOT_RESOLVED is -1, which nobody can become. */
static uint32_t number_of(const struct start_id *id)
{
	if (id->kind != START_ID_NUMBER || !start_id_in_range(id))
		return NOT_RESOLVED;
	return (uint32_t)id->number;
}

/* As docker looks groups up: the first line of that name. */
static uint32_t group_number(const struct accounts *accounts, const struct start_id *group)
{
	if (group->kind != START_ID_NAME)
		return number_of(group);
	for (size_t i = 0; i < accounts->n_groups; i++)
		if (strcmp(accounts->groups[i].name, group->text) == 0)
			return (uint32_t)accounts->groups[i].gid;
	return NOT_RESOLVED;
}

static void resolve(struct check_ctx *ctx, struct drop_user *user)
{
	const char *value = user->value + (*user->value == ':' || *user->value == '#');
	const struct passwd_line *line;
	struct start_spec spec;

	if (start_spec_parse(value, ctx->scratch, &spec, ctx->err) < 0) {
		rule_fail(ctx);
		return;
	}
	user->uid = number_of(&spec.user);
	line = user->uid == NOT_RESOLVED ? accounts_by_name(&ctx->accounts, spec.user.text)
					 : accounts_by_uid(&ctx->accounts, user->uid);
	if (line) {
		user->uid = (uint32_t)line->uid;
		user->gid = (uint32_t)line->gid;
	}
	if (spec.group.kind != START_ID_NONE)
		user->gid = group_number(&ctx->accounts, &spec.group);
	if (user->gid == NOT_RESOLVED)
		user->gid = user->uid;
}

static struct drop_user drop_user_of(struct check_ctx *ctx, const struct stepdown *step)
{
	struct drop_user user = {step->user, NOT_RESOLVED, NOT_RESOLVED};

	if (step->expands || *step->user == '$')
		user.value = expand(ctx, step->user);
	if (user.value)
		resolve(ctx, &user);
	return user;
}

/* Each user is reported once, where it is met first; beyond DROPS_MAX nothing new is learnt. */
static bool seen(struct drops *drops, const char *user)
{
	for (size_t i = 0; i < drops->n_users; i++)
		if (strcmp(drops->users[i], user) == 0)
			return true;
	if (drops->n_users == DROPS_MAX)
		return true;
	drops->users[drops->n_users++] = user;
	return false;
}

/* Cut: a command line may be as long as the script. */
static const char *command_text(struct check_ctx *ctx, const struct shell_word *words, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n && text && strlen(text) < COMMAND_MAX; i++)
		text = rule_text(ctx, "%s%s%.200s", text, i > 0 ? " " : "", words[i].text);
	return text;
}

static const char *who(struct check_ctx *ctx, const struct stepdown *step,
		       const struct drop_user *user)
{
	const char *written = step->user + (*step->user == ':' || *step->user == '#');

	if (user->uid == NOT_RESOLVED)
		return written;
	if (user->value != step->user)
		return rule_text(ctx, "%.128s (%.128s, UID %u)", written, user->value, user->uid);
	if (start_id_parse(written).kind == START_ID_NUMBER)
		return rule_text(ctx, "UID %u", user->uid);
	return rule_text(ctx, "%.128s (UID %u)", written, user->uid);
}

/* The number and not the name: the kubelet cannot verify a name. */
static const char *advice(struct check_ctx *ctx, const struct drop_user *user)
{
	if (user->uid == NOT_RESOLVED)
		return "USER 10001:10001";
	return rule_text(ctx, "USER %u:%u", user->uid, user->gid);
}

static void report(struct check_ctx *ctx, const struct entry_origin *origin,
		   const struct stepdown *step, const struct drop_user *user, const char *command)
{
	struct location location = {.field = origin->field};
	bool known = rule_starts_as_root(ctx);
	struct finding *finding;

	if (origin->script) {
		location = place_node(ctx, origin->script);
		location.line = origin->line;
	}
	finding =
		finding_add(ctx, &check_image_drops_root, SEVERITY_MEDIUM, &location,
			    advice(ctx, user), "%s root, drops to %s with %s",
			    known ? "starts as" : "may start as", who(ctx, step, user), step->tool);
	evidence_string(ctx, finding, "tool", step->tool);
	evidence_string(ctx, finding, "user", rule_text(ctx, "%.200s", step->user));
	if (user->uid != NOT_RESOLVED)
		evidence_number(ctx, finding, "uid", user->uid);
	evidence_string(ctx, finding, "command", command);
}

/* Becoming root from root is no step down. */
static int visit(void *data, const struct entry_origin *origin, const struct shell_word *words,
		 size_t n_words)
{
	struct drops *drops = data;
	struct check_ctx *ctx = drops->ctx;
	struct drop_user user;
	struct stepdown step;

	if (!stepdown_parse(words, n_words, &step))
		return ctx->status;
	if (seen(drops, step.user))
		return ctx->status;
	user = drop_user_of(ctx, &step);
	if (user.uid == 0)
		return ctx->status;
	if (user.uid != NOT_RESOLVED && !drops->advised) {
		drops->advised = true;
		ctx->advised_uid = user.uid;
		ctx->advised_gid = user.gid;
	}
	report(ctx, origin, &step, &user, command_text(ctx, words, n_words));
	return ctx->status;
}

void stepdown_rules(struct check_ctx *ctx)
{
	struct drops drops = {.ctx = ctx};
	const struct entry_visitor visitor = {.command = visit, .data = &drops};
	int r;

	if (ctx->image->start_user.outcome == START_REFUSED || rule_starts_non_root(ctx))
		return;
	r = entry_walk(ctx->image, ctx->scratch, &visitor, ctx->err);
	if (r < 0 && ctx->status == 0)
		ctx->status = r;
}
