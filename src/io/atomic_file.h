/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears whole or not at all: written beside its place, then renamed. */
#pragma once

#include <stdio.h>

#include "base/error.h"
#include "base/macro.h"

struct atomic_file;

/* Without a commit before, nothing is left behind. */
void atomic_file_free(struct atomic_file *file);
DEFINE_FREEP(struct atomic_file, atomic_file_free)
int atomic_file_open(const char *path, struct atomic_file **ret, struct error *err);
FILE *atomic_file_stream(struct atomic_file *file);
int atomic_file_commit(struct atomic_file *file, struct error *err);
