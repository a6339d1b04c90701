/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over files and directories of them: seeds and former finds, as ordinary tests.
 * Prints cmocka's closing line, so that every file counts as a test.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macro.h"
#include "fuzz.h"

static size_t n_run;

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static int run_file(const char *path)
{
	_cleanup_(close_file) FILE *file = fopen(path, "rb");
	_cleanup_free_ uint8_t *data = NULL;
	size_t size = 0, got;

	if (!file)
		return -errno;
	do {
		uint8_t *grown = realloc(data, size + 65536);

		if (!grown)
			return -ENOMEM;
		data = grown;
		got = fread(data + size, 1, 65536, file);
		size += got;
	} while (got > 0);
	if (ferror(file))
		return -EIO;
	/* An exact copy: reading one byte past the end is then seen by the sanitizer. */
	{
		_cleanup_free_ uint8_t *exact = malloc(size ? size : 1);

		if (!exact)
			return -ENOMEM;
		memcpy(exact, data, size);
		LLVMFuzzerTestOneInput(exact, size);
	}
	n_run++;
	return 0;
}

static int run_path(const char *path)
{
	struct dirent **names;
	struct stat info;
	int n, r = 0;

	if (stat(path, &info) < 0)
		return -errno;
	if (!S_ISDIR(info.st_mode))
		return run_file(path);
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		char *below = NULL;

		if (names[i]->d_name[0] != '.' && r == 0) {
			r = asprintf(&below, "%s/%s", path, names[i]->d_name) < 0 ? -ENOMEM : 0;
			if (r == 0)
				r = run_file(below);
			free(below);
		}
		free(names[i]);
	}
	free(names);
	return r;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int r = run_path(argv[i]);

		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
			return 1;
		}
	}
	printf("[  PASSED  ] %zu test(s).\n", n_run);
	return n_run == 0;
}
