/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is freed as a whole: one arena a subject, with a cap in bytes. Allocations are
 * zeroed and aligned to 8 bytes unless the name says bytes.
 */
#pragma once

#include <stdarg.h>
#include <stdint.h>

#include "base/macro.h"

struct arena;

void arena_free(struct arena *arena);
DEFINE_FREEP(struct arena, arena_free)

/* max: bytes that all allocations together may take (UINT64_MAX: no cap). NULL on -ENOMEM. */
struct arena *arena_new(uint64_t max) _malloc_(arena_free);

/* NULL when memory or the cap is exhausted; arena_full() tells which. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_calloc(struct arena *arena, size_t count, size_t size); /* checks the product */
void *arena_bytes(struct arena *arena, size_t size);                /* unaligned, not zeroed */
void *arena_memdup(struct arena *arena, const void *data, size_t size);
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length); /* copies NULs too */
char *arena_printf(struct arena *arena, const char *format, ...) _printf_(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args) _printf_(2, 0);

/* True when an allocation was refused because of the cap and not for lack of memory. */
int arena_full(const struct arena *arena);
uint64_t arena_used(const struct arena *arena);

/* Moves everything that `from` holds to `arena` and frees `from`: pointers stay valid. */
void arena_absorb(struct arena *arena, struct arena *from);
