/* SPDX-License-Identifier: Apache-2.0 */
/* The order of findings, the scores, and what becomes of strings when the image is freed. */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "../oom.h"

static void make_mess(struct fixture *fixture)
{
	fixture->image->config.user = "0";
	fixture_file(fixture, "etc/passwd", 0644, 0, 0, "root:x:0:0\nz:x:0:0\na:x:0:0\n");
	fixture_file(fixture, "z", 04755, 0, 0, NULL);
	fixture_file(fixture, "a", 06755, 0, 5, NULL);
	fixture_file(fixture, "m", 04755, 7, 0, NULL);
	fixture_device(fixture, "dev/null", S_IFCHR | 0666, 1, 3);
	fixture_list(fixture, &fixture->image->config.entrypoint, LIST("gosu", "app", "x"));
}

static void test_order(void **state)
{
	static const struct {
		const char *check, *path;
	} order[] = {
		{"image-user-root", NULL},           {"image-setuid-root", "/a"},
		{"image-setuid-root", "/z"},         {"image-setuid", "/m"},
		{"image-uid0-alias", "/etc/passwd"}, {"image-uid0-alias", "/etc/passwd"},
		{"image-drops-root", NULL},          {"image-setgid", "/a"},
		{"image-device-node", "/dev/null"},
	};
	struct fixture fixture;

	fixture_init(&fixture);
	make_mess(&fixture);
	fixture_check(&fixture);
	assert_int_equal(fixture.target.findings.len, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		const struct finding *finding = fixture.target.findings.items[i];

		assert_string_equal(finding->check->name, order[i].check);
		if (order[i].path)
			assert_string_equal(finding->location.path, order[i].path);
		else
			assert_null(finding->location.path);
	}
	/* Two of one check and path: by line. */
	assert_int_equal(fixture.target.findings.items[4]->location.line, 2);
	assert_int_equal(fixture.target.findings.items[5]->location.line, 3);
	fixture_clear(&fixture);
}

static void test_scores(void **state)
{
	const struct score *score;
	struct fixture fixture;

	fixture_init(&fixture);
	make_mess(&fixture);
	fixture_check(&fixture);
	score = fixture.target.scores;
	assert_int_equal(score[SCORE_FIRST_PROCESS].verdict, VERDICT_FAIL);
	assert_contains(score[SCORE_FIRST_PROCESS].why, "the first process has UID 0");
	assert_int_equal(score[SCORE_NO_SETUID_ROOT].verdict, VERDICT_FAIL);
	assert_string_equal(score[SCORE_NO_SETUID_ROOT].why, "2 files are setuid root: /a, ...");
	fixture_clear(&fixture);
}

/* setgid, non-root setuid and capabilities never change the count. */
static void test_not_counted(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_file(&fixture, "a", 02755, 0, 0, NULL);
	fixture_file(&fixture, "b", 04755, 1, 0, NULL);
	fixture_capability(&fixture, "c", 0755, "\1\0\0\2\200\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	fixture_check(&fixture);
	assert_int_equal(fixture.target.scores[SCORE_NO_SETUID_ROOT].verdict, VERDICT_PASS);
	assert_string_equal(fixture.target.scores[SCORE_NO_SETUID_ROOT].why,
			    "no file is setuid root");
	fixture_clear(&fixture);
}

/* What was not scanned never passes. */
static void test_without_tree(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.image->config.user = "1000:1000";
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	assert_int_equal(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
				     &fixture.err),
			 0);
	assert_int_equal(fixture.target.scores[SCORE_FIRST_PROCESS].verdict, VERDICT_UNKNOWN);
	assert_int_equal(fixture.target.scores[SCORE_NO_SETUID_ROOT].verdict, VERDICT_UNKNOWN);
	fixture_clear(&fixture);
}

static size_t read_all(const struct finding *finding)
{
	size_t n = strlen(finding->message) + strlen(finding->remedy);

	n += finding->location.path ? strlen(finding->location.path) : 0;
	n += finding->location.layer ? strlen(finding->location.layer) : 0;
	n += finding->location.created_by ? strlen(finding->location.created_by) : 0;
	for (const struct evidence *at = finding->evidence; at; at = at->next) {
		n += at->string ? strlen(at->string) : 0;
		for (size_t i = 0; i < at->n_list; i++)
			n += strlen(at->list[i]);
	}
	return n;
}

/* Findings live in the report's arena alone. */
static void test_outlives_image(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	make_mess(&fixture);
	fixture_check(&fixture);
	file_tree_free(TAKE(fixture.image->tree));
	image_free(TAKE(fixture.image));
	for (size_t i = 0; i < fixture.target.findings.len; i++)
		assert_true(read_all(fixture.target.findings.items[i]) > 40);
	for (size_t i = 0; i < N_SCORE_ITEMS; i++)
		assert_true(strlen(fixture.target.scores[i].why) > 10);
	fixture_clear(&fixture);
}

/* An arena that is full is -E2BIG, whichever allocation it is that does not fit. */
static void test_arena_cap(void **state)
{
	struct fixture fixture;
	int r = -E2BIG;

	fixture_init(&fixture);
	make_mess(&fixture);
	fixture_done(&fixture);
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	for (uint64_t max = 1; r < 0; max += 97) {
		struct arena *arena = arena_new(max);

		vec_clear(&fixture.target.findings);
		r = check_image(fixture.image, &fixture.target, arena, &fixture.limits,
				&fixture.err);
		assert_true(r == 0 || r == -E2BIG);
		assert_true(max < 1000000);
		arena_free(arena);
	}
	fixture_clear(&fixture);
}

static void test_allocation_failures(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	make_mess(&fixture);
	fixture_done(&fixture);
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	OOM_SWEEP(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
			      &fixture.err), );
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_not_counted),
		cmocka_unit_test(test_without_tree),
		cmocka_unit_test(test_outlives_image),
		cmocka_unit_test(test_arena_cap),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
