#!/usr/bin/env bash
# The whole service on a cluster, step by step: `./dev demo` calls it. With --once it ends after the last step, with
# exit 0 only if every step was seen on the API server; otherwise it waits for Ctrl-C and leaves everything running till
# then.
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$root/tests/demo/lib.sh"

once=""
[[ ${1:-} == --once ]] && once=yes

trap clean_up EXIT
trap 'exit 130' INT TERM

step "A cluster: four nodes, a real API server"
start_cluster
install_definitions
step "A Git repository made from this checkout, with a webhook on push"
make_repository
step "The service, under its own account"
start_service

step "kind-dev becomes Synced and Healthy"
wait_for "environment kind-dev is Ready" 180 environment_is_ready kind-dev
kube get environments

step "A change is pushed: one replica less of the SPIRA API server"
edit_file overlays/kind-dev/kustomization.yaml replace_after "name: spira-api-server" "count: 3" "count: 2"
push "Run two SPIRA API servers"
wait_for "the Deployment wants two replicas" 30 field_is spira deployment/spira-api-server '{.spec.replicas}' 2

step "A manifest is added"
add_manifest
push "Say hello"
wait_for "the ConfigMap is live" 30 exists spira configmap/hello

step "Somebody edits a live object by hand"
kube -n spira scale deployment/spira-api-server --replicas=5
wait_for "it is put back" 30 field_is spira deployment/spira-api-server '{.spec.replicas}' 2

step "The manifest leaves Git"
remove_manifest
push "Stop saying hello"
wait_for "the ConfigMap is pruned" 30 is_gone spira configmap/hello

step "main is merged into env/chaos: the second environment appears"
merge_into_chaos
wait_for "environment chaos is Ready" 180 environment_is_ready chaos
wait_for "environment kind-dev is Ready" 60 environment_is_ready kind-dev
kube get environments

if [[ $once ]]; then
  step "Every step was seen on the API server"
  exit 0
fi
step "Now it is yours"
explain
wait "$service_pid"
