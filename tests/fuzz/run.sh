#!/usr/bin/env bash
# Runs fuzz targets, one after the other.
#   run.sh [TARGET|all [SECONDS]]
# The inputs that reach something new stay in build/fuzz/corpus/TARGET, so that a later run goes on from there. An input
# that breaks something is kept in build/fuzz/findings: put it, made small, into tests/fuzz/corpus/TARGET and write a
# unit test of what was wrong. Exit 1 when there is one.
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../../build/fuzz
findings=$build/findings

# pack CASE: the files of a golden case as one input, each behind its path.
pack() {
  local file
  cd "$1/in"
  find . -type f | sort | while read -r file; do
    printf '=== %s\n' "${file#./}"
    cat "$file" && echo
  done
}

seeds_of_golden_cases() {
  local case name
  mkdir -p "$build/seeds/build" "$build/seeds/yaml"
  for case in "$here"/../golden/*/*/; do
    [[ -d $case/in ]] || continue
    name=$(basename "$(dirname "$case")")-$(basename "$case")
    (pack "$case") >"$build/seeds/build/$name"
    [[ ! -f $case/expected.yaml ]] || cp "$case/expected.yaml" "$build/seeds/yaml/$name"
  done
}

fuzz() {
  local target=$1 seconds=$2 seeds=("$here/corpus/$1")
  [[ ! -d $build/seeds/$target ]] || seeds+=("$build/seeds/$target")
  mkdir -p "$build/corpus/$target" "$findings"
  printf 'fuzzing %s for %s s\n' "$target" "$seconds" >&2
  "$build/bin/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
    -dict="$here/kustomize.dict" -artifact_prefix="$findings/$target-" "$build/corpus/$target" "${seeds[@]}" \
    2>"$build/$target.log" || { tail -40 "$build/$target.log" >&2 && return 1; }
  grep -E '^Done|^stat::' "$build/$target.log"
}

targets=("${1:-all}")
[[ ${targets[0]} != all ]] || mapfile -t targets < <(basename -a "$here"/corpus/*)
seeds_of_golden_cases
status=0
for target in "${targets[@]}"; do fuzz "$target" "${2:-1800}" || status=1; done
exit $status
