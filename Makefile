# Everything a person types. Needs python3 (3.11 to 3.13) and make; all else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tests start Python hundreds of times, and each start compiles all that it imports unless bytecode is kept.
# They kill processes, never the machine: their databases need not wait for a disk where 2 GB of memory serve.
TRYING := env -u PYTHONDONTWRITEBYTECODE $(shell df -Pk /dev/shm 2>/dev/null | \
	awk 'NR == 2 && $$4 > 2000000 { print "TMPDIR=/dev/shm" }')

.PHONY: help demo test judges check isolated wheels bench soak docs pictures lock clean
help:
	@echo "make demo      watch Detente do its whole job once, on three simulated CRMs"
	@echo "make test      the tests (6 to 7 minutes on two quiet cores)"
	@echo "make judges    foreign clients that judge the sandbox from processes of their own"
	@echo "make check     lint, types, import rules, packaging, sizes, locks, documentation"
	@echo "make isolated  each distribution's tests in an environment of its own"
	@echo "make wheels    build every distribution; demo and tutorial pass from the wheels alone"
	@echo "make bench     speed and memory as ratios inside one run"
	@echo "make soak      the long proofs"
	@echo "make docs      write the generated documentation anew"
	@echo "make pictures  draw the pages' pictures for the documentation (needs Chromium)"
	@echo "make lock      resolve the dependencies anew"

.venv/run: requirements/run.lock
	@$(PYTHON) requirements/bootstrap.py run
.venv/dev: .venv/run requirements/dev.lock
	@$(PYTHON) requirements/bootstrap.py dev

demo: .venv/run
	@$(BIN)/detente demo
test: .venv/dev
	@$(BIN)/python requirements/bootstrap.py own
	$(TRYING) $(BIN)/python -m pytest -m "not soak" -p no:cacheprovider -n 2 --dist loadfile --timeout 300 $(ARGS)
judges: .venv/run
	@$(BIN)/python requirements/bootstrap.py judges
check: .venv/dev
	@$(BIN)/python requirements/bootstrap.py own
	@$(BIN)/python tests/gates/check.py
isolated: .venv/dev
	@$(BIN)/python tests/gates/isolated.py
wheels: .venv/dev
	@$(BIN)/python tests/gates/wheels.py
bench: .venv/dev
	@$(BIN)/python tests/bench/bench.py
soak: .venv/dev
	$(BIN)/python -m pytest -m soak -p no:cacheprovider $(ARGS)
docs: .venv/dev
	@$(BIN)/python docs/generate_hooks.py
pictures: .venv/dev
	DETENTE_PICTURES=1 $(BIN)/python -m pytest tests/test_pages_in_browser.py -k pictures -p no:cacheprovider
lock: .venv/dev
	@$(BIN)/python requirements/lock.py
clean:
	rm -rf .venv .build
