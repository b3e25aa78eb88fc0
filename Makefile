# A short front to Meson and Ninja. `make` alone lists what there is.

.DEFAULT_GOAL := help
.PHONY: help build run test bench model install fuzz check coverage clean

PREFIX  ?= /usr/local
DESTDIR ?=

help:
	@echo 'Foreload: foreload the tools that a request needs, and no others.'
	@echo
	@echo '  make build     the release program: build/release/foreload'
	@echo '  make run       build it, fetch a few real MCP servers and show what is selected'
	@echo '  make test      build with sanitizers, run all fast tests'
	@echo '  make bench     measure against other programs (prints numbers, decides nothing)'
	@echo '  make model     FORELOAD_DATA=DIR: train models/encoder.flm anew (minutes)'
	@echo '  make install   PREFIX=/usr/local DESTDIR=, with the token tables that a run, test or bench made'
	@echo '  make check     layers, format, clang-tidy, cppcheck'
	@echo '  make fuzz      every fuzz target for FUZZ_SECONDS=20'
	@echo '  make coverage  lines covered by the tests: build/coverage'
	@echo '  make clean     remove build/'

build:
	@tools/deps.sh build
	@tools/build.sh release

run:
	@tools/run_demo.sh

test:
	@tools/test.sh

bench:
	@tools/deps.sh build tables bench
	@tools/tables.sh
	@tools/bench.sh

model: build
	@tools/deps.sh model
	@tools/make_model.sh

install: build
	@meson configure build/release -Dprefix='$(abspath $(PREFIX))'
	@DESTDIR='$(DESTDIR)' meson install -C build/release --quiet
	@for table in build/tables/*.bpe; do \
	    [ ! -f "$$table" ] || \
	    install -D -m 644 -t '$(DESTDIR)$(abspath $(PREFIX))/share/foreload' "$$table" || exit; \
	done
	@install -D -m 644 -t '$(DESTDIR)$(abspath $(PREFIX))/share/foreload' models/*.flm

fuzz:
	@tools/fuzz.sh

check:
	@tools/deps.sh build test check
	@tools/check_layers.sh
	@tools/check_format.sh
	@tools/check_tidy.sh
	@tools/check_cppcheck.sh

coverage:
	@tools/deps.sh build test coverage
	@tools/coverage.sh

clean:
	@rm -rf build
