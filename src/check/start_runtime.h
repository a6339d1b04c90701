/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each runtime makes of a USER value: pure functions over the accounts of an image.
 * start_user.c puts their answers together.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/accounts.h"
#include "model/start_user.h"

/* While the kernel allows more, runc, docker and containerd take 0..2^31-1. */
#define START_ID_MAX INT32_MAX

enum start_id_kind {
	START_ID_NONE,   /* empty */
	START_ID_NAME,   /* no number to strconv.Atoi */
	START_ID_NUMBER, /* fits 64 bits */
	START_ID_HUGE,   /* does not fit 64 bits */
};

struct start_id {
	const char *text;
	enum start_id_kind kind;
	int64_t number; /* saturated when huge */
};

struct start_id start_id_parse(const char *text);
bool start_id_in_range(const struct start_id *id);

/* A USER value taken apart at its colons. */
struct start_spec {
	const char *text;      /* never NULL */
	struct start_id user;  /* before the first colon */
	struct start_id group; /* between the first and the second */
	struct start_id rest;  /* everything after the first */
	size_t parts;          /* 1 + colons */
};

int start_spec_parse(const char *text, struct arena *arena, struct start_spec *ret,
		     struct error *err);

/* Which behaviour: CURRENT is that of the fixed versions, OLDER the laxest of any version met.
 * LOOKUP is containerd's between two fixes: a number out of range is looked up as a name. */
enum start_age {
	START_CURRENT,
	START_LOOKUP,
	START_OLDER
};

struct start_result {
	enum start_outcome outcome;
	uint32_t uid, gid;
	const char *why;                /* when refused or unknown */
	const struct passwd_line *user; /* line that gave the IDs, or NULL */
	const struct group_line *group; /* line that gave the group, or NULL */
	uint32_t *groups;               /* supplementary */
	size_t n_groups;
};

/* GetExecUser of moby/sys/user, then runc's setuid. -ENOMEM, -E2BIG (the arena). */
int start_docker(const struct accounts *accounts, const struct start_spec *spec, enum start_age age,
		 struct arena *arena, struct start_result *ret, struct error *err);

/* WithUser and WithAdditionalGIDs of containerd's pkg/oci, then runc's setuid. */
int start_containerd(const struct accounts *accounts, const struct start_spec *spec,
		     enum start_age age, struct arena *arena, struct start_result *ret,
		     struct error *err);

/* Shared by both: sets outcome and a formatted why. */
int start_stop(struct start_result *result, enum start_outcome outcome, struct arena *arena,
	       struct error *err, const char *format, ...) _printf_(5, 6);

/* runc hands the IDs to setuid(2), setgid(2) and setgroups(2), which refuse -1. */
int start_runc(struct start_result *result, struct arena *arena, struct error *err);

/* False when the runtime stops at this file (then result says so). lax_special: a file that is not
 * regular counts as absent. */
bool start_file_usable(const struct account_file *file, enum start_age age, bool lax_special);
