/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rpm package owns which path, out of rpm's own databases: rpmdb.sqlite (rpm 4.16 and later)
 * and Packages.db (ndb, SUSE). Both hold one header blob a package. They cannot be read as they
 * stream past: the caller fills a memfd and hands it over. The Berkeley DB file `Packages` of older
 * rpm is not supported (-EOPNOTSUPP).
 *
 * Rows that were emitted before an error stay valid: each is true by itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/owner_db.h"

#define OWNER_RPM_BLOB_MAX     (32u << 20)  /* bytes of one package's header */
#define OWNER_RPM_FILES_MAX    (1u << 20)   /* files, and directories, of one package */
#define OWNER_RPM_PACKAGES_MAX 65536u       /* packages of one database */
#define OWNER_RPM_STEPS_MAX    (1ULL << 28) /* virtual machine steps that SQLite may take */

enum owner_rpm_format {
	OWNER_RPM_SQLITE,
	OWNER_RPM_NDB
};

/* By the first bytes. False when it is neither. */
bool owner_rpm_recognise(const void *head, size_t size, enum owner_rpm_format *ret);

/*
 * Emits every file of every package. fd: readable, of a file that nobody writes to meanwhile;
 * borrowed, its position stays. Errors: -EBADMSG (malformed), -E2BIG (a limit above, or
 * OWNER_TEXT_MAX), -EOPNOTSUPP (neither format), -EIO, -ENOMEM, or what the sink returned.
 */
int owner_rpm_read(int fd, owner_sink sink, void *data, struct error *err);

/*
 * One header as the databases hold it: entry and data counts, entries, data (rpm's
 * docs/manual/hregions.md, lib/header.c). *emitted: bytes of paths so far, of the whole database;
 * added to. A package without files or without a name emits nothing.
 */
int owner_rpm_header(const void *blob, size_t size, owner_sink sink, void *data, uint64_t *emitted,
		     struct error *err);
