#!/usr/bin/env bash
# Makes the expectations of all golden cases anew, or of those whose path holds the given text.
#   KUSTOMIZE_REFERENCE='kubectl kustomize' update.sh DRIVER [TEXT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
driver=$(realpath "$1")
for folder in "$here"/*/*/in; do
  folder=$(dirname "$folder")
  [[ $folder == *"${2:-}"* ]] || continue
  "$here/golden.sh" --update "$driver" "$folder" || echo "differs: ${folder#"$here"/}"
done
