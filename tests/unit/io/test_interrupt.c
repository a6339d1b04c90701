/* SPDX-License-Identifier: Apache-2.0 */
/* One signal is remembered and stops streams; the second one kills. Each case in its own process.
 */
#include "pieces.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/interrupt.h"

enum {
	PASSED = 42
};

/* Runs `child` in a process of its own: its wait status. */
static int run(void (*child)(int number), int number)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(number, SIG_DFL); /* nohup hands an ignored SIGHUP on */
		child(number);
		_exit(PASSED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void need(bool holds)
{
	if (!holds)
		_exit(1);
}

static void remembers(int number)
{
	struct error err = {};

	interrupt_install();
	need(!interrupt_requested() && interrupt_signal() == 0 && interrupt_check(&err) == 0);
	raise(number);
	need(interrupt_requested() && interrupt_signal() == number);
	need(interrupt_check(&err) == -ECANCELED && strstr(err.message, "interrupted"));
}

static void twice(int number)
{
	interrupt_install();
	raise(number);
	raise(number);
}

static void stops_stream(int number)
{
	struct stream *stream = pieces_open("abc", 3, 1, 0);
	struct chunk *chunk;
	struct error err = {};

	interrupt_install();
	need(stream_next(stream, &chunk, &err) == 1);
	raise(number);
	need(stream_next(stream, &chunk, &err) == -ECANCELED);
}

/* A read that blocks for ever is woken up. */
static void wakes_read(int number)
{
	struct stream *stream;
	struct chunk *chunk;
	struct error err = {};
	pid_t parent = getpid(), other;
	int fds[2];

	interrupt_install();
	need(pipe(fds) == 0 && stream_open_fd(fds[0], &stream, &err) == 0);
	other = fork();
	if (other == 0) {
		usleep(50000);
		kill(parent, number);
		_exit(0);
	}
	need(stream_next(stream, &chunk, &err) == -ECANCELED);
	waitpid(other, NULL, 0);
}

static void ignored(int number)
{
	signal(number, SIG_IGN);
	interrupt_install();
	raise(number);
	need(!interrupt_requested());
}

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

static void assert_passes(void (*child)(int number))
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int status = run(child, numbers[i]);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), PASSED);
	}
}

static void test_remembers(void **state)
{
	assert_passes(remembers);
}

static void test_second_kills(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int status = run(twice, numbers[i]);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), numbers[i]);
	}
}

static void test_stops_stream(void **state)
{
	assert_passes(stops_stream);
}

static void test_wakes_read(void **state)
{
	assert_passes(wakes_read);
}

static void test_ignored(void **state)
{
	assert_passes(ignored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remembers),    cmocka_unit_test(test_second_kills),
		cmocka_unit_test(test_stops_stream), cmocka_unit_test(test_wakes_read),
		cmocka_unit_test(test_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
