/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rootfs-archive: a root file system as one tar archive (docker export, mmdebstrap, lxc), which is
 * no layer: names are taken as they are, and nothing is hidden by a name. There is no
 * configuration.
 */
#include <errno.h>
#include <sys/stat.h>

#include "source/layer.h"
#include "source/rootfs.h"
#include "source/source_class.h"

static int rootfs_archive_open(struct source *source, struct error *err)
{
	struct tar_archive *archive = source->archive;

	if (!archive->is_tar)
		return tar_archive_explain(archive, err);
	source->repeatable = archive->is_file;
	source->bytes = archive->is_file ? archive->size : 0;
	return rootfs_add_image(source, err);
}

static int rootfs_archive_claims(struct source *source, struct error *err)
{
	const struct tar_archive *archive = source->archive;

	if (archive->is_tree)
		return 1;
	if (!archive->members || !archive->is_file)
		return 0;
	return tar_members_have_dir(archive->members, "etc") ||
	       tar_members_have_dir(archive->members, "usr") ||
	       tar_members_have_dir(archive->members, "bin");
}

static bool has_file(const struct file_tree *tree, const char *name)
{
	struct file_node *node;

	return file_tree_lookup(tree, NULL, name, false, &node) == 0 && S_ISREG(node->inode->mode);
}

/*
 * An archive is taken for a root file system by its first member, because a pipe has no second
 * look. Should it turn out to be an image as well, judging it as a tree could hide the image.
 */
static int check_no_image(const struct source *source, const struct file_tree *tree,
			  struct error *err)
{
	const char *path = source->name->path, *other;

	if (!source->by_content)
		return 0;
	if (has_file(tree, "manifest.json"))
		other = "docker-archive";
	else if (has_file(tree, "index.json") && has_file(tree, "oci-layout"))
		other = "oci-archive";
	else
		return 0;
	return error_set(err, -EBADMSG,
			 "%.128s may be an image or a root file system; say %s:%.128s or "
			 "rootfs-archive:%.128s",
			 path, other, path, path);
}

static int rootfs_archive_read_layer(struct source *source, size_t image, size_t layer,
				     const struct body_wishes *wishes, struct file_tree **ret_tree,
				     struct error *err)
{
	struct layer_request request = {
		.options = source->options,
		.wishes = wishes,
		.what = source->name->path,
		.verbatim = true,
	};
	struct layer_result result = {};
	struct stream *stream;
	int r = tar_archive_stream(source->archive, &stream, err);

	if (r == 0)
		r = layer_scan(stream, &request, &result, err);
	if (r < 0)
		return r;
	r = check_no_image(source, result.tree, err);
	if (r == 0)
		*ret_tree = TAKE(result.tree);
	layer_result_clear(&result);
	return r;
}

const struct source_class source_rootfs_archive = {
	.name = "rootfs-archive",
	.syntax = "rootfs-archive:FILE",
	.help = "root file system in a tar archive",
	.input = INPUT_ARCHIVE,
	.claims = rootfs_archive_claims,
	.open = rootfs_archive_open,
	.read_layer = rootfs_archive_read_layer,
};
