/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first SIGINT, SIGTERM or SIGHUP is only remembered: streams and loops ask for it and fail
 * with -ECANCELED, so that everything is cleaned up on the way out. The handler puts the default
 * action back, so that the second one kills.
 */
#include "io/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

/* Atomic and not sig_atomic_t: other threads read it. Lock-free, so a handler may write it. */
static atomic_int caught;

/* Async-signal-safe: nothing but the store. */
static void remember(int number)
{
	atomic_store_explicit(&caught, number, memory_order_relaxed);
}

void interrupt_install(void)
{
	/* SA_RESETHAND: the second signal finds the default action. No SA_RESTART: a blocked read
	 * returns and its loop asks. */
	struct sigaction action = {.sa_handler = remember, .sa_flags = (int)SA_RESETHAND};
	struct sigaction old;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		/* What the parent ignores (nohup) stays ignored. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

int interrupt_signal(void)
{
	return atomic_load_explicit(&caught, memory_order_relaxed);
}

bool interrupt_requested(void)
{
	return interrupt_signal() != 0;
}

int interrupt_check(struct error *err)
{
	int number = interrupt_signal();

	if (number == 0)
		return 0;
	return error_set(err, -ECANCELED, "interrupted by SIG%s", sigabbrev_np(number));
}
