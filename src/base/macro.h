/* SPDX-License-Identifier: Apache-2.0 */
/* The few macros that everything uses: cleanup attributes, array sizes, ownership transfer. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define _cleanup_(func)     __attribute__((cleanup(func)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_            __attribute__((unused))
#define _pure_              __attribute__((pure))
#define _nonnull_(...)      __attribute__((nonnull(__VA_ARGS__)))
#define _must_check_        __attribute__((warn_unused_result))

/* The result is new and is freed by func: gcc -fanalyzer follows it; clang knows no arguments. */
#ifdef __clang__
#define _malloc_(func) __attribute__((malloc))
#else
#define _malloc_(func) __attribute__((malloc, malloc(func, 1)))
#endif

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define MIN(a, b)                                  \
	({                                         \
		__typeof__(a) _min_a = (a);        \
		__typeof__(b) _min_b = (b);        \
		_min_a < _min_b ? _min_a : _min_b; \
	})

#define MAX(a, b)                                  \
	({                                         \
		__typeof__(a) _max_a = (a);        \
		__typeof__(b) _max_b = (b);        \
		_max_a > _max_b ? _max_a : _max_b; \
	})

/* Hands a pointer over and leaves NULL behind, so that _cleanup_ does nothing: *ret = TAKE(x). */
#define TAKE(pointer)                                        \
	({                                                   \
		__typeof__(pointer) *_take_at = &(pointer);  \
		__typeof__(pointer) _take_value = *_take_at; \
		*_take_at = NULL;                            \
		_take_value;                                 \
	})

/* Defines x_freep() for _cleanup_ out of x_free(); x_free() must accept NULL. */
#define DEFINE_FREEP(type, func)                   \
	static inline void func##p(type **pointer) \
	{                                          \
		func(*pointer);                    \
	}

static inline void freep(void *pointer)
{
	free(*(void **)pointer);
}

#define _cleanup_free_ _cleanup_(freep)
