/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that passes chunks on; any number of them, in any threads, share one meter. */
#include "source/meter.h"

#include <errno.h>
#include <stdlib.h>

struct metered {
	struct stream stream;
	struct stream *source;
	struct meter *meter;
	uint64_t max;
};

static void count(struct meter *meter, uint64_t n)
{
	uint64_t total = atomic_fetch_add(&meter->bytes, n) + n;

	if (meter->options->progress)
		meter->options->progress(meter->options->progress_data, total);
}

static int metered_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct metered *metered = (struct metered *)stream;
	int r = stream_next(metered->source, ret, err);

	if (r <= 0)
		return r;
	count(metered->meter, (*ret)->size);
	if (metered->source->position <= metered->max)
		return r;
	chunk_unref(*ret);
	return error_set(err, -E2BIG, "larger than the limit layer-bytes of %llu",
			 (unsigned long long)metered->max);
}

static int64_t metered_skip(struct stream *stream, uint64_t n, struct error *err)
{
	struct metered *metered = (struct metered *)stream;
	int64_t skipped = stream_skip(metered->source, n, err);

	if (skipped > 0)
		count(metered->meter, (uint64_t)skipped);
	return skipped;
}

static void metered_free(struct stream *stream)
{
	struct metered *metered = (struct metered *)stream;

	stream_free(metered->source);
	free(metered);
}

static const struct stream_class metered_class = {
	.name = "meter",
	.next = metered_next,
	.skip = metered_skip,
	.free = metered_free,
};

int meter_stream(struct meter *meter, struct stream *source, uint64_t max, struct stream **ret,
		 struct error *err)
{
	struct metered *metered = malloc(sizeof(*metered));

	if (!metered) {
		stream_free(source);
		return error_oom(err);
	}
	*metered = (struct metered){.stream.class = &metered_class,
				    .source = source,
				    .meter = meter,
				    .max = max};
	*ret = (struct stream *)metered;
	return 0;
}
