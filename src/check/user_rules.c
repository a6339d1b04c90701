/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image-user-root, image-user-unresolvable, image-user-not-numeric, image-group-root: what the
 * start user is. In: image->start_user as start_user_resolve() filled it. Specification: OCI
 * image-spec config.md (User), CBPP-0002, the kubelet's runAsNonRoot.
 */
#include <string.h>

#include "check/rule.h"

static const struct check_reference root_references[] = {
	CBPP_0002,
	{"Dockerfile reference: USER", "https://docs.docker.com/reference/dockerfile/#user"},
	{"Kubernetes: Pod Security Standards, running as non-root",
	 "https://kubernetes.io/docs/concepts/security/pod-security-standards/"},
	{"credentials(7)", "https://man7.org/linux/man-pages/man7/credentials.7.html"},
};

const struct check check_image_user_root = {
	.name = "image-user-root",
	.severity = SEVERITY_HIGH,
	.title = "Image starts as root",
	.rationale =
		"The first process of a container of this image has UID 0, because the image names "
		"no user, or one that is UID 0 however it is spelled (0, 00, root, an alias in "
		"passwd, a passwd line that does not parse).\n\n"
		"Root in a container owns every file of it, may use every capability that the "
		"runtime leaves, and is root on the host after a break-out unless user "
		"namespaces are used. CBPP-0002 asks for another user.",
	.breaks = "Files and directories that the process writes must belong to the new user or "
		  "its group; ports below 1024 may need net.ipv4.ip_unprivileged_port_start (set "
		  "by Docker since 20.10) or a higher port; package managers do not work at run "
		  "time.",
	.remedy = "End the Dockerfile's last stage with a numeric user and group:\n\n"
		  "    RUN chown -R 10001:10001 /var/lib/app\n"
		  "    USER 10001:10001",
	.references = root_references,
	.n_references = ARRAY_SIZE(root_references),
};

static const struct check_reference unresolvable_references[] = {
	{"CVE-2024-40635: containerd, USER above 2^31-1 runs as root",
	 "https://nvd.nist.gov/vuln/detail/CVE-2024-40635"},
	{"CVE-2026-46680: containerd, a huge number is looked up as a name",
	 "https://nvd.nist.gov/vuln/detail/CVE-2026-46680"},
	{"OCI image specification: config.User",
	 "https://github.com/opencontainers/image-spec/blob/main/config.md#properties"},
	{"moby/sys/user", "https://github.com/moby/sys/tree/main/user"},
};

const struct check check_image_user_unresolvable = {
	.name = "image-user-unresolvable",
	.severity = SEVERITY_HIGH,
	.title = "Runtimes refuse the image's user",
	.rationale =
		"USER names someone who is not in the image's own /etc/passwd, or a number that "
		"no runtime accepts (0 to 2147483647 are), so the container will not start.\n\n"
		"Older runtimes cut such a number to 32 bits or looked it up as a name, and "
		"started the container as UID 0: images have been made to attack through that. "
		"The finding says so where it is the case.",
	.breaks = "Nothing: the image does not start as it is.",
	.remedy = "Name a user that exists in the final stage, best by number:\n\n"
		  "    USER 10001:10001",
	.references = unresolvable_references,
	.n_references = ARRAY_SIZE(unresolvable_references),
};

static const struct check_reference not_numeric_references[] = {
	{"Kubernetes: configure a security context",
	 "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"},
	{"Kubernetes issue 40958: runAsNonRoot and named users",
	 "https://github.com/kubernetes/kubernetes/issues/40958"},
};

const struct check check_image_user_not_numeric = {
	.name = "image-user-not-numeric",
	.severity = SEVERITY_LOW,
	.title = "Image user is a name and not a number",
	.rationale =
		"With runAsNonRoot: true and no runAsUser the kubelet starts an image only "
		"when it can see that the user is not root, and it does not read the image's "
		"passwd: a user given by name is refused (\"cannot verify user is non-root\"), "
		"whoever it is.",
	.breaks = "Nothing: a number means the same user on every runtime.",
	.remedy = "Give the number in the last USER of the last stage:\n\n"
		  "    USER 1000:1000",
	.references = not_numeric_references,
	.n_references = ARRAY_SIZE(not_numeric_references),
};

static const struct check_reference group_references[] = {
	{"Dockerfile reference: USER", "https://docs.docker.com/reference/dockerfile/#user"},
	{"OpenShift: support arbitrary user ids",
	 "https://docs.openshift.com/container-platform/latest/openshift_images/"
	 "create-images.html"},
	{"credentials(7)", "https://man7.org/linux/man-pages/man7/credentials.7.html"},
};

const struct check check_image_group_root = {
	.name = "image-group-root",
	.severity = SEVERITY_LOW,
	.title = "Image starts with group root",
	.rationale =
		"The process is not root, but one of its groups is 0: it may do what the mode bits "
		"of files owned by group root allow, and many system files belong to that group. "
		"It happens unasked: a numeric USER without a line in /etc/passwd gets group "
		"0.\n\n"
		"OpenShift runs containers with group 0 by design, and images made for it rely "
		"on it; there it is a note and not a defect.",
	.breaks = "Images for OpenShift make their files writable for group 0 on purpose.",
	.remedy = "Name the group too:\n\n"
		  "    USER 10001:10001",
	.references = group_references,
	.n_references = ARRAY_SIZE(group_references),
};

static const struct location field = {.field = "config.User"};

static void add_user_evidence(struct check_ctx *ctx, struct finding *finding)
{
	const struct start_user *user = &ctx->image->start_user;

	if (user->configured)
		evidence_string(ctx, finding, "configured",
				rule_text(ctx, "%.1024s", user->configured));
	evidence_string(ctx, finding, "source",
			user->source ? rule_text(ctx, "%s", user->source) : NULL);
}

static void add_ids_evidence(struct check_ctx *ctx, struct finding *finding)
{
	add_user_evidence(ctx, finding);
	evidence_number(ctx, finding, "uid", ctx->image->start_user.uid);
	evidence_number(ctx, finding, "gid", ctx->image->start_user.gid);
}

static const char *use(struct check_ctx *ctx, uint32_t uid, uint32_t gid)
{
	return rule_text(ctx, "USER %u:%u", uid, gid);
}

static void check_root(struct check_ctx *ctx)
{
	const struct start_user *user = &ctx->image->start_user;
	const char *remedy = use(ctx, ctx->advised_uid, ctx->advised_gid);
	struct finding *finding;

	if (!user->configured || !*user->configured)
		finding = finding_add(ctx, &check_image_user_root, SEVERITY_HIGH, &field, remedy,
				      "starts as root: the image sets no USER");
	else
		finding = finding_add(ctx, &check_image_user_root, SEVERITY_HIGH, &field, remedy,
				      "starts as root: USER \"%.200s\" is UID 0, explicitly (%s)",
				      user->configured, user->source);
	add_ids_evidence(ctx, finding);
	evidence_bool(ctx, finding, "explicit", user->configured && *user->configured);
}

static void check_refused(struct check_ctx *ctx)
{
	const struct start_user *user = &ctx->image->start_user;
	const char *shown = user->configured ? user->configured : "";
	const char *remedy = use(ctx, ctx->advised_uid, ctx->advised_gid);
	struct finding *finding;

	if (user->older_root)
		finding = finding_add(ctx, &check_image_user_unresolvable, SEVERITY_HIGH, &field,
				      remedy,
				      "USER \"%.200s\" will not start (%s), but is UID 0 on older "
				      "runtimes: %s",
				      shown, user->docker.why, user->older_why);
	else
		finding = finding_add(ctx, &check_image_user_unresolvable, SEVERITY_HIGH, &field,
				      remedy, "USER \"%.200s\" will not start: %s", shown,
				      user->docker.why);
	add_user_evidence(ctx, finding);
	evidence_bool(ctx, finding, "root_on_older_runtimes", user->older_root);
}

/* Runs under docker, but one of the others will have none of it. */
static void check_containerd(struct check_ctx *ctx)
{
	const struct start_user *user = &ctx->image->start_user;

	if (user->containerd.outcome != START_REFUSED)
		return;
	add_ids_evidence(ctx, finding_add(ctx, &check_image_user_unresolvable, SEVERITY_MEDIUM,
					  &field, use(ctx, user->uid, user->gid),
					  "USER \"%.200s\" will not start under containerd: %s",
					  user->configured ? user->configured : "",
					  user->containerd.why));
}

static void check_not_numeric(struct check_ctx *ctx)
{
	const struct start_user *user = &ctx->image->start_user;

	if (!user->named)
		return;
	add_ids_evidence(ctx,
			 finding_add(ctx, &check_image_user_not_numeric, SEVERITY_LOW, &field,
				     use(ctx, user->uid, user->gid),
				     "USER \"%.200s\" is a name: the kubelet will not start it "
				     "with runAsNonRoot, UID %u would do",
				     user->configured, user->uid));
}

static bool in_group_root(const struct start_user *user)
{
	for (size_t i = 0; i < user->n_groups; i++)
		if (user->groups[i] == 0)
			return true;
	return false;
}

/* The group that a remedy names: not 0. */
static uint32_t other_group(const struct start_user *user)
{
	return user->gid != 0 ? user->gid : user->uid;
}

static void check_group(struct check_ctx *ctx)
{
	const struct start_user *user = &ctx->image->start_user;
	const char *remedy = use(ctx, user->uid, other_group(user));
	struct finding *finding;

	if (user->gid == 0)
		finding = finding_add(
			ctx, &check_image_group_root, SEVERITY_LOW, &field, remedy,
			"UID %u starts with group 0 (root)%s", user->uid,
			user->group_given ? ", as USER says"
			: user->name      ? ", its group in /etc/passwd"
				     : ": it has no line in /etc/passwd, and USER names no group");
	else if (in_group_root(user))
		finding = finding_add(ctx, &check_image_group_root, SEVERITY_LOW, &field, remedy,
				      "UID %u is in group 0 (root) through /etc/group", user->uid);
	else
		return;
	add_ids_evidence(ctx, finding);
}

void user_rules(struct check_ctx *ctx)
{
	if (ctx->image->start_user.outcome == START_REFUSED)
		check_refused(ctx);
	if (rule_starts_as_root(ctx))
		check_root(ctx);
	if (ctx->image->start_user.outcome == START_RUNS)
		check_containerd(ctx);
	if (!rule_starts_non_root(ctx))
		return;
	check_not_numeric(ctx);
	check_group(ctx);
}
