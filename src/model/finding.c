/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for severities. In: an enum or a word; out: the other. DESIGN section 3 lists the words;
 * they are matched exactly, since they also stand in policy files.
 */
#include "model/finding.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

static const char *const severity_names[] = {
	[SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",           [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

const char *severity_name(enum severity severity)
{
	assert((size_t)severity < ARRAY_SIZE(severity_names));
	return severity_names[severity];
}

int severity_parse(const char *word)
{
	assert(word);
	for (size_t i = 0; i < ARRAY_SIZE(severity_names); i++) {
		if (strcmp(word, severity_names[i]) == 0)
			return (int)i;
	}
	return -1;
}
