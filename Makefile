# Doorward: everything a person or a machine runs. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# onnxruntime would tell its maker of every use.
export ORT_DISABLE_TELEMETRY := 1
CODE := doorbus faces matching edge brain doorctl console demo story bench tests

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(VENV)/.ready: setup.cfg pyproject.toml constraints.txt scripts/debian-packages
	scripts/debian-packages
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

.PHONY: setup
setup: $(VENV)/.ready ## Debian packages, virtual environment, models and portraits
	$(BIN)/doorctl models --group required --group dlib --group portraits

.PHONY: demo
demo: setup ## the whole story on this machine; CAMERA=0 (or a file, or an RTSP address) for the visit; CONSOLE=1 for the web page, left running
	$(BIN)/python -m demo $(if $(CONSOLE),--console,$(if $(CAMERA),--camera '$(CAMERA)'))

.PHONY: story
story: setup ## a day at a building of 5 simulated doors and 50 residents, and whether the audit tells it; OPTIONS=--short
	$(BIN)/python -m story $(OPTIONS)

.PHONY: test
test: setup ## the test suite, with a Mosquitto of its own; two processes share it
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

.PHONY: test-console
test-console: setup ## the web page by HTTP and in Debian's Chromium, as a phone and as a desk; pictures in console-out
	scripts/debian-packages chromium fonts-noto-cjk libatomic1
	$(BIN)/python -m pytest -m browser tests/integration; by_http=$$?; \
		$(BIN)/python -m pytest -m browser tests/browser && exit $$by_http

.PHONY: faults
faults: setup ## every fault and attack, SIGKILLs under load and for ten minutes at random, and their table; most of an hour
	DOORWARD_FAULTS=full $(BIN)/python -m pytest tests/faults \
		tests/integration/test_broker_trust.py tests/integration/test_brain_at_rest.py \
		tests/integration/test_brain_refused_starts.py tests/integration/test_doctor_broker.py \
		tests/unit/test_doorctl_keys_change.py tests/unit/test_brain_core_audit_chain.py \
		tests/unit/test_edge_lock_process.py tests/unit/test_edge_lock_bolt.py tests/unit/test_brain_backup.py \
		tests/unit/test_brain_lookers.py tests/integration/test_brain_hostile.py \
		tests/unit/test_edge_visit.py tests/unit/test_edge_visit_codes.py

.PHONY: mutants
mutants: setup ## take the defences away one by one, and see which test turns red
	$(BIN)/python tests/faults/run_mutants.py

.PHONY: coverage
coverage: setup ## tests with coverage; at least 95 % of the pure cores
	$(BIN)/python -m pytest --cov --cov-report=
	$(BIN)/python -m coverage report --include='*/core/*' --fail-under=95
	$(BIN)/python -m coverage report | tail -n 1

.PHONY: bench-recognition
bench-recognition: setup ## who is told from whom, speed, search, throughput, beside peers; DOORWARD_DATA names the faces
	$(BIN)/python -m bench recognition templates speed search throughput reencoding

.PHONY: bench-liveness
bench-liveness: setup ## blinks, each sign of life, speed and losses of the tracker; DOORWARD_DATA names the clips
	$(BIN)/python -m bench blinks evidence; short=$$?; $(BIN)/python -m bench.track --frames 0 && exit $$short

.PHONY: attacks
attacks: setup ## attacks on a door's sight, made from the people in CLIPS=folder (live/, replay/ ...); OPTIONS="--config edge.yaml"
	$(BIN)/python -m edge attacks --clips '$(or $(CLIPS),$(error set CLIPS to a folder with live/ and, beside it, replay/ or the like))' $(OPTIONS)

.PHONY: bench
bench: setup ## figures on this machine, beside peers; PART=system (track, speed, search, blinks ...) for one
	$(BIN)/python -m bench $(PART)

.PHONY: lint
lint: $(VENV)/.ready ## ruff, mypy --strict, import rules
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.ready ## mend what ruff can mend
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf $(VENV) demo-out bench-out console-out build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
