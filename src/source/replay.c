/* SPDX-License-Identifier: Apache-2.0 */
/* It cannot skip before its chunks are gone; afterwards it does what the rest can. */
#include "source/replay.h"

#include <assert.h>
#include <stdlib.h>

struct replay {
	struct stream stream;
	struct chunk *chunks[REPLAY_MAX];
	size_t at, n_chunks;
	struct stream *rest;
};

static int replay_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct replay *replay = (struct replay *)stream;

	if (replay->at < replay->n_chunks) {
		*ret = TAKE(replay->chunks[replay->at]);
		replay->at++;
		return 1;
	}
	return replay->rest ? stream_next(replay->rest, ret, err) : 0;
}

static int64_t replay_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct replay *replay = (struct replay *)stream;

	if (replay->at < replay->n_chunks || !replay->rest)
		return 0;
	return stream_skip(replay->rest, n, err);
}

static void replay_free(struct stream *stream)
{
	struct replay *replay = (struct replay *)stream;

	for (size_t i = 0; i < replay->n_chunks; i++)
		chunk_unref(replay->chunks[i]);
	stream_free(replay->rest);
	free(replay);
}

static const struct stream_class replay_class = {
	.name = "replay",
	.next = replay_next,
	.skip = replay_skip,
	.free = replay_free,
};

int replay_stream(struct chunk *const *chunks, size_t n_chunks, struct stream *rest,
		  struct stream **ret, struct error *err)
{
	struct replay *replay = malloc(sizeof(*replay));

	assert(n_chunks <= REPLAY_MAX);
	if (!replay) {
		stream_free(rest);
		return error_oom(err);
	}
	*replay =
		(struct replay){.stream.class = &replay_class, .n_chunks = n_chunks, .rest = rest};
	for (size_t i = 0; i < n_chunks; i++)
		replay->chunks[i] = chunk_ref(chunks[i]);
	*ret = (struct stream *)replay;
	return 0;
}
