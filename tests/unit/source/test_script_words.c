/* SPDX-License-Identifier: Apache-2.0 */
/* Words that give root up, found as words and not as parts of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/macro.h"
#include "source/script_words.h"

static void test_found(void **state)
{
	static const char *const texts[] = {
		"gosu",
		"exec gosu app \"$@\"",
		"exec su-exec app",
		"exec /sbin/su-exec app",
		"setpriv --reuid 1000 x",
		"chroot --userspec=app / x",
		"runuser -u app -- x",
		"su - app -c x",
		"su",
		"\tsu\n",
		"s6-setuidgid app x",
		"s6-applyuidgid -u 1 x",
		"chpst -u app x",
		"setuidgid app x",
		"sudo -u app x",
		"start-stop-daemon --start --chuid app",
		"doas -u app x",
		"capsh --user=app -- -c x",
		"exec-user app x",
		"CMD=${CMD:-gosu}",
		"x=--su",
		"$(command -v gosu)",
		"a_su_b",
		"'gosu'",
		"a|su|b",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!script_words_found(texts[i], strlen(texts[i])))
			fail_msg("missed in \"%s\"", texts[i]);
	}
}

static void test_not_found(void **state)
{
	static const char *const texts[] = {
		"",
		"#!/bin/sh\nexec nginx -g 'daemon off;'\n",
		"result summary issue",
		"pseudo sudoers resume",
		"visudo",
		"gosub",
		"suexec",
		"su1",
		"setprivate",
		"GOSU",
		"start-stop",
		"exec user",
		"-",
		"---",
		"chrooted",
		"capshell",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (script_words_found(texts[i], strlen(texts[i])))
			fail_msg("found in \"%s\"", texts[i]);
	}
}

static void test_binary_text(void **state)
{
	static const char with_nul[] = "a\0su\0b";

	assert_true(script_words_found(with_nul, sizeof(with_nul) - 1));
	assert_false(script_words_found(with_nul, 3)); /* "s" is not "su" */
}

static void test_looks_like_text(void **state)
{
	static char late[300];

	assert_true(script_words_text("#!/bin/sh\n", 10));
	assert_true(script_words_text("exec x", 6));
	assert_true(script_words_text("", 0));
	assert_false(script_words_text("\x7f"
				       "ELF\2\1\1",
				       7));
	assert_false(script_words_text("ab\0cd", 5));
	memset(late, 'a', sizeof(late));
	late[255] = '\0';
	assert_false(script_words_text(late, sizeof(late)));
	late[255] = 'a';
	late[256] = '\0';
	assert_true(script_words_text(late, sizeof(late)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_binary_text),
		cmocka_unit_test(test_looks_like_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
