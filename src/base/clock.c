/* SPDX-License-Identifier: Apache-2.0 */
/* Civil dates by the usual 400-year era arithmetic; no time zones, no libc calendar. */
#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAYS_IN_ERA      146097 /* 400 years */
#define DAYS_BEFORE_1970 719468 /* from 0000-03-01 */

int32_t clock_today(void)
{
	return (int32_t)(time(NULL) / 86400);
}

int64_t clock_realtime_usec(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

uint64_t clock_monotonic_usec(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The year is taken to begin in March: then the leap day is the last one, and the length of the
 * months before a month is a line through (153 m + 2) / 5. */
static int32_t days_from_date(int32_t year, int32_t month, int32_t day)
{
	int32_t y = month <= 2 ? year - 1 : year;
	int32_t era = (y >= 0 ? y : y - 399) / 400;
	int32_t year_of_era = y - era * 400;
	int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	assert(month >= 1 && month <= 12);
	return era * DAYS_IN_ERA + day_of_era - DAYS_BEFORE_1970;
}

static bool is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Only ASCII digits: isdigit(3) would ask the locale, and take a negative char. */
static bool digits(const char *text, size_t count, int32_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*ret = *ret * 10 + (text[i] - '0');
	}
	return true;
}

bool date_parse(const char *text, int32_t *ret_days)
{
	static const int8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int32_t year, month, day;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &year) ||
	    !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 ||
	    day > month_days[month - 1] + (month == 2 && is_leap(year)))
		return false;
	*ret_days = days_from_date(year, month, day);
	return true;
}

/* days_from_date() backwards. The modulo keeps a year that is out of range inside buf. */
void date_format(int32_t days, char buf[11])
{
	int32_t z = days + DAYS_BEFORE_1970;
	int32_t era = (z >= 0 ? z : z - (DAYS_IN_ERA - 1)) / DAYS_IN_ERA;
	int32_t day_of_era = z - era * DAYS_IN_ERA;
	int32_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int32_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int32_t mp = (5 * day_of_year + 2) / 153;
	int32_t month = mp < 10 ? mp + 3 : mp - 9;
	int32_t year = year_of_era + era * 400 + (month <= 2);

	snprintf(buf, 11, "%04u-%02u-%02u", (unsigned int)year % 10000, (unsigned int)month % 100,
		 (unsigned int)(day_of_year - (153 * mp + 2) / 5 + 1) % 100);
}
