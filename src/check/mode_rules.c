/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image-setuid-root, image-setuid, image-setgid: regular files whose mode changes the IDs of who
 * executes them. In: ctx->suspects. Out: one finding an inode. Specification: execve(2), inode(7),
 * DESIGN section 1 (setuid-root file).
 */
#include "check/rule.h"

#include "format/shell_words.h"
#include <assert.h>

static const struct check_reference setuid_root_references[] = {
	CBPP_0002,
	{"execve(2): set-user-ID programs", "https://man7.org/linux/man-pages/man2/execve.2.html"},
	{"credentials(7)", "https://man7.org/linux/man-pages/man7/credentials.7.html"},
	{"Kubernetes: allowPrivilegeEscalation",
	 "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"},
};

const struct check check_image_setuid_root = {
	.name = "image-setuid-root",
	.severity = SEVERITY_HIGH,
	.title = "File with setuid bit owned by root",
	.rationale =
		"A regular file with the setuid bit whose owner is UID 0 runs as root, whoever "
		"executes it: a flaw in it, or in a library that it loads, gives any process of "
		"the container UID 0. CBPP-0002 asks that no such file is left in the image.\n\n"
		"All of them count: also one without an execute bit (whoever owns it may add the "
		"bit), one that only root may execute, and a script (Linux ignores the bit on "
		"scripts, other systems do not).",
	.breaks = "passwd, su, sudo, mount, newgrp and the like stop working for users other than "
		  "root. Programs of a container hardly ever need them. ping works without the bit "
		  "where the runtime sets net.ipv4.ping_group_range, as Docker and Kubernetes do.",
	.remedy = "Take the bit away in the image, or do not install the package:\n\n"
		  "    RUN find / -xdev -perm /4000 -type f -exec chmod u-s {} +\n\n"
		  "At run time `--security-opt no-new-privileges` (Kubernetes: "
		  "allowPrivilegeEscalation: false) makes the kernel ignore the bit.",
	.references = setuid_root_references,
	.n_references = ARRAY_SIZE(setuid_root_references),
};

static const struct check_reference setuid_references[] = {
	{"execve(2): set-user-ID programs", "https://man7.org/linux/man-pages/man2/execve.2.html"},
	{"inode(7): the file mode", "https://man7.org/linux/man-pages/man7/inode.7.html"},
};

const struct check check_image_setuid = {
	.name = "image-setuid",
	.severity = SEVERITY_MEDIUM,
	.title = "File with setuid bit owned by another user than root",
	.rationale = "The file runs as its owner, whoever executes it. That owner is not root, so "
		     "it is not counted by CBPP-0002, but it crosses from one user to another: "
		     "what the owner may write is open to everyone who finds a flaw in it.",
	.breaks = "Programs that hand work to a service account through this file.",
	.remedy = "Take the bit away:\n\n"
		  "    RUN chmod u-s FILE",
	.references = setuid_references,
	.n_references = ARRAY_SIZE(setuid_references),
};

const struct check check_image_setgid = {
	.name = "image-setgid",
	.severity = SEVERITY_LOW,
	.title = "File with setgid bit",
	.rationale =
		"The file runs with the group that owns it, whoever executes it. With group 0 it "
		"reaches everything that is writable for group root, which is a lot in images "
		"that were made for OpenShift.\n\nWithout the group's execute bit the setgid bit "
		"does not change groups; it once meant mandatory locking, and is noted only.",
	.breaks = "Programs that need the group: expiry, wall, ssh-agent, mail spools.",
	.remedy = "Take the bit away:\n\n"
		  "    RUN find / -xdev -perm /2000 -type f -exec chmod g-s {} +",
	.references = setuid_references,
	.n_references = ARRAY_SIZE(setuid_references),
};

/* What is peculiar about who can execute a setuid file, or "". */
static const char *execution_note(const struct file_inode *inode)
{
	unsigned int execute = inode->mode & 0111;

	if (execute == 0)
		return "; it has no execute bit, so nobody can execute it as it is";
	if (inode->flags & INODE_SCRIPT)
		return "; it is a script, and Linux ignores the bit on scripts";
	if (execute & 0001)
		return "";
	if (execute & 0010)
		return "; only its owner and group can execute it";
	return "; only its owner can execute it";
}

/* One file, since taking the bit from all of them is the check's general remedy. */
static const char *chmod_remedy(struct check_ctx *ctx, const char *mode, const char *path)
{
	const char *quoted = shell_quote(path, ctx->arena);

	if (!quoted) {
		rule_fail(ctx);
		return NULL;
	}
	return rule_text(ctx, "RUN chmod %s %s%s", mode, *path == '-' ? "-- " : "", quoted);
}

static void add_mode_evidence(struct check_ctx *ctx, struct finding *finding,
			      const struct suspect *suspect)
{
	const struct file_inode *inode = suspect->inode;

	evidence_string(ctx, finding, "mode", rule_text(ctx, "%04o", inode->mode & 07777));
	evidence_number(ctx, finding, "uid", inode->uid);
	evidence_number(ctx, finding, "gid", inode->gid);
	evidence_list(ctx, finding, "names", suspect->names, suspect->n_names);
	if (suspect->inode->digest)
		evidence_string(ctx, finding, "digest",
				rule_text(ctx, "%s", suspect->inode->digest));
	evidence_number(ctx, finding, "size", (int64_t)inode->size);
	if (inode->flags & INODE_SCRIPT)
		evidence_bool(ctx, finding, "script", true);
}

/* Hardlinks: the mode is the inode's, so that one chmod mends all of them. */
static const char *more_names(struct check_ctx *ctx, const struct suspect *suspect)
{
	assert(suspect->n_names > 0);
	if (suspect->n_names == 1)
		return "";
	return rule_text(ctx, " and %zu more name%s", suspect->n_names - 1,
			 suspect->n_names == 2 ? "" : "s");
}

/* By the inode's owner and not by who may execute it: CBPP-0002 counts all (DESIGN section 1). */
static void check_setuid(struct check_ctx *ctx, const struct suspect *suspect)
{
	const struct file_inode *inode = suspect->inode;
	const char *path = suspect->location.path;
	const char *more = more_names(ctx, suspect);
	struct finding *finding;

	assert(suspect->n_names > 0);
	if (inode->uid == 0)
		finding = finding_add(ctx, &check_image_setuid_root, SEVERITY_HIGH,
				      &suspect->location, chmod_remedy(ctx, "u-s", path),
				      "%s%s is setuid root (mode %04o)%s", path, more,
				      inode->mode & 07777, execution_note(inode));
	else
		finding = finding_add(ctx, &check_image_setuid, SEVERITY_MEDIUM, &suspect->location,
				      chmod_remedy(ctx, "u-s", path),
				      "%s%s is setuid to UID %u (mode %04o)%s", path, more,
				      inode->uid, inode->mode & 07777, execution_note(inode));
	add_mode_evidence(ctx, finding, suspect);
}

/* Group 0 is graver, for its files are what images for OpenShift make writable. */
static void check_setgid(struct check_ctx *ctx, const struct suspect *suspect)
{
	const struct file_inode *inode = suspect->inode;
	const char *path = suspect->location.path;
	enum severity severity = inode->gid == 0 ? SEVERITY_MEDIUM : SEVERITY_LOW;
	const char *note = "";

	if (!(inode->mode & S_IXGRP)) {
		severity = SEVERITY_INFO;
		note = "; without the group's execute bit it has no effect on execution";
	} else if (inode->flags & INODE_SCRIPT) {
		note = "; it is a script, and Linux ignores the bit on scripts";
	}
	add_mode_evidence(ctx,
			  finding_add(ctx, &check_image_setgid, severity, &suspect->location,
				      chmod_remedy(ctx, "g-s", path),
				      "%s%s is setgid to group %u%s (mode %04o)%s", path,
				      more_names(ctx, suspect), inode->gid,
				      inode->gid == 0 ? " (root)" : "", inode->mode & 07777, note),
			  suspect);
}

void mode_rules(struct check_ctx *ctx)
{
	for (size_t i = 0; i < ctx->n_suspects; i++) {
		const struct suspect *suspect = &ctx->suspects[i];

		if (!S_ISREG(suspect->inode->mode))
			continue;
		if (suspect->inode->mode & S_ISUID)
			check_setuid(ctx, suspect);
		if (suspect->inode->mode & S_ISGID)
			check_setgid(ctx, suspect);
	}
}
