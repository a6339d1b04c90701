/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed hash for tables over hostile names (SipHash-1-3, key drawn once a process). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * seed: what else belongs to the key, such as the directory that holds the name. The same bytes
 * hash alike within one process only: never store or print a hash. Any thread may call it.
 */
uint64_t hash_bytes(uint64_t seed, const void *data, size_t size);
