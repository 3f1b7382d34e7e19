#!/usr/bin/env bash
# From `git push` to live: one changed object of kind-dev, told of by a webhook, 20 times. What is measured begins before
# `git push` is called and ends when a watch of the API server shows the new value; the service's own word counts for
# nothing.
# Prints median, 95th percentile and maximum; exit 1 when the median is a second or more.
#   push.sh [PUSHES]
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export RECONCILER_BINARY=${RECONCILER_BINARY:-$root/build/release/bin/reconciler}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/spira-reconciler
export RECONCILER_CLUSTER_DIR=${RECONCILER_BENCH_CLUSTER_DIR:-$cache/bench-cluster}
# shellcheck source-path=SCRIPTDIR
source "$root/tests/demo/lib.sh"

pushes=${1:-20}
manifest=overlays/kind-dev/measured.yaml
watch_pid=""

# The value of the measured object, a line for each change, on descriptor 4.
watch_object() {
  exec 4< <(exec "$(kubectl_path)" --kubeconfig "$cluster_dir/admin.kubeconfig" -n spira get configmap measured \
    --watch --output 'jsonpath={.data.value}{"\n"}')
  watch_pid=$!
}
kubectl_path() { printf '%s/kubectl\n' "$("$cluster_script" bin)"; }

# Reads what the watch shows until it is the value.
wait_for_value() {
  local value=""
  until [[ $value == "$1" ]]; do
    read -r -t 60 value <&4 || { say "not live within 60 s: $1" && tail -n 20 "$work_dir/service.log" >&2 && exit 1; }
  done
}

write_manifest() {
  cat > "$clone/$manifest" <<YAML
apiVersion: v1
kind: ConfigMap
metadata:
  name: measured
data:
  value: "$1"
YAML
}

push_quietly() { push "$1" > /dev/null; }

# One push; prints the milliseconds.
measure() {
  local began
  write_manifest "$1"
  git_quietly add -A
  git_quietly commit -m "Change the measured object"
  began=$(date +%s%N)
  git_quietly push origin main
  wait_for_value "$1"
  echo $((($(date +%s%N) - began) / 1000000))
}

# summary TIME...: of sorted times. The 95th percentile is the time that 95 of 100 pushes do not exceed.
summary() {
  local sorted=("$@") n=$#
  median=$(((sorted[(n - 1) / 2] + sorted[n / 2]) / 2))
  printf 'push to live, %d pushes: median %d ms, p95 %d ms, max %d ms\n' \
    "$n" "$median" "${sorted[(n * 95 + 99) / 100 - 1]}" "${sorted[n - 1]}"
}

end() {
  [[ -z $watch_pid ]] || kill "$watch_pid" 2> /dev/null || true
  clean_up
}
trap end EXIT
trap 'exit 130' INT TERM

start_cluster > /dev/null
install_definitions
make_repository
start_service > /dev/null
wait_for "kind-dev is Ready" 180 environment_is_ready kind-dev
write_manifest 0
sed -i 's|^  - ../../sources/spira$|&\n  - measured.yaml|' "$clone/overlays/kind-dev/kustomization.yaml"
push_quietly "Add the measured object"
wait_for "the measured object lives" 30 exists spira configmap/measured
watch_object
wait_for_value 0

times=()
for ((i = 1; i <= pushes; ++i)); do
  times+=("$(measure "$i")")
done
mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
summary "${times[@]}"
((median < 1000))
