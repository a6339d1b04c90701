/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": near names are offered, far ones are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macro.h"
#include "cmd/suggest.h"

static const char *const names[] = {
	"check", "explain", "help", "version", "image-setuid", "image-setuid-root", "image-setgid",
};

static const struct {
	const char *word, *best;
} cases[] = {
	{"chec", "check"},
	{"hcekc", "check"},
	{"exlpain", "explain"},
	{"hlep", "help"},
	{"image-setuidroot", "image-setuid-root"},
	{"image-setuid-toor", "image-setuid-root"},
	{"image-setguid", "image-setuid"},
	{"image-setgi", "image-setgid"},
	{"watch", NULL},
	{"", NULL},
	{"x", NULL},
	{"zzzzzzzzzzzzz", NULL},
};

static void test_words(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suggest suggest = {.word = cases[i].word, .len = strlen(cases[i].word)};

		for (size_t n = 0; n < ARRAY_SIZE(names); n++)
			suggest_offer(&suggest, names[n]);
		if (cases[i].best && !suggest.best)
			fail_msg("%s: nothing", cases[i].word);
		if (cases[i].best)
			assert_string_equal(suggest.best, cases[i].best);
		else if (suggest.best)
			fail_msg("%s: %s", cases[i].word, suggest.best);
	}
}

static void test_long_words(void **state)
{
	char word[66];
	struct suggest suggest = {.word = word};

	memset(word, 'a', sizeof(word) - 1);
	word[65] = '\0';
	suggest.len = 64;
	suggest_offer(&suggest, word + 1);
	assert_ptr_equal(suggest.best, word + 1);
	suggest = (struct suggest){.word = word, .len = 65};
	suggest_offer(&suggest, word + 1);
	assert_null(suggest.best);
	suggest = (struct suggest){.word = word, .len = 64};
	suggest_offer(&suggest, word);
	assert_null(suggest.best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
