#!/usr/bin/env bash
# The engine on etcd and an API server alone: see sync/main.go.
#   sync.sh [--rounds N] [MEASUREMENT...]     first change quiet large many; default: all
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec "$root/tests/support/harness/run.sh" bench/sync "${RECONCILER_BINARY:-$root/build/release/bin/reconciler}" \
  --kubectl "$("$root/tests/cluster/cluster.sh" bin)/kubectl" "$@"
