/* SPDX-License-Identifier: Apache-2.0 */
/* In: a report; out: what it counts, in words. Nothing here comes from input. */
#include "report/summary_line.h"

#include "base/macro.h"

static void write_count(struct writer *writer, const char *before, size_t n, const char *word,
			const char *plural)
{
	writer_printf(writer, "%s%zu %s%s", before, n, word, n == 1 ? "" : plural);
}

void summary_line(const struct report *report, struct writer *writer)
{
	struct report_summary summary;
	size_t total = 0;
	const char *before = ": ";

	report_summarize(report, &summary);
	write_count(writer, "", summary.targets, "target", "s");
	for (size_t i = 0; i < N_VERDICTS; i++) {
		if (summary.verdicts[i] == 0)
			continue;
		write_count(writer, before, summary.verdicts[i], verdict_name((enum verdict)i), "");
		before = ", ";
	}
	for (size_t i = 0; i < ARRAY_SIZE(summary.findings); i++)
		total += summary.findings[i];
	write_count(writer, "; ", total, "finding", "s");
	before = " (";
	for (size_t i = ARRAY_SIZE(summary.findings); i-- > 0;) {
		if (summary.findings[i] == 0)
			continue;
		write_count(writer, before, summary.findings[i], severity_name((enum severity)i),
			    "");
		before = ", ";
	}
	writer_puts(writer, total > 0 ? ")" : "");
	if (summary.waived > 0)
		write_count(writer, ", ", summary.waived, "waived", "");
	if (summary.errors > 0)
		write_count(writer, "; ", summary.errors, "error", "s");
}
