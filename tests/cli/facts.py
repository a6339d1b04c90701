# SPDX-License-Identifier: Apache-2.0
"""What the collected cases share: one image judged in two forms, and its findings."""
from conftest import make

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


def only(report):
    assert len(report["targets"]) == 1, report
    return report["targets"][0]


def tar(*members):
    return make.tar_bytes(members)


def user_layer(passwd=PASSWD, group=GROUP):
    return tar(make.member("d", "etc", 0o755), make.member("f", "etc/passwd", body=passwd),
               make.member("f", "etc/group", body=group))


def judge(rootout, build, layers, user="1000:1000", **more):
    """The one target of a docker-archive and of the same image as a layout, which must agree."""
    first = only(rootout.json(build.archive(layers, user, name="a.tar", **more)))
    second = only(rootout.json(build.layout(layers, user, name="layout", **more)))
    assert first["verdict"] == second["verdict"]
    paths = [[(f["check"], f["location"]["path"]) for f in target["findings"]]
             for target in (first, second)]
    assert paths[0] == paths[1]
    return first


def judge_again(rootout, build, user, layers=None, name="again.tar"):
    return only(rootout.json(build.archive(layers or [user_layer()], user, name=name)))


def found(target, check):
    return [finding for finding in target["findings"] if finding["check"] == check]


def setuid_paths(target):
    return sorted(finding["location"]["path"] for finding in found(target, "image-setuid-root"))
