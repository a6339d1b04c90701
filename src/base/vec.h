/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed growable arrays: VEC(struct thing) things = {}; vec_push(&things, thing). The elements are
 * the array's own; vec_clear() frees the array, not what the elements point to.
 */
#pragma once

#include <errno.h>
#include <stddef.h>

#include "base/macro.h"

#define VEC(type)                \
	struct {                 \
		type *items;     \
		size_t len, cap; \
	}

/* Makes room for one more element of `size` bytes. 0 or -ENOMEM. */
int vec_grow(void **items, size_t *cap, size_t len, size_t size);

/* 0 or -ENOMEM; evaluates item once. */
#define vec_push(vec, item)                                                   \
	({                                                                    \
		__typeof__(vec) _vec = (vec);                                 \
		size_t _size = sizeof(__typeof__(_vec->items[0]));            \
		void *_items = _vec->items;                                   \
		int _grown = vec_grow(&_items, &_vec->cap, _vec->len, _size); \
		_vec->items = _items;                                         \
		if (_grown == 0)                                              \
			_vec->items[_vec->len++] = (item);                    \
		_grown;                                                       \
	})

#define VEC_FOREACH(vec, at) for (at = (vec)->items; at && at < (vec)->items + (vec)->len; at++)

#define vec_clear(vec)                       \
	do {                                 \
		free((vec)->items);          \
		(vec)->items = NULL;         \
		(vec)->len = (vec)->cap = 0; \
	} while (0)
