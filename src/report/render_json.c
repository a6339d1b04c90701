/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine format "rootout/report/1" (data/report.schema.json). In: a const report; out: one
 * JSON document in which every key is always present, null where there is nothing to say, so that
 * readers need no case distinctions. Same report, same bytes.
 */
#include <string.h>

#include "base/macro.h"
#include "format/json.h"
#include "report/render.h"

#define SCHEMA "rootout/report/1"

static const char *const outcome_names[] = {
	[START_UNKNOWN] = "unknown",
	[START_RUNS] = "runs",
	[START_REFUSED] = "refused",
};

static void set_number_or_null(struct json *object, const char *key, bool known, int64_t number)
{
	if (known)
		json_set_int(object, key, number);
	else
		json_set_null(object, key);
}

static struct json *evidence_value(const struct evidence *evidence)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < evidence->n_list; i++)
		json_append_string(list, evidence->list[i]);
	return list;
}

static struct json *evidence_object(const struct finding *finding)
{
	struct json *object = json_object_new();

	for (const struct evidence *at = finding->evidence; at; at = at->next) {
		switch (at->kind) {
		case EVIDENCE_STRING:
			json_set_string(object, at->key, at->string);
			break;
		case EVIDENCE_NUMBER:
			json_set_int(object, at->key, at->number);
			break;
		case EVIDENCE_BOOL:
			json_set_bool(object, at->key, at->number != 0);
			break;
		case EVIDENCE_LIST:
			json_set(object, at->key, evidence_value(at));
			break;
		}
	}
	return object;
}

static struct json *location_object(const struct location *location)
{
	struct json *object = json_object_new();

	json_set_string(object, "path", location->path);
	set_number_or_null(object, "line", location->line > 0, location->line);
	set_number_or_null(object, "column", location->column > 0, location->column);
	json_set_string(object, "layer", location->layer);
	json_set_string(object, "created_by", location->created_by);
	json_set_string(object, "package", location->package);
	json_set_string(object, "field", location->field);
	return object;
}

static void set_waived(struct json *object, const struct waived *waived)
{
	struct json *value;

	if (!waived) {
		json_set_null(object, "waived");
		return;
	}
	value = json_set(object, "waived", json_object_new());
	json_set_string(value, "reason", waived->reason);
	json_set_string(value, "owner", waived->owner);
	json_set_string(value, "expires", waived->expires);
}

static struct json *finding_object(const struct finding *finding)
{
	struct json *object = json_object_new();

	json_set_string(object, "check", finding->check->name);
	json_set_string(object, "severity", severity_name(finding->severity));
	json_set_string(object, "message", finding->message);
	json_set_string(object, "remedy",
			finding->remedy ? finding->remedy : finding->check->remedy);
	json_set(object, "location", location_object(&finding->location));
	json_set(object, "evidence", evidence_object(finding));
	set_waived(object, finding->waived);
	return object;
}

static struct json *view_object(const struct start_view *view)
{
	struct json *object = json_object_new();
	bool runs = view->outcome == START_RUNS;

	json_set_string(object, "outcome", outcome_names[view->outcome]);
	set_number_or_null(object, "uid", runs, view->uid);
	set_number_or_null(object, "gid", runs, view->gid);
	json_set_string(object, "why", view->why);
	return object;
}

static struct json *user_object(const struct start_user *user)
{
	struct json *object = json_object_new(), *groups, *views;
	bool runs = user->outcome == START_RUNS;

	json_set_string(object, "configured", user->configured);
	set_number_or_null(object, "uid", runs, user->uid);
	set_number_or_null(object, "gid", runs, user->gid);
	groups = json_set(object, "groups", json_array_new());
	for (size_t i = 0; i < user->n_groups; i++)
		json_append_int(groups, user->groups[i]);
	json_set_string(object, "name", user->name);
	json_set_string(object, "source", user->source);
	views = json_set(object, "views", json_object_new());
	json_set(views, "docker", view_object(&user->docker));
	json_set(views, "containerd", view_object(&user->containerd));
	json_set(views, "kubelet", view_object(&user->kubelet));
	json_set_bool(object, "older_runtimes_root", user->older_root);
	return object;
}

/* The rows of the score below set and role, in the order of the table. */
static void set_score(struct json *object, const struct target *target, const char *set,
		      const char *role)
{
	for (size_t i = 0; i < N_SCORE_ITEMS; i++) {
		const struct score_row *row = &score_rows[i];

		if (strcmp(row->set, set) == 0 && row->role && strcmp(row->role, role) == 0)
			json_set_string(object, row->name, verdict_name(target->scores[i].verdict));
	}
}

static struct json *score_object(const struct target *target)
{
	struct json *object = json_object_new(), *cbpp;

	cbpp = json_set(object, "cbpp-0002", json_object_new());
	set_score(json_set(cbpp, "static", json_object_new()), target, "cbpp-0002", "static");
	set_score(json_set(cbpp, "runtime", json_object_new()), target, "cbpp-0002", "runtime");
	json_set(object, "rootout", json_object_new());
	return object;
}

static struct json *target_object(const struct target *target)
{
	struct json *object = json_object_new(), *findings;
	struct finding *const *finding;

	json_set_string(object, "target", target->target);
	json_set_string(object, "kind", target_kind_name(target->kind));
	json_set_string(object, "name", target->name);
	json_set_string(object, "platform", target->platform);
	json_set_string(object, "digest", target->digest);
	json_set_bool(object, "verified", !target->unverified);
	json_set_string(object, "verdict", verdict_name(target->verdict));
	json_set_string(object, "why", target->verdict_why);
	json_set(object, "score", score_object(target));
	if (target->user)
		json_set(object, "user", user_object(target->user));
	else
		json_set_null(object, "user");
	findings = json_set(object, "findings", json_array_new());
	VEC_FOREACH (&target->findings, finding)
		json_append(findings, finding_object(*finding));
	json_set(object, "routes", json_array_new());
	return object;
}

static struct json *summary_object(const struct report *report)
{
	struct json *object = json_object_new(), *findings;
	struct report_summary summary;

	report_summarize(report, &summary);
	json_set_int(object, "targets", (int64_t)summary.targets);
	for (size_t i = 0; i < N_VERDICTS; i++)
		json_set_int(object, verdict_name((enum verdict)i), (int64_t)summary.verdicts[i]);
	json_set_int(object, "errors", (int64_t)summary.errors);
	findings = json_set(object, "findings", json_object_new());
	for (size_t i = ARRAY_SIZE(summary.findings); i-- > 0;)
		json_set_int(findings, severity_name((enum severity)i),
			     (int64_t)summary.findings[i]);
	json_set_int(object, "waived", (int64_t)summary.waived);
	return object;
}

static struct json *error_array(const struct report *report)
{
	struct json *array = json_array_new();
	const struct report_error *at;

	VEC_FOREACH (&report->errors, at) {
		struct json *object = json_append(array, json_object_new());

		json_set_string(object, "target", at->target);
		json_set_string(object, "message", at->message);
	}
	return array;
}

static struct json *note_array(const struct report *report)
{
	struct json *array = json_array_new();
	const struct report_note *at;

	VEC_FOREACH (&report->notes, at) {
		struct json *object = json_append(array, json_object_new());

		json_set_string(object, "message", at->message);
		json_set_string(object, "file", at->file);
		set_number_or_null(object, "line", at->line > 0, at->line);
	}
	return array;
}

static int render(const struct report *report, const struct render_options *options,
		  struct writer *writer, struct error *err)
{
	_cleanup_(json_unrefp) struct json *root = json_object_new();
	struct json *tool, *targets;
	struct target *const *target;
	int r;

	json_set_string(root, "schema", SCHEMA);
	tool = json_set(root, "tool", json_object_new());
	json_set_string(tool, "name", "rootout");
	json_set_string(tool, "version", report->tool_version);
	json_set_string(root, "profile", report->profile);
	json_set_string(root, "verdict", verdict_name(report_verdict(report)));
	json_set(root, "summary", summary_object(report));
	targets = json_set(root, "targets", json_array_new());
	VEC_FOREACH (&report->targets, target)
		json_append(targets, target_object(*target));
	json_set(root, "errors", error_array(report));
	json_set(root, "notes", note_array(report));
	r = json_dump(root, writer, err);
	return r < 0 ? r : writer_finish(writer, err);
}

const struct renderer render_json = {
	.name = "json",
	.help = "everything, in the schema " SCHEMA,
	.render = render,
};
