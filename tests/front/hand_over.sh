#!/usr/bin/env bash
# hand_over.sh PROGRAM WHOLE_PROGRAM: the program that people call does what the whole one does, wherever it is called
# from, and loads no library of a network itself.
set -euo pipefail
program=$1 whole=$2
work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT
cd "$work_dir"
export XDG_CACHE_HOME=$work_dir/cache GIT_CONFIG_GLOBAL=/dev/null
failed=0

same() { # ARGUMENTS...: both say the same and end alike
  local code=0 wanted=0
  "$program" "$@" >ours 2>&1 || code=$?
  "$whole" "$@" >theirs 2>&1 || wanted=$?
  if cmp -s ours theirs && [[ $code == "$wanted" ]]; then return; fi
  echo "FAIL: reconciler $* ended with $code, the whole program with $wanted:"
  diff ours theirs || true
  failed=1
}

check() { # WHAT COMMAND...
  if ! "${@:2}"; then echo "FAIL: $1"; failed=1; fi
}

mkdir -p repository/base repository/overlay broken
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n' >repository/base/one.yaml
printf 'resources: [one.yaml]\n' >repository/base/kustomization.yaml
printf 'namePrefix: a-\nresources: [../base]\n' >repository/overlay/kustomization.yaml
git -C repository init -q -b main
git -C repository add .
git -C repository -c user.name=test -c user.email=test@localhost commit -q -m all
mkdir remote
printf 'resources: ["file://%s//overlay?ref=main"]\n' "$work_dir/repository" >remote/kustomization.yaml
printf 'resources: [none.yaml]\n' >broken/kustomization.yaml

same build repository/overlay
check "an overlay is built" grep -q 'name: a-one' ours
same build overlay --repo repository --revision main
check "the overlay of a commit is built" grep -q 'name: a-one' ours
same build remote
check "a remote base is brought" grep -q 'name: a-one' ours
same build remote --no-remote
same build "file://$work_dir/repository//overlay"
same build broken
same build no-such-folder
same build --no-such-option
same build --help
same --help
same version
same no-such-verb
same

mkdir elsewhere
cp "$program" elsewhere/reconciler
check "a copy elsewhere finds the whole program" elsewhere/reconciler version >ours
ln -s "$program" linked
check "a link finds the whole program" ./linked version >ours

libraries=$(ldd "$program")
for library in libcurl libgit2 libssl libcpprest; do
  check "$library is not loaded" test "${libraries/$library/}" = "$libraries"
done
exit "$failed"
