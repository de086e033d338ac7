# Thin over the tools: each target is the command a developer would type.
PYTHON ?= python3
BIN := .venv/bin
# SPEED=N: every duration divided by N; without it the stack's own default
ATSPEED = $(if $(SPEED),--speed $(SPEED))
# stacks side by side: scenarios mostly wait, so that three keep two cores busy without falling behind
WORKERS ?= 3
KILLS ?= 3

.PHONY: run run-kind test tools check unit live live-kind accidents accidents-kind live-existing fidelity security lint bench corpus mutants lock clean

run: tools
	$(BIN)/python -m pytest scenarios --stack embedded $(ATSPEED) -n $(WORKERS) $(ARGS)

# the same on kind, where Docker runs: a cluster and its monitoring take a minute or two to come up
run-kind: tools
	$(BIN)/python -m pytest scenarios --stack kind $(ATSPEED) $(ARGS)

test: tools check unit live

# every program a stack needs, at its pinned version
tools: .venv/ready
	@$(BIN)/harness tools

# what can be said of the bundle without a cluster, in seconds; ARGS="--rules FILE --markdown FILE ..."
check: tools
	$(BIN)/harness check $(ARGS)

unit: tools
	$(BIN)/python -m pytest -n auto $(ARGS)

# the shortest set of scenarios that goes through every part of the embedded stack
live: tools
	$(BIN)/python -m pytest scenarios -m smoke --stack embedded $(ATSPEED)

# the same set on kind, where Docker runs; KIND_ARGS="--monitoring operator ..."
live-kind: tools
	$(BIN)/python -m pytest scenarios -m smoke --stack kind $(ATSPEED) $(KIND_ARGS) $(ARGS)

# what breaks in mid run, and kill -9 at random moments: minutes, one stack after the other
accidents: tools
	KILLS=$(KILLS) $(BIN)/python -m pytest harness/tests/live -m accident -rA $(ARGS)

# the same on kind, where Docker runs: a cluster each; KIND_ARGS="..." for each run
accidents-kind: tools
	$(BIN)/python -m pytest harness/tests/live/test_kind_accidents.py -m docker -rA $(ARGS)

# --stack existing on a kind cluster that is made for it: given back as it was, whatever happens to a run
live-existing: tools
	$(BIN)/python -m pytest harness/tests/live/test_existing.py -m docker -rA $(ARGS)

# the scenarios on the embedded stack and on kind, compared; MONITORING=operator without the chart, KIND_ARGS="...",
# KIND_RESULTS=results.json of a run on kind that was made already
fidelity: tools
	SPEED=$(or $(SPEED),30) MONITORING=$(or $(MONITORING),chart) $(BIN)/python -m pytest harness/tests/live/test_fidelity.py -m fidelity -s $(ARGS)

# who can reach a run, who can read its files, and that Secrets stay where they are: a minute
security: tools
	$(BIN)/python -m pytest harness/tests/live/test_security.py -m accident -rA $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# a replay against `promtool test rules` on made-up rules and series: EXAMPLES of them, about three a second
replay-proof: tools
	REPLAY_EXAMPLES=$(or $(EXAMPLES),3000) $(BIN)/python -m pytest harness/tests/offline/test_replay_agrees.py $(ARGS)

bench: tools
	$(BIN)/python -m harness.bench

# the recordings that offline tests ask, made again by all scenarios on one stack at a time; stays unless all are VERIFIED
corpus: tools
	$(BIN)/python -m harness.bench.corpus $(ARGS)

# whether the judge's tests notice a judge that is wrong in one place; ARGS="condition phases" for some of its modules
mutants: .venv/ready
	nice $(BIN)/python -m harness.bench.mutants $(ARGS)

lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
	  --group dev --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	echo aiohttp | uv pip compile --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
	  --constraint requirements.lock --custom-compile-command "make lock" \
	  --output-file harness/stacks/kind/requirements.lock -

clean:
	-$(BIN)/harness down --all
	rm -rf .venv harness-report mutants

# the lock is complete: without --no-deps pip would look at newer releases of what has extras, and refuse their hashes
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
