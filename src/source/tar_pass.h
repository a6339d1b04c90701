/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one pass over an archive that cannot be read in place. Small members that look like JSON are
 * kept, all other files are scanned as if they were layers: which of them are is said by a manifest
 * that may come last. That a member is no layer matters only if somebody asks for it.
 */
#pragma once

#include "source/layer.h"
#include "source/tar_archive.h"

/* What the pass made of a member. */
struct tar_pass_result {
	struct tar_pass_result *next;
	char *data; /* JSON, kept whole; NULL: scanned */
	size_t size;
	int code; /* of a scan that failed, and its message */
	char *message;
	struct layer_result layer; /* layer.tree is NULL once taken */
	unsigned int uses;         /* layers of images that this is */
};

void tar_pass_result_free(struct tar_pass_result *result);

/* Fills members; results hang on them and in the list *ret_results. Errors are the archive's own,
 * or -ENOMEM, -ECANCELED, -E2BIG: all trees exceed limits->tree_bytes, all JSON bodies_bytes. */
int tar_pass(struct tar_archive *archive, struct tar_members *members,
	     struct tar_pass_result **ret_results, struct error *err);

/* One member's body, found by walking through the archive once more (files only). */
struct tar_walk {
	struct stream *archive;
	struct tar_reader *tar;
	struct stream *body; /* to be taken or left */
};
void tar_walk_clear(struct tar_walk *walk);
int tar_walk_open(struct tar_archive *archive, const struct tar_member *member,
		  struct tar_walk *ret, struct error *err);
