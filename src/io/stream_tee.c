/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that shows what passes to a digester (digester.h). It cannot skip: all is digested. */
#include "io/digester.h"

#include <assert.h>

struct stream_tee {
	struct stream stream;
	struct stream *source;     /* owned */
	struct digester *digester; /* borrowed */
};

static int tee_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct stream_tee *tee = (struct stream_tee *)stream;
	_cleanup_(chunk_unrefp) struct chunk *chunk = NULL;
	int r;

	r = stream_next(tee->source, &chunk, err);
	if (r <= 0)
		return r;
	r = digester_update(tee->digester, chunk, err);
	if (r < 0)
		return r;
	*ret = TAKE(chunk);
	return 1;
}

static void tee_free(struct stream *stream)
{
	struct stream_tee *tee = (struct stream_tee *)stream;

	stream_free(tee->source);
	free(tee);
}

static const struct stream_class tee_class = {.name = "tee", .next = tee_next, .free = tee_free};

int stream_tee_digest(struct stream *source, struct digester *digester, struct stream **ret,
		      struct error *err)
{
	struct stream_tee *tee = malloc(sizeof(*tee));

	assert(source && digester);
	if (!tee) {
		stream_free(source);
		return error_oom(err);
	}
	*tee = (struct stream_tee){.stream.class = &tee_class,
				   .source = source,
				   .digester = digester};
	*ret = (struct stream *)tee;
	return 0;
}
