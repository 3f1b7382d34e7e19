#!/usr/bin/env bash
# Every crash point of the service on an API server of its own: see main.go.
#   chaos.sh BINARY [OPTION...]     the options of main.go but for its first two
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cluster_script=$root/tests/cluster/cluster.sh
binary=$(realpath "${1:?the binary of the service is missing}")
shift
work_dir=$(mktemp -d "${TMPDIR:-/tmp}/chaos.XXXXXX")

clean_up() {
  "$cluster_script" reset --dir "$work_dir/cluster" || true
  rm -rf "$work_dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

kube() { "$cluster_script" kubectl --dir "$work_dir/cluster" "$@" >/dev/null; }

build() {
  local go
  go=$("$cluster_script" go)
  (cd "$here" && CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off "$go" build -buildvcs=false -o "$work_dir/chaos" .)
}

build
"$cluster_script" up --control-plane-only --dir "$work_dir/cluster"
kube apply --server-side -f "$root/deploy/definitions"
kube wait --for=condition=Established customresourcedefinition/environments.gitops.spira.dev
"$work_dir/chaos" --cluster "$work_dir/cluster" --binary "$binary" "$@"
