# Sotto's front door. Every target sets up what it needs, can be run again, and ends by itself.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= 2
# What `make serve` hands to `sotto serve`: make serve ARGS="--listen 127.0.0.1:9000"
ARGS ?=

# The folder of recordings that `make bench` and the accuracy tests read.
DATA ?= $(wildcard ../shared/corpus)
RELEASE := build/release
DEMO := /usr/share/asterisk/sounds/en_US_f_Allison/demo-congrats.g722

.PHONY: help setup build models demo serve test check-all bench bench-server format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing to build
	@tools/setup/run build

build: setup ## Build build/release/sotto and its helper sotto-media
	@[ -f $(RELEASE)/build.ninja ] || cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) -- --quiet

models: build ## Fetch the default models (once)
	@$(RELEASE)/sotto models pull --default

demo: models ## Install, build, fetch models, and transcribe a real recording
	@echo "Transcribing $(DEMO):" >&2
	@$(RELEASE)/sotto transcribe $(DEMO)

serve: build ## Start the server on http://127.0.0.1:8484 until Ctrl-C
	@$(RELEASE)/sotto serve $(ARGS)

test: ## Run all tests (unit, contract, black box, sanitizers, fuzz replay, lint)
	@tools/test

check-all: ## The long versions: fuzzing by time, kills, full lint, benchmarks against peers
	@tools/test --all

bench: models ## Measure accuracy and speed against the peer: make bench DATA=FOLDER
	@tools/setup/run bench
	@python3 bench/run.py --data "$(DATA)" --sotto $(RELEASE)/sotto

bench-server: build ## Measure the server: speed beside its peers, slow attacks, stops under load
	@tools/setup/run bench
	@python3 bench/http_load.py --sotto $(RELEASE)/sotto

format: ## Format the C++ sources
	@tools/setup/run test
	@tools/format

clean: ## Remove what was built (fetched packages and models stay)
	rm -rf build
