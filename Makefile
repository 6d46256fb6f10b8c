# One command from a bare machine: `make demo` or `make test` builds .venv first and then does its work.
.DEFAULT_GOAL := help
SHELL  := /bin/bash
PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
CAMPAIGN := tiny
TORCH  := torch==2.13.0 torchvision==0.28.0

# The ordinary index has no CPU build of torch. Wheels offered through PIP_FIND_LINKS come first; else uv's own backend.
ifdef PIP_FIND_LINKS
TORCH_FROM := --find-links $(PIP_FIND_LINKS) "torch==2.13.0+cpu" "torchvision==0.28.0"
else
TORCH_FROM := --torch-backend cpu $(TORCH)
endif
export UV_FIND_LINKS   ?= $(PIP_FIND_LINKS)
export SSL_CERT_FILE   ?= $(PIP_CERT)
export UV_HTTP_TIMEOUT ?= 180
export UV_COMPILE_BYTECODE := 1
export DS_BUILD_OPS    := 0
export PATH            := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo learn test faults check bench gpu lock

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/ready  ## build .venv: Ray, vLLM (CPU), DeepSpeed, TRL, torch, and mmzero itself

$(VENV)/ready: pyproject.toml requirements-cpu.lock
	@command -v $(PYTHON) >/dev/null || { echo "mmzero needs Python 3.11 and found no '$(PYTHON)'; name yours with: make PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(UV) || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet uv==0.13.8; }
	$(UV) pip install --quiet --python $(BIN)/python --no-deps $(TORCH_FROM)
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements-cpu.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: setup  ## a VLM improves itself on tasks invented on the spot; the report lies at runs/demo
	@if test -f runs/demo/about.json; then $(BIN)/mmzero resume runs/demo; else $(BIN)/mmzero run tiny --out runs/demo; fi

learn: setup  ## a tiny campaign against its controls over three seeds (about an hour, resumable; CAMPAIGN=tiny)
	$(BIN)/python -m tests.bench.learn $(CAMPAIGN)

# Engines wait a great deal and pictures never do. Threads that spin while they wait would take the other's core.
test: setup  ## every test: those of real engines, and beside them all others, whose log follows at the end
	@OMP_NUM_THREADS=1 $(BIN)/pytest -m "not engines" > $(VENV)/others.log 2>&1 & others=$$!; \
	OMP_WAIT_POLICY=PASSIVE $(BIN)/pytest -m engines; engines=$$?; \
	wait $$others; others=$$?; cat $(VENV)/others.log; exit $$((engines | others))

faults: setup  ## campaigns killed and starved on their real engines, as a table; goes on where it was interrupted
	$(BIN)/python tests/campaign/faults.py

check: setup  ## format, lint, and the sizes of rooms
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/python tests/sizes.py

bench: setup  ## speed and memory as ratios in one run, written to bench.json
	$(BIN)/python -m tests.bench

gpu: setup  ## what only a GPU can show
	$(BIN)/pytest tests/gpu

lock: $(UV)  ## resolve again: names, versions and hashes, never addresses
	$(UV) pip compile pyproject.toml --quiet --extra cpu --extra test --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-package torch --no-emit-package torchvision -o requirements-cpu.lock
