/* SPDX-License-Identifier: Apache-2.0 */
/* An image made by hand, for tests of rules: files, accounts, configuration; then its findings. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/check.h"
#include "model/image.h"
#include "model/report.h"

struct fixture {
	struct image *image;
	struct arena *arena; /* the report's */
	struct target target;
	struct file_tree *layer; /* being filled; merged by fixture_done() */
	struct limits limits;
	struct error err;
};

/* An image with one layer and one tree. */
void fixture_init(struct fixture *fixture);
void fixture_clear(struct fixture *fixture);

/* Adds a regular file; body may be NULL (not kept). Returns the inode. */
struct file_inode *fixture_file(struct fixture *fixture, const char *path, unsigned int mode,
				uint32_t uid, uint32_t gid, const char *body);
void fixture_hardlink(struct fixture *fixture, const char *path, const char *target);
void fixture_symlink(struct fixture *fixture, const char *path, const char *target);
void fixture_directory(struct fixture *fixture, const char *path, unsigned int mode);
void fixture_device(struct fixture *fixture, const char *path, unsigned int mode,
		    unsigned int major, unsigned int minor);
void fixture_capability(struct fixture *fixture, const char *path, unsigned int mode,
			const void *value, uint32_t size);
/* A package database that says that the package owns these paths ("" terminated list). */
void fixture_owners(struct fixture *fixture, const char *database, const char *package,
		    const char *const *paths);

/* Sets a list of the configuration, from a NULL-terminated array of strings that live on. */
void fixture_list(struct fixture *fixture, struct string_list *list, const char *const *items);

/* Merges what was added; the image has its tree then. */
void fixture_done(struct fixture *fixture);
/* fixture_done(), start_user_resolve(), check_image(). */
void fixture_check(struct fixture *fixture);

size_t fixture_count(const struct fixture *fixture, const char *check);
/* The only finding of that check; fails the test when there is not exactly one. */
const struct finding *fixture_only(const struct fixture *fixture, const char *check);
const struct evidence *fixture_evidence(const struct finding *finding, const char *key);

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

#define assert_contains(text, part)                                                              \
	do {                                                                                     \
		if (!(text) || !strstr((text), (part)))                                          \
			fail_msg("\"%s\" is not in \"%s\"", (part), (text) ? (text) : "(null)"); \
	} while (0)
