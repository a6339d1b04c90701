/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and names as relative URI references (RFC 3986, section 4.2). */
#pragma once

#include "base/arena.h"

/* "/usr/bin/a b" -> "usr/bin/a%20b", "/" -> "."; valid against any base. NULL: no memory. */
char *uri_of_path(const char *path, struct arena *arena);
/* A name as one path segment: "docker.io/web:1.0" -> "docker.io%2Fweb%3A1.0". */
char *uri_of_name(const char *name, struct arena *arena);
