/* SPDX-License-Identifier: Apache-2.0 */
/* Filling and wrapping struct error; see error.h for the meaning of the codes. */
#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The functions themselves; error.h wraps their calls. */
#undef error_set
#undef error_set_at
#undef error_oom
#undef error_errno
#undef error_wrap

/* Always NUL-terminated. A message that is cut ends in "..." so that nobody takes half a path for a
 * whole one. */
static _printf_(2, 0) void format_message(struct error *err, const char *format, va_list args)
{
	int len = vsnprintf(err->message, sizeof(err->message), format, args);

	if (len < 0)
		err->message[0] = '\0';
	else if ((size_t)len >= sizeof(err->message))
		memcpy(err->message + sizeof(err->message) - 4, "...", 4);
}

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list args;

	assert(format);
	assert(code < 0);
	if (!err)
		return code;

	*err = (struct error){.code = code};
	va_start(args, format);
	format_message(err, format, args);
	va_end(args);
	return code;
}

int error_set_at(struct error *err, int code, uint32_t line, uint32_t column, const char *format,
		 ...)
{
	va_list args;

	assert(format);
	assert(code < 0);
	if (!err)
		return code;

	*err = (struct error){.code = code, .line = line, .column = column};
	va_start(args, format);
	format_message(err, format, args);
	va_end(args);
	return code;
}

int error_oom(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

int error_errno(struct error *err, int errnum, const char *format, ...)
{
	char what[256];
	va_list args;
	int code = errnum > 0 ? -errnum : errnum;

	assert(code < 0);
	assert(format);
	if (!err)
		return code;

	va_start(args, format);
	if (vsnprintf(what, sizeof(what), format, args) < 0)
		what[0] = '\0';
	va_end(args);
	return error_set(err, code, "%s: %s", what, strerrordesc_np(-code));
}

int error_wrap(struct error *err, int code, const char *format, ...)
{
	struct error inner;
	char context[256];
	va_list args;

	assert(code < 0);
	assert(format);
	if (!err)
		return code;

	/* A copy: the arguments may point into the message that is about to be replaced. */
	inner = *err;
	va_start(args, format);
	if (vsnprintf(context, sizeof(context), format, args) < 0)
		context[0] = '\0';
	va_end(args);
	return error_set_at(err, code, inner.line, inner.column, "%s: %s", context, inner.message);
}
