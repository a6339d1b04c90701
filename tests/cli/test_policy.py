# SPDX-License-Identifier: Apache-2.0
"""Policy files: waivers that waive exactly what they name, and are refused when in doubt."""
import datetime

import pytest

from conftest import base_layer, make, setuid

TOMORROW = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).date()
LONG_AGO = "2020-02-29"


def waiver(expires=None, **keys):
    lines = [f"    {name}: {value}" for name, value in keys.items() if value is not None]
    lines += ["    reason: because", "    owner: us", f"    expires: {expires or TOMORROW}"]
    return "  -" + "\n".join(lines)[3:] + "\n"


def policy(*waivers, head=""):
    return "version: 1\n" + head + ("waivers:\n" + "".join(waivers) if waivers else "")


SU = {"check": "image-setuid-root", "path": "/usr/bin/su", "uid": 0, "mode": '"4755"'}


@pytest.fixture
def image(build):
    return build.archive([base_layer(setuid())])


def judge(rootout, image, text, status):
    (rootout.cwd / ".rootout.yaml").write_text(text)
    return rootout.json(image, status=status)


@pytest.mark.parametrize("keys", [
    SU, {**SU, "target": '"*web*"'}, {**SU, "mode": "04755"}, {**SU, "mode": 4755}])
def test_waived(rootout, image, keys):
    report = judge(rootout, image, policy(waiver(**keys)), 0)
    assert report["verdict"] == "pass"
    found = [f for f in report["targets"][0]["findings"] if f["check"] == "image-setuid-root"]
    assert found[0]["waived"] == {"reason": "because", "owner": "us", "expires": str(TOMORROW)}


@pytest.mark.parametrize("keys", [
    {**SU, "path": "/usr/bin/s"}, {**SU, "path": "/usr/bin/"}, {**SU, "path": '"/usr/bin/*"'},
    {**SU, "mode": '"4711"'}, {**SU, "uid": 1}, {**SU, "mode": None}, {**SU, "uid": None},
    {**SU, "target": '"*nginx*"'}, {**SU, "target": "web"}, {**SU, "check": "image-setuid"},
    {"check": "image-setuid-root", "target": '"*"'}, {**SU, "digest": "sha256:" + 64 * "0"},
])
def test_not_waived(rootout, image, keys):
    report = judge(rootout, image, policy(waiver(**keys)), 1)
    found = [f for f in report["targets"][0]["findings"] if f["check"] == "image-setuid-root"]
    assert found[0]["waived"] is None
    (rootout.cwd / ".rootout.yaml").write_text(policy(waiver(**keys)))
    assert ".rootout.yaml" in rootout("check", image).stdout  # the note


def test_expired(rootout, image):
    judge(rootout, image, policy(waiver(LONG_AGO, **SU)), 1)
    assert "expired on 2020-02-29" in rootout("check", image).stdout


def test_unused_is_no_failure(rootout, build):
    archive = build.archive()
    judge(rootout, archive, policy(waiver(**SU)), 0)
    assert "matched nothing" in rootout("check", archive).stdout


def test_one_of_two(rootout, build):
    image = build.archive([base_layer(setuid(), setuid("usr/bin/sudo"))])
    report = judge(rootout, image, policy(waiver(**SU)), 1)
    waived = {f["location"]["path"]: bool(f["waived"]) for f in report["targets"][0]["findings"]
              if f["check"] == "image-setuid-root"}
    assert waived == {"/usr/bin/su": True, "/usr/bin/sudo": False}
    judge(rootout, image, policy(waiver(**SU), waiver(**{**SU, "path": "/usr/bin/sudo"})), 0)


def test_by_digest_of_the_file(rootout, image, build):
    (found,) = [f for f in rootout.json(image)["targets"][0]["findings"]
                if f["check"] == "image-setuid-root"]
    digest = make.sha256(b"\x7fELF")
    assert found["evidence"]["digest"] == digest
    text = policy(waiver(check="image-setuid-root", digest=digest))
    judge(rootout, image, text, 0)
    other = make.member("f", "usr/bin/su", 0o4755, body=b"\x7fELF and a back door")
    judge(rootout, build.archive([base_layer(other)], name="other.tar"), text, 1)


def test_by_digest(rootout, image):
    digest = rootout.json(image)["targets"][0]["digest"]
    assert digest.startswith("sha256:")
    judge(rootout, image, policy(waiver(check="image-setuid-root", digest=digest)), 0)


def test_user_waiver(rootout, build):
    archive = build.archive(user="0")
    judge(rootout, archive, policy(waiver(check="image-user-root", target='"*web.tar"')), 0)
    judge(rootout, archive, policy(waiver(check="image-user-root", target='"*other.tar"')), 1)


@pytest.mark.parametrize("text, place", [
    ("version: 2\n", "1:10"),
    ("waivers: []\n", "1:1"),
    ("version: 1\nwaiver: []\n", "2:1"),
    (policy(waiver(**SU)).replace("    reason: because\n", ""), "3:5"),
    (policy(waiver(**SU)).replace("    owner: us\n", ""), "3:5"),
    (policy(waiver(**SU)).replace(f"    expires: {TOMORROW}\n", ""), "3:5"),
    (policy(waiver("soon", **SU)), ":14"),
    (policy(waiver("2027-02-30", **SU)), ":14"),
    (policy(waiver(**{**SU, "check": "image-setuid-toor"})), "3:12"),
    (policy(waiver(**{**SU, "paths": "/x"})), "7:5"),
    ("version: 1\nwaivers: {\n", ""),
    ("\x00\x01", ""),
])
def test_refused(rootout, image, text, place):
    (rootout.cwd / ".rootout.yaml").write_text(text)
    done = rootout("check", image)
    assert done.returncode == 2
    assert done.stdout == ""
    assert ".rootout.yaml" in done.stderr and place in done.stderr
    assert rootout("check", "--no-policy", image).returncode == 1


def test_named_policy(rootout, image, tmp_path):
    file = tmp_path / "other.yaml"
    assert rootout("check", "--policy", file, image).returncode == 2
    file.write_text(policy(waiver(**SU)))
    (rootout.cwd / ".rootout.yaml").write_text("version: 1\n")
    assert rootout("check", "--policy", file, image).returncode == 0
    assert rootout("check", image).returncode == 1
    assert rootout("check", "--policy", file, "--no-policy", image).returncode == 64


def test_options_win(rootout, build):
    image = build.archive([base_layer(setuid(mode=0o2755))])
    judge(rootout, image, policy(head="fail-on: info\n"), 1)
    rootout.json("--fail-on", "high", image, status=0)
    judge(rootout, image, policy(head="fail-on: severe\n").replace("severe", "critical"), 0)


def test_waiver_follows_hardlink_name(rootout, build):
    layer = make.tar_bytes([setuid(), make.member("h", "usr/bin/zz", 0o4755, link="usr/bin/su")])
    report = judge(rootout, build.archive([base_layer(), layer]), policy(waiver(**SU)), 0)
    assert len([f for f in report["targets"][0]["findings"] if f["waived"]]) == 1
