# SPDX-License-Identifier: Apache-2.0
# Every target installs what it needs (scripts/install-deps) and builds. meson does the work.
BUILD   ?= build
prefix  ?= /usr/local
DESTDIR ?=
SECONDS ?= 60

.PHONY: all install test lint bench fuzz demo clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@scripts/install-deps build
	@meson setup $(BUILD) --prefix=$(prefix)

install: all
	@meson configure $(BUILD) -Dprefix=$(prefix)
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD)

test:
	@scripts/install-deps test
	@/usr/bin/python3 tools/suite.py --build $(BUILD) test

lint:
	@scripts/install-deps lint
	@/usr/bin/python3 tools/suite.py --build $(BUILD) lint

bench:
	@scripts/install-deps bench
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 tests/bench/bench.py --build $(BUILD)

# SECONDS: how long each target runs.
fuzz:
	@scripts/install-deps fuzz
	@/usr/bin/python3 tests/fuzz/fuzz.py --seconds $(SECONDS)

demo:
	@scripts/install-deps demo
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) rootout
	@scripts/demo $(BUILD)

clean:
	rm -rf $(BUILD) build-asan build-fuzz build-analyzer
