#!/usr/bin/env bash
# render.sh RECONCILER: each overlay renders to the same bytes as by `kubectl kustomize` of the pinned version, without a
# network. Tells how long that took.
set -euo pipefail
shopt -s inherit_errexit

reconciler=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kubectl=${RECONCILER_CLUSTER_BIN:-$("$root/tests/cluster/cluster.sh" bin)}/kubectl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A network of its own with nothing in it, where the system allows that.
alone=()
if unshare --user --net true 2>/dev/null; then alone=(unshare --user --net); fi

median_ms() {
  local times=() began
  for _ in 1 2 3 4 5 6 7 8 9; do
    began=$(date +%s%N)
    "$@" >"$work/ours"
    times+=($((($(date +%s%N) - began) / 1000000)))
  done
  printf '%s\n' "${times[@]}" | sort -n | sed -n 5p
}

for overlay in "$root"/overlays/*/; do
  name=$(basename "$overlay")
  "$kubectl" kustomize "$overlay" >"$work/reference"
  took=$(median_ms "${alone[@]}" "$reconciler" build "$overlay")
  cmp "$work/reference" "$work/ours"
  echo "$name: $(grep -c '^kind:' "$work/ours") objects, the same $(stat -c %s "$work/ours") bytes, $took ms"
done
