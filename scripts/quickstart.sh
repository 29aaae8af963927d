#!/usr/bin/env bash
# npm run quickstart [-- --clean]: from a fresh clone to a virtual machine that has booted.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo 'quickstart: run as root' >&2; exit 1; }
scripts/setup.sh
exec bin/pave quickstart "$@"
