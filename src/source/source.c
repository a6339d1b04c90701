/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of transports, and how a target finds its own: by its prefix, or by what its file or
 * directory holds, never by a name's ending.
 */
#include "source/source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/blob_image.h"
#include "source/source_class.h"

const struct source_class *const source_classes[] = {
#define SOURCE(symbol) &source_##symbol,
#include "source/sources.def"
#undef SOURCE
};
const size_t n_source_classes = ARRAY_SIZE(source_classes);

/* Transports that users know, and that need another program or the network. */
static const char *const unsupported[] = {
	"compose",    "containerd",    "containers-storage",
	"docker",     "docker-daemon", "dockerfile",
	"kubernetes", "ostree",        "sif",
};

void source_free(struct source *source)
{
	struct source_image *image;

	if (!source)
		return;
	VEC_FOREACH (&source->images, image)
		image_free(image->image);
	vec_clear(&source->images);
	/* Whoever opened the store frees it: a directory's is ours. */
	if (source->dir)
		blob_store_free(source->store);
	tar_archive_free(source->archive); /* its store is the archive's */
	confined_free(source->dir);
	target_name_free(source->name);
	free(source);
}

int source_add_image(struct source *source, struct image *image, void *private_data,
		     struct error *err)
{
	struct source_image added = {.image = image, .private_data = private_data};

	assert(image);
	if (source->images.len >= source->options->limits->images) {
		image_free(image);
		return error_set(err, -E2BIG, "more images than the limit images of %llu",
				 (unsigned long long)source->options->limits->images);
	}
	if (vec_push(&source->images, added) < 0) {
		image_free(image);
		return error_oom(err);
	}
	return 0;
}

/* Prefixes are matched whole: "oci" is not "oci-archive". */
static const struct source_class *find_class(const char *name, size_t len)
{
	for (size_t i = 0; i < n_source_classes; i++) {
		if (strlen(source_classes[i]->name) == len &&
		    memcmp(source_classes[i]->name, name, len) == 0)
			return source_classes[i];
	}
	return NULL;
}

static int open_dir(struct source *source, struct error *err)
{
	return confined_open(source->name->path, &source->dir, err);
}

static int open_archive(struct source *source, struct error *err)
{
	return tar_archive_open(source->name->path, source->options, &source->meter,
				&source->archive, err);
}

/* The class is known; the directory or archive is open. */
static int open_class(struct source *source, const struct source_class *class, struct error *err)
{
	int r = 0;

	source->class = class;
	/* Only a root file system is not a set of blobs. */
	if (source->archive && class->read_layer != source_rootfs_archive.read_layer) {
		r = tar_archive_load(source->archive, err);
		source->store = source->archive->store;
	}
	if (r == 0)
		r = class->open(source, err);
	if (r == 0 && source->store) {
		source->concurrent = source->store->concurrent;
		source->repeatable = source->store->repeatable;
	}
	return r;
}

static int open_by_prefix(struct source *source, const char *target,
			  const struct source_class *class, struct error *err)
{
	int r = target_name_parse(target, strlen(class->name), class->has_reference, &source->name,
				  err);

	if (r == 0)
		r = class->input == INPUT_DIR ? open_dir(source, err) : open_archive(source, err);
	if (r == 0)
		r = open_class(source, class, err);
	return r;
}

/* Nobody claims it: say what it is rather than what it is not. */
static int explain(const struct source *source, struct error *err)
{
	const char *path = source->name->path;

	if (source->archive)
		return tar_archive_explain(source->archive, err);
	return error_set(err, -EOPNOTSUPP,
			 "%.200s is neither an OCI layout, nor a directory of skopeo, nor a root "
			 "file system; if it is one, try rootfs:%.200s",
			 path, path);
}

/* What holds two things at once passes as the harmless one, and is used as the other. Of the two
 * that an archive of docker's is, all images are judged: docker_archive.c. */
static int check_no_other(struct source *source, size_t first, struct error *err)
{
	const struct source_class *class = source_classes[first];
	const char *path = source->name->path;

	for (size_t i = first + 1; i < n_source_classes; i++) {
		const struct source_class *other = source_classes[i];
		int r;

		if (other->input != class->input ||
		    (class == &source_docker_archive && other == &source_oci_archive))
			continue;
		r = other->claims(source, err);
		if (r > 0)
			r = error_set(err, -EBADMSG,
				      "%.128s holds two things; say %s:%.128s or %s:%.128s", path,
				      class->name, path, other->name, path);
		if (r < 0)
			return r;
	}
	return 0;
}

static int open_by_content(struct source *source, enum source_input input, struct error *err)
{
	int r = input == INPUT_DIR ? open_dir(source, err) : open_archive(source, err);

	if (r < 0)
		return r;
	source->by_content = true;
	for (size_t i = 0; i < n_source_classes; i++) {
		if (source_classes[i]->input != input)
			continue;
		r = source_classes[i]->claims(source, err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		r = check_no_other(source, i, err);
		return r < 0 ? r : open_class(source, source_classes[i], err);
	}
	return explain(source, err);
}

/* Most often a name that would have to be pulled, or a transport of skopeo's that we lack. */
static int no_such_path(const char *target, size_t transport_len, int errnum, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++) {
		if (strlen(unsupported[i]) == transport_len &&
		    memcmp(unsupported[i], target, transport_len) == 0)
			return error_set(
				err, -EOPNOTSUPP,
				"%.256s: the transport %s is not supported; save the image "
				"to an archive first",
				target, unsupported[i]);
	}
	if (errnum == ENOENT && !strchr(target, '/') && strchr(target, ':'))
		return error_set(err, -ENOENT,
				 "%.256s: no such file or directory, and no transport that is "
				 "known; image names are not looked up: save the image to an "
				 "archive first",
				 target);
	return error_errno(err, errnum, "cannot open %.256s", target);
}

/* A prefix that is known wins over a file of that name; "./docker-archive:x" names the file. */
static int open_any(struct source *source, const char *target, struct error *err)
{
	size_t len = target_name_transport(target);
	const struct source_class *class = find_class(target, len);
	struct stat st = {};
	int r;

	if (class)
		return open_by_prefix(source, target, class, err);
	if (strcmp(target, "-") != 0 && *target && stat(target, &st) < 0)
		return no_such_path(target, len, errno, err);
	r = target_name_parse(target, 0, false, &source->name, err);
	if (r < 0)
		return r;
	return open_by_content(source, S_ISDIR(st.st_mode) ? INPUT_DIR : INPUT_ARCHIVE, err);
}

int source_open(const char *target, const struct source_options *options,
		struct source **ret_source, struct error *err)
{
	_cleanup_(source_freep) struct source *source = calloc(1, sizeof(*source));
	int r;

	if (!source)
		return error_oom(err);
	source->options = options;
	source->meter.options = options;
	r = open_any(source, target, err);
	if (r < 0)
		return r;
	*ret_source = TAKE(source);
	return 0;
}

size_t source_n_images(const struct source *source)
{
	return source->images.len;
}

struct image *source_image(const struct source *source, size_t index)
{
	assert(index < source->images.len);
	return source->images.items[index].image;
}

uint64_t source_image_bytes(const struct source *source, size_t index)
{
	assert(index < source->images.len);
	return source->store ? blob_image_bytes(source, index) : source->bytes;
}

int source_read_layer(struct source *source, size_t image, size_t layer,
		      const struct body_wishes *wishes, struct file_tree **ret_tree,
		      struct error *err)
{
	assert(image < source->images.len && ret_tree);
	return source->class->read_layer(source, image, layer, wishes, ret_tree, err);
}

bool source_is_concurrent(const struct source *source)
{
	return source->concurrent;
}

bool source_is_repeatable(const struct source *source)
{
	return source->repeatable;
}
