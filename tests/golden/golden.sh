#!/usr/bin/env bash
# One golden case: renders it and compares.
#   golden.sh [--update | --reference] DRIVER CASE_FOLDER
# A case holds `in/`, and `expected.yaml` (what must be printed, byte for byte) or `expected.err` (the message; the exit
# must not be 0). Files that it may hold: `target`, the folder of `in/` to render (default: in/overlay, else in), and
# `args`. --update makes the expectation anew: the output by the reference (env KUSTOMIZE_REFERENCE: a command that takes
# the same arguments, as `kubectl kustomize`), the message by the driver, when the reference fails too. --reference says that
# the driver is the reference (a command, as above): it must fail where we do, in words of its own.
set -euo pipefail

mode=driver
if [[ ${1:-} == --* ]]; then mode=${1#--}; shift; fi
driver=$1
cd "$2"

target=in
[[ -d in/overlay ]] && target=in/overlay
[[ -f target ]] && target=in/$(<target)
args=()
[[ ! -f args ]] || mapfile -t args < <(tr -s '[:space:]' '\n' <args)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_expectation() {
  rm -f expected.yaml expected.err
  # shellcheck disable=SC2086  # The command may have arguments of its own.
  if ${KUSTOMIZE_REFERENCE:?names the reference} "${args[@]}" "$target" >"$work/reference" 2>/dev/null; then
    mv "$work/reference" expected.yaml
  elif ! "$driver" "${args[@]}" "$target" >/dev/null 2>"$work/message"; then
    mv "$work/message" expected.err
  else
    echo "$2: the reference fails, the driver does not" >&2
    return 1
  fi
}

if [[ $mode == update ]]; then make_expectation "$@"; fi
command=("$driver")
[[ $mode != reference ]] || read -ra command <<<"$driver"

status=0
"${command[@]}" "${args[@]}" "$target" >"$work/out" 2>"$work/err" || status=$?
if [[ -f expected.yaml ]]; then
  if ((status != 0)); then
    cat "$work/err" >&2
    exit 1
  fi
  diff -u expected.yaml "$work/out"
else
  if ((status == 0)); then
    echo "expected a failure" >&2
    exit 1
  fi
  [[ $mode == reference ]] || diff -u expected.err "$work/err"
fi
