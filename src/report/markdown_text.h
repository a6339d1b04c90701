/* SPDX-License-Identifier: Apache-2.0 */
/* Input text in Markdown that a forge renders. */
#pragma once

#include "base/writer.h"

/*
 * <code>text</code> in one line. Nothing in it can become markup, a table cell, a link, a mention
 * or a reference to an issue: forges leave code elements alone, and whatever could end the element
 * or mean something to a Markdown parser is a character reference. NULL writes nothing.
 */
void markdown_code(struct writer *writer, const char *text);

/* <pre>text</pre> as a block of its own; line ends are kept. */
void markdown_pre(struct writer *writer, const char *text);
