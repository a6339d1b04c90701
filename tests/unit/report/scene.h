/* SPDX-License-Identifier: Apache-2.0 */
/* Small reports made on the fly, and their renderings, for tests of single renderers. */
#pragma once

#include "report/render.h"

extern const struct check scene_user_root, scene_setuid_root, scene_other;

/* A report whose table of checks holds the three above. Free with report_free(). */
struct report *scene_report(void);

/* A target with that verdict for itself and for all items of its score. */
struct target *scene_target(struct report *report, const char *name, enum verdict verdict);

/* path: NULL for a finding without place. Message and remedy hold the path. */
struct finding *scene_finding(struct report *report, struct target *target,
			      const struct check *check, enum severity severity, const char *path);

void scene_error(struct report *report);

extern const struct waived scene_waived;

/* Malloc'ed text; fails the test when rendering does. */
char *scene_render(const struct report *report, const char *format, struct render_options options);

/* How often the needle occurs, without overlap. */
size_t scene_count(const char *text, const char *needle);
