#!/usr/bin/env bash
# Rendering beside the cluster's own `kubectl kustomize`: overlays of 100, 1000 and 5000 objects, run in turn as whole
# processes, medians; the outputs must be equal. Then what a push costs that changes one file of the 1000 objects, inside
# the service.
#   render.sh [RUNS [REFERENCE_RUNS_AT_5000]]
# The reference needs minutes for 5000 objects: it runs once there unless told otherwise.
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
binary=${RECONCILER_BINARY:-$root/build/release/bin/reconciler}
render_again=${RECONCILER_RENDER_AGAIN:-$root/build/release/bin/bench_render_again}
kubectl=$("$root/tests/cluster/cluster.sh" bin)/kubectl
runs=${1:-5} slow_runs=${2:-1}
work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT

make_trees() {
  local count
  for count in 100 1000 5000; do python3 "$root/tests/bench/render_tree.py" "$work_dir/$count" "$count"; done
}

compare() { # REFERENCE_RUNS COUNT...
  local reference_runs=$1 folders=("${@:2}")
  python3 "$root/tests/bench/render_compare.py" --ours "$binary build" --reference "$kubectl kustomize" \
    --runs "$runs" --reference-runs "$reference_runs" "${folders[@]/#/$work_dir/}"
}

# commit MESSAGE: all of the tree of 1000 objects; prints the id.
commit() {
  git -C "$work_dir/1000" add -A
  git -C "$work_dir/1000" -c user.name=bench -c user.email=bench@localhost commit -q --allow-empty -m "$1"
  git -C "$work_dir/1000" rev-parse HEAD
}

# push_costs NAME FILE: the median of pushes that each change one line of the file.
push_costs() {
  local commits=() i
  commits+=("$(commit "before $1")")
  for ((i = 1; i <= runs + 1; ++i)); do
    printf '# change %s\n' "$i" >>"$work_dir/1000/$2"
    commits+=("$(commit "change $i of $1")")
  done
  printf '%-34s ' "$1"
  "$render_again" "$work_dir/1000" overlay "${commits[@]}" | sort -n |
    awk '{ms[NR] = $1} END {printf "median %.1f ms, best %.1f ms\n", ms[int((NR + 1) / 2)], ms[1]}'
}

make_trees
compare "$runs" 100/overlay 1000/overlay
compare "$slow_runs" 5000/overlay
echo "A push that changes one file of 1000 objects, in the service:"
git -C "$work_dir/1000" init -q
echo start >"$work_dir/1000/readme"
push_costs "a file of 100 objects in the base" base/deployments-000.yaml
push_costs "a patch in the overlay" overlay/all.yaml
