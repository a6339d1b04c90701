# SPDX-License-Identifier: Apache-2.0
"""Users that other tools got wrong: every way to write config.User, as docker, containerd and the
kubelet read it. One test each, named as the list of cases names it.
"""
import json

import pytest

from conftest import ARCHITECTURE, base_layer, checks_of, make
from facts import found, judge, judge_again, only, tar, user_layer

ROOT = {"image-user-root"}
MANY = "2147483648", "4294967296", "4294968296", "-1", "-2147483649", "99999999999999999999999"

# USER: (uid, gid, supplementary groups), or None where docker does not start it.
USERS = {
    None: (0, 0, []), "": (0, 0, []), "0": (0, 0, []), "00": (0, 0, []), "+0": (0, 0, []),
    "-0": (0, 0, []), "0" * 20: (0, 0, []), "0:0": (0, 0, []), "0:1000": (0, 1000, []),
    "root": (0, 0, []), "root:root": (0, 0, []), "root:app": (0, 1000, []), "toor": (0, 0, []),
    ":0": (0, 0, []), ":app": (0, 1000, []), "app": (1000, 1000, [0, 4]), "app:0": (1000, 0, []),
    "app:root": (1000, 0, []), "app:wheel": (1000, 0, []), "1000": (1000, 1000, [0, 4]),
    "1000:": (1000, 1000, [0, 4]), "4242": (4242, 0, []), "1001": (1001, 0, []),
    "2147483647": (2147483647, 0, []), "bad": (0, 100, []), "empty": (0, 100, []),
    "short": (0, 0, []), "short2": (0, 0, []), "sp": (0, 0, []), "big": (0, 0, []),
    "nobody": None, "Root": None, "0x0": None, " 0": None, "0 ": None, "0b0": None, "0_0": None,
    "\uff10": None, "1:2:3": None, "a:b:c": None, "neg": None, '"root"': None, "app:nogroup": None,
    **{number: None for number in MANY},
}
# What the kubelet makes of it under runAsNonRoot: numbers that it reads and that are not 0 pass.
KUBELET_STARTS = {"1000", "1000:", "4242", "1001", "2147483647"}


@pytest.mark.parametrize("user", USERS, ids=repr)
def test_user_resolution(rootout, build, user):
    target = judge(rootout, build, [user_layer()], user)
    ours, expected = target["user"], USERS[user]
    score = target["score"]["cbpp-0002"]["static"]["first-process-non-root"]
    assert ours["configured"] == user
    docker = ours["views"]["docker"]
    if expected is None:
        assert docker["outcome"] == "refused" and docker["why"]
        assert ours["uid"] is None
        assert score == target["verdict"] == "wont-start"
        assert "image-user-unresolvable" in checks_of(target)
        return
    assert docker["outcome"] == "runs"
    assert (docker["uid"], docker["gid"]) == (ours["uid"], ours["gid"]) == expected[:2]
    assert sorted(set(ours["groups"]) - {ours["gid"]}) == sorted(set(expected[2]) - {ours["gid"]})
    assert score == target["verdict"] == ("fail" if expected[0] == 0 else "pass")
    assert (ROOT <= set(checks_of(target))) == (expected[0] == 0)
    kubelet = ours["views"]["kubelet"]["outcome"]
    assert kubelet == ("runs" if user in KUBELET_STARTS else "refused")
    assert ours["source"]


@pytest.mark.parametrize("user", ["2147483648", "4294967296", "8589934592"])
def test_out_of_range_is_a_risk_on_older_runtimes(rootout, build, user):
    """CVE-2024-40635, CVE-2026-46680: it will not start here, and is root elsewhere."""
    target = judge(rootout, build, [user_layer()], user)
    assert "2147483647" in target["user"]["views"]["docker"]["why"]
    assert target["user"]["views"]["containerd"]["outcome"] == "refused"
    assert target["user"]["older_runtimes_root"]
    assert "CVE-" in json.dumps(found(target, "image-user-unresolvable"))


@pytest.mark.parametrize("user", ["2147483649", "4294968296", "-1"])
def test_out_of_range_that_was_never_root(rootout, build, user):
    """Neither cut to 32 bits nor as a name is it UID 0."""
    target = judge(rootout, build, [user_layer()], user)
    assert target["verdict"] == "wont-start"
    assert not target["user"]["older_runtimes_root"]


def test_out_of_range_with_a_passwd_line(rootout, build):
    """moby/sys/user refuses it; docker 20.10 matched the line and cut it to UID 0."""
    target = judge(rootout, build, [user_layer(b"big:x:4294967296:0\n")], "4294967296")
    assert target["verdict"] == "wont-start"
    assert target["user"]["older_runtimes_root"]


def test_three_parts(rootout, build):
    views = judge(rootout, build, [user_layer()], "1:2:3")["user"]["views"]
    assert views["docker"]["outcome"] == views["containerd"]["outcome"] == "refused"
    assert "kubelet reads UID 1" in views["kubelet"]["why"]


def test_kubelet_reasons(rootout, build):
    for user, reason in (("app", "non-numeric"), ("root:root", "non-numeric"),
                         ("0:1000", "root"), (None, "root"), ("00", "root")):
        place = f"{user}.tar".replace(":", "-")
        target = only(rootout.json(build.archive([user_layer()], user, name=place)))
        assert reason in target["user"]["views"]["kubelet"]["why"]


def test_named_user_is_told_a_number(rootout, build):
    target = judge(rootout, build, [user_layer()], "app")
    finding, = found(target, "image-user-not-numeric")
    assert "1000" in finding["remedy"]
    assert not found(judge_again(rootout, build, "1000"), "image-user-not-numeric")


@pytest.mark.parametrize("user", [None, "", "0"])
def test_no_passwd_at_all(rootout, build, user):
    target = judge(rootout, build, [tar(make.member("f", "app"))], user)
    assert target["user"]["uid"] == 0 and target["verdict"] == "fail"


@pytest.mark.parametrize("user, verdict", [("scratch", "wont-start"), ("1000", "pass"),
                                           ("root", "wont-start")])
def test_user_without_etc_passwd(rootout, build, user, verdict):
    """A name cannot be resolved without a passwd file; containerd and docker refuse even root."""
    assert judge(rootout, build, [tar(make.member("f", "app"))], user)["verdict"] == verdict


def test_no_layers_at_all(rootout, build):
    assert judge(rootout, build, [], "1000")["verdict"] == "pass"
    assert judge_again(rootout, build, None)["verdict"] == "fail"


def test_first_match_blank_lines_and_trimming(rootout, build):
    passwd = b"\n\n   \n  twice:x:7:8  \ntwice:x:0:0\n\n"
    target = judge(rootout, build, [user_layer(passwd)], "twice")
    assert (target["user"]["uid"], target["user"]["gid"]) == (7, 8)


def test_first_group_match_and_all_memberships(rootout, build):
    group = b"g:x:5:\ng:x:0:\na:x:6:app\n\nb:x:0:x,app,y\nc:x:7:apple\nd:x:8:app,app\n"
    layers = [user_layer(group=group)]
    assert sorted(set(judge(rootout, build, layers, "app")["user"]["groups"])) == [0, 6, 8]
    assert judge_again(rootout, build, "app:g", layers)["user"]["gid"] == 5


def test_passwd_of_the_merged_image_counts(rootout, build):
    layers = [user_layer(b"app:x:1000:1000\n"), user_layer(b"app:x:0:0\n")]
    assert judge(rootout, build, layers, "app")["user"]["uid"] == 0
    layers = [user_layer(), tar(make.member("f", "etc/.wh.passwd"))]
    assert judge_again(rootout, build, "app", layers)["verdict"] == "wont-start"


@pytest.mark.parametrize("kind, more", [("d", {}), ("p", {}), ("c", {"dev": (1, 3)}),
                                        ("l", {"link": "passwd"}), ("l", {"link": "nowhere"})])
def test_passwd_that_is_no_regular_file(rootout, build, kind, more):
    layer = tar(make.member("d", "etc", 0o755), make.member(kind, "etc/passwd", **more))
    assert judge(rootout, build, [layer], "app")["verdict"] == "wont-start"
    if more.get("link") == "passwd":  # no version ever started with a link that has no end
        assert judge_again(rootout, build, "0", [layer])["verdict"] == "wont-start"
    else:
        check_root_is_told(judge_again(rootout, build, "0", [layer]))


def check_root_is_told(target):
    """Today's runtimes refuse the file even for a number; older ones start it as root."""
    assert target["verdict"] == "fail" or target["user"]["older_runtimes_root"]


def test_passwd_larger_than_10_mib(rootout, build):
    body = b"app:x:1000:1000\n" + b"#" * (10 << 20)
    target = judge(rootout, build, [user_layer(body)], "app")
    assert target["verdict"] == "wont-start"
    check_root_is_told(judge_again(rootout, build, "0", [user_layer(body)]))


def test_passwd_that_symlinks_lead_out_of_the_root(rootout, build):
    """"../../.." stops at the image's own root, and the host's file is never read."""
    layer = tar(make.member("d", "etc", 0o755),
                make.member("l", "etc/passwd", link="../../../../../accounts"),
                make.member("f", "accounts", body=b"app:x:0:0\n"))
    assert judge(rootout, build, [layer], "app")["user"]["uid"] == 0
    layer = tar(make.member("l", "etc", link="/../../../etc"))
    assert judge_again(rootout, build, "root", [layer])["verdict"] in ("wont-start", "unknown")


def test_config_edited_after_the_build(rootout, build):
    """History says root, the configuration says who starts: the configuration wins."""
    history = [{"created_by": "COPY / /"}, {"created_by": "USER root", "empty_layer": True}]
    assert judge(rootout, build, [user_layer()], "1000:1000", history=history)["verdict"] == "pass"
    history = [{"created_by": "COPY / /"}, {"created_by": "USER app", "empty_layer": True}]
    target = judge_again(rootout, build, None)
    assert target["verdict"] == "fail"


def test_explicit_root_is_one_finding(rootout, build):
    for user in ("root", "0:0", None):
        target = judge_again(rootout, build, user)
        assert len(found(target, "image-user-root")) == 1


@pytest.mark.parametrize("entrypoint, drops", [
    (["gosu", "app", "server"], "app"), (["su-exec", "app:app", "server"], "app"),
    (["setpriv", "--reuid=app", "--regid=app", "--init-groups", "server"], "app"),
    (["chroot", "--userspec=app", "/", "server"], "app"),
    (["/bin/sh", "-c", "exec gosu app server"], "app"),
    (["runuser", "-u", "app", "--", "server"], "app"),
    (["su", "app", "-c", "server"], "app"), (["s6-setuidgid", "app", "server"], "app"),
    (["setuidgid", "app", "server"], "app"), (["chpst", "-u", "app", "server"], "app"),
    (["sudo", "-u", "app", "server"], "app"),
    (["start-stop-daemon", "--start", "--chuid", "app", "--exec", "/server"], "app"),
    (["/entry.sh"], "app"), (["tini", "--", "gosu", "app", "server"], "app"),
])
def test_starts_as_root_drops_to(rootout, build, entrypoint, drops):
    script = b"#!/bin/sh\nset -e\nchown -R app /data\nexec gosu app \"$@\"\n"
    layers = [base_layer(make.member("f", "entry.sh", 0o755, body=script))]
    target = judge(rootout, build, layers, None, Entrypoint=entrypoint)
    assert target["verdict"] == "fail" and target["user"]["uid"] == 0
    finding, = found(target, "image-drops-root")
    assert f"starts as root, drops to {drops}" in finding["message"]


def test_healthcheck_is_not_the_command(rootout, build):
    target = judge(rootout, build, [base_layer()], "0", Cmd=["/app"],
                   Healthcheck={"Test": ["CMD", "gosu", "app", "curl"]})
    assert not found(target, "image-drops-root")
    assert len(found(target, "image-user-root")) == 1


@pytest.mark.parametrize("value", [None, ""])
def test_config_user_null_or_empty(rootout, build, value):
    layers = [base_layer()]
    document = {"User": value} if value is not None else {"User": None}
    archive = build.archive_of([(["a:1"], make.image_config(layers, document), layers)])
    assert only(rootout.json(archive, status=1))["user"]["uid"] == 0


@pytest.mark.parametrize("document", ['"config": null', '"config": {}', '"other": 1'])
def test_config_absent(rootout, build, document):
    layers = [base_layer()]
    data = json.loads(make.image_config(layers))
    text = '{%s, "os": "linux", "architecture": "%s", "rootfs": %s}' % (
        document, ARCHITECTURE, json.dumps(data["rootfs"]))
    archive = build.archive_of([(["a:1"], text.encode(), layers)])
    assert only(rootout.json(archive, status=1))["user"]["uid"] == 0


@pytest.mark.parametrize("text", ['{"User": "1000", "user": "0"}', '{"USER": "0"}', '{"uSeR": "0"}',
                                  '{"User": "1000", "User": "0"}', '{"u\\u017fer": "0"}'])
def test_keys_match_as_in_go(rootout, build, text):
    """encoding/json ignores case, and the last one counts: never a pass by the first."""
    layers = [base_layer()]
    data = json.loads(make.image_config(layers))
    data["config"] = "CONFIG"
    archive = build.archive_of([(["a:1"], json.dumps(data).replace('"CONFIG"', text).encode(),
                                 layers)])
    done = rootout("check", "--format", "json", archive)
    assert done.returncode in (1, 2)
    if done.returncode == 1:
        assert only(json.loads(done.stdout))["user"]["uid"] == 0
