/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting is one atomic store; drawing is done by whichever thread first comes by after the
 * interval. Nothing is drawn in the first second, so short runs leave a terminal alone.
 */
#include "engine/progress.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/writer.h"

#define USEC_PER_SEC 1000000ULL
#define QUIET_USEC   USEC_PER_SEC       /* nothing is shown before */
#define DRAW_USEC    (USEC_PER_SEC / 8) /* between two drawings */
#define LINE_MAX     1024
#define WIDTH_GUESS  80

struct progress {
	FILE *out;
	bool line, verbose;
	unsigned int width;
	pthread_mutex_t lock; /* of what stands below, and of the terminal's line */
	char what[128];
	uint64_t total, base, started; /* base: what the source had read when the work began */
	bool drawn;
	_Atomic uint64_t done, next_draw;
};

int progress_new(FILE *out, bool line, bool verbose, unsigned int width, struct progress **ret,
		 struct error *err)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	assert(out && ret);
	if (!progress)
		return error_oom(err);
	progress->out = out;
	progress->line = line;
	progress->verbose = verbose;
	progress->width = width > 0 ? width : WIDTH_GUESS;
	progress->started = clock_monotonic_usec();
	pthread_mutex_init(&progress->lock, NULL);
	atomic_init(&progress->done, 0);
	atomic_init(&progress->next_draw, UINT64_MAX);
	*ret = progress;
	return 0;
}

/* Holds the lock. */
static void erase(struct progress *progress)
{
	if (!progress->drawn)
		return;
	fputs("\r\033[K", progress->out);
	fflush(progress->out);
	progress->drawn = false;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	erase(progress);
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}

/* Writes the first `room` columns of the (escaped) text, so that the line never wraps. */
static void put_clipped(struct writer *writer, const char *text, size_t room)
{
	struct strbuf buf = STRBUF_INIT(LINE_MAX);
	struct writer escaped = WRITER_BUFFER(&buf);
	const char *at;

	writer_text(&escaped, text);
	for (at = strbuf_string(&buf); *at; at++) {
		if (((unsigned char)*at & 0xc0) != 0x80 && room-- == 0)
			break;
	}
	writer_write(writer, strbuf_string(&buf), (size_t)(at - strbuf_string(&buf)));
	strbuf_clear(&buf);
}

/* Holds the lock. */
static void draw(struct progress *progress, uint64_t now)
{
	struct strbuf buf = STRBUF_INIT(LINE_MAX);
	struct writer writer = WRITER_BUFFER(&buf);
	uint64_t done = atomic_load(&progress->done), usec = now - progress->started;
	char figures[64];

	done = done > progress->base ? done - progress->base : 0;
	/* Some bytes are read twice (wanted bodies): never more than all. */
	if (progress->total > 0)
		done = MIN(done, progress->total);
	snprintf(figures, sizeof(figures), "  %" PRIu64 " MB", done / 1000000);
	if (progress->total > 0)
		snprintf(figures + strlen(figures), sizeof(figures) - strlen(figures),
			 " %3" PRIu64 "%%",
			 (uint64_t)((double)done * 100 / (double)progress->total));
	snprintf(figures + strlen(figures), sizeof(figures) - strlen(figures), " %" PRIu64 " MB/s",
		 usec > 0 ? (uint64_t)((double)done / (double)usec) : 0);
	if (progress->width > strlen(figures) + 1)
		put_clipped(&writer, progress->what, progress->width - strlen(figures) - 1);
	writer_puts(&writer, figures);
	fprintf(progress->out, "\r%s\033[K", strbuf_string(&buf));
	fflush(progress->out);
	progress->drawn = true;
	strbuf_clear(&buf);
}

/* A new source counts from 0 again. */
void progress_reset(struct progress *progress)
{
	if (progress)
		atomic_store(&progress->done, 0);
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
	assert(what);
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	snprintf(progress->what, sizeof(progress->what), "%s", what);
	progress->total = total;
	progress->started = clock_monotonic_usec();
	progress->base = atomic_load(&progress->done);
	if (progress->line)
		atomic_store(&progress->next_draw, progress->started + QUIET_USEC);
	pthread_mutex_unlock(&progress->lock);
}

void progress_update(void *data, uint64_t bytes)
{
	struct progress *progress = data;
	uint64_t now, due;

	if (!progress || !progress->line)
		return;
	/* Threads may come in another order than their counts; the line is right the next time. */
	atomic_store(&progress->done, bytes);
	due = atomic_load(&progress->next_draw);
	now = clock_monotonic_usec();
	if (now < due ||
	    !atomic_compare_exchange_strong(&progress->next_draw, &due, now + DRAW_USEC))
		return;
	pthread_mutex_lock(&progress->lock);
	draw(progress, now);
	pthread_mutex_unlock(&progress->lock);
}

/* Nothing more is drawn: a late update of another thread finds no due time. */
void progress_end(struct progress *progress)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	atomic_store(&progress->next_draw, UINT64_MAX);
	erase(progress);
	pthread_mutex_unlock(&progress->lock);
}

bool progress_verbose(const struct progress *progress)
{
	return progress && progress->verbose;
}

/* A line of its own above the progress line, which is drawn again when its time comes. */
void progress_log(struct progress *progress, const char *format, ...)
{
	char line[LINE_MAX];
	struct writer writer;
	va_list args;

	assert(format);
	if (!progress_verbose(progress))
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	pthread_mutex_lock(&progress->lock);
	erase(progress);
	writer = WRITER_FILE(progress->out);
	writer_text(&writer, line);
	writer_puts(&writer, "\n");
	pthread_mutex_unlock(&progress->lock);
}
