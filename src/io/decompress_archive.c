/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bzip2, xz and lz4 by libarchive's filters, which is loaded when such a layer is met. Exactly one
 * filter is set: bidding would go on to unpack what it finds inside. Bytes that a filter leaves
 * behind its end are malformed.
 */
#include <archive.h>
#include <errno.h>
#include <pthread.h>

#include "io/decompress_internal.h"
#include "io/library.h"

static struct {
	__typeof__(archive_read_new) *read_new;
	__typeof__(archive_read_free) *read_free;
	__typeof__(archive_read_append_filter) *append_filter;
	__typeof__(archive_read_support_format_raw) *support_format_raw;
	__typeof__(archive_read_support_format_empty) *support_format_empty;
	__typeof__(archive_read_open) *open;
	__typeof__(archive_read_next_header) *next_header;
	__typeof__(archive_read_data) *data;
	__typeof__(archive_error_string) *error_string;
} library;

static const struct library_symbol symbols[] = {
	{"archive_read_new", &library.read_new},
	{"archive_read_free", &library.read_free},
	{"archive_read_append_filter", &library.append_filter},
	{"archive_read_support_format_raw", &library.support_format_raw},
	{"archive_read_support_format_empty", &library.support_format_empty},
	{"archive_read_open", &library.open},
	{"archive_read_next_header", &library.next_header},
	{"archive_read_data", &library.data},
	{"archive_error_string", &library.error_string},
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static struct error library_error;
static int library_status;

static void load(void)
{
	library_status =
		library_load("libarchive.so.13", symbols, ARRAY_SIZE(symbols), &library_error);
}

struct stream_archive {
	struct decompressor base;
	struct archive *archive;
	const char *format;
	int status;         /* of the source, when it failed */
	struct error error; /* and why */
	bool opened, ended;
};

static la_ssize_t read_source(struct archive *archive, void *data, const void **ret)
{
	struct stream_archive *self = data;
	int r;

	self->base.left = 0;
	r = decompressor_fill(&self->base, &self->error);
	if (r < 0)
		self->status = r;
	if (r <= 0)
		return r < 0 ? -1 : 0;

	*ret = self->base.at;
	return (la_ssize_t)self->base.left;
}

static int archive_error(struct stream_archive *self, struct error *err)
{
	const char *message = library.error_string(self->archive);

	if (self->status < 0) {
		if (err)
			*err = self->error;
		return self->status;
	}
	return error_set(err, -EBADMSG, "malformed or truncated %s data%s%s", self->format,
			 message ? ": " : "", message ? message : "");
}

/* Filters stop at what they do not know, so everything must have been asked for. */
static int archive_end(struct stream_archive *self, struct error *err)
{
	int r;

	self->ended = true;
	self->base.left = 0;
	r = decompressor_fill(&self->base, err);
	if (r > 0)
		return error_set(err, -EBADMSG, "trailing garbage behind the %s data",
				 self->format);
	return r;
}

static int archive_begin(struct stream_archive *self, struct error *err)
{
	struct archive_entry *entry;
	int r;

	r = library.open(self->archive, self, NULL, read_source, NULL);
	if (r == ARCHIVE_OK)
		r = library.next_header(self->archive, &entry);
	self->opened = true;
	if (r == ARCHIVE_EOF)
		return archive_end(self, err);
	return r == ARCHIVE_OK ? 0 : archive_error(self, err);
}

static int archive_next(struct stream *stream, struct chunk **ret, struct error *err)
{
	struct stream_archive *self = (struct stream_archive *)stream;
	_cleanup_(chunk_unrefp) struct chunk *chunk = NULL;
	size_t size = 0;
	int r;

	if (!self->opened) {
		r = archive_begin(self, err);
		if (r < 0)
			return r;
	}
	if (self->ended)
		return 0;
	chunk = chunk_new();
	if (!chunk)
		return error_oom(err);

	while (!self->ended && size < CHUNK_SIZE) {
		la_ssize_t n =
			library.data(self->archive, chunk_buffer(chunk) + size, CHUNK_SIZE - size);

		r = n < 0 ? archive_error(self, err) : n == 0 ? archive_end(self, err) : 0;
		if (r < 0)
			return r;
		size += (size_t)n;
	}
	return decompressor_emit(&self->base, TAKE(chunk), size, ret, err);
}

static void archive_stream_free(struct stream *stream)
{
	struct stream_archive *self = (struct stream_archive *)stream;

	if (self->archive)
		library.read_free(self->archive);
	decompressor_clear(&self->base);
	free(self);
}

static const struct stream_class archive_class = {.name = "archive",
						  .next = archive_next,
						  .free = archive_stream_free};

static int filter_open(struct stream *source, int filter, const char *format, uint64_t max,
		       const char *what, struct stream **ret, struct error *err)
{
	struct stream_archive *self = calloc(1, sizeof(*self));

	if (!self) {
		stream_free(source);
		return error_oom(err);
	}
	self->base = (struct decompressor){.stream.class = &archive_class,
					   .source = source,
					   .max = max,
					   .what = what};
	self->format = format;

	pthread_once(&library_once, load);
	if (library_status < 0) {
		stream_free(&self->base.stream);
		if (err)
			*err = library_error;
		return error_wrap(err, library_status, "%s data", format);
	}
	self->archive = library.read_new();
	if (!self->archive || library.append_filter(self->archive, filter) != ARCHIVE_OK ||
	    library.support_format_raw(self->archive) != ARCHIVE_OK ||
	    library.support_format_empty(self->archive) != ARCHIVE_OK) {
		stream_free(&self->base.stream);
		return error_set(err, -ENOMEM, "cannot prepare to read %s data", format);
	}
	*ret = &self->base.stream;
	return 0;
}

int decompress_bzip2_open(struct stream *source, uint64_t max, const char *what,
			  struct stream **ret, struct error *err)
{
	return filter_open(source, ARCHIVE_FILTER_BZIP2, "bzip2", max, what, ret, err);
}

int decompress_xz_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
		       struct error *err)
{
	return filter_open(source, ARCHIVE_FILTER_XZ, "xz", max, what, ret, err);
}

int decompress_lz4_open(struct stream *source, uint64_t max, const char *what, struct stream **ret,
			struct error *err)
{
	return filter_open(source, ARCHIVE_FILTER_LZ4, "lz4", max, what, ret, err);
}
