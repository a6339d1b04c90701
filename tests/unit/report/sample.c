/* SPDX-License-Identifier: Apache-2.0 */
/* Reports made of static data; only the vectors are allocated. */
#include "sample.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

#define DIGEST(c) "sha256:" c c c c c c c c c c c c c c c c
#define LAYER1    DIGEST("1a2b")
#define LAYER2    DIGEST("3c4d")

static const struct check_reference references[] = {
	{"CBPP-0002", "https://github.com/lfn-cnti/bestpractices"},
	{"OCI image-spec, config.md", "https://github.com/opencontainers/image-spec"},
};

static const struct check user_root = {
	.name = "image-user-root",
	.severity = SEVERITY_HIGH,
	.title = "Image starts as root",
	.rationale = "A process that is UID 0 may read and change every file of the container, and "
		     "any hole in the runtime or the kernel is a hole for root. More follows.",
	.breaks = "Programs that write to directories of root or listen on low ports.",
	.remedy = "Name a numeric user in the last stage:\n\n    USER 10001:10001",
	.references = references,
	.n_references = ARRAY_SIZE(references),
};

static const struct check unresolvable = {
	.name = "image-user-unresolvable",
	.severity = SEVERITY_HIGH,
	.title = "Configured user cannot be resolved",
	.rationale = "The runtime refuses to start the container.",
	.remedy = "Use a number.",
};

static const struct check setuid_root = {
	.name = "image-setuid-root",
	.severity = SEVERITY_HIGH,
	.title = "Setuid-root file",
	.rationale = "Whoever may execute such a file runs it as UID 0, so one flaw in it is root.",
	.breaks = "What the program does for ordinary users.",
	.remedy = "Remove the bit, or the package:\n\n    RUN chmod u-s FILE",
	.references = references,
	.n_references = 1,
};

static const struct check setgid = {
	.name = "image-setgid",
	.severity = SEVERITY_INFO,
	.title = "Setgid file",
	.rationale = "Lends the rights of a group.",
	.remedy = "RUN chmod g-s FILE",
};

static const struct check capability = {
	.name = "image-file-capability",
	.severity = SEVERITY_MEDIUM,
	.title = "File with capabilities",
	.rationale = "Lends parts of root's power.",
	.remedy = "RUN setcap -r FILE",
};

static const struct check alias = {
	.name = "image-uid0-alias",
	.severity = SEVERITY_CRITICAL,
	.title = "Second account with UID 0",
	.rationale = "Another name for root.",
	.remedy = "Delete the line.",
};

static const struct check *const all_checks[] = {&user_root, &unresolvable, &setuid_root,
						 &setgid,    &capability,   &alias};

static struct evidence owner_gid = {.key = "gid", .kind = EVIDENCE_NUMBER, .number = 0};
static struct evidence owner_uid = {.next = &owner_gid,
				    .key = "uid",
				    .kind = EVIDENCE_NUMBER,
				    .number = 0};
static struct evidence mode_4755 = {.next = &owner_uid,
				    .key = "mode",
				    .kind = EVIDENCE_STRING,
				    .string = "4755"};
static struct evidence mode_2755 = {.next = &owner_uid,
				    .key = "mode",
				    .kind = EVIDENCE_NUMBER,
				    .number = 02755};

static const char *su_names[] = {"/usr/bin/su", "/usr/bin/su.old", "/opt/tools/su"};
static struct evidence many_names = {.next = &mode_4755,
				     .key = "names",
				     .kind = EVIDENCE_LIST,
				     .list = su_names,
				     .n_list = ARRAY_SIZE(su_names)};

static const char *net_raw[] = {"cap_net_raw", "cap_net_admin"};
static struct evidence effective = {.key = "effective", .kind = EVIDENCE_BOOL, .number = 1};
static struct evidence capabilities = {.next = &effective,
				       .key = "capabilities",
				       .kind = EVIDENCE_LIST,
				       .list = net_raw,
				       .n_list = ARRAY_SIZE(net_raw)};
static struct evidence capability_mode = {.next = &capabilities,
					  .key = "mode",
					  .kind = EVIDENCE_STRING,
					  .string = "0755"};

static const struct waived accepted = {
	.reason = "needed until the base image drops it",
	.owner = "platform-team",
	.expires = "2027-01-31",
};

#define APT "/bin/sh -c apt-get update &&\n    apt-get install -y --no-install-recommends nginx"

#define SETUID(file, owner_package, what, waiver)                                                \
	(struct finding)                                                                         \
	{                                                                                        \
		.check = &setuid_root, .severity = SEVERITY_HIGH,                                \
		.message = file " is setuid and owned by root", .remedy = "RUN chmod u-s " file, \
		.evidence = (what), .waived = (waiver),                                          \
		.location = {                                                                    \
			.path = file,                                                            \
			.layer = LAYER1,                                                         \
			.created_by = "/bin/sh -c #(nop) ADD file:0123 in / ",                   \
			.package = owner_package,                                                \
		},                                                                               \
	}

static struct finding web_findings[] = {
	{.check = &alias,
	 .severity = SEVERITY_CRITICAL,
	 .message = "user toor is UID 0 as well",
	 .location = {.path = "/etc/passwd", .line = 2, .column = 6, .layer = LAYER2}},
	{.check = &user_root,
	 .severity = SEVERITY_HIGH,
	 .message = "config.User is absent: starts as UID 0",
	 .remedy = "USER 10001:10001",
	 .location = {.field = "config.User"}},
	SETUID("/usr/bin/at", "dpkg:passwd", &mode_4755, NULL),
	SETUID("/usr/bin/chfn", "dpkg:passwd", &mode_4755, NULL),
	SETUID("/usr/bin/chsh", "dpkg:passwd", &mode_4755, NULL),
	SETUID("/usr/bin/gpasswd", "dpkg:passwd", &mode_4755, NULL),
	SETUID("/usr/bin/mount", "dpkg:mount", &mode_4755, NULL),
	SETUID("/usr/bin/newgrp", "dpkg:passwd", &mode_4755, NULL),
	SETUID("/usr/bin/passwd", "dpkg:passwd", &mode_4755, &accepted),
	SETUID("/usr/bin/su", "dpkg:util-linux", &many_names, NULL),
	SETUID("/usr/bin/sudo", NULL, &mode_4755, NULL),
	SETUID("/usr/bin/umount", "dpkg:mount", &mode_4755, NULL),
	SETUID("/usr/lib/dbus-1.0/dbus-daemon-launch-helper-of-considerable-length", "dpkg:dbus",
	       &mode_4755, NULL),
	SETUID("/usr/lib/openssh/ssh-keysign", "dpkg:openssh-client", &mode_4755, NULL),
	{.check = &capability,
	 .severity = SEVERITY_MEDIUM,
	 .message = "/usr/bin/ping has cap_net_raw,cap_net_admin=ep",
	 .remedy = "RUN setcap -r /usr/bin/ping",
	 .evidence = &capability_mode,
	 .location = {.path = "/usr/bin/ping",
		      .layer = LAYER2,
		      .created_by = APT,
		      .package = "dpkg:iputils-ping"}},
	{.check = &setgid,
	 .severity = SEVERITY_INFO,
	 .message = "/usr/bin/wall is setgid",
	 .evidence = &mode_2755,
	 .location = {.path = "/usr/bin/wall", .layer = LAYER1}},
};

static const struct start_user absent_user = {
	.outcome = START_RUNS,
	.name = "root",
	.home = "/root",
	.source = "config.User is absent",
	.docker = {.outcome = START_RUNS},
	.containerd = {.outcome = START_RUNS},
	.kubelet = {.outcome = START_REFUSED, .why = "image will run as root"},
};

static const uint32_t app_groups[] = {4, 0};
static const struct start_user app_user = {
	.configured = "app",
	.outcome = START_RUNS,
	.uid = 1000,
	.gid = 1000,
	.groups = app_groups,
	.n_groups = ARRAY_SIZE(app_groups),
	.name = "app",
	.home = "/home/app",
	.source = "/etc/passwd line 3: app:x:1000:1000",
	.named = true,
	.docker = {.outcome = START_RUNS, .uid = 1000, .gid = 1000},
	.containerd = {.outcome = START_RUNS, .uid = 1000, .gid = 1000},
	.kubelet = {.outcome = START_REFUSED,
		    .why = "image has non-numeric user (app), cannot verify user is non-root"},
};

static const struct start_user huge_user = {
	.configured = "4294967296",
	.outcome = START_REFUSED,
	.source = "uids and gids must be in range 0-2147483647",
	.older_root = true,
	.older_why = "containerd before 1.6.38, 1.7.27 and 2.0.4 lets it overflow "
		     "(CVE-2024-40635)",
	.docker = {.outcome = START_REFUSED, .why = "uids and gids must be in range 0-2147483647"},
	.containerd = {.outcome = START_REFUSED, .why = "not in the range of user IDs"},
	.kubelet = {.outcome = START_UNKNOWN},
};

static struct finding huge_findings[] = {
	{.check = &unresolvable,
	 .severity = SEVERITY_HIGH,
	 .message = "no runtime starts user \"4294967296\"",
	 .location = {.field = "config.User"}},
};

static struct target web = {
	.target = "docker-archive:web.tar",
	.name = "registry.example:5000/team/web:1.0",
	.platform = "linux/amd64",
	.digest = DIGEST("abcd"),
	.verdict = VERDICT_FAIL,
	.verdict_why = "the first process is root, and 11 files are setuid-root",
	.scores = {{VERDICT_FAIL, "config.User is absent: starts as UID 0"},
		   {VERDICT_FAIL, "12 setuid-root files (1 waived)"}},
	.user = &absent_user,
};

static struct target app = {
	.target = "app:2.1",
	.name = "app:2.1",
	.platform = "linux/arm64/v8",
	.digest = DIGEST("ef01"),
	.verdict = VERDICT_PASS,
	.verdict_why = "starts as UID 1000, and no file is setuid-root",
	.scores = {{VERDICT_PASS, "config.User is \"app\" = UID 1000"},
		   {VERDICT_PASS, "none of 4711 entries is"}},
	.user = &app_user,
};

static struct target huge = {
	.target = "oci:huge",
	.name = "oci:huge",
	.verdict = VERDICT_WONT_START,
	.verdict_why = "no runtime starts user \"4294967296\"",
	.scores = {{VERDICT_WONT_START, "no runtime starts user \"4294967296\""},
		   {VERDICT_PASS, NULL}},
	.user = &huge_user,
};

static struct target tree = {
	.target = "rootfs:/srv/tree",
	.kind = TARGET_ROOTFS,
	.name = "/srv/tree",
	.verdict = VERDICT_PASS,
	.scores = {{VERDICT_NOT_APPLICABLE, "a file system has no start user"},
		   {VERDICT_PASS, "none of 12 entries is"}},
};

static struct target unverified = {
	.target = "dir:unverified",
	.name = "unverified",
	.digest = DIGEST("2222"),
	.verdict = VERDICT_UNKNOWN,
	.verdict_why = "digests were not verified",
	.unverified = true,
	.scores = {{VERDICT_PASS, "config.User is \"app\" = UID 1000"},
		   {VERDICT_PASS, "none of 99 entries is"}},
	.user = &app_user,
};

/* Control characters, invalid bytes, overrides, and the markup of every format. */
#define EVIL                                                                                    \
	"\033]0;owned\a\033[2J\r\n| x | `y` <script>alert(1)</script> </code></pre> ]]> &amp; " \
	"\"quoted\": 'yes' # no {{x}} $z$ \\ **b** _i_ ~~s~~ [l](http://e.example) "            \
	"www.e.example @team !1 \xff\xfe\xed\xa0\x80 \u202egnp.exe \u2028 \u00e4 \u732b"

static const char *evil_names[] = {"/" EVIL, EVIL};
static struct evidence evil_list = {.key = "names",
				    .kind = EVIDENCE_LIST,
				    .list = evil_names,
				    .n_list = ARRAY_SIZE(evil_names)};
static struct evidence evil_evidence = {.next = &evil_list,
					.key = "user",
					.kind = EVIDENCE_STRING,
					.string = EVIL};

static const struct waived evil_waiver = {.reason = EVIL, .owner = EVIL, .expires = "2027-01-31"};

static struct finding evil_findings[] = {
	{.check = &setuid_root,
	 .severity = SEVERITY_HIGH,
	 .message = EVIL,
	 .remedy = "RUN chmod u-s '" EVIL "'\n```\n" EVIL,
	 .evidence = &evil_evidence,
	 .location = {.path = "/" EVIL, .layer = EVIL, .created_by = EVIL, .package = EVIL}},
	{.check = &setuid_root,
	 .severity = SEVERITY_HIGH,
	 .message = EVIL,
	 .evidence = &evil_evidence,
	 .waived = &evil_waiver,
	 .location = {.field = EVIL}},
};

static const struct start_user evil_user = {
	.configured = EVIL,
	.outcome = START_RUNS,
	.uid = 1,
	.name = EVIL,
	.source = EVIL,
	.older_root = true,
	.older_why = EVIL,
	.docker = {.outcome = START_RUNS, .uid = 1, .why = EVIL},
	.containerd = {.outcome = START_UNKNOWN, .why = EVIL},
	.kubelet = {.outcome = START_REFUSED, .why = EVIL},
};

static struct target evil = {
	.target = EVIL "x",
	.name = EVIL,
	.platform = EVIL,
	.digest = EVIL,
	.verdict = VERDICT_FAIL,
	.verdict_why = EVIL,
	.scores = {{VERDICT_FAIL, EVIL}, {VERDICT_UNKNOWN, EVIL}},
	.user = &evil_user,
};

static void add_target(struct report *report, const struct target *model, struct finding *findings,
		       size_t n)
{
	struct target *target = arena_memdup(report->arena, model, sizeof(*model));

	assert(target);
	for (size_t i = 0; i < n; i++) {
		int r = vec_push(&target->findings, &findings[i]);

		assert(r == 0);
	}
	int r = vec_push(&report->targets, target);

	assert(r == 0);
}

static void add_error(struct report *report, const char *target, const char *message)
{
	struct report_error error = {.target = target, .message = message};
	int r = vec_push(&report->errors, error);

	assert(r == 0);
}

static void add_note(struct report *report, const char *message, const char *file, uint32_t line)
{
	struct report_note note = {.message = message, .file = file, .line = line};
	int r = vec_push(&report->notes, note);

	assert(r == 0);
}

static void fill_full(struct report *report)
{
	add_target(report, &web, web_findings, ARRAY_SIZE(web_findings));
	add_target(report, &app, NULL, 0);
	add_target(report, &huge, huge_findings, ARRAY_SIZE(huge_findings));
	add_target(report, &tree, NULL, 0);
	add_target(report, &unverified, NULL, 0);
	add_error(report, "oci:broken", "layer 2 of 5 (sha256:12ab): digest does not match");
	add_error(report, NULL, "out of memory");
	add_note(report, "waiver 3 (image-setuid-root /usr/bin/su) expired on 2026-01-31",
		 ".rootout.yaml", 17);
	report->start_time = INT64_C(1783418400000000);
	report->end_time = INT64_C(1783418401250000);
}

static void fill_hostile(struct report *report)
{
	add_target(report, &evil, evil_findings, ARRAY_SIZE(evil_findings));
	add_error(report, EVIL, EVIL);
	add_note(report, EVIL, EVIL, 1);
}

static void fill_clean(struct report *report)
{
	add_target(report, &app, NULL, 0);
}

static void fill_unknown(struct report *report)
{
	add_target(report, &app, NULL, 0);
	add_target(report, &unverified, NULL, 0);
	report->allow_unknown = true;
}

static void fill_empty(struct report *report)
{
}

static const struct {
	const char *name;
	void (*fill)(struct report *report);
} samples[] = {
	{"full", fill_full},       {"hostile", fill_hostile}, {"clean", fill_clean},
	{"unknown", fill_unknown}, {"empty", fill_empty},
};

const char *const sample_names[] = {"full", "hostile", "clean", "unknown", "empty"};
const size_t n_samples = ARRAY_SIZE(sample_names);

struct report *sample_report(const char *name)
{
	struct report *report;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		if (strcmp(samples[i].name, name) != 0)
			continue;
		int r = report_new(&report, NULL);

		assert(r == 0);
		report->tool_version = "0.1.0";
		report->profile = "cbpp-0002";
		report->checks = all_checks;
		report->n_checks = ARRAY_SIZE(all_checks);
		samples[i].fill(report);
		return report;
	}
	return NULL;
}
