/* SPDX-License-Identifier: Apache-2.0 */
/* Every name is opened below the directory's handle; symbolic links may not lead out of it. */
#include "source/blob_dir.h"

#include <stdlib.h>
#include <unistd.h>

struct blob_dir {
	struct blob_store store;
	struct confined *dir;
	struct meter *meter;
};

static int dir_read(struct blob_store *store, const char *name, uint64_t max, char **ret,
		    size_t *ret_size, struct error *err)
{
	return confined_read(((struct blob_dir *)store)->dir, name, max, ret, ret_size, err);
}

/* The size is what the file has now: if it shrinks meanwhile, the stream says so. */
static int dir_scan(struct blob_store *store, const char *name, const struct layer_request *request,
		    struct layer_result *ret, struct error *err)
{
	struct blob_dir *dir = (struct blob_dir *)store;
	struct stream *stream = NULL;
	struct stat st;
	int fd, r;

	r = confined_open_file(dir->dir, name, &fd, &st, err);
	if (r < 0)
		return error_wrap(err, r, "%s", request->what);
	r = stream_open_range(fd, 0, (uint64_t)st.st_size, &stream, err);
	if (r == 0)
		r = meter_stream(dir->meter, stream, UINT64_MAX, &stream, err);
	if (r == 0)
		r = layer_scan(stream, request, ret, err);
	close(fd);
	return r;
}

static int dir_size(struct blob_store *store, const char *name, uint64_t *ret)
{
	struct stat st;
	int fd, r;

	r = confined_open_file(((struct blob_dir *)store)->dir, name, &fd, &st, NULL);
	if (r < 0)
		return r;
	close(fd);
	*ret = (uint64_t)st.st_size;
	return 0;
}

/* Files are read again as often as they are used: nothing to count. */
static void dir_use(struct blob_store *store, const char *name)
{
}

static void dir_free(struct blob_store *store)
{
	free(store);
}

static const struct blob_store_class blob_dir_class = {
	.read = dir_read,
	.scan = dir_scan,
	.size = dir_size,
	.use = dir_use,
	.free = dir_free,
};

int blob_dir_new(struct confined *dir, enum blob_naming naming, struct meter *meter,
		 struct blob_store **ret, struct error *err)
{
	struct blob_dir *store = malloc(sizeof(*store));

	if (!store)
		return error_oom(err);
	*store = (struct blob_dir){
		.store.class = &blob_dir_class,
		.store.naming = naming,
		.store.concurrent = true,
		.store.repeatable = true,
		.dir = dir,
		.meter = meter,
	};
	*ret = (struct blob_store *)store;
	return 0;
}
