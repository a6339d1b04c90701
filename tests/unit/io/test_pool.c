/* SPDX-License-Identifier: Apache-2.0 */
/* Every job runs once; the error is the lowest job's; nothing starts after a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/pool.h"

#define JOBS 200

struct run {
	atomic_int count[JOBS];
	atomic_int running, most;
	size_t fail_at, fail_also;
	useconds_t nap;
	pthread_t caller;
	atomic_int in_caller;
};

static int job(void *data, size_t index, struct error *err)
{
	struct run *run = data;
	int now = atomic_fetch_add(&run->running, 1) + 1, most = atomic_load(&run->most);

	while (now > most && !atomic_compare_exchange_weak(&run->most, &most, now))
		;
	if (pthread_equal(pthread_self(), run->caller))
		atomic_fetch_add(&run->in_caller, 1);
	atomic_fetch_add(&run->count[index], 1);
	if (run->nap)
		usleep(run->nap);
	atomic_fetch_sub(&run->running, 1);
	if (index == run->fail_at || index == run->fail_also)
		return error_set(err, -EBADMSG, "job %zu", index);
	return 0;
}

static int run_jobs(struct run *run, unsigned int n_threads, size_t count, struct error *err)
{
	run->caller = pthread_self();
	return pool_run(n_threads, count, job, run, err);
}

static void test_all_run_once(void **state)
{
	static const unsigned int threads[] = {0, 1, 2, 7, 300};

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		struct run run = {.fail_at = SIZE_MAX, .fail_also = SIZE_MAX};

		assert_int_equal(run_jobs(&run, threads[i], JOBS, NULL), 0);
		for (size_t j = 0; j < JOBS; j++)
			assert_int_equal(run.count[j], 1);
		assert_in_range(run.most, 1, MAX(threads[i], 1u));
	}
}

static void test_at_once(void **state)
{
	struct run run = {.fail_at = SIZE_MAX, .fail_also = SIZE_MAX, .nap = 2000};

	assert_int_equal(run_jobs(&run, 4, 40, NULL), 0);
	assert_in_range(run.most, 2, 4);
	assert_true(run.in_caller > 0);
}

static void test_alone(void **state)
{
	struct run run = {.fail_at = SIZE_MAX, .fail_also = SIZE_MAX};

	assert_int_equal(run_jobs(&run, 1, JOBS, NULL), 0);
	assert_int_equal(run.in_caller, JOBS);
	assert_int_equal(run_jobs(&run, 4, 0, NULL), 0);
}

static void test_failure(void **state)
{
	for (unsigned int threads = 1; threads < 5; threads++) {
		struct run run = {.fail_at = 50, .fail_also = 51, .nap = 100};
		struct error err = {};

		assert_int_equal(run_jobs(&run, threads, JOBS, &err), -EBADMSG);
		assert_string_equal(err.message, "job 50");
		for (size_t j = 0; j <= 50; j++)
			assert_int_equal(run.count[j], 1);
		/* Only what had started by then. */
		for (size_t j = 51 + threads; j < JOBS; j++)
			assert_int_equal(run.count[j], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_run_once),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
