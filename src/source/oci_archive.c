/* SPDX-License-Identifier: Apache-2.0 */
/* oci-archive: an OCI image layout in a tar archive. */
#include "source/blob_image.h"
#include "source/oci_index.h"
#include "source/source_class.h"

static int oci_archive_open(struct source *source, struct error *err)
{
	if (!tar_archive_has(source->archive, "index.json"))
		return tar_archive_explain(source->archive, err);
	return oci_index_open(source, err);
}

static int oci_archive_claims(struct source *source, struct error *err)
{
	int r = source->archive->is_tree ? 0 : tar_archive_load(source->archive, err);

	return r < 0 ? r : tar_archive_has(source->archive, "index.json");
}

const struct source_class source_oci_archive = {
	.name = "oci-archive",
	.syntax = "oci-archive:FILE[:REF]",
	.help = "OCI image layout in a tar archive",
	.input = INPUT_ARCHIVE,
	.has_reference = true,
	.claims = oci_archive_claims,
	.open = oci_archive_open,
	.read_layer = blob_image_read_layer,
};
