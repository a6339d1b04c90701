/* SPDX-License-Identifier: Apache-2.0 */
/* The members of an archive as blobs: read in place, or kept from the one pass that there is. */
#pragma once

#include "source/tar_archive.h"

/* Lists the archive; archive is borrowed and outlives both results. */
int tar_store_new(struct tar_archive *archive, struct tar_members **ret_members,
		  struct blob_store **ret_store, struct error *err);
