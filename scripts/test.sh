#!/usr/bin/env bash
# npm test: sets up what the tests need, then checks, builds and runs everything this machine can
# do. What it cannot do is skipped by name. Ends with one line: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
unset NODE_EXTRA_CA_CERTS PAVE_ROOT PAVE_NODE PAVE_DEBUG

passed=0 failed=0 skipped=0
say() { printf '\n== %s\n' "$*"; }
step() { # step NAME COMMAND…: counted as one test
  local name=$1 start=$SECONDS
  shift
  say "$name"
  if "$@"; then passed=$((passed + 1)); echo "ok   $name ($((SECONDS - start)) s)"; else failed=$((failed + 1)); echo "FAIL $name ($((SECONDS - start)) s)"; fi
}
finish() {
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit $?
}

say 'set-up'
scripts/setup.sh --tests || { echo 'FAIL set-up'; failed=1; finish; }

step 'types and style (npm run check)' npm run --silent check
step 'build (npm run build)' npm run --silent build

say 'tests'
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
PAVE_TEST_COUNTS=$counts npx vitest run --reporter=./scripts/test-reporter.mjs
status=$?
if [ -s "$counts" ]; then
  read -r p f s <"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$status" != 0 ] && [ "$f" = 0 ]; then failed=$((failed + 1)); echo "FAIL vitest ended with status $status"; fi
else
  failed=$((failed + 1))
  echo 'FAIL vitest did not finish'
fi
finish
