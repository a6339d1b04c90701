/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing leads out, nothing but regular files comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/confined.h"
#include "oom.h"

static char root[] = "/tmp/test_confined.XXXXXX";

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* root/secret is outside of root/dir, in which all the rest is. */
static int setup(void **state)
{
	assert_non_null(mkdtemp(root));
	assert_int_equal(chdir(root), 0);
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(mkdir("dir/sub", 0755), 0);
	write_file("secret", "secret");
	write_file("dir/file", "content");
	write_file("dir/empty", "");
	write_file("dir/sub/file", "deeper");
	assert_int_equal(symlink("sub/file", "dir/inside"), 0);
	assert_int_equal(symlink("../file", "dir/sub/up"), 0);
	assert_int_equal(symlink("../secret", "dir/outside"), 0);
	assert_int_equal(symlink("/etc/passwd", "dir/absolute"), 0);
	assert_int_equal(symlink("loop", "dir/loop"), 0);
	assert_int_equal(symlink("/proc/self/root", "dir/magic"), 0);
	assert_int_equal(symlink("..", "dir/parent"), 0);
	assert_int_equal(mkfifo("dir/fifo", 0644), 0);
	make_socket("dir/socket");
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {
		"dir/file",     "dir/empty", "dir/sub/file", "dir/inside", "dir/sub/up",
		"dir/outside",  "dir/loop",  "dir/magic",    "dir/parent", "dir/fifo",
		"dir/absolute", "secret",    "dir/socket",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlink(files[i]);
	rmdir("dir/sub");
	rmdir("dir");
	assert_int_equal(chdir("/"), 0);
	return rmdir(root);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		int expected;
		const char *text; /* content, or a part of the message */
	} rows[] = {
		{"file", 0, "content"},
		{"./file", 0, "content"},
		{"sub//file", 0, "deeper"},
		{"sub/../file", 0, "content"},
		{"inside", 0, "deeper"},
		{"sub/up", 0, "content"},
		{"empty", 0, ""},
		{"absent", -ENOENT, "absent"},
		{"", -ENOENT, "cannot open"},
		{"file/x", -ENOENT, "no such file"},
		{"../secret", -EBADMSG, "leads out"},
		{"sub/../../secret", -EBADMSG, "leads out"},
		{"outside", -EBADMSG, "leads out"},
		{"absolute", -EBADMSG, "leads out"},
		{"/etc/passwd", -EBADMSG, "leads out"},
		{"parent/secret", -EBADMSG, "leads out"},
		{"magic/etc/passwd", -EBADMSG, "leads out"},
		{"loop", -EBADMSG, "symbolic links"},
		{"sub", -EBADMSG, "not a regular file"},
		{".", -EBADMSG, "not a regular file"},
		{"fifo", -EBADMSG, "not a regular file"},
		{"socket", -EBADMSG, "not a regular file"},
	};
	_cleanup_(confined_freep) struct confined *dir = NULL;

	assert_int_equal(confined_open("dir", &dir, NULL), 0);
	assert_true(confined_fd(dir) >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *data = NULL;
		struct error err = {};
		size_t size = 0;
		int r = confined_read(dir, rows[i].path, 100, &data, &size, &err);

		if (r != rows[i].expected)
			fail_msg("%s: %d %s", rows[i].path, r, err.message);
		if (r == 0) {
			assert_int_equal(size, strlen(rows[i].text));
			assert_string_equal(data, rows[i].text);
		} else if (!strstr(err.message, rows[i].text)) {
			fail_msg("%s: %s", rows[i].path, err.message);
		}
	}
}

static void test_long_name(void **state)
{
	_cleanup_(confined_freep) struct confined *dir = NULL;
	char name[5000];
	struct stat stat;
	int fd = -1;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(confined_open("dir", &dir, NULL), 0);
	assert_int_equal(confined_open_file(dir, name, &fd, &stat, NULL), -ENOENT);
	assert_int_equal(fd, -1);
}

static void test_open_file(void **state)
{
	_cleanup_(confined_freep) struct confined *dir = NULL;
	struct stat stat;
	int fd;

	assert_int_equal(confined_open("dir", &dir, NULL), 0);
	assert_int_equal(confined_open_file(dir, "file", &fd, &stat, NULL), 0);
	assert_int_equal(stat.st_size, 7);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
}

static void test_cap(void **state)
{
	_cleanup_(confined_freep) struct confined *dir = NULL;
	_cleanup_free_ char *data = NULL;
	struct error err = {};
	size_t size;

	assert_int_equal(confined_open("dir", &dir, NULL), 0);
	assert_int_equal(confined_read(dir, "file", 6, &data, &size, &err), -E2BIG);
	assert_non_null(strstr(err.message, "file"));
	assert_int_equal(confined_read(dir, "file", 7, &data, &size, &err), 0);
}

static void test_no_directory(void **state)
{
	static const struct {
		const char *path;
		int expected;
	} rows[] = {{"absent", -ENOENT}, {"secret", -ENOTDIR}, {"dir/fifo", -ENOTDIR}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct confined *dir = NULL;
		struct error err = {};

		assert_int_equal(confined_open(rows[i].path, &dir, &err), rows[i].expected);
		assert_null(dir);
		assert_non_null(strstr(err.message, rows[i].path));
	}
	confined_free(NULL);
}

static int sweep(void)
{
	_cleanup_(confined_freep) struct confined *dir = NULL;
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r;

	r = confined_open("dir", &dir, NULL);
	return r < 0 ? r : confined_read(dir, "file", 100, &data, &size, NULL);
}

static void test_oom(void **state)
{
	OOM_SWEEP(sweep(), (void)0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),        cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_open_file),    cmocka_unit_test(test_cap),
		cmocka_unit_test(test_no_directory), cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
