/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image-file-capability: the security.capability attribute of regular files. In: ctx->suspects.
 * Out: one finding an inode, also for an attribute that the kernel will not accept. Specification:
 * capabilities(7), security/commoncap.c of Linux (get_vfs_caps_from_disk, bprm_caps_from_vfs_caps).
 */
#include "format/capability.h"

#include <assert.h>

#include "check/rule.h"
#include "format/shell_words.h"

static const struct check_reference references[] = {
	{"capabilities(7)", "https://man7.org/linux/man-pages/man7/capabilities.7.html"},
	{"setcap(8)", "https://man7.org/linux/man-pages/man8/setcap.8.html"},
	{"Docker: runtime privilege and Linux capabilities",
	 "https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities"},
};

const struct check check_image_file_capability = {
	.name = "image-file-capability",
	.severity = SEVERITY_MEDIUM,
	.title = "File with capabilities",
	.rationale =
		"Who executes such a file gets its capabilities, as far as the container's "
		"bounding set allows. Some of them are worth as much as UID 0: cap_setuid becomes "
		"any user, cap_dac_override writes any file, cap_sys_admin does nearly "
		"everything.\n\nWith the effective bit (\"=ep\") the kernel refuses to execute the "
		"file when a capability is not in the bounding set: under `--cap-drop ALL` it "
		"fails with \"operation not permitted\". A revision 3 attribute counts only in the "
		"user namespace whose root it names.",
	.breaks = "The program loses what the capability was for: binding ports below 1024 "
		  "(cap_net_bind_service), raw sockets (cap_net_raw).",
	.remedy = "Take the capabilities away, and use a port of 1024 or more:\n\n"
		  "    RUN setcap -r FILE",
	.references = references,
	.n_references = ARRAY_SIZE(references),
};

/* Names of the capabilities of a set, for the evidence. */
static const char **capability_names(struct check_ctx *ctx, uint64_t set, size_t *ret_len)
{
	const char **names = arena_calloc(ctx->arena, 64, sizeof(*names));

	*ret_len = 0;
	if (!names) {
		rule_fail(ctx);
		return NULL;
	}
	for (unsigned int i = 0; i < 64; i++) {
		const char *name = capability_name(i);

		if (set & (1ULL << i))
			names[(*ret_len)++] = name ? name : rule_text(ctx, "cap_%u", i);
	}
	return names;
}

/* One is enough. */
static bool has_root_equivalent(uint64_t set)
{
	for (unsigned int i = 0; i < 64; i++)
		if ((set & (1ULL << i)) && capability_is_root_equivalent(i))
			return true;
	return false;
}

/* Executable by someone else than root? */
static bool others_execute(const struct file_inode *inode)
{
	if (inode->mode & S_IXOTH)
		return true;
	if ((inode->mode & S_IXGRP) && inode->gid != 0)
		return true;
	return (inode->mode & S_IXUSR) && inode->uid != 0;
}

/* setcap -r and not a mode: the attribute is what has to go. */
static const char *remedy(struct check_ctx *ctx, const struct suspect *suspect)
{
	const char *quoted = shell_quote(suspect->location.path, ctx->arena);

	if (!quoted) {
		rule_fail(ctx);
		return NULL;
	}
	return rule_text(ctx, "RUN setcap -r %s", quoted);
}

static void add_file_evidence(struct check_ctx *ctx, struct finding *finding,
			      const struct suspect *suspect)
{
	evidence_string(ctx, finding, "mode", rule_text(ctx, "%04o", suspect->inode->mode & 07777));
	evidence_number(ctx, finding, "uid", suspect->inode->uid);
	evidence_number(ctx, finding, "gid", suspect->inode->gid);
	evidence_list(ctx, finding, "names", suspect->names, suspect->n_names);
	if (suspect->inode->digest)
		evidence_string(ctx, finding, "digest",
				rule_text(ctx, "%s", suspect->inode->digest));
}

static void add_capability_evidence(struct check_ctx *ctx, struct finding *finding,
				    const struct file_capability *capability)
{
	size_t n_permitted, n_inheritable;
	const char **permitted = capability_names(ctx, capability->permitted, &n_permitted);
	const char **inheritable = capability_names(ctx, capability->inheritable, &n_inheritable);

	evidence_list(ctx, finding, "permitted", permitted, n_permitted);
	if (n_inheritable > 0)
		evidence_list(ctx, finding, "inheritable", inheritable, n_inheritable);
	evidence_bool(ctx, finding, "effective", capability->effective);
	evidence_number(ctx, finding, "revision", capability->revision);
	if (capability->revision == 3)
		evidence_number(ctx, finding, "root_uid", capability->root_uid);
}

/* What keeps the capability from being gained, or the file from being executed; the first that
 * applies. */
static const char *capability_note(struct check_ctx *ctx, const struct suspect *suspect,
				   const struct file_capability *capability)
{
	if (!(suspect->inode->mode & 0111))
		return "; it has no execute bit";
	if (suspect->inode->flags & INODE_SCRIPT)
		return "; it is a script, and Linux ignores capabilities on scripts";
	if (capability->revision == 3 && capability->root_uid != 0)
		return rule_text(ctx, "; counts only in the user namespace whose root is UID %u",
				 capability->root_uid);
	if (capability->effective && capability->permitted)
		return "; cannot be executed at all under --cap-drop ALL (operation not permitted)";
	return "";
}

static void check_capability(struct check_ctx *ctx, const struct suspect *suspect,
			     const struct file_capability *capability)
{
	enum severity severity = SEVERITY_MEDIUM;
	char *text = capability_text(capability, ctx->arena);
	struct finding *finding;

	assert(suspect->n_names > 0);
	if (!text) {
		rule_fail(ctx);
		return;
	}
	if (has_root_equivalent(capability->permitted) && others_execute(suspect->inode))
		severity = SEVERITY_HIGH;
	if (!capability->permitted && !capability->inheritable)
		severity = SEVERITY_INFO;
	finding = finding_add(ctx, &check_image_file_capability, severity, &suspect->location,
			      remedy(ctx, suspect), "%s has file capabilities %s%s",
			      suspect->location.path, text,
			      capability_note(ctx, suspect, capability));
	evidence_string(ctx, finding, "capabilities", text);
	add_capability_evidence(ctx, finding, capability);
	add_file_evidence(ctx, finding, suspect);
}

/* Not a way to root, for the kernel does not execute such a file, but nothing that anyone wants in
 * an image either. */
static void check_malformed(struct check_ctx *ctx, const struct suspect *suspect,
			    const struct file_xattr *xattr, const struct error *why)
{
	struct finding *finding = finding_add(
		ctx, &check_image_file_capability, SEVERITY_MEDIUM, &suspect->location,
		remedy(ctx, suspect),
		"%s has a malformed capability attribute (%s); the kernel refuses to execute it",
		suspect->location.path, why->message);

	evidence_bool(ctx, finding, "malformed", true);
	evidence_number(ctx, finding, "attribute_size", xattr->size);
	add_file_evidence(ctx, finding, suspect);
}

void capability_rules(struct check_ctx *ctx)
{
	for (size_t i = 0; i < ctx->n_suspects; i++) {
		const struct suspect *suspect = &ctx->suspects[i];
		struct file_capability capability;
		const struct file_xattr *xattr;
		struct error why = {};

		if (!S_ISREG(suspect->inode->mode))
			continue;
		xattr = file_inode_xattr(suspect->inode, "security.capability");
		if (!xattr)
			continue;
		if (capability_decode(xattr->value, xattr->size, &capability, &why) == 0)
			check_capability(ctx, suspect, &capability);
		else
			check_malformed(ctx, suspect, xattr, &why);
	}
}
