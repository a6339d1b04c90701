/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image-privileged-port, image-onbuild-root: what the image's configuration asks of those who run
 * it or build on it. In: ExposedPorts and OnBuild. Specification: OCI image-spec config.md,
 * Dockerfile reference (EXPOSE, ONBUILD), ip(7) (ip_unprivileged_port_start).
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "check/rule.h"
#include "check/start_runtime.h"
#include "check/stepdown.h"
#include "format/shell_words.h"

#define PRIVILEGED_END 1024
#define SHOWN_MAX      200

static const struct check_reference port_references[] = {
	{"ip(7): ip_unprivileged_port_start", "https://man7.org/linux/man-pages/man7/ip.7.html"},
	{"capabilities(7): CAP_NET_BIND_SERVICE",
	 "https://man7.org/linux/man-pages/man7/capabilities.7.html"},
	{"Kubernetes: safe sysctls",
	 "https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/"},
};

const struct check check_image_privileged_port = {
	.name = "image-privileged-port",
	.severity = SEVERITY_LOW,
	.title = "Exposes a port below 1024 without being root",
	.rationale =
		"Binding a port below 1024 takes CAP_NET_BIND_SERVICE unless the runtime "
		"lowers net.ipv4.ip_unprivileged_port_start. Docker does that since 20.10, "
		"podman and many Kubernetes clusters do not: there the image fails to start, and "
		"the quick way out is to run it as root.",
	.breaks = "Clients and service definitions that name the port. A Service or `-p 80:8080` "
		  "keeps the outer port.",
	.remedy = "Listen on a port of 1024 or more:\n\n"
		  "    EXPOSE 8080",
	.references = port_references,
	.n_references = ARRAY_SIZE(port_references),
};

static const struct check_reference onbuild_references[] = {
	{"Dockerfile reference: ONBUILD", "https://docs.docker.com/reference/dockerfile/#onbuild"},
	CBPP_0002,
};

const struct check check_image_onbuild_root = {
	.name = "image-onbuild-root",
	.severity = SEVERITY_MEDIUM,
	.title = "ONBUILD makes children root",
	.rationale =
		"ONBUILD instructions run in every image that is built on this one, before its "
		"own. A `USER root` there makes children start as root although neither this "
		"image nor their Dockerfile says so; a chmod u+s, setcap or useradd -u 0 gives "
		"them a way to root.",
	.breaks = "Children that install packages in their own RUN instructions need a USER root "
		  "before, and their own USER after these.",
	.remedy = "Take the instruction out, or end the ONBUILD list with a user that is not "
		  "root:\n\n"
		  "    ONBUILD USER 10001:10001",
	.references = onbuild_references,
	.n_references = ARRAY_SIZE(onbuild_references),
};

/* Five digits at most: no overflow to check for. */
static bool parse_port(const char *text, size_t len, unsigned int *ret)
{
	unsigned int port = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned int)(text[i] - '0');
	}
	*ret = port;
	return port <= 65535;
}

/* "80", "80/tcp", "80-90/udp": the lowest port. */
static bool lowest_port(const char *text, unsigned int *ret)
{
	size_t len = strcspn(text, "/"), first = strcspn(text, "-/");
	unsigned int last;

	if (!parse_port(text, first, ret))
		return false;
	if (first == len)
		return true;
	return parse_port(text + first + 1, len - first - 1, &last) && last >= *ret;
}

/* Only of images that do not start as root: root may bind any port. */
static void check_ports(struct check_ctx *ctx)
{
	const struct string_list *ports = &ctx->image->config.exposed_ports;

	for (size_t i = 0; i < ports->len && ctx->status == 0; i++) {
		struct finding *finding;
		unsigned int port;

		if (!lowest_port(ports->items[i], &port) || port == 0 || port >= PRIVILEGED_END)
			continue;
		finding = finding_add(ctx, &check_image_privileged_port, SEVERITY_LOW,
				      LOCATION_FIELD("config.ExposedPorts"),
				      rule_text(ctx, "EXPOSE %u", port + 8000),
				      "exposes %.32s, which UID %u may not bind where "
				      "ip_unprivileged_port_start is 1024",
				      ports->items[i], ctx->image->start_user.uid);
		evidence_string(ctx, finding, "port", rule_text(ctx, "%.32s", ports->items[i]));
		evidence_number(ctx, finding, "uid", ctx->image->start_user.uid);
	}
}

/* The instruction's arguments when the row is this instruction, else NULL. */
static const char *arguments_of(const char *row, const char *instruction)
{
	size_t len = strlen(instruction);

	row += strspn(row, " \t");
	if (strncasecmp(row, instruction, len) != 0 || !strchr(" \t", row[len]) || !row[len])
		return NULL;
	return row + len + strspn(row + len, " \t");
}

/* UID 0 in a child, as this image's passwd has it. Expansions are not known here. */
static bool names_root(struct check_ctx *ctx, const char *arguments)
{
	size_t len = strcspn(arguments, " \t\r\n");
	char *text = arena_strndup(ctx->scratch, arguments, len);
	struct start_result result = {};
	struct start_spec spec;
	int r;

	if (!text) {
		rule_fail(ctx);
		return false;
	}
	if (strchr(text, '$'))
		return false;
	r = start_spec_parse(text, ctx->scratch, &spec, ctx->err);
	if (r == 0)
		r = start_docker(&ctx->accounts, &spec, START_CURRENT, ctx->scratch, &result,
				 ctx->err);
	if (r < 0) {
		ctx->status = r;
		return false;
	}
	return result.outcome == START_RUNS && result.uid == 0;
}

/* Shown cut: an instruction may be as long as the configuration. */
static void add_onbuild(struct check_ctx *ctx, const char *row, const char *what)
{
	struct finding *finding =
		finding_add(ctx, &check_image_onbuild_root, SEVERITY_MEDIUM,
			    LOCATION_FIELD("config.OnBuild"), "ONBUILD USER 10001:10001",
			    "ONBUILD %.*s: %s", SHOWN_MAX, row, what);

	evidence_string(ctx, finding, "instruction", rule_text(ctx, "%.*s", SHOWN_MAX, row));
}

/* 4755, 04755, u+s, +s, a=rxs: sets the setuid bit. */
static bool mode_sets_setuid(const char *mode)
{
	size_t digits = strspn(mode, "01234567");

	if (digits > 0 && !mode[digits])
		return digits >= 4 && (mode[digits - 4] - '0') & 4;
	for (const char *clause = mode; *clause; clause += strcspn(clause, ",")) {
		size_t who, len;

		clause += *clause == ',';
		who = strspn(clause, "ugoa");
		len = strcspn(clause, ",");
		if (!clause[who] || !strchr("+=", clause[who]) || !memchr(clause, 's', len))
			continue;
		if (who == 0 || memchr(clause, 'u', who) || memchr(clause, 'a', who))
			return true;
	}
	return false;
}

/* The first word that is no option is the mode. */
static bool chmod_sets_setuid(const struct shell_command *command)
{
	for (size_t i = 1; i < command->n_words; i++) {
		if (command->words[i].text[0] == '-')
			continue;
		return mode_sets_setuid(command->words[i].text);
	}
	return false;
}

/* useradd -o -u 0, adduser -u 0, usermod -ou0, --uid=0 */
static bool makes_uid_0(const struct shell_command *command)
{
	for (size_t i = 1; i < command->n_words; i++) {
		const char *word = command->words[i].text;
		const char *next = i + 1 < command->n_words ? command->words[i + 1].text : "";

		if (strcmp(word, "--uid=0") == 0)
			return true;
		if (strcmp(word, "--uid") == 0 && strcmp(next, "0") == 0)
			return true;
		if (word[0] != '-' || word[1] == '-' || !strchr(word, 'u'))
			continue;
		word = strchr(word, 'u') + 1;
		if (strcmp(*word ? word : next, "0") == 0)
			return true;
	}
	return false;
}

static const char *command_makes_root(const struct shell_command *command)
{
	const char *name = stepdown_base_name(command->words[0].text);

	if (strcmp(name, "chmod") == 0 && chmod_sets_setuid(command))
		return "sets the setuid bit in children";
	if (strcmp(name, "setcap") == 0 && command->n_words > 2 &&
	    strcmp(command->words[1].text, "-r") != 0)
		return "gives files capabilities in children";
	if ((strcmp(name, "useradd") == 0 || strcmp(name, "adduser") == 0 ||
	     strcmp(name, "usermod") == 0) &&
	    makes_uid_0(command))
		return "makes an account with UID 0 in children";
	return NULL;
}

static void check_onbuild_run(struct check_ctx *ctx, const char *row, const char *text)
{
	struct shell_command *commands;
	size_t n;
	int r = shell_split(text, strlen(text), ctx->scratch, &commands, &n, ctx->err);

	if (r < 0) {
		ctx->status = r;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *what = command_makes_root(&commands[i]);

		if (!what)
			continue;
		add_onbuild(ctx, row, what);
		return;
	}
}

static void check_onbuild(struct check_ctx *ctx)
{
	const struct string_list *rows = &ctx->image->config.on_build;
	const char *user_row = NULL, *user = NULL;

	for (size_t i = 0; i < rows->len && ctx->status == 0; i++) {
		const char *arguments = arguments_of(rows->items[i], "USER");

		if (arguments) {
			user_row = rows->items[i];
			user = arguments;
			continue;
		}
		arguments = arguments_of(rows->items[i], "RUN");
		if (arguments)
			check_onbuild_run(ctx, rows->items[i], arguments);
	}
	/* The last one counts. */
	if (user && names_root(ctx, user))
		add_onbuild(ctx, user_row, "makes children root");
}

void config_rules(struct check_ctx *ctx)
{
	if (rule_starts_non_root(ctx))
		check_ports(ctx);
	check_onbuild(ctx);
}
