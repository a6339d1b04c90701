/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digesters and the crew that works for them. Each digester has a short queue of chunks. Whoever
 * has time takes the heads of two queues and hashes them side by side: a thread of the crew when
 * work is due, or the thread that feeds a queue which has become long. One lock guards all queues;
 * the hashing itself is done outside of it, by the one who set `busy`.
 */
#include "io/digester.h"

#include <assert.h>
#include <string.h>

#include "io/hash_state.h"
#include "io/thread.h"

#define QUEUE_MAX  8 /* chunks of one digester; its feeder waits */
#define QUEUE_LONG 4 /* its feeder helps */
#define QUEUE_DUE  2 /* worth waking up the crew for, although nothing pairs with it */

struct digester {
	struct digest_crew *crew;
	struct hash_state state; /* whose busy is, or else the lock's */
	struct digester *next, *previous;
	struct chunk *queue[QUEUE_MAX];
	size_t head, count;
	size_t at; /* bytes of the first chunk that are done */
	bool busy; /* somebody hashes the first chunk */
	int status;
	struct error error;
};

struct digest_crew {
	pthread_mutex_t lock;
	pthread_cond_t work;     /* for the crew: something is due, or stop */
	pthread_cond_t progress; /* for feeders: a busy digester is free again */
	struct digester *digesters;
	unsigned int n_threads, n_idle, n_waiting;
	bool stop;
	pthread_t threads[];
};

/* Two digesters whose first chunks are hashed side by side, or one and NULL. */
struct job {
	struct digester *a, *b;
};

static bool is_ready(const struct digester *digester)
{
	return !digester->busy && digester->count > 0;
}

/* The longest queue that is ready, other than one; native: only those that can be paired. */
static struct digester *longest(struct digest_crew *crew, const struct digester *other, bool native)
{
	struct digester *at, *best = NULL;

	for (at = crew->digesters; at; at = at->next) {
		if (at != other && is_ready(at) && (!native || at->state.native) &&
		    (!best || at->count > best->count))
			best = at;
	}
	return best;
}

/* Finds work, `own` before others'; false when there is none. */
static bool job_find(struct digest_crew *crew, struct digester *own, struct job *ret)
{
	struct digester *a = own && is_ready(own) ? own : longest(crew, NULL, false);

	if (!a)
		return false;
	*ret = (struct job){.a = a, .b = a->state.native ? longest(crew, a, true) : NULL};
	return true;
}

/* A pair is worth starting at once, a single chunk only when more wait behind it: another stream's
 * chunk may come to pair with it. */
static bool job_is_due(const struct job *job)
{
	return job->b || job->a->count >= QUEUE_DUE;
}

/* Only of a queue that is not empty. */
static struct chunk *first_chunk(const struct digester *digester)
{
	return digester->queue[digester->head];
}

/* Under the lock: `size` bytes of the first chunk are done. Returns it when that was all of it. */
static struct chunk *digester_advance(struct digester *digester, size_t size)
{
	struct chunk *chunk = first_chunk(digester);

	assert(digester->busy && digester->count > 0);
	assert(digester->at <= chunk->size);
	digester->busy = false;
	digester->at += size;
	if (digester->at < chunk->size)
		return NULL;
	digester->head = (digester->head + 1) % QUEUE_MAX;
	digester->count--;
	digester->at = 0;
	return chunk;
}

/* Does a job; the lock is held before and after, and not meanwhile. */
static void job_run(struct digest_crew *crew, const struct job *job)
{
	struct digester *a = job->a, *b = job->b;
	const uint8_t *data_a = first_chunk(a)->data + a->at;
	const uint8_t *data_b = b ? first_chunk(b)->data + b->at : NULL;
	size_t size_a = first_chunk(a)->size - a->at;
	size_t size_b = b ? first_chunk(b)->size - b->at : 0;
	struct chunk *done_a, *done_b = NULL;

	assert(!job->a->busy && job->a->count > 0);
	assert(job->a != job->b);
	a->busy = true;
	if (b)
		b->busy = true;
	pthread_mutex_unlock(&crew->lock);

	if (b)
		hash_state_update_pair(&a->state, data_a, &size_a, &b->state, data_b, &size_b);
	else if (a->status == 0)
		a->status = hash_state_update(&a->state, data_a, size_a, &a->error);

	pthread_mutex_lock(&crew->lock);
	done_a = digester_advance(a, size_a);
	if (b)
		done_b = digester_advance(b, size_b);
	if (crew->n_waiting > 0)
		pthread_cond_broadcast(&crew->progress);
	chunk_unref(done_a);
	chunk_unref(done_b);
}

static void *crew_run(void *data)
{
	struct digest_crew *crew = data;

	assert(crew);
	pthread_mutex_lock(&crew->lock);
	while (!crew->stop) {
		struct job job;

		if (job_find(crew, NULL, &job) && job_is_due(&job)) {
			job_run(crew, &job);
		} else {
			crew->n_idle++;
			pthread_cond_wait(&crew->work, &crew->lock);
			crew->n_idle--;
		}
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

void digest_crew_free(struct digest_crew *crew)
{
	if (!crew)
		return;

	assert(!crew->digesters);
	/* Digesters left before the crew: nobody is at work on one. */
	pthread_mutex_lock(&crew->lock);
	crew->stop = true;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned int i = 0; i < crew->n_threads; i++)
		pthread_join(crew->threads[i], NULL);
	pthread_cond_destroy(&crew->progress);
	pthread_cond_destroy(&crew->work);
	pthread_mutex_destroy(&crew->lock);
	free(crew);
}

int digest_crew_new(unsigned int n_threads, struct digest_crew **ret, struct error *err)
{
	struct digest_crew *crew = calloc(1, sizeof(*crew) + n_threads * sizeof(crew->threads[0]));

	if (!crew)
		return error_oom(err);
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->work, NULL);
	pthread_cond_init(&crew->progress, NULL);
	while (crew->n_threads < n_threads) {
		int r = thread_start(&crew->threads[crew->n_threads], crew_run, crew, err);

		if (r < 0) {
			digest_crew_free(crew);
			return r;
		}
		crew->n_threads++;
	}
	*ret = crew;
	return 0;
}

/* Until some digester is free again; the caller looks whether it is the one it meant. */
static void crew_wait(struct digest_crew *crew)
{
	crew->n_waiting++;
	pthread_cond_wait(&crew->progress, &crew->lock);
	crew->n_waiting--;
}

static void crew_join(struct digest_crew *crew, struct digester *digester)
{
	pthread_mutex_lock(&crew->lock);
	digester->next = crew->digesters;
	if (digester->next)
		digester->next->previous = digester;
	crew->digesters = digester;
	pthread_mutex_unlock(&crew->lock);
}

/* Somebody of the crew may still be at work on the first chunk. */
static void crew_leave(struct digest_crew *crew, struct digester *digester)
{
	pthread_mutex_lock(&crew->lock);
	while (digester->busy)
		crew_wait(crew);
	if (digester->previous)
		digester->previous->next = digester->next;
	else
		crew->digesters = digester->next;
	if (digester->next)
		digester->next->previous = digester->previous;
	pthread_mutex_unlock(&crew->lock);
}

void digester_free(struct digester *digester)
{
	if (!digester)
		return;

	if (digester->crew)
		crew_leave(digester->crew, digester);
	for (; digester->count > 0; digester->count--) {
		chunk_unref(first_chunk(digester));
		digester->head = (digester->head + 1) % QUEUE_MAX;
	}
	hash_state_clear(&digester->state);
	free(digester);
}

int digester_new(struct digest_crew *crew, enum digest_algorithm algorithm, struct digester **ret,
		 struct error *err)
{
	struct digester *digester = calloc(1, sizeof(*digester));
	int r;

	if (!digester)
		return error_oom(err);
	r = hash_state_init(&digester->state, algorithm, true, err);
	if (r < 0) {
		free(digester);
		return r;
	}
	digester->crew = crew;
	if (crew)
		crew_join(crew, digester);
	*ret = digester;
	return 0;
}

/* Makes room in a queue that has become long: by work on it, beside it (a pair whose halves wait
 * elsewhere), or by waiting when it is full. */
static void digester_help(struct digest_crew *crew, struct digester *digester)
{
	while (digester->count >= QUEUE_LONG) {
		struct job job;
		bool found = job_find(crew, digester, &job);

		if (found && (job.a == digester || job.b))
			job_run(crew, &job);
		else if (digester->count == QUEUE_MAX)
			crew_wait(crew);
		else
			break;
	}
}

int digester_update(struct digester *digester, struct chunk *chunk, struct error *err)
{
	struct digest_crew *crew = digester->crew;
	struct job job;

	if (!crew)
		return hash_state_update(&digester->state, chunk->data, chunk->size, err);

	pthread_mutex_lock(&crew->lock);
	assert(digester->count < QUEUE_MAX);
	digester->queue[(digester->head + digester->count) % QUEUE_MAX] = chunk_ref(chunk);
	digester->count++;
	if (crew->n_idle > 0 && job_find(crew, NULL, &job) && job_is_due(&job))
		pthread_cond_signal(&crew->work);
	digester_help(crew, digester);
	pthread_mutex_unlock(&crew->lock);
	return 0;
}

int digester_update_bytes(struct digester *digester, const void *data, size_t size,
			  struct error *err)
{
	assert(!digester->crew);
	return hash_state_update(&digester->state, data, size, err);
}

/* Hashes what is still queued, with whatever pairs with it. */
static void digester_flush(struct digest_crew *crew, struct digester *digester)
{
	pthread_mutex_lock(&crew->lock);
	while (digester->count > 0) {
		struct job job;

		if (!digester->busy && job_find(crew, digester, &job))
			job_run(crew, &job);
		else
			crew_wait(crew);
	}
	pthread_mutex_unlock(&crew->lock);
}

/* Not snprintf(): two digits of 64 bytes are not worth 64 calls. */
static void hex(const uint8_t *digest, size_t size, char *buf)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		buf[2 * i] = digits[digest[i] >> 4];
		buf[2 * i + 1] = digits[digest[i] & 15];
	}
	buf[2 * size] = '\0';
}

static int state_finish_hex(struct hash_state *state, char *buf, struct error *err)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	int size = hash_state_finish(state, digest, err);

	if (size < 0)
		return size;
	hex(digest, (size_t)size, buf);
	return 0;
}

/* The first error of the hashing, wherever it happened, is told here: threads of the crew have
 * nobody to tell. */
int digester_finish(struct digester *digester, char *buf, struct error *err)
{
	if (digester->crew)
		digester_flush(digester->crew, digester);
	if (digester->status < 0) {
		if (err)
			*err = digester->error;
		return digester->status;
	}
	return state_finish_hex(&digester->state, buf, err);
}

int digest_memory(enum digest_algorithm algorithm, const void *data, size_t size, char *buf,
		  struct error *err)
{
	struct hash_state state;
	int r;

	r = hash_state_init(&state, algorithm, true, err);
	if (r < 0)
		return r;
	r = hash_state_update(&state, data, size, err);
	if (r == 0)
		r = state_finish_hex(&state, buf, err);
	hash_state_clear(&state);
	return r;
}
