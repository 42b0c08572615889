#!/bin/sh
# usage: tools/setup/setup.sh BUILD
#
# Makes a Debian 12 machine ready to build and test: installs the packages that
# are missing and makes a virtual environment in BUILD/venv. Where nothing is
# missing it only looks at files. What cannot be installed is named in one line
# with the command that would install it.
set -u
build=${1:?expected the build folder}
here=$(dirname "$0")
llvm=/usr/lib/llvm-22
venv=$build/venv
requirements=$here/requirements.txt

fail() {
  echo "setup: $*" >&2
  exit 1
}

# Whether one of the paths (unquoted globs) exists.
any() { [ -e "$1" ]; }

# Whether $1 is a Python that can make a virtual environment.
usable_python() {
  "$1" -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 9)' \
    >/dev/null 2>&1
}

find_python() {
  for python in python3 /usr/bin/python3; do
    if usable_python "$python"; then
      echo "$python"
      return
    fi
  done
}

# Without these it goes on, slower or with fewer tests.
optional='ccache libc6-dev-arm64-cross qemu-user'

# The Debian packages whose files are not here, one a line.
missing_packages() {
  command -v ccache >/dev/null || echo ccache
  [ -e $llvm/bin/clang++ ] || echo clang-22
  [ -e $llvm/bin/clang-format ] || echo clang-format-22
  [ -e $llvm/bin/clang-tidy ] || echo clang-tidy-22
  command -v cmake >/dev/null || echo cmake
  command -v git >/dev/null || echo git
  [ -e /usr/aarch64-linux-gnu/include/stdio.h ] || echo libc6-dev-arm64-cross
  any /usr/lib/*/libgtest_main.a || echo libgtest-dev
  [ -e $llvm/lib/cmake/mlir/MLIRConfig.cmake ] || echo libmlir-22-dev
  [ -e /usr/include/zip.h ] || echo libzip-dev
  [ -e $llvm/bin/ld.lld ] || echo lld-22
  [ -e $llvm/lib/cmake/llvm/LLVMConfig.cmake ] || echo llvm-22-dev
  [ -e $llvm/bin/FileCheck ] || echo llvm-22-tools
  [ -e $llvm/bin/mlir-tblgen ] || echo mlir-22-tools
  command -v ninja >/dev/null || echo ninja-build
  command -v qemu-aarch64 >/dev/null || echo qemu-user
  command -v z3 >/dev/null || echo z3
  "$venv/bin/python" -c '' 2>/dev/null || [ -n "$(find_python)" ] ||
    printf '%s\n' python3 python3-venv
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null; then
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >/dev/null
}

install_packages() {
  command -v apt-get >/dev/null || return
  echo "setup: installing $*" >&2
  apt install --no-install-recommends "$@" 2>/dev/null && return
  apt update
  apt install --no-install-recommends "$@" && return
  # One that does not exist must not keep the others away.
  for package in "$@"; do
    apt install --no-install-recommends "$package"
  done
}

missing=$(missing_packages | tr '\n' ' ')
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  install_packages $missing
  missing=$(missing_packages | tr '\n' ' ')
  needed=
  for package in $missing; do
    case " $optional " in
    *" $package "*)
      echo "setup: going on without $package; to have it:" \
        "sudo apt-get update && sudo apt-get install $package" >&2
      ;;
    *) needed="$needed$package " ;;
    esac
  done
  [ -z "$needed" ] ||
    fail "cannot install ${needed% }; run:" \
      "sudo apt-get update && sudo apt-get install ${needed% }"
fi

if ! cmp -s "$requirements" "$venv/requirements.txt" ||
  ! "$venv/bin/python" -c '' 2>/dev/null; then
  python=$(find_python)
  echo "setup: making $venv with $python" >&2
  "$python" -m venv --clear "$venv" >&2 ||
    fail "cannot make $venv; run: $python -m venv $venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --requirement "$requirements" >&2 ||
    fail "cannot install the Python packages; run:" \
      "$venv/bin/python -m pip install -r $requirements"
  cp "$requirements" "$venv/requirements.txt"
fi
