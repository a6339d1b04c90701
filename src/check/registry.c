/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks and of rule families, both out of checks.def. A missing row does not link. */
#include <string.h>

#include "check/rule.h"

const struct check *const checks[] = {
#define CHECK_FAMILY(name)
#define CHECK(symbol) &check_##symbol,
#include "check/checks.def"
#undef CHECK_FAMILY
#undef CHECK
};

const size_t n_checks = ARRAY_SIZE(checks);

const rule_family rule_families[] = {
#define CHECK_FAMILY(name) name,
#define CHECK(symbol)
#include "check/checks.def"
#undef CHECK_FAMILY
#undef CHECK
};

const size_t n_rule_families = ARRAY_SIZE(rule_families);

const struct check *check_find(const char *name)
{
	for (size_t i = 0; i < n_checks; i++)
		if (strcmp(checks[i]->name, name) == 0)
			return checks[i];
	return NULL;
}
