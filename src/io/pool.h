/* SPDX-License-Identifier: Apache-2.0 */
/* The one way to run things at once: n independent jobs on a few threads. */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* Job number `index`; a negative result stops jobs that have not started. */
typedef int (*pool_job)(void *data, size_t index, struct error *err);

/* Runs jobs 0..count-1 in order on up to n_threads threads (the caller is one of them) and waits.
 * Returns 0 or the error of the lowest-numbered job that failed. */
int pool_run(unsigned int n_threads, size_t count, pool_job job, void *data, struct error *err);
