/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed hash for tables over hostile names (SipHash-1-3, key drawn once a process). */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(uint64_t seed, const void *data, size_t size);
