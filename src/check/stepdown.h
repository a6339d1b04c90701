/* SPDX-License-Identifier: Apache-2.0 */
/* Finds programs that give root up (gosu, setpriv, ...) in command lines. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/shell_words.h"

struct stepdown {
	const char *tool; /* "gosu" */
	const char *user; /* as written: "postgres", "1000:1000", "$user"; never empty */
	bool expands;     /* user holds an expansion */
};

/* True when these words call a program that drops to another user: "gosu app nginx". */
bool stepdown_parse(const struct shell_word *words, size_t n_words, struct stepdown *ret);

/*
 * Words that only start something else (exec, env A=B, tini --, nice -n 5, ...): how many of them
 * to skip to get at the command itself. 0 when there are none.
 */
size_t stepdown_skip_wrapper(const struct shell_word *words, size_t n_words);

/* Last component of a path. */
const char *stepdown_base_name(const char *path);

/* "sh", "bash", "dash", ...: runs a script or a `-c` text. */
bool stepdown_is_shell(const char *name);
