/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 (OASIS standard, 2020), shaped so that code scanning services accept it: every result
 * has a physical location with a region, a level, a rank and a fingerprint. In: a const report;
 * out: one run, with every check as a rule, so that rule indices never depend on what was found.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "format/json.h"
#include "report/fingerprint.h"
#include "report/render.h"
#include "report/uri.h"

#define SARIF_VERSION "2.1.0"
#define SARIF_SCHEMA  "https://json.schemastore.org/sarif-2.1.0.json"
#define INFORMATION_URI                                                  \
	"https://github.com/lfn-cnti/bestpractices/blob/main/doc/cbpps/" \
	"0002-no-root-in-containers.md"
#define URI_BASE        "ROOTFS"
#define FINGERPRINT_KEY "rootoutFinding/v1"

/* security-severity: the scale of CVSS, where 9 and more is critical, 7 high, 4 medium. */
static const struct {
	const char *level;
	int rank;
	const char *security_severity;
} grades[] = {
	[SEVERITY_INFO] = {"note", 5, "0.0"},        [SEVERITY_LOW] = {"note", 25, "3.0"},
	[SEVERITY_MEDIUM] = {"warning", 50, "5.5"},  [SEVERITY_HIGH] = {"error", 80, "8.0"},
	[SEVERITY_CRITICAL] = {"error", 100, "9.5"},
};

/* Most of SARIF's texts are message objects. */
static void set_text(struct json *object, const char *key, const char *text)
{
	json_set_string(json_set(object, key, json_object_new()), "text", text);
}

/* "image-setuid-root" -> "ImageSetuidRoot": rule names are identifiers. */
static char *pascal_case(const char *name, struct arena *arena)
{
	char *result = arena_strdup(arena, name), *to = result;
	bool upper = true;

	if (!result)
		return NULL;
	for (; *name; name++) {
		if (*name == '-') {
			upper = true;
			continue;
		}
		*to++ = upper && *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
		upper = false;
	}
	*to = '\0';
	return result;
}

/* Grown by concatenation: a check has a handful of references. */
static char *help_markdown(const struct check *check, struct arena *arena)
{
	char *text = arena_printf(arena, "%s\n\n**What may break:** %s\n\n**What to do:** %s\n",
				  check->rationale, check->breaks ? check->breaks : "nothing",
				  check->remedy);

	for (size_t i = 0; text && i < check->n_references; i++)
		text = arena_printf(arena, "%s%s- [%s](%s)\n", text, i == 0 ? "\n" : "",
				    check->references[i].title, check->references[i].url);
	return text;
}

/* Everything from the check's own row, so that `explain` and code scanning say the same. */
static int set_rule(struct json *rules, const struct check *check, struct arena *arena,
		    struct error *err)
{
	struct json *rule = json_append(rules, json_object_new()), *help, *properties;
	char *name = pascal_case(check->name, arena), *markdown = help_markdown(check, arena);

	assert((size_t)check->severity < ARRAY_SIZE(grades));
	if (!name || !markdown)
		return error_oom(err);
	json_set_string(rule, "id", check->name);
	json_set_string(rule, "name", name);
	set_text(rule, "shortDescription", check->title);
	set_text(rule, "fullDescription", check->rationale);
	help = json_set(rule, "help", json_object_new());
	json_set_string(help, "text", check->remedy);
	json_set_string(help, "markdown", markdown);
	if (check->n_references > 0)
		json_set_string(rule, "helpUri", check->references[0].url);
	json_set_string(json_set(rule, "defaultConfiguration", json_object_new()), "level",
			grades[check->severity].level);
	properties = json_set(rule, "properties", json_object_new());
	json_append_string(json_set(properties, "tags", json_array_new()), "security");
	json_set_string(properties, "security-severity", grades[check->severity].security_severity);
	json_set_string(properties, "precision", "very-high");
	return 0;
}

static int set_driver(struct json *run, const struct report *report, struct arena *arena,
		      struct error *err)
{
	struct json *tool = json_set(run, "tool", json_object_new());
	struct json *driver = json_set(tool, "driver", json_object_new()), *rules;
	int r;

	json_set_string(driver, "name", "rootout");
	json_set_string(driver, "semanticVersion", report->tool_version);
	json_set_string(driver, "informationUri", INFORMATION_URI);
	rules = json_set(driver, "rules", json_array_new());
	for (size_t i = 0; i < report->n_checks; i++) {
		r = set_rule(rules, report->checks[i], arena, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void add_notification(struct json *list, const char *level, const char *text)
{
	struct json *notification = json_append(list, json_object_new());

	json_set_string(notification, "level", level);
	set_text(notification, "message", text);
}

/* Undecided targets have no result, and must not look clean because of it. */
static int add_undecided(struct json *list, const struct report *report, struct arena *arena,
			 struct error *err)
{
	struct target *const *at;

	VEC_FOREACH (&report->targets, at) {
		const struct target *target = *at;
		char *text;

		if (target->verdict == VERDICT_PASS || target->verdict == VERDICT_FAIL)
			continue;
		text = arena_printf(arena, "%s: %s%s%s", target->name,
				    verdict_name(target->verdict), target->verdict_why ? ": " : "",
				    target->verdict_why ? target->verdict_why : "");
		if (!text)
			return error_oom(err);
		add_notification(list, "warning", text);
	}
	return 0;
}

static int set_invocation(struct json *run, const struct report *report, struct arena *arena,
			  struct error *err)
{
	struct json *invocations = json_set(run, "invocations", json_array_new());
	struct json *invocation = json_append(invocations, json_object_new()), *list;
	const struct report_error *error;
	const struct report_note *note;
	int r;

	json_set_bool(invocation, "executionSuccessful", report_exit_status(report) != 2);
	json_set_int(invocation, "exitCode", report_exit_status(report));
	list = json_set(invocation, "toolExecutionNotifications", json_array_new());
	VEC_FOREACH (&report->errors, error) {
		char *text = arena_printf(arena, "%s%s%s", error->target ? error->target : "",
					  error->target ? ": " : "", error->message);

		if (!text)
			return error_oom(err);
		add_notification(list, "error", text);
	}
	r = add_undecided(list, report, arena, err);
	if (r < 0)
		return r;
	list = json_set(invocation, "toolConfigurationNotifications", json_array_new());
	VEC_FOREACH (&report->notes, note)
		add_notification(list, "note", note->message);
	return 0;
}

/* Services refuse a result without a region; line 1 stands for the file as a whole. */
static int set_location(struct json *result, const struct target *target,
			const struct finding *finding, struct arena *arena, struct error *err)
{
	const struct location *at = &finding->location;
	struct json *locations = json_set(result, "locations", json_array_new());
	struct json *location = json_append(locations, json_object_new());
	struct json *physical = json_set(location, "physicalLocation", json_object_new());
	struct json *artifact = json_set(physical, "artifactLocation", json_object_new());
	struct json *region = json_set(physical, "region", json_object_new()), *logical;
	char *uri = at->path ? uri_of_path(at->path, arena) : uri_of_name(target->name, arena);

	if (!uri)
		return error_oom(err);
	json_set_string(artifact, "uri", uri);
	if (at->path)
		json_set_string(artifact, "uriBaseId", URI_BASE);
	json_set_int(region, "startLine", at->line > 0 ? at->line : 1);
	if (at->line > 0 && at->column > 0)
		json_set_int(region, "startColumn", at->column);
	logical = json_append(json_set(location, "logicalLocations", json_array_new()),
			      json_object_new());
	json_set_string(logical, "name", target->name);
	json_set_string(logical, "kind", target_kind_name(target->kind));
	if (at->field)
		json_set_string(logical, "fullyQualifiedName", at->field);
	return 0;
}

/* An empty list says "not suppressed"; a missing one says nothing. */
static int set_suppression(struct json *result, const struct waived *waived, struct arena *arena,
			   struct error *err)
{
	struct json *list = json_set(result, "suppressions", json_array_new()), *suppression;
	char *text;

	if (!waived)
		return 0;
	text = arena_printf(arena, "%s (%s%suntil %s)", waived->reason,
			    waived->owner ? waived->owner : "", waived->owner ? ", " : "",
			    waived->expires);
	if (!text)
		return error_oom(err);
	suppression = json_append(list, json_object_new());
	json_set_string(suppression, "kind", "external");
	json_set_string(suppression, "status", "accepted");
	json_set_string(suppression, "justification", text);
	return 0;
}

/* An index besides the name: viewers need not search. */
static void set_rule_index(struct json *result, const struct report *report,
			   const struct check *check)
{
	for (size_t i = 0; i < report->n_checks; i++) {
		if (report->checks[i] == check) {
			json_set_int(result, "ruleIndex", (int64_t)i);
			return;
		}
	}
}

static void set_properties(struct json *result, const struct finding *finding)
{
	const struct location *at = &finding->location;
	struct json *properties = json_set(result, "properties", json_object_new());

	json_set_string(properties, "severity", severity_name(finding->severity));
	json_set_string(properties, "remedy",
			finding->remedy ? finding->remedy : finding->check->remedy);
	json_set_string(properties, "layer", at->layer);
	json_set_string(properties, "createdBy", at->created_by);
	json_set_string(properties, "package", at->package);
}

static int set_result(struct json *results, const struct report *report,
		      const struct target *target, const struct finding *finding, const char *print,
		      struct arena *arena, struct error *err)
{
	struct json *result = json_append(results, json_object_new());
	int r;

	assert((size_t)finding->severity < ARRAY_SIZE(grades));
	json_set_string(result, "ruleId", finding->check->name);
	set_rule_index(result, report, finding->check);
	json_set_string(result, "level", grades[finding->severity].level);
	json_set_int(result, "rank", grades[finding->severity].rank);
	set_text(result, "message", finding->message);
	r = set_location(result, target, finding, arena, err);
	if (r < 0)
		return r;
	json_set_string(json_set(result, "partialFingerprints", json_object_new()), FINGERPRINT_KEY,
			print);
	r = set_suppression(result, finding->waived, arena, err);
	if (r < 0)
		return r;
	set_properties(result, finding);
	return 0;
}

/* Fingerprints are made for a target as a whole, since equal findings are numbered. */
static int set_results(struct json *results, const struct report *report,
		       const struct target *target, struct arena *arena, struct error *err)
{
	char **prints;
	int r;

	r = fingerprint_target(target, arena, &prints, err);
	for (size_t i = 0; r >= 0 && i < target->findings.len; i++)
		r = set_result(results, report, target, target->findings.items[i], prints[i], arena,
			       err);
	return r;
}

static int build(struct json *run, const struct report *report, struct arena *arena,
		 struct error *err)
{
	struct json *base, *results, *properties;
	struct target *const *target;
	int r;

	r = set_driver(run, report, arena, err);
	if (r < 0)
		return r;
	r = set_invocation(run, report, arena, err);
	if (r < 0)
		return r;
	base = json_set(run, "originalUriBaseIds", json_object_new());
	set_text(json_set(base, URI_BASE, json_object_new()), "description",
		 "The root of the image's file system");
	results = json_set(run, "results", json_array_new());
	VEC_FOREACH (&report->targets, target) {
		r = set_results(results, report, *target, arena, err);
		if (r < 0)
			return r;
	}
	properties = json_set(run, "properties", json_object_new());
	json_set_string(properties, "profile", report->profile);
	json_set_string(properties, "verdict", verdict_name(report_verdict(report)));
	return 0;
}

static int render(const struct report *report, const struct render_options *options,
		  struct writer *writer, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	_cleanup_(json_unrefp) struct json *root = json_object_new();
	struct json *run;
	int r;

	if (!arena)
		return error_oom(err);
	json_set_string(root, "$schema", SARIF_SCHEMA);
	json_set_string(root, "version", SARIF_VERSION);
	run = json_append(json_set(root, "runs", json_array_new()), json_object_new());
	r = build(run, report, arena, err);
	if (r < 0)
		return r;
	r = json_dump(root, writer, err);
	return r < 0 ? r : writer_finish(writer, err);
}

const struct renderer render_sarif = {
	.name = "sarif",
	.help = "SARIF " SARIF_VERSION ", for code scanning",
	.render = render,
};
