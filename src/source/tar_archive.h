/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive file, or standard input: opened, recognised by its first bytes, and listed. A file
 * that is not compressed as a whole is indexed once, and read in place by any number of threads.
 * Anything else passes once: layers are scanned as they come, before it is known which are needed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "io/decompress.h"
#include "io/stream.h"
#include "source/blob.h"
#include "source/meter.h"
#include "source/source.h"
#include "source/tar_members.h"

struct tar_archive {
	const char *path; /* for messages; "-" is standard input */
	const struct source_options *options;
	struct meter *meter;
	int fd;
	bool close_fd;
	bool is_file;         /* bytes can be read again */
	uint64_t start, size; /* of a file */
	enum compression compression;
	bool is_tar;
	bool is_tree;      /* its first member is one of a root file system */
	uint8_t head[512]; /* uncompressed */
	size_t head_len;
	struct chunk *chunks[4]; /* what was pulled from a pipe to look at it */
	size_t n_chunks;
	bool spent;                  /* a pipe that was handed out */
	struct tar_members *members; /* NULL until loaded */
	struct blob_store *store;    /* likewise */
};

void tar_archive_free(struct tar_archive *archive);
DEFINE_FREEP(struct tar_archive, tar_archive_free)

/* path "-" is standard input. path, options and meter are borrowed. */
int tar_archive_open(const char *path, const struct source_options *options, struct meter *meter,
		     struct tar_archive **ret, struct error *err);

/* The bytes as stored, from the first one on; metered. A pipe has them once only. */
int tar_archive_stream(struct tar_archive *archive, struct stream **ret, struct error *err);

/* Makes members and store. May be called again. */
int tar_archive_load(struct tar_archive *archive, struct error *err);

/* True when a member of that name is there; only after loading. */
bool tar_archive_has(const struct tar_archive *archive, const char *name);

/* The error for an archive that is no image: what it is, and what to try. Loaded or no tar. */
int tar_archive_explain(const struct tar_archive *archive, struct error *err);
