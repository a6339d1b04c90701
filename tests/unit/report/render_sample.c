/* SPDX-License-Identifier: Apache-2.0 */
/* render_sample FORMAT SAMPLE: prints a synthetic report, for tests/cli/test_schemas.py. */
#include <stdio.h>
#include <string.h>

#include "report/render.h"
#include "sample.h"

static int usage(void)
{
	fputs("usage: render_sample FORMAT SAMPLE\nformats:", stderr);
	for (size_t i = 0; i < n_renderers; i++)
		fprintf(stderr, " %s", renderers[i]->name);
	fputs("\nsamples:", stderr);
	for (size_t i = 0; i < n_samples; i++)
		fprintf(stderr, " %s", sample_names[i]);
	fputs("\n", stderr);
	return 64;
}

int main(int argc, char **argv)
{
	const struct render_options options = {0};
	struct writer writer = WRITER_FILE(stdout);
	const struct renderer *renderer;
	struct report *report;
	struct error err = {0};
	int r;

	renderer = argc == 3 ? renderer_find(argv[1]) : NULL;
	report = renderer ? sample_report(argv[2]) : NULL;
	if (!report)
		return usage();
	r = renderer->render(report, &options, &writer, &err);
	report_free(report);
	if (r < 0)
		fprintf(stderr, "render_sample: %s\n", err.message);
	return r < 0 ? 2 : 0;
}
