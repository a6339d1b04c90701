/* SPDX-License-Identifier: Apache-2.0 */
/* oci: an OCI image layout in a directory. */
#include <fcntl.h>
#include <sys/stat.h>

#include "source/blob_dir.h"
#include "source/blob_image.h"
#include "source/oci_index.h"
#include "source/source_class.h"

static int oci_layout_open(struct source *source, struct error *err)
{
	int r = blob_dir_new(source->dir, BLOB_NAMING_OCI, &source->meter, &source->store, err);

	if (r == 0)
		r = oci_index_open(source, err);
	return r;
}

static int oci_layout_claims(struct source *source, struct error *err)
{
	int fd = confined_fd(source->dir);
	struct stat st;

	if (fstatat(fd, "oci-layout", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return fstatat(fd, "index.json", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(fd, "blobs", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

const struct source_class source_oci_layout = {
	.name = "oci",
	.syntax = "oci:DIR[:REF]",
	.help = "OCI image layout",
	.input = INPUT_DIR,
	.has_reference = true,
	.claims = oci_layout_claims,
	.open = oci_layout_open,
	.read_layer = blob_image_read_layer,
};
