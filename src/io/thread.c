/* SPDX-License-Identifier: Apache-2.0 */
/* pthread_create(3) with every signal blocked, so that Ctrl-C wakes up the main thread's reads. */
#include "io/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret, void *(*run)(void *data), void *data, struct error *err)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(ret, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r == 0 ? 0 : error_errno(err, r, "cannot start a thread");
}
