/* SPDX-License-Identifier: Apache-2.0 */
/* An image as its manifest and configuration describe it, and the merged file tree. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/file_tree.h"
#include "model/start_user.h"

struct string_list {
	const char **items; /* not NULL-terminated */
	size_t len;
	bool set; /* was present and not null */
};

struct platform {
	const char *os, *architecture, *variant; /* NULL: not said */
};

struct healthcheck {
	struct string_list test; /* "CMD", "CMD-SHELL" or "NONE" first */
};

/* OCI image-spec config.md and docker's v1.2 image JSON. */
struct image_config {
	const char *user; /* NULL: absent or null */
	struct string_list entrypoint, cmd, env, shell, on_build;
	struct string_list exposed_ports, volumes; /* keys, in the order of the file */
	const char *working_dir;
	struct healthcheck healthcheck;
	bool args_escaped;
};

struct layer {
	const char *digest; /* "sha256:..." of the blob as stored; NULL where the format has none */
	const char *diff_id;    /* "sha256:..." of the uncompressed tar; NULL: rootfs */
	const char *media_type; /* as claimed, or NULL */
	const char *created_by; /* the history line that made it, or NULL */
	uint64_t size;          /* of the blob as claimed, UINT64_MAX: not said */
	const char *blob_name;  /* for messages: "layer 2 of 5 (sha256:12ab...)" */
};

struct image {
	struct arena *arena;           /* owns everything below but the tree */
	const char *name;              /* reference or path it is known by, never NULL */
	struct string_list references; /* tags */
	struct platform platform;
	const char *digest; /* manifest digest where there is one, else the config's */
	const char *config_digest;
	bool rootfs; /* a bare file system: no config, no start user */
	struct image_config config;
	struct layer *layers;
	size_t n_layers;
	struct file_tree *tree; /* merged; NULL until scanned */
	struct start_user start_user;
};

void image_free(struct image *image);
DEFINE_FREEP(struct image, image_free)

/* An empty image with an arena of its own. -ENOMEM. */
int image_new(const char *name, struct image **ret, struct error *err);
