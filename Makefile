# The commands people type; `make` alone lists them.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PACKAGE := .venv/.package-made
TOOLS := .venv/.tools-made
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
OUT ?= runs/demo-xor
# The gates' netlists differ in one subcircuit only, so one of them is kept.
GOLDEN := $(basename $(wildcard circuits/*.toml) circuits/gates/0110.toml)
PYTEST := $(BIN)/python -m pytest -n 2

.DEFAULT_GOAL := help
.PHONY: help setup ngspice demo test test-fast test-all lint bench golden pictures

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='|' read -r name what; do printf 'make %-10s %s\n' "$$name" "$$what"; done

setup: ngspice $(TOOLS) ## Make .venv with the package and its tools; install ngspice if it is missing

demo: ngspice $(PACKAGE) ## Verify the XOR learner: netlist, ngspice run, digital reference, verdicts
	$(BIN)/hgecircuit verify circuits/xor.toml --out $(OUT)

test: setup lint ## Lint, then every test except the slow ones
	$(PYTEST) -m 'not slow'

test-fast: setup ## The quick unit tests, under a minute
	$(PYTEST) tests/unit -m 'not slow and not thorough'

test-all: setup lint ## Lint, then every test
	$(PYTEST)

lint: setup ## Style, types and import layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

bench: setup ## Run the benchmarks
	$(BIN)/python -m benchmarks

golden: setup ## Write the gates' circuit files, golden netlists, drawings and generated documents again
	$(BIN)/hgecircuit gates write circuits/gates/0110.toml --out circuits/gates
	for circuit in $(GOLDEN); do \
		$(BIN)/hgecircuit netlist "$$circuit.toml" -o "netlists/$${circuit#circuits/}.cir" || exit; \
	done
	for file in netlists/drawings/*.svg; do \
		name=$$(basename "$$file" .svg); \
		$(BIN)/hgecircuit draw "circuits/$${name%%--*}.toml" -o "$$file" --sheet "$${name#*--}" || exit; \
	done
	$(BIN)/python -m hgecircuit.spec
	$(BIN)/python -m hgecircuit.run.rigs

pictures: demo ## Make the pictures of the README and docs again
	mkdir -p docs/images
	cp $(OUT)/plots/outputs.png docs/images/xor-outputs.png
	cp $(OUT)/plots/epoch.png docs/images/xor-epoch.png
	cp $(OUT)/plots/derivatives.png docs/images/xor-derivatives.png

# Both are remade only when pyproject.toml has changed; a half-made folder has no stamp.
$(PACKAGE): pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is missing: apt install python3 python3-venv\
	 (Debian 12, Ubuntu 24.04 or newer), dnf install python3 (Fedora), brew install python (macOS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing: apt install python3-venv (Debian, Ubuntu)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP_INSTALL) --editable .
	@touch $@

$(TOOLS): $(PACKAGE)
	$(PIP_INSTALL) --editable '.[dev]'
	@touch $@

# Through apt only when it needs no password and no questions.
ngspice:
	@command -v "$${HGECIRCUIT_NGSPICE:-ngspice}" >/dev/null && exit; \
	if [ "$$(id -u)" = 0 ]; then root=env; else root='sudo -n env'; fi; \
	if command -v apt-get >/dev/null && $$root true >/dev/null 2>&1 </dev/null; then \
		echo 'ngspice is missing; installing it through apt'; \
		said=$$( { $$root apt-get -qq update && $$root DEBIAN_FRONTEND=noninteractive \
			apt-get -qq -y --no-install-recommends install ngspice; } 2>&1 </dev/null) || echo "$$said" >&2; \
	fi; \
	command -v ngspice >/dev/null || { echo "ngspice is missing: apt install ngspice (Debian, Ubuntu),\
	 dnf install ngspice (Fedora), brew install ngspice (macOS)" >&2; exit 1; }
