/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image-device-node: block and character devices that the image brings along. In: ctx->suspects.
 * Specification: Documentation/admin-guide/devices.txt of Linux; mknod(2).
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "check/rule.h"
#include "format/shell_words.h"

static const struct check_reference references[] = {
	{"mknod(2)", "https://man7.org/linux/man-pages/man2/mknod.2.html"},
	{"Linux allocated devices", "https://docs.kernel.org/admin-guide/devices.html"},
	{"OCI runtime specification: default devices",
	 "https://github.com/opencontainers/runtime-spec/blob/main/"
	 "config-linux.md#default-devices"},
};

const struct check check_image_device_node = {
	.name = "image-device-node",
	.severity = SEVERITY_MEDIUM,
	.title = "Device node in the image",
	.rationale =
		"A device node reaches the kernel past the file system: who may open /dev/mem or a "
		"disk reads and writes everything on it. The runtime's device rules usually deny "
		"it, but they are off in privileged containers, and not there at all where the "
		"tree is unpacked by other means.\n\nNodes like /dev/null directly below /dev are "
		"covered by the runtime's own /dev and are noted only.",
	.breaks = "Nothing: the runtime makes the devices that a container may use, and `--device` "
		  "adds others.",
	.remedy = "Do not put device nodes into layers. Delete it in the layer that made it:\n\n"
		  "    RUN rm FILE",
	.references = references,
	.n_references = ARRAY_SIZE(references),
};

/* Every runtime covers these with its own. */
static bool is_standard(const char *path)
{
	static const char *const names[] = {"null", "zero",    "full", "random",  "urandom",
					    "tty",  "console", "ptmx", "pts/ptmx"};

	if (strncmp(path, "/dev/", 5) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(path + 5, names[i]) == 0)
			return true;
	return false;
}

/* Memory, and everything that holds a file system. */
static bool is_dangerous(const struct file_inode *inode)
{
	unsigned int number = minor(inode->size);

	if (S_ISBLK(inode->mode))
		return true;
	return major(inode->size) == 1 && (number == 1 || number == 2 || number == 4);
}

static bool is_harmless(const struct suspect *suspect)
{
	if (!S_ISCHR(suspect->inode->mode) || is_dangerous(suspect->inode))
		return false;
	for (size_t i = 0; i < suspect->n_names; i++)
		if (!is_standard(suspect->names[i]))
			return false;
	return true;
}

static void check_device(struct check_ctx *ctx, const struct suspect *suspect)
{
	const struct file_inode *inode = suspect->inode;
	const char *quoted = shell_quote(suspect->location.path, ctx->arena);
	bool block = S_ISBLK(inode->mode), open = inode->mode & 0006;
	enum severity severity = SEVERITY_MEDIUM;
	const char *note = "";
	struct finding *finding;

	if (!quoted)
		rule_fail(ctx);
	if (is_harmless(suspect)) {
		severity = SEVERITY_INFO;
		note = "; the runtime's own /dev covers it";
	} else if (is_dangerous(inode) && open) {
		severity = SEVERITY_HIGH;
		note = "; every user may open it";
	}
	finding = finding_add(ctx, &check_image_device_node, severity, &suspect->location,
			      rule_text(ctx, "RUN rm %s", quoted ? quoted : ""),
			      "%s is a %s device %u:%u (mode %04o)%s", suspect->location.path,
			      block ? "block" : "character", major(inode->size), minor(inode->size),
			      inode->mode & 07777, note);
	evidence_string(ctx, finding, "type", block ? "block" : "character");
	evidence_number(ctx, finding, "major", major(inode->size));
	evidence_number(ctx, finding, "minor", minor(inode->size));
	evidence_string(ctx, finding, "mode", rule_text(ctx, "%04o", inode->mode & 07777));
	evidence_number(ctx, finding, "uid", inode->uid);
	evidence_number(ctx, finding, "gid", inode->gid);
	evidence_list(ctx, finding, "names", suspect->names, suspect->n_names);
}

void device_rules(struct check_ctx *ctx)
{
	for (size_t i = 0; i < ctx->n_suspects; i++)
		if (!S_ISREG(ctx->suspects[i].inode->mode))
			check_device(ctx, &ctx->suspects[i]);
}
