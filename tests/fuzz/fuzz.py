#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the libFuzzer targets with clang, ASan and UBSan, and runs each for a while.

    tests/fuzz/fuzz.py [--seconds N] [TARGET...]

A find is left in build-fuzz/finds/; once mended it belongs into tests/fuzz/finds/TARGET/, from where
every test run replays it. Prints the executions of each target; exits 1 on a find.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build-fuzz"


def build():
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["meson", "setup", BUILD, "-Dfuzz=true", "-Db_lundef=false",
                        "-Db_sanitize=address,undefined", "-Doptimization=1",
                        "-Dc_args=-fsanitize=fuzzer-no-link"], cwd=ROOT, check=True,
                       env=dict(os.environ, CC="clang"), stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", BUILD], check=True, stdout=subprocess.DEVNULL)


def fuzz(program, seconds):
    target = program.name[5:]
    corpus, finds = BUILD / "corpus" / target, BUILD / "finds"
    corpus.mkdir(parents=True, exist_ok=True)
    finds.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [program, f"-max_total_time={seconds}", "-max_len=65536", "-timeout=20", "-rss_limit_mb=1024",
         "-print_final_stats=1", f"-artifact_prefix={finds}/{target}-", corpus,
         BUILD / "tests" / "fuzz" / "seeds" / target],
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", errors="replace",
        env=dict(os.environ, UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"))
    match = re.search(r"stat::number_of_executed_units:\s+(\d+)", done.stdout)
    print(f"{target:12} {int(match.group(1)) if match else 0:>10} executions"
          f"{'' if done.returncode == 0 else '   FOUND SOMETHING'}", flush=True)
    if done.returncode:
        print(done.stdout[-6000:])
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("targets", nargs="*")
    args = parser.parse_args()
    build()
    programs = sorted(path for path in (BUILD / "tests" / "fuzz").glob("fuzz_*")
                      if path.is_file() and os.access(path, os.X_OK))
    results = [fuzz(program, args.seconds) for program in programs
               if not args.targets or program.name[5:] in args.targets]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
