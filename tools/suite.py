#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests and adds them up.

    tools/suite.py [--build DIR] [--strict] test|lint|sanitize|all

test      unit, fuzz replay, command line, live, differential (with gcc)
lint      every checker on ourselves; each counts as one test
sanitize  unit, fuzz replay and command line again, built by clang with ASan and UBSan
all       the three of them

Ends with "N passed, N failed, N skipped". With --strict a skip whose reason is not in
tests/allowed-skips.txt counts as a failure.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parents[1]
JOBS = str(os.cpu_count() or 2)
PYTHON = "/usr/bin/python3"


class Tally:
    def __init__(self, strict):
        self.strict = strict
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        lines = (ROOT / "tests" / "allowed-skips.txt").read_text(encoding="utf-8").splitlines()
        self.allowed = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]

    def add(self, passed=0, failed=(), skipped=()):
        self.passed += passed
        self.failed += len(failed)
        self.failures += failed
        for name, reason in skipped:
            if self.strict and not any(allowed in reason for allowed in self.allowed):
                self.failed += 1
                self.failures.append(f"{name}: skipped without leave: {reason}")
            else:
                self.skipped += 1

    def report(self):
        for name in self.failures:
            print("FAILED", name)
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0


def say(text):
    print(f"== {text}", flush=True)


def run(*command, **more):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, cwd=ROOT,
                          check=False, **more)


def build(directory, tally, *options, env=None):
    """Configures and compiles; a failure ends everything: nothing would be true afterwards.

    A warning is a failure with --strict only: users' compilers may warn of what ours do not.
    """
    environment = dict(os.environ, **(env or {}))
    if not (directory / "build.ninja").exists():
        done = run("meson", "setup", directory, f"-Dwerror={'true' if tally.strict else 'false'}",
                   *options, env=environment, stdout=subprocess.DEVNULL)
        if done.returncode:
            sys.exit("meson setup failed")
    if run("ninja", "-C", directory, "-j", JOBS, env=environment).returncode:
        sys.exit("the build failed")


def meson_tests(directory, tally, label):
    """Every cmocka case counts; a program without cmocka output counts as one."""
    say(f"{label}: meson test")
    log = directory / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    run("meson", "test", "-C", directory, "--no-rebuild", "--num-processes", JOBS,
        "--timeout-multiplier", "5", "--quiet", "--print-errorlogs")
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        name = f"{label} {entry['name']}"
        text = entry.get("stdout", "") + entry.get("stderr", "")
        passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", text))
        broken = re.findall(r"\[  FAILED  \] (\w+)$", text, re.M)
        if entry["result"] == "OK":
            tally.add(passed or 1)
        elif entry["result"] == "SKIP":
            tally.add(skipped=[(name, text.strip()[-200:])])
        else:
            cases = sorted(set(broken)) or [entry["result"]]
            tally.add(passed, [f"{name} {case}" for case in cases])


def pytest(directory, folder, tally, label, env=None):
    say(f"{label}: {folder}")
    results = directory / f"{pathlib.Path(folder).name}.xml"
    results.unlink(missing_ok=True)
    environment = dict(os.environ, BUILD_DIR=str(directory), ROOTOUT=str(directory / "rootout"),
                       **(env or {}))
    done = run(PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={results}",
               "--tb=short", folder, env=environment)
    if not results.exists():
        tally.add(failed=[f"{label} {folder}: pytest exited {done.returncode}"])
        return
    passed, failed, skipped = 0, [], []
    for case in ET.parse(results).getroot().iter("testcase"):
        name = f"{label} {case.get('classname')}.{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif skip is not None:
            skipped.append((name, skip.get("message", "")))
        else:
            passed += 1
    tally.add(passed, failed, skipped)


def folders(*names):
    return [f"tests/{name}" for name in names if list((ROOT / "tests" / name).glob("test_*.py"))]


def test(directory, tally):
    build(directory, tally)
    meson_tests(directory, tally, "gcc")
    for folder in folders("cli", "live", "differential"):
        pytest(directory, folder, tally, "gcc")


def sanitize(tally):
    directory = ROOT / "build-asan"
    build(directory, tally, "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Doptimization=1",
          env={"CC": "clang"})
    os.environ.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1")
    meson_tests(directory, tally, "asan")
    for folder in folders("cli"):
        pytest(directory, folder, tally, "asan", env={"ROOTOUT_SANITIZED": "1"})


def lint(directory, tally):
    build(directory, tally)
    done = run(PYTHON, "tools/lint.py", "--build", directory, stdout=subprocess.PIPE,
               encoding="utf-8")
    for line in done.stdout.splitlines():
        print(line)
        if line.startswith("ok   "):
            tally.add(1)
        elif line.startswith("FAIL "):
            tally.add(failed=["lint " + line[5:].split()[0]])
    if done.returncode not in (0, 1):
        tally.add(failed=[f"lint exited {done.returncode}"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("what", choices=["test", "lint", "sanitize", "all"])
    args = parser.parse_args()
    directory = args.build if args.build.is_absolute() else pathlib.Path.cwd() / args.build
    tally, start = Tally(args.strict), time.monotonic()

    if args.what in ("lint", "all"):
        lint(directory, tally)
    if args.what in ("test", "all"):
        test(directory, tally)
    if args.what in ("sanitize", "all"):
        sanitize(tally)
    say(f"{args.what} took {time.monotonic() - start:.0f} s")
    return tally.report()


if __name__ == "__main__":
    sys.exit(main())
