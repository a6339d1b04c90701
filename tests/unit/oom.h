/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation failures on demand: for sweeps that fail the first, second, ... n-th allocation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* From now on the n-th allocation (0 = the next) of code under test fails, once. */
void oom_arm(size_t n);
/* Switches it off; true when an allocation was failed. */
bool oom_disarm(void);

/*
 * Runs `call` (an int expression: 0 or more on success, -ENOMEM expected on failure) with every
 * allocation failing in turn, until it succeeds without one. `cleanup` is a statement that frees
 * the result of a successful call.
 */
#define OOM_SWEEP(call, cleanup)                                   \
	do {                                                       \
		for (size_t _oom_n = 0;; _oom_n++) {               \
			oom_arm(_oom_n);                           \
			int _oom_r = (call);                       \
			bool _oom_hit = oom_disarm();              \
			if (_oom_r >= 0) {                         \
				cleanup;                           \
			} else {                                   \
				assert_int_equal(_oom_r, -ENOMEM); \
			}                                          \
			if (!_oom_hit) {                           \
				assert_true(_oom_r >= 0);          \
				break;                             \
			}                                          \
			assert_true(_oom_n < 100000);              \
		}                                                  \
	} while (0)
