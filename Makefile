# Two commands do all the set-up: `make quickstart` and `make test`. Paths are relative, so the folder may have spaces.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
PY5 := .venv-driver5/bin/python
STAMP := .stamp-installed
INPUTS := pyproject.toml constraints.txt constraints-driver4.txt constraints-driver5.txt

CLIENTS := snowflake-ml-python snowflake-cli snowcap permifrost

.PHONY: quickstart test torture test-clients test-browser golden docs clean

quickstart: .venv/$(STAMP)
	@$(PY) examples/quickstart/run.py

test: .venv/$(STAMP)-dev .venv-driver5/$(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" --no-cache
	$(PY) -m pytest -n 4 --dist worksteal -q --ignore=tests/clients --ignore=tests/browser

# Ten thousand new sequences of whatever may happen to a project, in chunks that as many processes share as there are
# cores; it takes hours. SEED=N plays those of an earlier run again. Then 300 sets of grants converge, and a load of
# 150,000 rows is killed at 55 moments.
torture: SEED ?= $(shell date +%s)
torture: .venv/$(STAMP)-dev
	FTSPEC_TORTURE_SEED=$(SEED) FTSPEC_TORTURE_CHUNKS=100 FTSPEC_TORTURE_EACH=100 FTSPEC_TORTURE_LONGEST=4 \
	$(PY) -m pytest -n auto -v --tb=short tests/torture/test_torture.py
	FTSPEC_TORTURE_SEED=$(SEED) FTSPEC_PRIVILEGE_EXAMPLES=300 $(PY) -m pytest -q tests/properties/test_privileges.py
	FTSPEC_TORTURE_SEED=$(SEED) FTSPEC_LOADING_KILLS=20 $(PY) -m pytest -s -q -k large tests/wire/test_loading.py

# The embedded Snowflake under tools of others, each in an environment of its own.
test-clients: .venv/$(STAMP)-dev $(CLIENTS:%=.venv-clients/%/$(STAMP))
	$(PY) -m pytest -n 2 -q tests/clients

# The HTML reports in a browser: it takes Node with npm, and Chromium (CHROMIUM=/path/to/chromium where it is elsewhere).
test-browser: CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
test-browser: .venv/$(STAMP)-dev
	@command -v npm > /dev/null || { echo "test-browser needs Node and npm: apt-get install nodejs npm"; exit 1; }
	@test -n "$(CHROMIUM)" || { echo "test-browser needs Chromium: apt-get install chromium, or set CHROMIUM"; exit 1; }
	cd tests/browser && npm install --no-package-lock --no-audit --no-fund --silent
	FTSPEC_CHROMIUM="$(CHROMIUM)" $(PY) -m pytest -q tests/browser

# Rewrite the expected files of all cases; read the diff.
golden: .venv/$(STAMP)-dev
	$(PY) -m pytest -q --update-golden --ignore=tests/clients --ignore=tests/browser

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "ftspec needs Python 3.11 or newer; set PYTHON=/path/to/python"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ftspec needs Python 3.11 or newer, found " + sys.version.split()[0])'
	"$(PYTHON)" -m venv .venv

.venv/$(STAMP): .venv/bin/python $(INPUTS)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -c constraints-driver4.txt -e '.[embedded]'
	@touch $@

.venv/$(STAMP)-dev: .venv/$(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -c constraints-driver4.txt -e '.[embedded,test,lint,docs]'
	@touch $@

# The 5.x driver in an environment of its own: fakesnow, and so the embedded server, needs the 4.x one.
.venv-driver5/$(STAMP): .venv/bin/python $(INPUTS)
	@test -x $(PY5) || "$(PYTHON)" -m venv .venv-driver5
	$(PY5) -m pip install --quiet --disable-pip-version-check -c constraints.txt -c constraints-driver5.txt -e '.[test]'
	@touch $@

.venv-clients/%/$(STAMP): constraints-client-%.txt | .venv/bin/python
	@test -x .venv-clients/$*/bin/python || "$(PYTHON)" -m venv .venv-clients/$*
	.venv-clients/$*/bin/python -m pip install --quiet --disable-pip-version-check -c $< $*
	@touch $@

# The documentation as a site; NO_MKDOCS_2_WARNING silences an advertisement.
docs: .venv/$(STAMP)-dev
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet --strict
	@echo "The site: build/site/index.html"

clean:
	rm -rf build .venv .venv-driver5 .venv-clients examples/*/.ftspec
