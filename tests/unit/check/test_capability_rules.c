/* SPDX-License-Identifier: Apache-2.0 */
/* image-file-capability: revisions, effective bit, root-equivalent sets, malformed attributes. */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "../oom.h"

#define NET_RAW 0, 0x20, 0, 0
#define SETUID  0x80, 0, 0, 0
#define ADMIN   0, 0, 0x20, 0
#define NOTHING 0, 0, 0, 0
#define V2      0, 0, 0, 2
#define V2_E    1, 0, 0, 2
#define V3_E    1, 0, 0, 3

static const struct {
	unsigned char value[24];
	uint32_t size;
	unsigned int mode;
	enum severity severity;
	const char *text, *note;
} rows[] = {
	{{V2_E, NET_RAW, NOTHING, NOTHING, NOTHING},
	 20,
	 0755,
	 SEVERITY_MEDIUM,
	 "/f has file capabilities cap_net_raw=ep",
	 "at all under --cap-drop ALL"},
	{{V2, NET_RAW, NOTHING, NOTHING, NOTHING},
	 20,
	 0755,
	 SEVERITY_MEDIUM,
	 "cap_net_raw=p",
	 NULL},
	{{V2_E, SETUID, NOTHING, NOTHING, NOTHING}, 20, 0755, SEVERITY_HIGH, "cap_setuid=ep", NULL},
	{{V2_E, SETUID, NOTHING, NOTHING, NOTHING},
	 20,
	 0700,
	 SEVERITY_MEDIUM,
	 "cap_setuid=ep",
	 NULL},
	{{V2_E, SETUID, NOTHING, NOTHING, NOTHING},
	 20,
	 0750,
	 SEVERITY_MEDIUM,
	 "cap_setuid=ep",
	 NULL},
	{{V2_E, SETUID, NOTHING, NOTHING, NOTHING},
	 20,
	 0644,
	 SEVERITY_MEDIUM,
	 "cap_setuid=ep",
	 "no execute bit"},
	{{V2_E, ADMIN, NOTHING, NOTHING, NOTHING},
	 20,
	 0755,
	 SEVERITY_HIGH,
	 "cap_sys_admin=ep",
	 NULL},
	{{V2, NOTHING, SETUID, NOTHING, NOTHING}, 20, 0755, SEVERITY_MEDIUM, "cap_setuid=i", NULL},
	{{V2, NOTHING, NOTHING, NOTHING, NOTHING},
	 20,
	 0755,
	 SEVERITY_INFO,
	 "file capabilities =",
	 NULL},
	{{V3_E, NET_RAW, NOTHING, NOTHING, NOTHING, 0xe8, 3, 0, 0},
	 24,
	 0755,
	 SEVERITY_MEDIUM,
	 "cap_net_raw=ep",
	 "only in the user namespace whose root is UID 1000"},
	{{V3_E, NET_RAW, NOTHING, NOTHING, NOTHING, 0, 0, 0, 0},
	 24,
	 0755,
	 SEVERITY_MEDIUM,
	 "cap_net_raw=ep",
	 "--cap-drop ALL"},
	{{V2_E, NET_RAW, NOTHING, NOTHING, NOTHING},
	 19,
	 0755,
	 SEVERITY_MEDIUM,
	 "malformed",
	 "the kernel refuses to execute it"},
	{{V2_E, NET_RAW, NOTHING, NOTHING, NOTHING}, 24, 0755, SEVERITY_MEDIUM, "malformed", NULL},
	{{1, 0, 0, 9}, 20, 0755, SEVERITY_MEDIUM, "malformed", NULL},
	{{0}, 0, 0755, SEVERITY_MEDIUM, "malformed", NULL},
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *finding;
		struct fixture fixture;

		fixture_init(&fixture);
		fixture_capability(&fixture, "f", rows[i].mode, rows[i].value, rows[i].size);
		fixture_check(&fixture);
		finding = fixture_only(&fixture, "image-file-capability");
		if (finding->severity != rows[i].severity)
			fail_msg("row %zu: %s", i, severity_name(finding->severity));
		assert_contains(finding->message, rows[i].text);
		if (rows[i].note)
			assert_contains(finding->message, rows[i].note);
		assert_string_equal(finding->remedy, "RUN setcap -r /f");
		assert_string_equal(finding->location.path, "/f");
		/* Not counted by CBPP-0002. */
		assert_int_equal(fixture.target.scores[SCORE_NO_SETUID_ROOT].verdict, VERDICT_PASS);
		fixture_clear(&fixture);
	}
}

static void test_evidence(void **state)
{
	static const unsigned char value[24] = {V3_E, 0x80, 0x20,    0,    0, NOTHING, 0, 0x02,
						0,    0,    NOTHING, 0xe8, 3, 0,       0};
	const struct file_xattr xattr = {.name = "security.capability",
					 .value = value,
					 .size = sizeof(value)};
	const struct evidence *permitted;
	const struct finding *finding;
	struct file_inode *inode;
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_capability(&fixture, "f", 0755, value, sizeof(value));
	/* chown(2) of the link clears the attribute, unless its own entry sets it again. */
	assert_int_equal(file_tree_apply(fixture.layer,
					 &(struct file_entry){.path = "g",
							      .link = "f",
							      .hardlink = true,
							      .mode = S_IFREG | 0755,
							      .xattrs = &xattr},
					 &inode, &fixture.err),
			 0);
	fixture_check(&fixture);
	finding = fixture_only(&fixture, "image-file-capability");
	permitted = fixture_evidence(finding, "permitted");
	assert_int_equal(permitted->n_list, 3);
	assert_string_equal(permitted->list[0], "cap_setuid");
	assert_string_equal(permitted->list[1], "cap_net_raw");
	assert_string_equal(permitted->list[2], "cap_41");
	assert_int_equal(fixture_evidence(finding, "effective")->number, 1);
	assert_int_equal(fixture_evidence(finding, "revision")->number, 3);
	assert_int_equal(fixture_evidence(finding, "root_uid")->number, 1000);
	assert_int_equal(fixture_evidence(finding, "names")->n_list, 2);
	assert_string_equal(fixture_evidence(finding, "mode")->string, "0755");
	fixture_clear(&fixture);
}

/* Only regular files run; a setuid file with capabilities has two findings. */
static void test_other_files(void **state)
{
	static const unsigned char value[20] = {V2_E, NET_RAW, NOTHING, NOTHING, NOTHING};
	const struct file_xattr xattr = {.name = "security.capability",
					 .value = value,
					 .size = sizeof(value)};
	const struct file_xattr other = {.name = "user.capability",
					 .value = value,
					 .size = sizeof(value)};
	struct file_inode *inode;
	struct fixture fixture;

	fixture_init(&fixture);
	file_tree_apply(fixture.layer,
			&(struct file_entry){.path = "d", .mode = S_IFDIR | 0755, .xattrs = &xattr},
			&inode, NULL);
	file_tree_apply(fixture.layer,
			&(struct file_entry){.path = "r", .mode = S_IFREG | 0755, .xattrs = &other},
			&inode, NULL);
	fixture_check(&fixture);
	assert_int_equal(fixture_count(&fixture, "image-file-capability"), 0);
	fixture_clear(&fixture);

	fixture_init(&fixture);
	fixture_capability(&fixture, "f", 04755, value, sizeof(value));
	fixture_check(&fixture);
	assert_int_equal(fixture_count(&fixture, "image-file-capability"), 1);
	assert_int_equal(fixture_count(&fixture, "image-setuid-root"), 1);
	fixture_clear(&fixture);
}

static void test_allocation_failures(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_capability(&fixture, "f", 0755, rows[0].value, 20);
	fixture_capability(&fixture, "g", 0755, rows[0].value, 5);
	fixture_done(&fixture);
	OOM_SWEEP(check_image(fixture.image, &fixture.target, fixture.arena, &fixture.limits,
			      &fixture.err), );
	fixture_clear(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_other_files),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
