/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs are handed out in order; the caller is one of the workers, so that a pool of one starts no
 * thread. After a failure no further job starts: all jobs before the failed one have started, so
 * the lowest-numbered error is the same whatever the timing.
 */
#include "io/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "io/thread.h"

#define THREADS_MAX 64

struct pool {
	pthread_mutex_t lock;
	size_t next, count; /* the next job to start, of how many */
	size_t failed;      /* the lowest one that failed, SIZE_MAX: none */
	struct error error; /* of it */
	pool_job job;
	void *data;
};

/* False when all have started, or when one has failed. */
static bool pool_take(struct pool *pool, size_t *ret)
{
	bool more;

	pthread_mutex_lock(&pool->lock);
	more = pool->next < pool->count && pool->failed == SIZE_MAX;
	if (more)
		*ret = pool->next++;
	pthread_mutex_unlock(&pool->lock);
	return more;
}

static void *pool_work(void *data)
{
	struct pool *pool = data;
	size_t index;

	while (pool_take(pool, &index)) {
		struct error err = {};
		int r = pool->job(pool->data, index, &err);

		if (r >= 0)
			continue;
		pthread_mutex_lock(&pool->lock);
		if (index < pool->failed) {
			pool->failed = index;
			pool->error = err;
			pool->error.code = r;
		}
		pthread_mutex_unlock(&pool->lock);
	}
	return NULL;
}

int pool_run(unsigned int n_threads, size_t count, pool_job job, void *data, struct error *err)
{
	struct pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
			    .count = count,
			    .failed = SIZE_MAX,
			    .job = job,
			    .data = data};
	pthread_t threads[THREADS_MAX];
	size_t n = 0, wanted = MIN((size_t)n_threads, count);

	assert(job);
	wanted = MIN(wanted, (size_t)THREADS_MAX);

	/* Fewer threads than wanted is slower, not wrong. */
	while (n + 1 < wanted && thread_start(&threads[n], pool_work, &pool, NULL) == 0)
		n++;
	pool_work(&pool);
	while (n > 0)
		pthread_join(threads[--n], NULL);
	pthread_mutex_destroy(&pool.lock);

	if (pool.failed == SIZE_MAX)
		return 0;
	if (err)
		*err = pool.error;
	return pool.error.code;
}
