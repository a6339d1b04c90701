/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of a report in one line, as text and markdown end or begin. */
#pragma once

#include "base/writer.h"
#include "model/report.h"

/* "2 targets: 1 pass, 1 fail; 14 findings (14 high), 1 waived; 1 error", without a newline. */
void summary_line(const struct report *report, struct writer *writer);
