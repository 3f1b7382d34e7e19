#!/usr/bin/env bash
# Rendering beside the cluster's own `kubectl kustomize`: overlays of 100, 1000 and 5000 objects, run in turn as whole
# processes, medians. The outputs must be equal.
#   render.sh [RUNS]
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
binary=${RECONCILER_BINARY:-$root/build/release/bin/reconciler}
kubectl=$("$root/tests/cluster/cluster.sh" bin)/kubectl
work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT

folders=()
for count in 100 1000 5000; do
  python3 "$root/tests/bench/render_tree.py" "$work_dir/$count" "$count"
  folders+=("$work_dir/$count/overlay")
done
python3 "$root/tests/bench/render_compare.py" --ours "$binary build" --reference "$kubectl kustomize" \
  --runs "${1:-5}" "${folders[@]}"
