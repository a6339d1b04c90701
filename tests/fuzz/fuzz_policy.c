/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file. */
#include <assert.h>

#include "engine/policy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	struct limits limits = fuzz_limits();

	if (policy_parse((const char *)data, size, "fuzz.yaml", &limits, &policy, NULL) == 0) {
		for (size_t i = 0; i < policy->n_waivers; i++)
			assert(policy->waivers[i].check && policy->waivers[i].reason &&
			       policy->waivers[i].expires);
	}
	return 0;
}
