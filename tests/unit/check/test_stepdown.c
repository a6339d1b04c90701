/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines that give root up, and such that only look like it. */
#include "check/stepdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/macro.h"

static const struct {
	const char *command;
	const char *tool, *user; /* NULL: none */
} rows[] = {
	{"gosu postgres postgres -D /data", "gosu", "postgres"},
	{"/usr/local/bin/gosu 999:999 redis-server", "gosu", "999:999"},
	{"gosu \"$USER\" \"$@\"", "gosu", "$USER"},
	{"gosu --version", NULL, NULL},
	{"gosu nobody", NULL, NULL},
	{"gosu", NULL, NULL},
	{"su-exec redis redis-server", "su-exec", "redis"},
	{"setpriv --reuid=1000 --regid=1000 --clear-groups nginx", "setpriv", "1000"},
	{"setpriv --regid 5 --reuid app --init-groups nginx", "setpriv", "app"},
	{"setpriv --no-new-privs --inh-caps=-all nginx", NULL, NULL},
	{"setpriv --regid=5 nginx", NULL, NULL},
	{"setpriv --groups --reuid=7 x", NULL, NULL},
	{"chroot --userspec=app:app / nginx", "chroot", "app:app"},
	{"chroot --userspec app --groups=g / nginx", "chroot", "app"},
	{"chroot /mnt nginx --userspec=x", NULL, NULL},
	{"runuser -u app -- nginx", "runuser", "app"},
	{"runuser -uapp nginx", "runuser", "app"},
	{"runuser -l app -c nginx", "runuser", "app"},
	{"runuser --user=app nginx", "runuser", "app"},
	{"runuser - app", "runuser", "app"},
	{"su app", "su", "app"},
	{"su - app -c 'nginx -g x'", "su", "app"},
	{"su -s /bin/sh -c nginx app", "su", "app"},
	{"su -T app", "su", "app"},
	{"runuser -P app", "runuser", "app"},
	{"su -lc nginx app", "su", "app"},
	{"su --shell=/bin/sh --command nginx app", "su", "app"},
	{"su -c nginx", NULL, NULL},
	{"su -", NULL, NULL},
	{"su", NULL, NULL},
	{"s6-setuidgid app nginx", "s6-setuidgid", "app"},
	{"s6-applyuidgid -u 1000 -g 1000 -G 5 nginx", "s6-applyuidgid", "1000"},
	{"s6-applyuidgid -U nginx", NULL, NULL},
	{"setuidgid app nginx", "setuidgid", "app"},
	{"chpst -u app:app nginx", "chpst", "app:app"},
	{"chpst -P -u :1000:1000 nginx", "chpst", ":1000:1000"},
	{"chpst -m 5 nginx -u app", NULL, NULL},
	{"sudo -u app nginx", "sudo", "app"},
	{"sudo -HEu app nginx", "sudo", "app"},
	{"sudo -g wheel -u '#1000' nginx", "sudo", "#1000"},
	{"sudo --user=app nginx", "sudo", "app"},
	{"sudo nginx -u app", NULL, NULL},
	{"doas -u app nginx", "doas", "app"},
	{"capsh --drop=all --user=app -- -c nginx", "capsh", "app"},
	{"capsh --print", NULL, NULL},
	{"start-stop-daemon --start --chuid app --exec /x", "start-stop-daemon", "app"},
	{"start-stop-daemon -S -c app:app -x /x -- -c y", "start-stop-daemon", "app:app"},
	{"start-stop-daemon -S -o -b -c app -x /x", "start-stop-daemon", "app"},
	{"start-stop-daemon --start --user app --exec /x", NULL, NULL},
	{"start-stop-daemon --pidfile --chuid x", NULL, NULL},
	{"sudo -u ''", NULL, NULL},
	{"sudo -u", NULL, NULL},
	{"echo gosu app nginx", NULL, NULL},
	{"nginx", NULL, NULL},
};

static const struct shell_command *split(struct arena *arena, const char *text)
{
	struct shell_command *commands;
	size_t n;

	assert_int_equal(shell_split(text, strlen(text), arena, &commands, &n, NULL), 0);
	assert_int_equal(n, 1);
	return commands;
}

static void test_programs(void **state)
{
	struct arena *arena = arena_new(UINT64_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct shell_command *command = split(arena, rows[i].command);
		struct stepdown step = {};
		bool found = stepdown_parse(command->words, command->n_words, &step);

		if (found != (rows[i].tool != NULL))
			fail_msg("%s: %sfound", rows[i].command, found ? "" : "not ");
		if (!found)
			continue;
		assert_string_equal(step.tool, rows[i].tool);
		assert_string_equal(step.user, rows[i].user);
		assert_int_equal(step.expands, rows[i].user[0] == '$');
	}
	arena_free(arena);
}

static void test_wrappers(void **state)
{
	static const struct {
		const char *command;
		size_t skip;
	} wrapped[] = {
		{"exec nginx", 1},
		{"exec -a name nginx", 3},
		{"env A=b C=d nginx", 3},
		{"env -i -u X A=b nginx", 5},
		{"env - nginx", 1},
		{"tini -- nginx", 2},
		{"/sbin/tini -g -v -- nginx", 4},
		{"tini -p SIGTERM nginx", 3},
		{"/usr/bin/dumb-init nginx", 1},
		{"dumb-init -c -- nginx", 3},
		{"catatonit -- nginx", 2},
		{"nice -n 5 nginx", 3},
		{"timeout -k 5 10 nginx", 4},
		{"timeout 10 nginx", 2},
		{"command -- nginx", 2},
		{"nginx -x", 0},
		{"exec", 0},
		{"exec --", 0},
		{"env A=b", 0},
		{"tini", 0},
	};
	struct arena *arena = arena_new(UINT64_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(wrapped); i++) {
		const struct shell_command *command = split(arena, wrapped[i].command);
		size_t skip = stepdown_skip_wrapper(command->words, command->n_words);

		if (skip != wrapped[i].skip)
			fail_msg("%s: %zu", wrapped[i].command, skip);
	}
	arena_free(arena);
}

static void test_names(void **state)
{
	assert_string_equal(stepdown_base_name("/usr/bin/sh"), "sh");
	assert_string_equal(stepdown_base_name("sh"), "sh");
	assert_string_equal(stepdown_base_name("/"), "");
	assert_true(stepdown_is_shell("sh"));
	assert_true(stepdown_is_shell("bash"));
	assert_false(stepdown_is_shell("fish"));
	assert_false(stepdown_is_shell("nologin"));
	assert_false(stepdown_is_shell(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_wrappers),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
