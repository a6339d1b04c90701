/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping: order, gravity, waivers, findings in any order, and short memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "oom.h"
#include "report/finding_group.h"

static const struct check checks[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
static const struct waived waived = {"reason", "owner", "2027-01-31"};

/* A finding in three letters: check a-c, severity i l m h c, w for waived. */
#define MOST 8
struct scene {
	struct finding findings[MOST];
	struct finding *pointers[MOST];
	struct target target;
};

static void scene_make(struct scene *scene, const char *words)
{
	static const char severities[] = "ilmhc";
	size_t n = 0;

	memset(scene, 0, sizeof(*scene));
	for (; *words; words += 3 + (words[3] == ' ')) {
		scene->findings[n] = (struct finding){
			.check = &checks[words[0] - 'a'],
			.severity = (enum severity)(strchr(severities, words[1]) - severities),
			.waived = words[2] == 'w' ? &waived : NULL,
		};
		scene->pointers[n] = &scene->findings[n];
		n++;
	}
	scene->target.findings.items = scene->pointers;
	scene->target.findings.len = n;
}

static const struct {
	const char *findings, *groups; /* check, severity, number, number waived */
} rows[] = {
	{"", ""},
	{"ah-", "ah10"},
	{"ah- ah- bm-", "ah20 bm10"},
	{"bm- ah- ah-", "ah20 bm10"},
	{"ah- bm- ah- bm-", "ah20 bm20"},
	{"al- bl- cl-", "al10 bl10 cl10"},
	{"al- bc- am- ch-", "bc10 ch10 am20"},
	/* gravity is that of what is not waived */
	{"ahw al- bm-", "bm10 al21"},
	{"al- ahw bm-", "bm10 al21"},
	{"ahw alw", "ah22"},
	{"alw ahw", "ah22"},
	/* waived as a whole comes last */
	{"acw bi-", "bi10 ac11"},
	{"acw bhw ci-", "ci10 ac11 bh11"},
};

static void describe(const struct finding_group *groups, size_t n, char *text)
{
	for (size_t i = 0; i < n; i++) {
		*text++ = groups[i].check->name[0];
		*text++ = severity_name(groups[i].severity)[0];
		*text++ = (char)('0' + groups[i].n);
		*text++ = (char)('0' + groups[i].n_waived);
		*text++ = ' ';
	}
	text[n > 0 ? -1 : 0] = '\0';
}

static void test_groups(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
		struct finding_group *groups;
		struct scene scene;
		char text[64];
		size_t n;

		scene_make(&scene, rows[i].findings);
		assert_int_equal(finding_groups(&scene.target, arena, &groups, &n, NULL), 0);
		describe(groups, n, text);
		assert_string_equal(text, rows[i].groups);
	}
}

static void test_order_within_group(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct finding_group *groups;
	struct scene scene;
	size_t n;

	scene_make(&scene, "ah- bm- ah- ahw");
	assert_int_equal(finding_groups(&scene.target, arena, &groups, &n, NULL), 0);
	assert_ptr_equal(groups[0].findings[0], &scene.findings[0]);
	assert_ptr_equal(groups[0].findings[1], &scene.findings[2]);
	assert_ptr_equal(groups[0].findings[2], &scene.findings[3]);
	assert_ptr_equal(groups[1].findings[0], &scene.findings[1]);
}

static void test_fails(void **state)
{
	struct finding_group group = {.severity = SEVERITY_MEDIUM, .n = 2, .n_waived = 1};

	assert_true(finding_group_fails(&group, SEVERITY_LOW));
	assert_true(finding_group_fails(&group, SEVERITY_MEDIUM));
	assert_false(finding_group_fails(&group, SEVERITY_HIGH));
	group.n_waived = 2;
	assert_false(finding_group_fails(&group, SEVERITY_INFO));
}

static int group_once(const struct target *target)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct finding_group *groups;
	size_t n;

	return arena ? finding_groups(target, arena, &groups, &n, NULL) : -ENOMEM;
}

static void test_short_memory(void **state)
{
	_cleanup_(arena_freep) struct arena *tiny = arena_new(16);
	struct finding_group *groups;
	struct scene scene;
	size_t n;

	scene_make(&scene, "ah- bm- cl-");
	OOM_SWEEP(group_once(&scene.target), );
	assert_int_equal(finding_groups(&scene.target, tiny, &groups, &n, NULL), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_order_within_group),
		cmocka_unit_test(test_fails),
		cmocka_unit_test(test_short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
