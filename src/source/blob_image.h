/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images that consist of blobs in a store: a configuration, and layers that are tar archives. All
 * transports but the root file systems make theirs here.
 */
#pragma once

#include "base/error.h"
#include "model/image.h"
#include "source/manifest.h"
#include "source/source_class.h"

struct blob_image_layer {
	const char *name;                 /* in the store */
	const char *label;                /* for messages: a digest, or the name */
	const struct digest_text *digest; /* of the blob; NULL: nothing claims it */
	uint64_t size;                    /* UINT64_MAX: not said */
	const char *media_type;           /* or NULL */
};

struct blob_image_request {
	const char *name;
	const struct string_list *references;
	const char *config_name; /* blob, for messages */
	const char *config;      /* JSON, verified */
	size_t config_size;
	const char *config_digest;
	const char *digest; /* of the manifest; NULL: there is none */
	const struct blob_image_layer *layers;
	size_t n_layers;
};

/* Everything is copied. -EBADMSG: also when layers and diff_ids do not agree in number. */
int blob_image_add(struct source *source, const struct blob_image_request *request,
		   struct error *err);

/* source_class.read_layer of all these transports. */
int blob_image_read_layer(struct source *source, size_t image, size_t layer,
			  const struct body_wishes *wishes, struct file_tree **ret_tree,
			  struct error *err);

/* Bytes of all its layers as stored; 0 when a size is not known. */
uint64_t blob_image_bytes(const struct source *source, size_t image);
