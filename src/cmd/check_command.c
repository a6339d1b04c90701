/* SPDX-License-Identifier: Apache-2.0 */
/* rootout check: options -> judge_targets() -> reports and the exit status. */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/terminal.h"
#include "engine/judge.h"
#include "io/interrupt.h"

#define POLICY_DEFAULT ".rootout.yaml"
#define MAX_JOBS       1024

struct check_settings {
	struct common_settings common;
	struct outputs outputs;
	const char *profile, *policy, *user;
	int fail_on; /* -1: not said */
	bool no_policy, no_verify, allow_unknown, quiet, verbose, no_progress;
	bool all_platforms;
	struct platform platform;
	char platform_text[128];
	unsigned int jobs;
	enum color_mode color;
	struct limits limits;
};

static int set_format(void *settings, const char *value, struct error *err)
{
	return outputs_add(&((struct check_settings *)settings)->outputs, value, err);
}

/* There is one so far; a name that is unknown must not pass for it. */
static int set_profile(void *settings, const char *value, struct error *err)
{
	if (!profile_known(value))
		return error_set(err, -EINVAL, "there is no profile \"%s\" (only %s)", value,
				 PROFILE_DEFAULT);
	((struct check_settings *)settings)->profile = value;
	return 0;
}

static int set_fail_on(void *settings, const char *value, struct error *err)
{
	int severity = severity_parse(value);

	if (severity < 0)
		return error_set(err, -EINVAL,
				 "\"%s\" is not one of critical, high, medium, low, info", value);
	((struct check_settings *)settings)->fail_on = severity;
	return 0;
}

static int set_policy(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->policy = value;
	return 0;
}

static int set_no_policy(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->no_policy = true;
	return 0;
}

/* "OS/ARCH[/VARIANT]", three words without anything odd in them, or "all". */
static int set_platform(void *settings, const char *value, struct error *err)
{
	static const char *const letters = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	struct check_settings *check = settings;
	const char *parts[3] = {NULL};
	char *at = check->platform_text;
	size_t n = 0;

	check->all_platforms = strcmp(value, "all") == 0;
	check->platform = (struct platform){};
	if (check->all_platforms)
		return 0;
	if (strlen(value) < sizeof(check->platform_text))
		memcpy(at, value, strlen(value) + 1);
	else
		*at = '\0';
	for (char *slash = at; slash && n < ARRAY_SIZE(parts); at = slash) {
		slash = strchr(at, '/');
		if (slash)
			*slash++ = '\0';
		if (*at == '\0' || strspn(at, letters) != strlen(at))
			break;
		parts[n++] = at;
		if (!slash && n >= 2) {
			check->platform = (struct platform){parts[0], parts[1], parts[2]};
			return 0;
		}
	}
	return error_set(err, -EINVAL, "\"%s\" is not of the form OS/ARCH[/VARIANT] or all", value);
}

static int set_user(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->user = value;
	return 0;
}

static int set_no_verify(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->no_verify = true;
	return 0;
}

static int set_allow_unknown(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->allow_unknown = true;
	return 0;
}

static int set_jobs(void *settings, const char *value, struct error *err)
{
	unsigned long jobs;
	int r = option_number(value, 1, MAX_JOBS, &jobs, err);

	if (r == 0)
		((struct check_settings *)settings)->jobs = (unsigned int)jobs;
	return r;
}

static int set_limit(void *settings, const char *value, struct error *err)
{
	return limits_set(&((struct check_settings *)settings)->limits, value, err);
}

static int set_quiet(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->quiet = true;
	return 0;
}

static int set_verbose(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->verbose = true;
	return 0;
}

static int set_color(void *settings, const char *value, struct error *err)
{
	static const char *const words[] = {
		[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], value) == 0) {
			((struct check_settings *)settings)->color = (enum color_mode)i;
			return 0;
		}
	}
	return error_set(err, -EINVAL, "\"%s\" is not one of auto, always, never", value);
}

static int set_no_progress(void *settings, const char *value, struct error *err)
{
	((struct check_settings *)settings)->no_progress = true;
	return 0;
}

static const struct option_row options[] = {
	{.name = "format",
	 .short_name = 'f',
	 .argument = "FORMAT[=FILE]",
	 .help = "write a report in this format to standard output, or to FILE; may be repeated "
		 "(default: text)",
	 .completion = COMPLETE_FORMAT,
	 .set = set_format},
	{.name = "fail-on",
	 .argument = "SEVERITY",
	 .help = "fail on findings of this severity and above: critical, high (the default), "
		 "medium, low or info",
	 .completion = COMPLETE_SEVERITY,
	 .set = set_fail_on},
	{.name = "profile",
	 .argument = "NAME",
	 .help = "rule set to judge by (default: " PROFILE_DEFAULT ", the only one so far)",
	 .completion = COMPLETE_PROFILE,
	 .set = set_profile},
	{.name = "policy",
	 .argument = "FILE",
	 .help = "policy file with waivers (default: " POLICY_DEFAULT " where it exists)",
	 .completion = COMPLETE_FILE,
	 .set = set_policy},
	{.name = "no-policy", .help = "do not read " POLICY_DEFAULT, .set = set_no_policy},
	{.name = "platform",
	 .argument = "OS/ARCH[/VARIANT]|all",
	 .help = "platform to judge of a multi-platform image (default: this host's), or all",
	 .completion = COMPLETE_PLATFORM,
	 .set = set_platform},
	{.name = "user",
	 .argument = "USER[:GROUP]",
	 .help = "judge this start user instead of the image's",
	 .set = set_user},
	{.name = "no-verify",
	 .help = "do not verify the digests of layers; then nothing passes, it stays unknown",
	 .set = set_no_verify},
	{.name = "allow-unknown",
	 .help = "exit with 0 where a verdict is unknown",
	 .set = set_allow_unknown},
	{.name = "jobs",
	 .short_name = 'j',
	 .argument = "N",
	 .help = "read up to N layers at once (default: the number of processors)",
	 .set = set_jobs},
	{.name = "limit",
	 .argument = "NAME=VALUE",
	 .help = "change a bound on what input may claim; may be repeated",
	 .completion = COMPLETE_LIMIT,
	 .set = set_limit},
	{.name = "quiet",
	 .short_name = 'q',
	 .help = "verdicts only, no progress",
	 .set = set_quiet},
	{.name = "verbose",
	 .short_name = 'v',
	 .help = "everything in full, and each step on standard error",
	 .set = set_verbose},
	{.name = "color",
	 .argument = "WHEN",
	 .help = "colour the text report: auto (on a terminal, the default), always or never",
	 .completion = COMPLETE_COLOR,
	 .set = set_color},
	{.name = "no-progress",
	 .help = "show no progress on standard error",
	 .set = set_no_progress},
	OPTION_ROW_HELP,
	OPTION_ROW_VERSION,
};

static const struct example examples[] = {
	{"rootout check docker-archive:web.tar", "Judge an image that docker save wrote"},
	{"docker save web:1.2 | rootout check -", "The same through a pipe"},
	{"rootout check --platform all oci:build/layout", "Judge every platform of an OCI layout"},
	{"rootout check --format text --format sarif=rootout.sarif web.tar",
	 "A report to read, and one for code scanning"},
	{"rootout check --user 1000:1000 rootfs:/srv/root",
	 "Judge a root file system as it is started by UID 1000"},
};

/* Reads the policy, if there is one; the default one may be absent. */
static int load_policy(const struct check_settings *settings, struct policy **ret,
		       struct error *err)
{
	int r;

	if (settings->no_policy)
		return 0;
	if (settings->policy)
		return policy_load(settings->policy, &settings->limits, ret, err);
	r = policy_load(POLICY_DEFAULT, &settings->limits, ret, err);
	return r == -ENOENT ? 0 : r;
}

/* The command line over the policy over the default. */
static enum severity fail_on(const struct check_settings *settings, const struct policy *policy)
{
	if (settings->fail_on >= 0)
		return (enum severity)settings->fail_on;
	return policy && policy->has_fail_on ? policy->fail_on : SEVERITY_HIGH;
}

/* The command line over the policy over the default. */
static const char *profile(const struct check_settings *settings, const struct policy *policy)
{
	if (settings->profile)
		return settings->profile;
	return policy && policy->profile ? policy->profile : PROFILE_DEFAULT;
}

/* None at all where nothing would be shown: counting costs a little too. */
static int make_progress(const struct check_settings *settings, struct progress **ret,
			 struct error *err)
{
	bool line = !settings->quiet && !settings->no_progress && terminal_is(stderr);

	if (!line && !settings->verbose)
		return 0;
	return progress_new(stderr, line, settings->verbose, terminal_width(stderr), ret, err);
}

/* The policy is read first: without it nothing should be judged. */
static int judge(const struct check_settings *settings, int n, char **targets, struct report **ret,
		 struct error *err)
{
	_cleanup_(progress_freep) struct progress *progress = NULL;
	_cleanup_(policy_freep) struct policy *policy = NULL;
	struct judge_options judge_options;
	int r;

	r = load_policy(settings, &policy, err);
	if (r < 0)
		return r;
	r = make_progress(settings, &progress, err);
	if (r < 0)
		return r;
	judge_options = (struct judge_options){
		.limits = &settings->limits,
		.policy = policy,
		.fail_on = fail_on(settings, policy),
		.profile = profile(settings, policy),
		.platform = settings->platform,
		.all_platforms = settings->all_platforms,
		.verify = !settings->no_verify,
		.allow_unknown = settings->allow_unknown,
		.user = settings->user,
		.jobs = settings->jobs,
		.progress = progress,
	};
	return judge_targets((const char *const *)targets, (size_t)n, &judge_options, ret, err);
}

/* Errors are told on stderr too, unless the same terminal shows them in the report. */
static void complain_errors(const struct check_settings *settings, const struct report *report)
{
	const struct report_error *at;

	if (outputs_on_stdout(&settings->outputs, "text") && terminal_is(stdout))
		return;
	VEC_FOREACH (&report->errors, at)
		command_complain("%s%s%s", at->target ? at->target : "", at->target ? ": " : "",
				 at->message);
}

/* Interrupted, nothing is written: half of a report could pass for a whole one. */
static int check(const struct check_settings *settings, int n, char **targets)
{
	_cleanup_(report_freep) struct report *report = NULL;
	struct render_options render_options = {
		.quiet = settings->quiet,
		.verbose = settings->verbose,
	};
	struct error err = {};
	int r;

	interrupt_install();
	r = judge(settings, n, targets, &report, &err);
	if (r == 0)
		r = interrupt_check(&err);
	if (r < 0) {
		if (r != -ECANCELED)
			command_complain("%s", err.message);
		return EXIT_ERROR;
	}
	complain_errors(settings, report);
	if (outputs_write(&settings->outputs, report, &render_options, settings->color) > 0)
		return EXIT_ERROR;
	return report_exit_status(report);
}

/* What the tables cannot say: combinations. */
static int usage(const struct command *command, const struct check_settings *settings, int n)
{
	if (n == 0)
		return command_usage(command, "no target given");
	if (settings->policy && settings->no_policy)
		return command_usage(command, "--policy and --no-policy exclude each other");
	if (settings->quiet && settings->verbose)
		return command_usage(command, "--quiet and --verbose exclude each other");
	return EXIT_PASSED;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct check_settings settings = {.fail_on = -1, .limits = limits_default};
	struct error err = {};
	int n, status = EXIT_USAGE;

	if (command_begin(command, argc, argv, &settings, &n, &status)) {
		status = usage(command, &settings, n);
		if (status == EXIT_PASSED && settings.outputs.list.len == 0 &&
		    outputs_add(&settings.outputs, "text", &err) < 0) {
			command_complain("%s", err.message);
			status = EXIT_ERROR;
		}
		if (status == EXIT_PASSED)
			status = check(&settings, n, argv);
	}
	outputs_clear(&settings.outputs);
	return status;
}

const struct command command_check = {
	.name = "check",
	.arguments = "TARGET...",
	.summary = "judge images and root file systems",
	.description =
		"Judges each TARGET by the static score of CBPP-0002: the first process does not "
		"run as root, and no file of the merged file system is setuid root. Every digest "
		"is verified; a pass is never given for what was not read.\n"
		"\n"
		"The report goes to standard output, everything else to standard error.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.completion = COMPLETE_TARGET,
	.parts = PART_TARGETS | PART_FORMATS | PART_POLICY | PART_LIMITS | PART_EXIT,
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.run = run,
};
