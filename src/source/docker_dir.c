/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dir: what skopeo writes for "dir:": manifest.json (a manifest or an index), version, and blobs
 * under the hex of their digests (containers-transports(5)).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "source/blob_dir.h"
#include "source/blob_image.h"
#include "source/image_resolve.h"
#include "source/source_class.h"

#define VERSION_TEXT "Directory Transport Version"
#define VERSION_MAX  256

static int docker_dir_open(struct source *source, struct error *err)
{
	_cleanup_free_ char *data = NULL;
	char digest[BLOB_DIGEST_MAX];
	size_t size;
	int r = blob_dir_new(source->dir, BLOB_NAMING_DIR, &source->meter, &source->store, err);

	if (r < 0)
		return r;
	r = blob_read(source->store, "manifest.json", NULL, UINT64_MAX, source->options->limits,
		      &data, &size, digest, err);
	if (r < 0)
		return r;
	return image_resolve_manifest(source, "manifest.json", data, size, digest,
				      source->name->path, err);
}

static int docker_dir_claims(struct source *source, struct error *err)
{
	_cleanup_free_ char *version = NULL;
	struct stat st;
	size_t size;
	int r;

	/* Both files: a manifest.json alone lies in many directories. */
	if (fstatat(confined_fd(source->dir), "manifest.json", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	r = confined_read(source->dir, "version", VERSION_MAX, &version, &size, NULL);
	if (r == -ENOMEM)
		return error_oom(err);
	return r == 0 && strncmp(version, VERSION_TEXT, strlen(VERSION_TEXT)) == 0;
}

const struct source_class source_docker_dir = {
	.name = "dir",
	.syntax = "dir:DIR",
	.help = "directory that skopeo copied an image to",
	.input = INPUT_DIR,
	.claims = docker_dir_claims,
	.open = docker_dir_open,
	.read_layer = blob_image_read_layer,
};
