#!/bin/sh
# usage: bench/setup.sh BUILD
#
# Installs the libraries that the benchmark compares with, below BUILD only: from
# PyPI in BUILD/bench-venv (2 GB, most of it what oneDNN runs on), and Debian's
# oneDNN, unpacked, in BUILD/bench-debian. What cannot be had is named, and the
# benchmark goes on without it.
set -u
build=${1:?expected the build folder}
requirements=$(dirname "$0")/requirements.txt
venv=$build/bench-venv
debian=$build/bench-debian

warn() { echo "bench: $*" >&2; }

if ! cmp -s "$requirements" "$venv/requirements.txt"; then
  warn "making $venv"
  "$build/venv/bin/python" -m venv --clear "$venv"
  failed=
  # One that does not exist must not keep the others away.
  for package in $(grep -v '^#' "$requirements"); do
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
      "$package" || failed="$failed $package"
  done
  if [ -n "$failed" ]; then
    warn "going on without$failed"
  else
    cp "$requirements" "$venv/requirements.txt"
  fi
fi

if [ ! -e "$debian/usr" ]; then
  warn "making $debian"
  mkdir -p "$debian"
  (cd "$debian" && apt-get -qq download libdnnl2 ocl-icd-libopencl1 &&
    for package in *.deb; do dpkg -x "$package" . && rm "$package"; done) ||
    warn "going on without Debian's libdnnl2"
fi
