/* SPDX-License-Identifier: Apache-2.0 */
/* The only program of a test image: says who it is, "UID GID GROUP,GROUP". Linked statically. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	gid_t groups[256];
	int n = getgroups(256, groups);

	printf("%u %u ", getuid(), getgid());
	for (int i = 0; i < n; i++)
		printf(i ? ",%u" : "%u", groups[i]);
	printf("\n");
	return n < 0;
}
