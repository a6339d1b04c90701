/* SPDX-License-Identifier: Apache-2.0 */
/* The tar walker: every entry, and every second body. */
#include "fuzz.h"
#include "io/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(stream_freep) struct stream *stream = NULL;
	_cleanup_(tar_reader_freep) struct tar_reader *tar = NULL;
	struct limits limits = fuzz_limits();
	const struct tar_entry *entry;
	const uint8_t *piece;
	size_t len, n = 0;

	if (stream_open_memory(data, size, &stream, NULL) < 0 ||
	    tar_reader_new(stream, &limits, size & 1, &tar, NULL) < 0)
		return 0;
	while (n++ < limits.entries && tar_reader_next(tar, &entry, NULL) > 0) {
		uint64_t budget = 1 << 20; /* a sparse file claims what it likes */

		while ((n & 1) && budget > 0 && tar_reader_body(tar, &piece, &len, NULL) > 0)
			budget -= MIN(budget, (uint64_t)len);
	}
	tar_reader_drain(tar, NULL);
	return 0;
}
