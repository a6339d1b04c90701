/* SPDX-License-Identifier: Apache-2.0 */
/* Exposed ports and ONBUILD instructions. */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "../oom.h"

static void start(struct fixture *fixture, const char *user)
{
	fixture_init(fixture);
	fixture->image->config.user = user;
	fixture_file(fixture, "etc/passwd", 0644, 0, 0, "root:x:0:0\ntoor:x:0:0\napp:x:7:7\n");
}

static void test_ports(void **state)
{
	static const struct {
		const char *port;
		bool found;
		const char *remedy;
	} rows[] = {
		{"80/tcp", true, "EXPOSE 8080"},
		{"443", true, "EXPOSE 8443"},
		{"53/udp", true, "EXPOSE 8053"},
		{"1", true, "EXPOSE 8001"},
		{"1023/sctp", true, "EXPOSE 9023"},
		{"80-90/tcp", true, "EXPOSE 8080"},
		{"1000-2000", true, "EXPOSE 9000"},
		{"1024", false, NULL},
		{"1024-2000/tcp", false, NULL},
		{"8080/tcp", false, NULL},
		{"0/tcp", false, NULL},
		{"", false, NULL},
		{"/tcp", false, NULL},
		{"http", false, NULL},
		{"80x/tcp", false, NULL},
		{"-80", false, NULL},
		{"80-", false, NULL},
		{"90-80", false, NULL},
		{"80-99999", false, NULL},
		{"000080", false, NULL},
		{"4294967376", false, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *finding;
		struct fixture fixture;

		start(&fixture, "7:7");
		fixture_list(&fixture, &fixture.image->config.exposed_ports, LIST(rows[i].port));
		fixture_check(&fixture);
		if (fixture_count(&fixture, "image-privileged-port") != rows[i].found)
			fail_msg("%s", rows[i].port);
		if (rows[i].found) {
			finding = fixture_only(&fixture, "image-privileged-port");
			assert_string_equal(finding->remedy, rows[i].remedy);
			assert_string_equal(finding->location.field, "config.ExposedPorts");
			assert_int_equal(finding->severity, SEVERITY_LOW);
		}
		fixture_clear(&fixture);
	}
}

/* Root may bind every port; who does not start binds none. */
static void test_ports_of_others(void **state)
{
	static const char *const users[] = {NULL, "0", "stranger"};

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		struct fixture fixture;

		start(&fixture, users[i]);
		fixture_list(&fixture, &fixture.image->config.exposed_ports, LIST("80/tcp"));
		fixture_check(&fixture);
		assert_int_equal(fixture_count(&fixture, "image-privileged-port"), 0);
		fixture_clear(&fixture);
	}
	{
		struct fixture fixture;

		start(&fixture, "7:7");
		fixture_list(&fixture, &fixture.image->config.exposed_ports,
			     LIST("80/tcp", "8080/tcp", "443/tcp"));
		fixture_check(&fixture);
		assert_int_equal(fixture_count(&fixture, "image-privileged-port"), 2);
		fixture_clear(&fixture);
	}
}

static const struct {
	const char *rows[4];
	const char *message; /* NULL: no finding */
} instructions[] = {
	{{"USER root"}, "ONBUILD USER root: makes children root"},
	{{"user 0"}, "makes children root"},
	{{"USER\t0:0 "}, "makes children root"},
	{{"USER toor"}, "makes children root"},
	{{"USER :7"}, "makes children root"},
	{{"USER app", "USER root"}, "makes children root"},
	{{"USER root", "RUN apt-get update", "USER app"}, NULL},
	{{"USER app"}, NULL},
	{{"USER 1000"}, NULL},
	{{"USER $APP"}, NULL},
	{{"USER stranger"}, NULL},
	{{"USERS root"}, NULL},
	{{"USER"}, NULL},
	{{""}, NULL},
	{{"COPY root /"}, NULL},
	{{"RUN chmod u+s /bin/x"}, "sets the setuid bit"},
	{{"RUN true && chmod -R 4755 /bin/x"}, "sets the setuid bit"},
	{{"RUN chmod 06755 /bin/x"}, "sets the setuid bit"},
	{{"RUN chmod +s /bin/x"}, "sets the setuid bit"},
	{{"RUN chmod g+x,a=rxs /bin/x"}, "sets the setuid bit"},
	{{"RUN chmod 0755 /bin/x"}, NULL},
	{{"RUN chmod 2755 /bin/x"}, NULL},
	{{"RUN chmod 755 /bin/x"}, NULL},
	{{"RUN chmod g+s /bin/x"}, NULL},
	{{"RUN chmod u-s /bin/x"}, NULL},
	{{"RUN chmod u+x /bin/s"}, NULL},
	{{"RUN chmod"}, NULL},
	{{"RUN setcap cap_net_raw+ep /bin/x"}, "capabilities"},
	{{"RUN setcap -r /bin/x"}, NULL},
	{{"RUN useradd -o -u 0 me"}, "an account with UID 0"},
	{{"RUN useradd -ou0 me"}, "an account with UID 0"},
	{{"RUN adduser --uid 0 me"}, "an account with UID 0"},
	{{"RUN usermod --uid=0 -o me"}, "an account with UID 0"},
	{{"RUN useradd -u 1000 me"}, NULL},
	{{"RUN useradd -u"}, NULL},
	{{"RUN echo useradd -u 0 me"}, NULL},
};

static void test_onbuild(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		const struct finding *finding;
		struct fixture fixture;

		start(&fixture, "7:7");
		fixture_list(&fixture, &fixture.image->config.on_build, instructions[i].rows);
		fixture_check(&fixture);
		if (!instructions[i].message) {
			if (fixture_count(&fixture, "image-onbuild-root") > 0)
				fail_msg("%s", instructions[i].rows[0]);
		} else {
			if (fixture_count(&fixture, "image-onbuild-root") != 1)
				fail_msg("%s", instructions[i].rows[0]);
			finding = fixture_only(&fixture, "image-onbuild-root");
			assert_contains(finding->message, instructions[i].message);
			assert_int_equal(finding->severity, SEVERITY_MEDIUM);
			assert_string_equal(finding->location.field, "config.OnBuild");
		}
		fixture_clear(&fixture);
	}
}

static void test_several(void **state)
{
	struct fixture fixture;

	start(&fixture, "7:7");
	fixture_list(&fixture, &fixture.image->config.on_build,
		     LIST("RUN chmod u+s /a; chmod u+s /b", "RUN setcap x=ep /c", "USER 0"));
	fixture_check(&fixture);
	assert_int_equal(fixture_count(&fixture, "image-onbuild-root"), 3);
	fixture_clear(&fixture);
}

static void test_allocation_failures(void **state)
{
	struct fixture fixture;

	start(&fixture, "7:7");
	fixture_list(&fixture, &fixture.image->config.on_build,
		     LIST("RUN chmod u+s /a", "USER toor"));
	fixture_list(&fixture, &fixture.image->config.exposed_ports, LIST("80/tcp"));
	fixture_done(&fixture);
	assert_int_equal(start_user_resolve(fixture.image, NULL, &fixture.limits, &fixture.err), 0);
	OOM_SWEEP(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
			      &fixture.err), );
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_ports_of_others),
		cmocka_unit_test(test_onbuild),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
