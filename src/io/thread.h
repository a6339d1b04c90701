/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for io: signals are left to the thread that started the program. */
#pragma once

#include <pthread.h>

#include "base/error.h"

/* Starts a thread with all signals blocked; the caller joins it. */
int thread_start(pthread_t *ret, void *(*run)(void *data), void *data, struct error *err);
