# SPDX-License-Identifier: Apache-2.0
"""Help, usage errors, explain, version, and the documents that the build generates."""
import re
import shutil
import subprocess

import pytest

USAGE = [
    ([], "no command"),
    (["watch"], "watch"),
    (["chec"], "did you mean check"),
    (["--nothing"], "--nothing"),
    (["check"], "no target"),
    (["check", "--nothing", "x"], "unknown option --nothing"),
    (["check", "--fromat=json", "x"], "did you mean --format"),
    (["check", "--format", "yaml", "x"], 'no format "yaml"'),
    (["check", "--format", "jsno", "x"], "did you mean json"),
    (["check", "--format", "json", "--format", "text", "x"], "standard output"),
    (["check", "--format", "json=a", "--format", "sarif=a", "x"], "two reports"),
    (["check", "--format"], "needs a value"),
    (["check", "--profile", "pss-restricted", "x"], "no profile"),
    (["check", "--fail-on", "severe", "x"], "severe"),
    (["check", "--platform", "linux", "x"], "OS/ARCH"),
    (["check", "--platform", "linux//v7", "x"], "OS/ARCH"),
    (["check", "--platform", "a/b/c/d", "x"], "OS/ARCH"),
    (["check", "--jobs", "0", "x"], "1 to 1024"),
    (["check", "--jobs", "1025", "x"], "1 to 1024"),
    (["check", "--limit", "layers", "x"], "layers"),
    (["check", "--limit", "nothing=1", "x"], "nothing"),
    (["check", "--limit", "layers=0", "x"], "layers"),
    (["check", "--color", "red", "x"], "red"),
    (["check", "-q", "-v", "x"], "exclude"),
    (["check", "--quiet=yes", "x"], "no value"),
    (["explain", "image-setuid-toor"], "did you mean image-setuid-root"),
    (["explain", "a", "b"], "one check"),
    (["version", "x"], "no arguments"),
    (["help", "watch"], "watch"),
    (["__generate", "pdf"], "expected man"),
]


@pytest.mark.parametrize("args, message", USAGE, ids=[" ".join(args) for args, _ in USAGE])
def test_usage_errors(rootout, args, message):
    done = rootout(*args)
    assert done.returncode == 64
    assert done.stdout == ""
    assert message in done.stderr
    assert re.search(r"^Try 'rootout .*--help' for more information\.$", done.stderr, re.M)


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["help"], ["check", "--help"],
                                  ["check", "-h"], ["explain", "--help"], ["help", "check"],
                                  ["help", "explain"], ["version", "--help"]])
def test_help(rootout, args):
    done = rootout(*args)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: rootout ")
    assert done.stderr == ""
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_help_tells_what_there_is(rootout):
    overview = rootout("--help").stdout
    for command in ("check", "explain", "help", "version"):
        assert re.search(rf"^  {command}\b", overview, re.M)
    for later in ("watch", "survey", "serve", "learn", "__generate"):
        assert later not in overview
    check = rootout("check", "--help").stdout
    for option in ("--format", "--profile", "--fail-on", "--policy", "--no-policy", "--platform",
                   "--user", "--no-verify", "--allow-unknown", "--jobs", "--limit", "--quiet",
                   "--verbose", "--color", "--no-progress", "--help", "--version"):
        assert option in check
    for name in ("docker-archive:", "oci-archive:", "oci:", "dir:", "rootfs:", "rootfs-archive:",
                 "json", "sarif", "junit", "markdown", "cnti"):
        assert name in check


@pytest.mark.parametrize("args", [["--version"], ["version"], ["check", "--version"]])
def test_version(rootout, args):
    done = rootout(*args)
    assert done.returncode == 0
    assert re.fullmatch(r"rootout \d+\.\d+\.\d+\n", done.stdout)


def test_explain(rootout):
    listing = rootout("explain")
    assert listing.returncode == 0
    names = [line.split()[0] for line in listing.stdout.splitlines()]
    assert len(names) == len(set(names)) >= 14
    for name in names:
        done = rootout("explain", name)
        assert done.returncode == 0
        assert done.stdout.startswith(name)
        for title in ("Why", "What to do", "References"):
            assert f"\n{title}\n" in done.stdout


def test_explain_wraps(rootout):
    for columns in (40, 60, 100):
        lines = rootout("explain", "image-user-root",
                        env={"COLUMNS": str(columns)}).stdout.splitlines()
        prose = [line for line in lines if not line.startswith("    ") and "://" not in line]
        assert max(map(len, prose)) <= columns
        assert max(map(len, prose)) > columns - 20


def test_manual_pages(rootout, tmp_path):
    for args in (["man"], ["man", "check"], ["man", "explain"]):
        page = rootout("__generate", *args)
        assert page.returncode == 0
        assert page.stdout.startswith(".TH ROOTOUT")
        assert rootout("__generate", *args).stdout == page.stdout
        if shutil.which("groff"):
            done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z"],
                                  input=page.stdout.encode(), capture_output=True, check=False)
            assert done.stderr == b""


@pytest.mark.parametrize("shell, command", [("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]),
                                            ("fish", ["fish", "--no-execute"])])
def test_completions_parse(rootout, tmp_path, shell, command):
    script = rootout("__generate", shell)
    assert script.returncode == 0
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(script.stdout)
    done = subprocess.run([*command, file], capture_output=True, check=False)
    assert done.returncode == 0 and done.stderr == b""


@pytest.mark.parametrize("words, expected", [
    (["rootout", ""], {"check", "explain", "help", "version"}),
    (["rootout", "check", "--fo"], {"--format"}),
    (["rootout", "check", "--format", "j"], {"json", "junit"}),
    (["rootout", "check", "--fail-on", "h"], {"high"}),
    (["rootout", "explain", "image-setuid-"], {"image-setuid-root"}),
    (["rootout", "check", "docker-ar"], {"docker-archive:"}),
    (["rootout", "check", "docker-archive", ":", "scr"], {"script"}),
    (["rootout", "check", "--policy", "=", "scr"], {"script"}),
    (["rootout", "check", "--color", "="], {"auto", "always", "never"}),
    (["rootout", "check", "--color", "=", "al"], {"always"}),
])
def test_bash_completes(rootout, tmp_path, words, expected):
    script = tmp_path / "script"
    script.write_text(rootout("__generate", "bash").stdout)
    quoted = " ".join(f"'{word}'" for word in words)
    code = (f". '{script}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _rootout; "
            "printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", code], capture_output=True, check=True, cwd=tmp_path)
    assert expected <= set(done.stdout.decode().split())
    if words[-1].startswith("--fo"):
        assert set(done.stdout.decode().split()) == expected
