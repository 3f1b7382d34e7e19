#!/usr/bin/env bash
# All golden cases, rendered by the reference: the test cluster's `kubectl kustomize`. Names those that it renders otherwise.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
programs=${RECONCILER_CLUSTER_BIN:-$("$here/../cluster/cluster.sh" bin)}
checked=0 differ=0
for folder in "$here"/*/*/in; do
  folder=$(dirname "$folder")
  checked=$((checked + 1))
  "$here/golden.sh" --reference "$programs/kubectl kustomize" "$folder" || {
    echo "differs: ${folder#"$here"/}"
    differ=$((differ + 1))
  }
done
echo "$checked cases, $differ differ"
((checked > 0 && differ == 0))
