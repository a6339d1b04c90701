/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container of an image runs: walks the command lines of entrypoint and command, the texts
 * that they hand to shells, and the scripts that they start. Pure; scripts are found in the merged
 * tree as execvp(3) would, below the root.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "format/shell_words.h"
#include "model/image.h"

struct entry_origin {
	const char *field;              /* "config.Entrypoint", "config.Cmd" */
	const struct file_node *script; /* the script that holds the command, or NULL */
	uint32_t line;                  /* in the script */
};

/* All may be NULL. What they return ends the walk when negative. */
struct entry_visitor {
	/* A simple command, without wrappers like exec and env. */
	int (*command)(void *data, const struct entry_origin *origin,
		       const struct shell_word *words, size_t n_words);
	/* A regular file that is run, and may be a script. */
	int (*script)(void *data, const struct file_node *node);
	/* A word that names what is run, as written; also called when there is no tree yet. */
	int (*name)(void *data, const char *name);
	void *data;
};

/* Texts are split in the arena. -ENOMEM, -E2BIG, or what a visitor returned. */
int entry_walk(const struct image *image, struct arena *arena, const struct entry_visitor *visitor,
	       struct error *err);

/* Value of an environment variable of the image, or NULL. */
const char *entry_env(const struct image *image, const char *name, size_t name_len);
