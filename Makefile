# HybridFace. `make` lists what can be done.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
CODE := operator worker tests scripts helm

WORKERS ?= auto
# Real servers and processes share a machine with others: a few tests of a whole run may be tried twice. Each is told, with
# what went wrong, and one that fails twice, or one more than these, fails the run.
SECOND_TRY := --reruns=1 --max-suite-reruns=5 --rerun-show-tracebacks
# Tests that wait for nobody. A cluster waits for half of its time: they have what it leaves of the processors.
COMPUTING := tests/unit tests/property
# Whether a cluster can run here; tests/support/tiers.py says why where it cannot.
CLUSTER := $(and $(filter 0,$(shell id -u)),$(firstword $(wildcard /sys/fs/cgroup/*)))

.PHONY: help
help:  ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  %-18s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup:  ## make .venv with everything in it, locked by hash (again: instant)
	@scripts/setup.sh

.PHONY: demo
demo: setup  ## swap faces in a made-up clip and two stills, and say where the results are
	@scripts/demo.sh

.PHONY: test
test: setup tools cluster-parts  ## run every tier of tests that this machine can run
	@$(PYTEST) $(SECOND_TRY) -n $(WORKERS) --dist worksteal $(addprefix --ignore=,tests/cluster $(COMPUTING)) tests
	@scripts/beside.sh $(PYTEST) $(SECOND_TRY) tests/cluster -- \
	  $(PYTEST) $(SECOND_TRY) -n $(WORKERS) --dist worksteal $(COMPUTING)

.PHONY: test-unit
test-unit: setup  ## only the unit and property tests
	@$(PYTEST) -n $(WORKERS) --dist worksteal tests/unit tests/property

.PHONY: test-media
test-media: setup  ## only the tests over real media, and what the documentation says
	@$(PYTEST) -n $(WORKERS) --dist worksteal tests/media tests/docs

.PHONY: test-integration
test-integration: setup tools  ## only the tests against real servers
	@$(PYTEST) -n $(WORKERS) --dist worksteal tests/integration

.PHONY: test-chart
test-chart: setup tools  ## only the tests of the chart
	@$(PYTEST) -n $(WORKERS) --dist worksteal tests/chart

.PHONY: test-cluster
test-cluster: setup tools cluster-parts  ## only the tests on a real cluster (root)
	@$(PYTEST) tests/cluster

.PHONY: test-deep
test-deep: setup tools  ## every size and combination, many more random examples, and the tests with Kueue
	@$(BIN)/python scripts/build_tools.py --tier kueue || [[ "$${CI:-}" != true ]]
	@HYPOTHESIS_PROFILE=deep $(PYTEST) --timeout 3600 -n $(WORKERS) --dist worksteal --deep tests

.PHONY: test-bare
test-bare:  ## the demo and the tests on a bare Debian, in a chroot made for it (root)
	@scripts/bare_debian.sh

.PHONY: tools
tools: setup  ## build the servers that the tests run, once, outside the checkout; as root a cluster's as well
	@$(BIN)/python scripts/build_tools.py --tier $(if $(CLUSTER),cluster,integration) || [[ "$${CI:-}" != true ]]

.PHONY: cluster-parts
cluster-parts: setup
	@[[ -z "$(CLUSTER)" ]] || { \
	  $(BIN)/python scripts/cluster_packages.py && \
	  $(BIN)/python scripts/build_images.py operator worker pause && \
	  PYTHONPATH=tests:scripts $(BIN)/python -m support.cluster_images; \
	} || [[ "$${CI:-}" != true ]]

.PHONY: images
images: setup  ## build the operator's and the CPU worker's image, outside the checkout, or those in IMAGES (root)
	@$(BIN)/python scripts/cluster_packages.py
	@$(BIN)/python scripts/build_images.py $(IMAGES)

.PHONY: cluster-lite
cluster-lite: setup  ## run a control plane without nodes, Consul and MinIO until Ctrl-C, and say how to reach them
	@PYTHONPATH=tests $(BIN)/python scripts/cluster_lite.py

.PHONY: control-plane
control-plane: setup  ## the same with an operator, a tenant and two nodes that are played, for the tutorial
	@$(BIN)/python scripts/prepare_demo.py >&2
	@PYTHONPATH=tests $(BIN)/python scripts/control_plane.py

.PHONY: cluster
cluster: setup  ## start a real cluster with HybridFace on this machine, and say how to use it (root)
	@PYTHONPATH=tests $(BIN)/python scripts/cluster.py up

.PHONY: cluster-down
cluster-down: setup  ## end it, or remove what is left of one that was killed
	@PYTHONPATH=tests $(BIN)/python scripts/cluster.py down

.PHONY: check
check: setup  ## format, lint, types, import layers, hygiene, documentation
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python scripts/check_hygiene.py
	@for script in scripts/*.sh .ci/run; do bash -n "$$script"; done
	@$(MAKE) --no-print-directory docs

.PHONY: format
format: setup  ## format the code and fix what can be fixed
	@$(BIN)/ruff check --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: bench
bench: setup  ## measure, side by side in one run, and store the figures
	@PYTHONPATH=tests:scripts $(BIN)/python -m bench

.PHONY: bench-gpu
bench-gpu:  ## the same of a GPU, from an environment of its own; where there is none it says so and fails
	@scripts/setup.sh gpu
	@PYTHONPATH=tests:scripts:operator:worker .venv-gpu/bin/python -m bench.gpu

.PHONY: docs
docs: setup  ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.PHONY: lock
lock: setup  ## resolve the dependencies anew and write requirements/*.txt
	@scripts/lock.sh

.PHONY: clean
clean:  ## remove what was made here, .venv included
	rm -rf $(VENV) $(VENV)-gpu site dist demo .hybridface .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
