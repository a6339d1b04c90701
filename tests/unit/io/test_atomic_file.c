/* SPDX-License-Identifier: Apache-2.0 */
/* Whole or not at all; what is no regular file is written in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/atomic_file.h"
#include "oom.h"

static char root[] = "/tmp/test_atomic_file.XXXXXX";

static int setup(void **state)
{
	assert_non_null(mkdtemp(root));
	return chdir(root);
}

static int teardown(void **state)
{
	assert_int_equal(chdir("/"), 0);
	return rmdir(root);
}

static size_t count_files(void)
{
	DIR *dir = opendir(".");
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void assert_content(const char *path, const char *expected)
{
	char buf[100] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	(void)!fread(buf, 1, sizeof(buf) - 1, file);
	fclose(file);
	assert_string_equal(buf, expected);
}

static int write_atomic(const char *path, const char *text, bool commit)
{
	_cleanup_(atomic_file_freep) struct atomic_file *file = NULL;
	int r;

	r = atomic_file_open(path, &file, NULL);
	if (r < 0)
		return r;
	fputs(text, atomic_file_stream(file));
	return commit ? atomic_file_commit(file, NULL) : 0;
}

static void test_new(void **state)
{
	struct stat st;
	mode_t mask = umask(027);

	assert_int_equal(write_atomic("new", "text", true), 0);
	umask(mask);
	assert_content("new", "text");
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(count_files(), 1);
	unlink("new");
}

static void test_replaced(void **state)
{
	struct stat st;

	assert_int_equal(write_atomic("file", "old", true), 0);
	assert_int_equal(chmod("file", 0604), 0);
	assert_int_equal(write_atomic("file", "new", true), 0);
	assert_content("file", "new");
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(count_files(), 1);
	unlink("file");
}

static void test_not_committed(void **state)
{
	assert_int_equal(write_atomic("file", "old", true), 0);
	assert_int_equal(write_atomic("file", "new", false), 0);
	assert_content("file", "old");
	assert_int_equal(write_atomic("other", "new", false), 0);
	assert_int_equal(count_files(), 1);
	unlink("file");
}

static void test_symlink(void **state)
{
	struct stat st;

	assert_int_equal(mkdir("sub", 0755), 0);
	assert_int_equal(write_atomic("sub/file", "old", true), 0);
	assert_int_equal(symlink("sub/file", "link"), 0);
	assert_int_equal(write_atomic("link", "new", true), 0);
	assert_content("sub/file", "new");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink("link");
	unlink("sub/file");
	assert_int_equal(rmdir("sub"), 0);
}

static void test_fifo(void **state)
{
	char buf[5] = "";
	int fd;

	assert_int_equal(mkfifo("fifo", 0644), 0);
	fd = open("fifo", O_RDWR);
	assert_int_equal(write_atomic("fifo", "text", true), 0);
	assert_int_equal(read(fd, buf, 4), 4);
	assert_string_equal(buf, "text");
	close(fd);
	assert_int_equal(count_files(), 1);
	unlink("fifo");
}

static void test_errors(void **state)
{
	static const struct {
		const char *path;
		int expected;
	} rows[] = {{"absent/file", -ENOENT},
		    {"/dev/null/file", -ENOTDIR},
		    {".", -EISDIR},
		    {"", -ENOENT}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct atomic_file *file = NULL;
		struct error err = {};
		int r = atomic_file_open(rows[i].path, &file, &err);

		if (i + 1 == ARRAY_SIZE(rows)) {
			/* An empty name is refused one way or the other, and leaves nothing. */
			atomic_file_free(file);
			continue;
		}
		assert_int_equal(r, rows[i].expected);
		assert_null(file);
		assert_non_null(strstr(err.message, rows[i].path));
	}
	assert_int_equal(count_files(), 0);
	atomic_file_free(NULL);
}

static void test_full_device(void **state)
{
	struct atomic_file *file;
	struct error err = {};

	assert_int_equal(atomic_file_open("/dev/full", &file, &err), 0);
	fputs("text", atomic_file_stream(file));
	assert_int_equal(atomic_file_commit(file, &err), -ENOSPC);
	assert_non_null(strstr(err.message, "/dev/full"));
	atomic_file_free(file);
}

static void test_oom(void **state)
{
	OOM_SWEEP(write_atomic("file", "text", true), unlink("file"));
	assert_int_equal(count_files(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),           cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_not_committed), cmocka_unit_test(test_symlink),
		cmocka_unit_test(test_fifo),          cmocka_unit_test(test_errors),
		cmocka_unit_test(test_full_device),   cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
