# SPDX-License-Identifier: Apache-2.0
"""Files and layers that other tools got wrong; one test each, named as in the list."""
import json
import struct
import tarfile

import pytest

from conftest import base_layer, make, setuid, short
from facts import found, judge, judge_again, only, setuid_paths, tar


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
    layers = [base_layer(make.member("d", "usr/bin", 0o755),
                         make.member("l", "bin", link="usr/bin"),
                         make.member("f", "usr/bin/su", 0o755)), tar(setuid("bin/su"))]
    assert len(setuid_paths(judge(rootout, build, layers))) == 1


@pytest.mark.parametrize("body", [b"", b"\n\n\n", b":::::::\n", b"root\n", b"root:\n", b"root:x\n",
                                  b"root:x:zero:0\n", b"\0\0\0", b"\xff\xfe\n" * 50,
                                  b"root:x:0:0" * 1000, b":" * 1000 + b"\n", b"a:" * 100000],
                         ids=short)
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
