# SPDX-License-Identifier: Apache-2.0
"""Cases that other tools got wrong: one test each, named as the list of them names it.

Users first (every way to write config.User), then files and layers, then formats.
"""
import base64
import io
import json
import struct
import tarfile

import pytest

from conftest import ARCHITECTURE, base_layer, checks_of, config, make, setuid, short

ROOT = {"image-user-root"}


def only(report):
    assert len(report["targets"]) == 1, report
    return report["targets"][0]


def judge(rootout, build, layers, user="1000:1000", **more):
    """The one target of a docker-archive and of the same image as a layout, which must agree."""
    first = only(rootout.json(build.archive(layers, user, name="a.tar", **more)))
    second = only(rootout.json(build.layout(layers, user, name="layout", **more)))
    assert first["verdict"] == second["verdict"]
    paths = [[(f["check"], f["location"]["path"]) for f in target["findings"]]
             for target in (first, second)]
    assert paths[0] == paths[1]
    return first


def tar(*members):
    return make.tar_bytes(members)


def found(target, check):
    return [finding for finding in target["findings"] if finding["check"] == check]


def setuid_paths(target):
    return sorted(finding["location"]["path"] for finding in found(target, "image-setuid-root"))


# --- config.User, as docker, containerd and the kubelet read it ---

PASSWD = b"""root:x:0:0
toor:x:0:0
app:x:1000:1000
bad:x:abc:100
empty:x::100
short
short2:x

2147483648:x:0:0
1001:x:0:0
neg:x:-1:0
big:x:4294967296:0
sp:x: 1000:0
"""
GROUP = b"root:x:0:\nwheel:x:0:\napp:x:1000:\nadm:x:4:app\nroot2:x:0:app\n"
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


def user_layer(passwd=PASSWD, group=GROUP):
    return tar(make.member("d", "etc", 0o755), make.member("f", "etc/passwd", body=passwd),
               make.member("f", "etc/group", body=group))


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


def judge_again(rootout, build, user, layers=None, name="again.tar"):
    return only(rootout.json(build.archive(layers or [user_layer()], user, name=name)))


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


# --- files and layers ---

@pytest.mark.parametrize("path", ["bin/a", "usr/lib/x/y/a", "a", "proc/a", "dev/a", "sys/a",
                                  "tmp/.hidden/a", "var/lib/dpkg/a", "etc/a"])
def test_setuid_is_looked_for_everywhere(rootout, build, path):
    target = judge(rootout, build, [base_layer(), tar(setuid(path))])
    assert setuid_paths(target) == ["/" + path]


def test_opaque_directory_hides_lower_files(rootout, build):
    layers = [base_layer(make.member("d", "opt", 0o755), setuid("opt/a"), setuid("opt/b/c")),
              tar(make.member("d", "opt", 0o755), make.member("f", "opt/.wh..wh..opq"))]
    assert judge(rootout, build, layers)["verdict"] == "pass"


@pytest.mark.parametrize("first", [True, False])
def test_opaque_marker_in_the_layer_of_its_files(rootout, build, first):
    """Only lower layers are hidden, wherever in the layer the marker stands."""
    members = [make.member("d", "opt", 0o755), setuid("opt/new"), setuid("opt/sub/new")]
    members.insert(1 if first else 3, make.member("f", "opt/.wh..wh..opq"))
    layers = [base_layer(setuid("opt/old"), setuid("opt/sub/old")), tar(*members)]
    assert setuid_paths(judge(rootout, build, layers)) == ["/opt/new", "/opt/sub/new"]


def test_opaque_marker_where_a_symlink_was(rootout, build):
    """It acts on the path itself, not on where the symlink leads."""
    layers = [base_layer(make.member("d", "real", 0o755), setuid("real/su"),
                         make.member("l", "link", link="real")),
              tar(make.member("d", "link", 0o755), make.member("f", "link/.wh..wh..opq"))]
    assert setuid_paths(judge(rootout, build, layers)) == ["/real/su"]


@pytest.mark.parametrize("name", [".wh..wh..opqX", ".wh."])
def test_ordinary_names_that_look_like_whiteouts(rootout, build, name):
    layers = [base_layer(setuid("opt/a"), setuid("opt/.wh..opqX")),
              tar(make.member("f", "opt/" + name))]
    assert "/opt/a" in setuid_paths(judge(rootout, build, layers))


def test_whiteout_is_of_the_exact_path(rootout, build):
    layers = [base_layer(setuid("test"), setuid("a/test"), setuid("test2")),
              tar(make.member("f", ".wh.test"))]
    assert setuid_paths(judge(rootout, build, layers)) == ["/a/test", "/test2"]


def test_whiteout_of_a_directory_takes_what_is_below(rootout, build):
    layers = [base_layer(setuid("a/b/c/su"), setuid("ab/su")), tar(make.member("f", ".wh.a"))]
    assert setuid_paths(judge(rootout, build, layers)) == ["/ab/su"]


def test_whiteout_does_not_hide_its_own_layer(rootout, build):
    for order in (0, 1):
        upper = [make.member("f", "opt/.wh.su"), setuid("opt/su")]
        layers = [base_layer(setuid("opt/su", uid=7)), tar(*upper[::-1 if order else 1])]
        target = judge_again(rootout, build, "1000", layers, name=f"{order}.tar")
        assert setuid_paths(target) == ["/opt/su"]


@pytest.mark.parametrize("prefixes", [("", "./"), ("./", "/"), ("/", ""), ("./", "././"),
                                      ("//", "./")])
def test_spellings_of_one_path(rootout, build, prefixes):
    layers = [base_layer(setuid(prefixes[0] + "opt/su")),
              tar(make.member("f", prefixes[1] + "opt/su", 0o755, body=b"x"))]
    assert judge(rootout, build, layers)["verdict"] == "pass"
    layers = [base_layer(setuid(prefixes[0] + "opt/su")),
              tar(make.member("f", prefixes[1] + "opt/.wh.su"))]
    assert judge_again(rootout, build, "1000", layers)["verdict"] == "pass"


def test_file_replaced_by_a_directory_and_back(rootout, build):
    layers = [base_layer(setuid("a"), setuid("b/su")),
              tar(make.member("d", "a", 0o755), make.member("f", "b", 0o755))]
    assert judge(rootout, build, layers)["verdict"] == "pass"
    layers.append(tar(make.member("d", "b", 0o755)))
    assert judge_again(rootout, build, "1000", layers)["verdict"] == "pass"


@pytest.mark.parametrize("kind, more", [("l", {"link": "x"}), ("c", {"dev": (1, 3)}), ("p", {}),
                                        ("h", {"link": "plain"}), ("f", {})])
def test_setuid_file_replaced_by_another_type(rootout, build, kind, more):
    upper = tar(make.member("f", "plain", 0o644, body=b"x"), make.member(kind, "su", 0o755, **more))
    assert not setuid_paths(judge(rootout, build, [base_layer(setuid("su")), upper]))


def test_hardlinks_share_the_inode(rootout, build):
    """The last entry's mode and owner count for all names; one finding has them all."""
    top = tar(make.member("f", "opt/a", 0o755, body=b"x"),
              make.member("h", "opt/b", 0o755, link="opt/a"),
              make.member("h", "opt/c", 0o4755, link="opt/b"))
    finding, = found(judge(rootout, build, [base_layer(), top]), "image-setuid-root")
    names = {finding["location"]["path"], *finding["evidence"]["names"]}
    assert names == {"/opt/a", "/opt/b", "/opt/c"}


def test_hardlink_into_a_lower_layer(rootout, build):
    """A layer is unpacked for itself by docker, which finds no target and refuses the image."""
    layers = [base_layer(setuid("opt/a")), tar(make.member("h", "opt/b", 0o4755, link="opt/a"))]
    done = rootout("check", build.archive(layers))
    assert done.returncode == 2 and "opt/a" in done.stderr + done.stdout


def test_hardlink_to_nothing_is_an_error(rootout, build):
    layers = [base_layer(make.member("h", "opt/b", 0o4755, link="opt/absent"))]
    done = rootout("check", build.archive(layers))
    assert done.returncode == 2 and "opt/absent" in done.stderr + done.stdout


def test_bits_without_a_program(rootout, build):
    """Directories and symlinks with the bit are not setuid-root files; scripts are told apart."""
    layers = [base_layer(make.member("d", "opt/dir", 0o4755),
                         make.member("l", "opt/link", 0o4777, link="dir"),
                         make.member("p", "opt/fifo", 0o4755))]
    assert not setuid_paths(judge(rootout, build, layers))


def test_script_and_unexecutable_are_told_apart(rootout, build):
    layers = [base_layer(make.member("f", "opt/script", 0o4755, body=b"#!/bin/sh\n" + b"#" * 300),
                         make.member("f", "opt/plain", 0o4755, body=b"\x7fELF" + bytes(300)),
                         make.member("f", "opt/noexec", 0o4644, body=b"\x7fELF" + bytes(300)))]
    findings = {f["location"]["path"]: f for f in
                found(judge(rootout, build, layers), "image-setuid-root")}
    assert set(findings) == {"/opt/script", "/opt/plain", "/opt/noexec"}
    texts = {path: json.dumps([f["message"], f["evidence"]]) for path, f in findings.items()}
    assert "script" in texts["/opt/script"].replace("/opt/script", "")
    assert "script" not in texts["/opt/plain"].replace('"script": false', "")
    assert findings["/opt/noexec"]["message"] != findings["/opt/plain"]["message"]


def capability(version=2, effective=False, permitted=1 << 10, rootid=0):
    magic = version << 24 | int(effective)
    data = struct.pack("<5I", magic, permitted & 0xffffffff, 0, permitted >> 32, 0)
    return data + (struct.pack("<I", rootid) if version == 3 else b"")


def test_each_kind_is_a_finding_of_its_own(rootout, build):
    layers = [base_layer(setuid("a"), setuid("b", uid=1000), setuid("c", mode=0o2755),
                         make.member("f", "d", 0o755, body=b"x", xattrs={
                             "security.capability": capability()}))]
    target = judge(rootout, build, layers)
    assert [f["location"]["path"] for f in found(target, "image-setuid-root")] == ["/a"]
    assert [f["location"]["path"] for f in found(target, "image-setuid")] == ["/b"]
    assert [f["location"]["path"] for f in found(target, "image-setgid")] == ["/c"]
    assert [f["location"]["path"] for f in found(target, "image-file-capability")] == ["/d"]


@pytest.mark.parametrize("version, effective", [(2, False), (2, True), (3, False), (3, True)])
def test_file_capabilities(rootout, build, version, effective):
    value = capability(version, effective, 1 << 10 | 1 << 39, rootid=0)
    layers = [base_layer(make.member("f", "ping", 0o755, body=b"x",
                                     xattrs={"security.capability": value}))]
    finding, = found(judge(rootout, build, layers), "image-file-capability")
    text = json.dumps(finding).lower()
    assert "cap_net_bind_service" in text and "cap_bpf" in text
    assert ("drop" in finding["message"].lower()) == effective


@pytest.mark.parametrize("value", [b"", b"\1", bytes(19), bytes(20), b"\xff" * 20, b"\xff" * 24,
                                   b"\0\0\0\4" + bytes(20), bytes(4096)], ids=short)
def test_malformed_capabilities(rootout, build, value):
    """PAX cannot carry every byte through tarfile; the record is written by hand."""
    layer = make.pax_header({b"SCHILY.xattr.security.capability": value}) + \
        make.raw_member(b"ping", b"x", mode=0o755) + make.END
    done = rootout("check", build.archive([base_layer(), layer]))
    assert done.returncode in (0, 2)


def test_setuid_with_its_mode_type_bits(rootout, build):
    """The mode field of some writers has the file type in it: 0104755, 0104644."""
    layer = make.raw_member(b"opt/su", b"x", mode=0o104755) + make.END
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == ["/opt/su"]
    layer = make.raw_member(b"opt/su", b"x", mode=0o104644) + make.END
    assert judge_again(rootout, build, "1", [base_layer(), layer])["verdict"] == "fail"
    layer = make.raw_member(b"opt/su", b"x", mode=0o100644) + make.END
    assert judge_again(rootout, build, "1", [base_layer(), layer])["verdict"] == "pass"


@pytest.mark.parametrize("records, expected", [
    ({b"uid": b"0"}, ["/opt/su"]), ({b"uid": b"7"}, []), ({b"path": b"usr/su", b"uid": b"0"},
                                                         ["/usr/su"]),
    ({b"uid": b"4294967296"}, ["/opt/su"]), ({b"path": b"opt/.wh.x", b"uid": b"0"}, []),
])
def test_pax_records_override_the_header(rootout, build, records, expected):
    layer = make.pax_header(records) + make.raw_member(b"opt/su", b"x", mode=0o4755, uid=5) + \
        make.END
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == expected


def test_pax_size_overrides_the_header(rootout, build):
    hidden = make.raw_member(b"opt/hidden", b"x", mode=0o4755)
    layer = make.pax_header({b"size": b"1024"}) + make.raw_header(b"data", size=0) + hidden + \
        make.raw_member(b"opt/su", b"x", mode=0o4755) + make.END
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == ["/opt/su"]


def test_global_pax_header(rootout, build):
    """Go's archive/tar, and so docker, hands global records out and applies none of them."""
    layer = make.pax_header({b"comment": b"0123", b"path": b"etc/other"}, kind=b"g") + \
        make.raw_member(b"opt/su", b"x", mode=0o4755) + make.END
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == ["/opt/su"]


@pytest.mark.parametrize("uid, is_root", [(0, True), (1 << 32, True), (5, False), (1 << 21, False),
                                          ((1 << 32) + 5, False)])
def test_base_256_owner(rootout, build, uid, is_root):
    layer = make.raw_member(b"opt/su", b"x", mode=0o4755, uid=make.base256(uid, 8),
                            magic=b"ustar  \0") + make.END
    paths = setuid_paths(judge(rootout, build, [base_layer(), layer]))
    assert paths == (["/opt/su"] if is_root else [])


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("length", [99, 100, 101, 255, 256, 1000])
def test_long_names(rootout, build, form, length):
    path = ("d" * 50 + "/") * (length // 51) + "s" * (length % 51 or 1)
    layer = make.tar_bytes([setuid(path)], form)
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == ["/" + path]


def test_ustar_prefix(rootout, build):
    layer = make.raw_member(b"su", b"x", mode=0o4755, prefix=b"opt/deep") + make.END
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == ["/opt/deep/su"]


def test_long_link_target(rootout, build):
    path = "d" * 90 + "/" + "e" * 90
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        layer = make.tar_bytes([setuid(path), make.member("h", "opt/b", 0o4755, link=path)], form)
        finding, = found(judge_again(rootout, build, "1", [base_layer(), layer],
                                     name=f"{form}.tar"), "image-setuid-root")
        assert "/opt/b" in json.dumps(finding)


def gnu_sparse(path, real_size, data, mode):
    """An old GNU sparse member: one fragment at the start of a file of real_size."""
    block = bytearray(make.raw_header(path, kind=b"S", size=len(data), mode=mode,
                                      magic=b"ustar  \0"))
    block[345:500] = bytes(155)
    block[386:410] = b"%011o\0%011o\0" % (0, len(data))
    block[483:495] = b"%011o\0" % real_size
    return make.with_checksum(block) + make.padded(data)


def test_sparse_files(rootout, build):
    layer = gnu_sparse(b"opt/su", 1 << 30, b"x" * 700, 0o4755) + \
        make.raw_member(b"opt/next", b"x", mode=0o4755) + make.END
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == ["/opt/next", "/opt/su"]


def test_pax_sparse_files(rootout, build):
    body = make.padded(b"1\n0\n5\n") + b"hello"
    records = {b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0",
               b"GNU.sparse.name": b"opt/su", b"GNU.sparse.realsize": b"5000000000"}
    layer = make.pax_header(records) + make.raw_member(b"GNUSparseFile.0/su", body, mode=0o4755) + \
        make.END
    assert setuid_paths(judge(rootout, build, [base_layer(), layer])) == ["/opt/su"]


def test_duplicate_entries_the_last_counts(rootout, build):
    layers = [base_layer(setuid("su"), make.member("f", "su", 0o755))]
    assert judge(rootout, build, layers)["verdict"] == "pass"
    layers = [base_layer(make.member("f", "su", 0o755), setuid("su"))]
    assert judge_again(rootout, build, "1", layers)["verdict"] == "fail"


def test_symlinked_parent_of_a_lower_layer(rootout, build):
    """usr-merged images: bin/su of an upper layer is usr/bin/su where bin leads there."""
    layers = [base_layer(make.member("d", "usr/bin", 0o755), make.member("l", "bin", link="usr/bin"),
                         make.member("f", "usr/bin/su", 0o755)), tar(setuid("bin/su"))]
    assert len(setuid_paths(judge(rootout, build, layers))) == 1


@pytest.mark.parametrize("body", [b"", b"\n\n\n", b":::::::\n", b"root\n", b"root:\n", b"root:x\n",
                                  b"root:x:zero:0\n", b"\0\0\0", b"\xff\xfe\n" * 50,
                                  b"root:x:0:0" * 1000, b":" * 1000 + b"\n", b"a:" * 100000], ids=short)
def test_malformed_account_files(rootout, build, body):
    layer = tar(*(make.member("f", "etc/" + name, body=body)
                  for name in ("passwd", "group", "shadow", "gshadow")))
    scores = {}
    for user in ("1000", "root", "0"):
        target = only(rootout.json(build.archive([layer], user)))
        scores[user] = target["score"]["cbpp-0002"]["static"]["first-process-non-root"]
    # A line longer than Go's scanner takes is refused by the runtimes, whoever the user is.
    if len(body) > 65536:
        assert set(scores.values()) == {"wont-start"}
        return
    assert scores["1000"] == "pass" and scores["0"] == "fail"
    assert scores["root"] == ("fail" if body.startswith(b"root") else "wont-start")


@pytest.mark.parametrize("field, empty", [(b"", True), (b"!", False), (b"*", False), (b"!!", False),
                                          (b"$6$a$b", False), (b"!$6$a$b", False), (b"x", False)])
def test_locked_and_empty_passwords(rootout, build, field, empty):
    layers = [base_layer(make.member("f", "etc/shadow", 0o640,
                                     body=b"app:" + field + b":19000:0:99999:7:::\n"))]
    assert bool(found(judge(rootout, build, layers), "image-empty-password")) == empty


def test_waivers_are_exact(rootout, build):
    """A waiver for /usr/bin/su lets neither /usr/bin/sudo nor /x/usr/bin/su through."""
    layers = [base_layer(setuid("usr/bin/su"), setuid("usr/bin/sudo"), setuid("x/usr/bin/su"))]
    policy = ("version: 1\nwaivers:\n  - check: image-setuid-root\n    path: /usr/bin/su\n"
              "    uid: 0\n    mode: \"4755\"\n    reason: r\n    owner: o\n"
              "    expires: 2999-01-01\n")
    (rootout.cwd / ".rootout.yaml").write_text(policy)
    target = only(rootout.json(build.archive(layers), status=1))
    waived = {f["location"]["path"]: f["waived"] is not None
              for f in found(target, "image-setuid-root")}
    assert waived == {"/usr/bin/su": True, "/usr/bin/sudo": False, "/x/usr/bin/su": False}
    (rootout.cwd / ".rootout.yaml").write_text(policy.replace("4755", "4711"))
    target = only(rootout.json(build.archive(layers), status=1))
    assert all(f["waived"] is None for f in found(target, "image-setuid-root"))


# --- formats ---

LAYER_TYPES = ["application/vnd.oci.image.layer.v1.tar", make.LAYER_TYPE,
               "application/vnd.oci.image.layer.v1.tar+zstd",
               "application/vnd.docker.image.rootfs.diff.tar.gzip",
               "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
               "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "text/plain", None]


@pytest.mark.parametrize("compression", make.COMPRESSIONS)
def test_layers_are_judged_by_their_bytes(rootout, build, compression):
    """Whatever the media type says."""
    layer = base_layer(setuid(), make.member("f", "data", body=bytes(range(256)) * 40))
    blob = make.COMPRESSIONS[compression](layer)
    for number, media_type in enumerate(LAYER_TYPES):
        place = build.place / str(number)
        place.mkdir()
        described = make.put_layer(str(place), blob, media_type)
        if media_type is None:
            del described["mediaType"]
        make.finish_layout(str(place), [make.put_image(str(place), config([layer]), [described])])
        assert setuid_paths(only(rootout.json(place, status=1))) == ["/usr/bin/su"]


@pytest.mark.parametrize("compression", make.COMPRESSIONS)
def test_compressed_layers_in_docker_archives(rootout, build, compression):
    """skopeo and containerd leave layers compressed there too."""
    layer = base_layer(setuid())
    blob = make.COMPRESSIONS[compression](layer)
    files = {"layer.v1.tar": blob, "config.json": config([layer]), "manifest.json": json.dumps(
        [{"Config": "config.json", "RepoTags": ["a:1"], "Layers": ["layer.v1.tar"]}]).encode()}
    data = make.archive_files(files)
    (build.place / "a.tar").write_bytes(data)
    assert setuid_paths(only(rootout.json(build.place / "a.tar", status=1))) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=data, status=1))) == ["/usr/bin/su"]


@pytest.mark.parametrize("compression", ["gzip", "gzip-members", "zstd", "zstd-chunked", "xz",
                                         "bzip2", "lz4"])
@pytest.mark.parametrize("manifest_first", [True, False])
def test_whole_archive_compressed(rootout, build, compression, manifest_first):
    layer = base_layer(setuid(), make.member("f", "data", body=bytes(range(256)) * 400))
    files = [("layer.tar", layer), ("config.json", config([layer])),
             ("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": None,
                                            "Layers": ["layer.tar"]}]).encode())]
    data = make.COMPRESSIONS[compression](make.archive_files(files[::-1 if manifest_first else 1]))
    (build.place / "a").write_bytes(data)
    assert setuid_paths(only(rootout.json(build.place / "a", status=1))) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=data, status=1))) == ["/usr/bin/su"]


def test_buildx_oci_archive(rootout, build):
    """buildx -o type=oci: an index with an image index and an attestation manifest in it."""
    place = build.place / "l"
    place.mkdir()
    layer = base_layer(setuid())
    blob = make.put_layer(str(place), make.gzip_compress(layer))
    image = make.put_image(str(place), config([layer]), [blob],
                           platform={"os": "linux", "architecture": ARCHITECTURE})
    statement = make.put_json(str(place), {"predicate": 1}, "application/vnd.in-toto+json")
    attestation = make.put_image(
        str(place), b'{"architecture":"unknown","os":"unknown","rootfs":{"diff_ids":["%s"]}}'
        % make.sha256(b"x").encode(), [statement],
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest",
                     "vnd.docker.reference.digest": image["digest"]})
    index = make.put_index(str(place), [image, attestation])
    index["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    make.finish_layout(str(place), [index])
    data = make.archive_files(make.read_tree(str(place)))
    (build.place / "oci.tar").write_bytes(data)
    for target in (place, build.place / "oci.tar", f"oci-archive:{build.place / 'oci.tar'}:1"):
        for more in ([], ["--platform", "all"]):
            report = rootout.json(*more, target, status=1)
            assert setuid_paths(only(report)) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=data, status=1))) == ["/usr/bin/su"]


def both_manifests(build, layers, oci_layers):
    """docker since 25: one tar with manifest.json and index.json."""
    place = build.place / "both"
    place.mkdir()
    blobs = [make.put_layer(str(place), layer, LAYER_TYPES[0]) for layer in oci_layers]
    make.finish_layout(str(place), [make.put_image(str(place), config(oci_layers), blobs)])
    named = ["blobs/sha256/" + make.put_blob(str(place), layer)[7:] for layer in layers]
    image_config = make.put_blob(str(place), config(layers))
    files = make.read_tree(str(place))
    files["manifest.json"] = json.dumps([{"Config": "blobs/sha256/" + image_config[7:],
                                          "RepoTags": ["a:1"], "Layers": named}]).encode()
    (build.place / "both.tar").write_bytes(make.archive_files(files))
    return build.place / "both.tar"


def test_manifest_json_and_index_json_in_one(rootout, build):
    layers = [base_layer(), tar(setuid())]
    archive = both_manifests(build, layers, layers)
    for target in (archive, f"docker-archive:{archive}", f"oci-archive:{archive}"):
        assert setuid_paths(only(rootout.json(target, status=1))) == ["/usr/bin/su"]


def test_layer_tar_that_is_a_symlink(rootout, build):
    """Old docker save stored a layer once and linked to it from the directories of others."""
    layer, top = base_layer(), tar(setuid())
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("aa/layer.tar", layer), ("cc/layer.tar", top),
                           ("c.json", config([layer, top, layer])),
                           ("manifest.json", json.dumps(
                               [{"Config": "c.json", "RepoTags": [],
                                 "Layers": ["aa/layer.tar", "cc/layer.tar", "bb/layer.tar"]}]
                           ).encode())):
            make.add_file(archive, name, data)
        info = tarfile.TarInfo("bb/layer.tar")
        info.type, info.linkname = tarfile.SYMTYPE, "../aa/layer.tar"
        archive.addfile(info)
    (build.place / "old.tar").write_bytes(out.getvalue())
    (build.place / "old.tar.gz").write_bytes(make.gzip_compress(out.getvalue()))
    for name in ("old.tar", "old.tar.gz"):
        assert setuid_paths(only(rootout.json(build.place / name, status=1))) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=out.getvalue()))) == ["/usr/bin/su"]


def test_dir_of_skopeo(rootout, build):
    layers = [base_layer(setuid())]
    make.skopeo_dir(str(build.place / "d"), config(layers), layers)
    for target in (build.place / "d", f"dir:{build.place / 'd'}"):
        assert setuid_paths(only(rootout.json(target, status=1))) == ["/usr/bin/su"]


def test_rootfs_tar_given_as_an_image(rootout, build):
    place = build.place / "rootfs.tar"
    place.write_bytes(base_layer(setuid()))
    done = rootout("check", f"docker-archive:{place}")
    assert done.returncode == 2
    assert f"rootfs-archive:{place}" in done.stderr + done.stdout
    done = rootout("check", f"oci-archive:{place}")
    assert done.returncode == 2
    assert f"rootfs-archive:{place}" in done.stderr + done.stdout


def test_estargz(rootout, build):
    """A gzip member per file, an index at the end, and files of its own in the tar."""
    layer = base_layer(setuid(), make.member("f", "stargz.index.json", body=b"{}"),
                       make.member("f", ".no.prefetch.landmark", body=b"\x0f"))
    place = build.place / "e"
    place.mkdir()
    described = make.put_layer(str(place), make.gzip_members(layer, 512), annotations={
        "containerd.io/snapshot/stargz/toc.digest": make.sha256(b"toc")})
    make.finish_layout(str(place), [make.put_image(str(place), config([layer]), [described])])
    assert setuid_paths(only(rootout.json(place, status=1))) == ["/usr/bin/su"]


def test_inline_data_is_not_believed(rootout, build):
    """A descriptor may carry the blob in "data"; what is judged is what has the digest."""
    layer = base_layer()
    place = build.place / "i"
    place.mkdir()
    other = base64.b64encode(make.gzip_compress(base_layer(setuid()))).decode()
    described = make.put_layer(str(place), make.gzip_compress(layer), data=other)
    make.finish_layout(str(place), [make.put_image(str(place), config([layer]), [described])])
    assert only(rootout.json(place, status=0))["verdict"] == "pass"
