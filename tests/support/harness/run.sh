#!/usr/bin/env bash
# Builds one of the Go programs of tests/ and runs it with etcd and an API server of its own, which hold the service's
# definition and nothing else.
#   run.sh PROGRAM BINARY [OPTION...]     PROGRAM: chaos or bench/sync; BINARY: the service; options of the program
set -euo pipefail
shopt -s inherit_errexit

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cluster_script=$tests/cluster/cluster.sh
program=${1:?the program is missing} binary=$(realpath "${2:?the binary of the service is missing}")
shift 2
work_dir=$(mktemp -d "${TMPDIR:-/tmp}/reconciler-run.XXXXXX")

clean_up() {
  "$cluster_script" reset --dir "$work_dir/cluster" || true
  rm -rf "$work_dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

build() {
  local go
  go=$("$cluster_script" go)
  (cd "$tests" && CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off "$go" build -buildvcs=false -o "$work_dir/program" "./$program")
}

kube() { "$cluster_script" kubectl --dir "$work_dir/cluster" "$@" >/dev/null; }

build
"$cluster_script" up --control-plane-only --dir "$work_dir/cluster"
kube apply --server-side -f "$tests/../deploy/definitions"
kube wait --for=condition=Established customresourcedefinition/environments.gitops.spira.dev
"$work_dir/program" --cluster "$work_dir/cluster" --binary "$binary" "$@"
