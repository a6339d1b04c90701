/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operating systems and architectures are Go's GOOS and GOARCH. A variant that is not said is the
 * architecture's baseline: arm v7, arm64 v8, amd64 v1 (containerd's platforms.Normalize()).
 */
#include "source/platform.h"

#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "base/macro.h"

static const struct {
	const char *machine, *architecture, *variant;
} machines[] = {
	{"x86_64", "amd64", NULL},
	{"i386", "386", NULL},
	{"i486", "386", NULL},
	{"i586", "386", NULL},
	{"i686", "386", NULL},
	{"aarch64", "arm64", "v8"},
	{"aarch64_be", "arm64be", NULL},
	{"armv8l", "arm", "v7"},
	{"armv7l", "arm", "v7"},
	{"armv6l", "arm", "v6"},
	{"armv5tel", "arm", "v5"},
	{"armv5tejl", "arm", "v5"},
	{"ppc64le", "ppc64le", NULL},
	{"ppc64", "ppc64", NULL},
	{"s390x", "s390x", NULL},
	{"riscv64", "riscv64", NULL},
	{"loongarch64", "loong64", NULL},
	{"mips", "mips", NULL},
	{"mips64", "mips64", NULL},
};

struct platform platform_host(void)
{
	static struct utsname name; /* what an unknown machine's result points to */
	struct platform platform = {.os = "linux"};

	if (uname(&name) < 0)
		return (struct platform){.os = "linux", .architecture = "amd64"};
	platform.architecture = name.machine;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		if (strcmp(machines[i].machine, name.machine) == 0) {
			platform.architecture = machines[i].architecture;
			platform.variant = machines[i].variant;
		}
	}
	return platform;
}

static const char *baseline(const char *architecture)
{
	if (strcmp(architecture, "arm64") == 0)
		return "v8";
	if (strcmp(architecture, "arm") == 0)
		return "v7";
	return "v1";
}

/* "v7" -> 7; what is no such thing is 0. */
static unsigned int variant_number(const char *variant)
{
	if (variant[0] != 'v' || variant[1] < '1' || variant[1] > '9' || variant[2])
		return 0;
	return (unsigned int)(variant[1] - '0');
}

/* containerd's platforms.Normalize(): what it takes for the same as a Go word, and thus picks from
 * an index before a later entry that is spelt right. */
static struct platform normalise(const struct platform *platform)
{
	static const struct {
		const char *alias, *architecture, *variant;
	} aliases[] = {
		{"i386", "386", ""},      {"x86_64", "amd64", NULL},  {"x86-64", "amd64", NULL},
		{"amd64", "amd64", NULL}, {"aarch64", "arm64", NULL}, {"arm64", "arm64", NULL},
		{"armhf", "arm", "v7"},   {"armel", "arm", "v6"},
	};
	struct platform normal = *platform;

	if (normal.os && !*normal.os)
		normal.os = NULL;
	for (size_t i = 0; normal.architecture && i < ARRAY_SIZE(aliases); i++) {
		if (strcasecmp(normal.architecture, aliases[i].alias) != 0)
			continue;
		normal.architecture = aliases[i].architecture;
		if (aliases[i].variant)
			normal.variant = aliases[i].variant;
		break;
	}
	return normal;
}

/* "7" is "v7". */
static bool same_variant(const char *want, const char *offer)
{
	return strcasecmp(want, offer) == 0 || (*want == 'v' && strcmp(want + 1, offer) == 0);
}

unsigned int platform_fits(const struct platform *wanted, const struct platform *offered)
{
	struct platform normal = normalise(offered);
	const char *want = wanted->variant, *offer = normal.variant;
	unsigned int n;

	if (!normal.architecture || (normal.os && strcasecmp(wanted->os, normal.os) != 0) ||
	    strcasecmp(wanted->architecture, normal.architecture) != 0)
		return 0;
	if (!want || !*want)
		want = baseline(wanted->architecture);
	if (!offer || !*offer)
		offer = baseline(wanted->architecture);
	if (same_variant(want, offer))
		return 100;
	n = variant_number(offer);
	/* Which v2, v3 or v4 this machine runs does not matter to a judgement. */
	if (!wanted->variant && strcmp(wanted->architecture, "amd64") == 0 && n > 1)
		return 10 - n;
	/* An older variant runs on a newer machine, the newest of them best. */
	return n > 0 && n < variant_number(want) ? n : 0;
}

char *platform_text(const struct platform *platform, struct arena *arena)
{
	bool variant = platform->variant && *platform->variant;

	if (!platform->os && !platform->architecture)
		return arena_strdup(arena, "unknown");
	return arena_printf(arena, "%s/%s%s%s", platform->os ? platform->os : "unknown",
			    platform->architecture ? platform->architecture : "unknown",
			    variant ? "/" : "", variant ? platform->variant : "");
}

bool platform_is_unknown(const struct platform *platform)
{
	return platform->os && platform->architecture && strcmp(platform->os, "unknown") == 0 &&
	       strcmp(platform->architecture, "unknown") == 0;
}
