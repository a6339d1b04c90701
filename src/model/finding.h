/* SPDX-License-Identifier: Apache-2.0 */
/* A check (what can be wrong, in prose) and a finding (one violated check at one place). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL
};

/* "info" ... "critical" and back; -1 when the word is unknown. */
const char *severity_name(enum severity severity);
int severity_parse(const char *word);

struct check_reference {
	const char *title;
	const char *url;
};

/* One row of the table of checks: all prose lives here, every renderer reads it. */
struct check {
	const char *name;       /* kebab-case, never reused */
	enum severity severity; /* default; a finding may be milder or graver */
	const char *title;      /* one line, no period: "Image starts as root" */
	const char *rationale;  /* why it exists and what goes wrong: one or more paragraphs */
	const char *breaks;     /* what may break when it is mended */
	const char *remedy;     /* how to mend it, general form, may hold code lines */
	const struct check_reference *references;
	size_t n_references;
};

struct location {
	const char *path;       /* absolute, in the image; NULL: none */
	uint32_t line, column;  /* 1-based, 0: none */
	const char *layer;      /* digest of the layer, or NULL */
	const char *created_by; /* history line of that layer, or NULL */
	const char *package;    /* "dpkg:passwd", "apk:busybox", "rpm:shadow-utils", or NULL */
	const char *field;      /* "config.User", or NULL */
};

enum evidence_kind {
	EVIDENCE_STRING,
	EVIDENCE_NUMBER,
	EVIDENCE_LIST,
	EVIDENCE_BOOL
};

struct evidence {
	struct evidence *next; /* in the order in which they were added */
	const char *key;       /* snake_case */
	enum evidence_kind kind;
	const char *string;
	int64_t number; /* also the bool */
	const char **list;
	size_t n_list;
};

/* The waiver that a finding was matched by. */
struct waived {
	const char *reason, *owner, *expires; /* "2027-01-31" */
};

struct finding {
	const struct check *check;
	enum severity severity;
	const char *message; /* one sentence, no period */
	const char *remedy;  /* concrete, can be pasted */
	struct location location;
	struct evidence *evidence;
	const struct waived *waived; /* NULL: not waived */
};
