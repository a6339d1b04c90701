/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs that are files of a directory: an OCI layout, skopeo's dir:. */
#pragma once

#include "io/confined.h"
#include "source/blob.h"
#include "source/meter.h"

/* dir and meter are borrowed. */
int blob_dir_new(struct confined *dir, enum blob_naming naming, struct meter *meter,
		 struct blob_store **ret, struct error *err);
