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
IMAGES := docs/images
BROWSER ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# Its sandbox refuses to run as root. Dark, sharp, and after what the page unpacks.
BROWSER_FLAGS := $(if $(filter 0,$(shell id -u)),--no-sandbox) --disable-gpu --disable-quic \
	--no-first-run --disable-background-networking --disable-component-update --disable-sync \
	--hide-scrollbars --blink-settings=preferredColorScheme=0 --force-device-scale-factor=1.5 \
	--virtual-time-budget=10000 --window-size=1100,1480
VIEW := \#waveforms?from=0.27&to=0.47&traces=y0,y1,y2,y3,w0,w1,w2,w3,w4,y,acc0,acc1,acc2,acc3,acc4,move
PYTEST := $(BIN)/python -m pytest -n 2

.DEFAULT_GOAL := help
.PHONY: help setup ngspice demo test test-fast test-all lint bench golden pictures browser docs

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

pictures: demo browser ## Make the pictures of the README and docs again
	mkdir -p $(IMAGES)
	cp $(OUT)/plots/outputs.png $(IMAGES)/xor-outputs.png
	cp $(OUT)/plots/epoch.png $(IMAGES)/xor-epoch.png
	cp $(OUT)/plots/derivatives.png $(IMAGES)/xor-derivatives.png
	$(BIN)/hgecircuit draw circuits/xor_component.toml -o $(IMAGES)/block-diagram.png \
		--sheet block-diagram >/dev/null
	$(BIN)/hgecircuit tradeoff --plot $(IMAGES)/trade-off.png >/dev/null
	$(BIN)/hgecircuit plan --channels 7 --time 0.1s --avoid 50Hz --highest 1kHz --objective error \
		--plot $(IMAGES)/frequency-plan.png >/dev/null
	$(BIN)/hgecircuit plan --check "400Hz,500Hz,600Hz" --time 10ms \
		--plot $(IMAGES)/equal-spacing.png >/dev/null || [ $$? = 1 ]  # a collision is what it shows
	sed 's|</head>|<style>main>section:not(#waveforms),#waveforms details{display:none}</style></head>|' \
		$(OUT)/report.html > $(OUT)/picture.html
	profile=$$(mktemp -d) && $(BROWSER) --headless $(BROWSER_FLAGS) --user-data-dir="$$profile" \
		--screenshot=$(IMAGES)/report-page.png "file://$(abspath $(OUT))/picture.html$(VIEW)" 2>/dev/null; \
		rm -rf "$$profile" $(OUT)/picture.html; [ -s $(IMAGES)/report-page.png ]

# A screenshot of the report needs a browser, which nothing else does.
browser:
	@[ -n "$(BROWSER)" ] || { echo "a headless browser is missing: apt install chromium" >&2; exit 1; }

docs: setup ## Build the documentation site: build/docs/index.html
	$(BIN)/python -m sphinx -W --keep-going -n -q docs build/docs
	@echo 'open build/docs/index.html'

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
