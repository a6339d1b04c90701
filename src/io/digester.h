/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests of streams, computed beside the work that reads them: chunks are queued by reference and
 * hashed by whoever has time (a crew thread, or the caller when the queue is full), two streams
 * side by side where the processor has SHA instructions.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/stream.h"

enum digest_algorithm {
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512
};
#define DIGEST_MAX_SIZE 64

/* Threads that help; one crew for the whole process run. n_threads 0: callers do it all. */
struct digest_crew;
void digest_crew_free(struct digest_crew *crew);
DEFINE_FREEP(struct digest_crew, digest_crew_free)
int digest_crew_new(unsigned int n_threads, struct digest_crew **ret, struct error *err);

struct digester;
void digester_free(struct digester *digester); /* waits for nobody's use of it, drops the queue */
DEFINE_FREEP(struct digester, digester_free)
/* crew is borrowed and may be NULL: everything is hashed at once, in the caller. */
int digester_new(struct digest_crew *crew, enum digest_algorithm algorithm, struct digester **ret,
		 struct error *err);
/* Takes a reference of its own. May hash other streams' chunks meanwhile. One thread a digester. */
int digester_update(struct digester *digester, struct chunk *chunk, struct error *err);
/* The same for bytes that are in no chunk, at once; only without a crew. */
int digester_update_bytes(struct digester *digester, const void *data, size_t size,
			  struct error *err);
/* Lower-case hex with NUL into buf (2 * DIGEST_MAX_SIZE + 1 bytes). */
int digester_finish(struct digester *digester, char *buf, struct error *err);

/* A stream that passes `source` (owned, also on error) through and feeds the digester (borrowed).
 * It cannot skip. */
int stream_tee_digest(struct stream *source, struct digester *digester, struct stream **ret,
		      struct error *err);

/* Of memory, at once: lower-case hex. */
int digest_memory(enum digest_algorithm algorithm, const void *data, size_t size, char *buf,
		  struct error *err);
