/* SPDX-License-Identifier: Apache-2.0 */
/* A report is rendered as a whole before its first byte is written: an interrupted or failing run
 * leaves no half of one. */
#include "cmd/output.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/suggest.h"
#include "io/atomic_file.h"

void outputs_clear(struct outputs *outputs)
{
	vec_clear(&outputs->list);
}

/* The name up to "=" or the end. */
static const struct renderer *find_renderer(const char *text, size_t len, struct error *err)
{
	struct suggest suggest = {.word = text, .len = len};

	for (size_t i = 0; i < n_renderers; i++) {
		if (strlen(renderers[i]->name) == len &&
		    strncmp(renderers[i]->name, text, len) == 0)
			return renderers[i];
		suggest_offer(&suggest, renderers[i]->name);
	}
	error_set(err, -EINVAL, "there is no format \"%.*s\"%s%s%s", (int)len, text,
		  suggest.best ? "; did you mean " : "", suggest.best ? suggest.best : "",
		  suggest.best ? "?" : "");
	return NULL;
}

/* Two reports to one place would mix or overwrite each other. */
int outputs_add(struct outputs *outputs, const char *text, struct error *err)
{
	size_t len = strcspn(text, "=");
	struct output output = {.renderer = find_renderer(text, len, err)};
	struct output *at;

	assert(text);
	if (!output.renderer)
		return -EINVAL;
	if (text[len] == '=' && text[len + 1] == '\0')
		return error_set(err, -EINVAL, "\"%s\" names no file", text);
	if (text[len] == '=' && strcmp(text + len, "=-") != 0)
		output.file = text + len + 1;
	VEC_FOREACH (&outputs->list, at) {
		if (!at->file && !output.file)
			return error_set(err, -EINVAL, "only one report can go to standard output");
		if (at->file && output.file && strcmp(at->file, output.file) == 0)
			return error_set(err, -EINVAL, "two reports would go to %s", at->file);
	}
	return vec_push(&outputs->list, output) < 0 ? error_oom(err) : 0;
}

bool outputs_on_stdout(const struct outputs *outputs, const char *format)
{
	const struct output *at;

	VEC_FOREACH (&outputs->list, at) {
		if (!at->file && strcmp(at->renderer->name, format) == 0)
			return true;
	}
	return false;
}

static int write_stdout(const struct output *output, const struct report *report,
			const struct render_options *options, enum color_mode color,
			struct error *err)
{
	struct strbuf buf = STRBUF_INIT(SIZE_MAX);
	struct writer writer = WRITER_BUFFER(&buf);
	int r;

	writer.width = terminal_width(stdout);
	writer.color = terminal_color(stdout, color);
	r = output->renderer->render(report, options, &writer, err);
	if (r == 0)
		r = writer_finish(&writer, err);
	if (r == 0 && fwrite(strbuf_string(&buf), 1, buf.len, stdout) != buf.len)
		r = error_errno(err, errno, "cannot write to standard output");
	if (r == 0 && fflush(stdout) != 0)
		r = error_errno(err, errno, "cannot write to standard output");
	strbuf_clear(&buf);
	return r;
}

/* The file appears when it is complete, or stays as it was. */
static int write_file(const struct output *output, const struct report *report,
		      const struct render_options *options, struct error *err)
{
	_cleanup_(atomic_file_freep) struct atomic_file *file = NULL;
	struct writer writer;
	int r;

	r = atomic_file_open(output->file, &file, err);
	if (r < 0)
		return r;
	writer = WRITER_FILE(atomic_file_stream(file));
	r = output->renderer->render(report, options, &writer, err);
	if (r == 0)
		r = writer_finish(&writer, err);
	if (r == 0)
		r = atomic_file_commit(file, err);
	return r;
}

/* One that cannot be written does not keep the others from being written. */
size_t outputs_write(const struct outputs *outputs, const struct report *report,
		     const struct render_options *options, enum color_mode color)
{
	const struct output *at;
	size_t n_failed = 0;

	VEC_FOREACH (&outputs->list, at) {
		struct error err = {};
		int r = at->file ? write_file(at, report, options, &err)
				 : write_stdout(at, report, options, color, &err);

		if (r == 0)
			continue;
		command_complain("%s report%s%s: %s", at->renderer->name, at->file ? " " : "",
				 at->file ? at->file : "", err.message);
		n_failed++;
	}
	return n_failed;
}
