/* SPDX-License-Identifier: Apache-2.0 */
/* A whole target: whatever the bytes are, opened by content, every layer read and merged. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "source/source.h"

static void read_image(struct source *source, size_t index, const struct limits *limits)
{
	_cleanup_(file_tree_freep) struct file_tree *merged = NULL;
	const struct image *image = source_image(source, index);
	struct body_wishes wishes = {};

	if (file_tree_new(limits, 0, &merged, NULL) < 0)
		return;
	for (size_t i = 0; i < image->n_layers; i++) {
		struct file_tree *layer = NULL;

		if (source_read_layer(source, index, i, &wishes, &layer, NULL) < 0 ||
		    file_tree_merge(merged, layer, NULL) < 0)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_freep) struct source *source = NULL;
	struct limits limits = fuzz_limits();
	struct source_options options = {.limits = &limits,
					 .verify = size & 1,
					 .all_platforms = true};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[32];

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size &&
	    source_open(path, &options, &source, NULL) == 0) {
		for (size_t i = 0; i < source_n_images(source); i++)
			read_image(source, i, &limits);
	}
	close(fd);
	return 0;
}
