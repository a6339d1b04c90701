/* SPDX-License-Identifier: Apache-2.0 */
/* Time: calendar dates (for waivers) and a monotonic clock (for progress). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Days since 1970-01-01 of today, UTC. */
int32_t clock_today(void);
/* Microseconds since 1970-01-01 UTC. */
int64_t clock_realtime_usec(void);
/* Microseconds of the monotonic clock. */
uint64_t clock_monotonic_usec(void);

/* "YYYY-MM-DD" (RFC 3339 full-date, a real day of the Gregorian calendar) -> days since 1970-01-01.
 */
bool date_parse(const char *text, int32_t *ret_days);
/* The reverse, for years 0..9999. buf takes 11 bytes. */
void date_format(int32_t days, char buf[11]);
