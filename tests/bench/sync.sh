#!/usr/bin/env bash
# The engine on etcd and an API server alone: see sync/main.go.
#   sync.sh [--no-flux] [--rounds N] [MEASUREMENT...]     first change quiet large many; default: all
# Flux is a peer in the first three of them; it is built for that, once (sync/flux.sh).
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
peers=(--kubectl "$("$root/tests/cluster/cluster.sh" bin)/kubectl")
if [[ ${1:-} == --no-flux ]]; then
  shift
elif flux=$("$root/tests/bench/sync/flux.sh"); then
  peers+=(--flux "$flux")
else
  printf '==== Flux is left out: it cannot be built here. ====\n' >&2
fi
exec "$root/tests/support/harness/run.sh" bench/sync "${RECONCILER_BINARY:-$root/build/release/bin/reconciler}" \
  "${peers[@]}" "$@"
