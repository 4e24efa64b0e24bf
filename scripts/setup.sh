#!/usr/bin/env bash
# Make VENV (default .venv) ready: system libraries, virtual environment, packages.
#
# Usage: scripts/setup.sh [VENV]
# PYTHON=PATH picks the Python that the environment is made from.
#
# The last step writes a stamp with a checksum of all that the set-up depends on;
# while it agrees, a run ends at once. A set-up that was cut short has no stamp and
# is taken up again: what pip has installed already stays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=${1:-.venv}
python=$venv/bin/python
stamp=$venv/.overread-ready

say() { printf 'set-up: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# The folder is part of it: an editable installation remembers where it lies.
wanted=$(
    { cat pyproject.toml scripts/setup.sh; pwd; "$python" -V 2>&1 || true; } | cksum
)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

# ---------------------------------------------------------------- system libraries

# Shared library -> Debian and Ubuntu package. What Qt's platform plugins link to.
libraries='
libEGL.so.1              libegl1
libGL.so.1               libgl1
libglib-2.0.so.0         libglib2.0-0
libfontconfig.so.1       libfontconfig1
libdbus-1.so.3           libdbus-1-3
libxkbcommon.so.0        libxkbcommon0
libxkbcommon-x11.so.0    libxkbcommon-x11-0
libX11-xcb.so.1          libx11-xcb1
libxcb-cursor.so.0       libxcb-cursor0
libxcb-icccm.so.4        libxcb-icccm4
libxcb-image.so.0        libxcb-image0
libxcb-keysyms.so.1      libxcb-keysyms1
libxcb-randr.so.0        libxcb-randr0
libxcb-render.so.0       libxcb-render0
libxcb-render-util.so.0  libxcb-render-util0
libxcb-shape.so.0        libxcb-shape0
libxcb-shm.so.0          libxcb-shm0
libxcb-sync.so.1         libxcb-sync1
libxcb-util.so.1         libxcb-util1
libxcb-xfixes.so.0       libxcb-xfixes0
libxcb-xinerama.so.0     libxcb-xinerama0
libxcb-xkb.so.1          libxcb-xkb1
'

missing_packages() {
    # ldconfig lies in /sbin, which is not on every user's PATH.
    local known soname package
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
    while read -r soname package; do
        [ -n "$soname" ] || continue
        case "$known" in *"$soname "*) ;; *) echo "$package" ;; esac
    done <<< "$libraries"
    if command -v dpkg-query >/dev/null; then
        # The face of the interface, and a screen for machines without one.
        for package in fonts-inter xvfb; do
            dpkg-query -W -f='${Status}' "$package" 2>/dev/null \
                | grep -q 'install ok installed' || echo "$package"
        done
    fi
}

# The words before a command that needs root; fails where that cannot be had.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif sudo -n true 2>/dev/null; then sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    else return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null || return 1
    export DEBIAN_FRONTEND=noninteractive
    # The lists may be old or absent; if they cannot be had, those here may do.
    as_root apt-get update -qq || say "apt-get update failed; trying with the lists here"
    as_root apt-get install -y -qq --no-install-recommends "$@" >&2
}

install_system_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    local packages
    packages=$(missing_packages | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    say "installing system packages: $packages"
    # Word splitting is meant: one argument a package.
    # shellcheck disable=SC2086
    if apt_install $packages; then return 0; fi
    say "these could not be installed from here. On Debian or Ubuntu, run:"
    say "    sudo apt-get update && sudo apt-get install $packages"
    say "and on other systems the packages that hold the same libraries."
    say "Going on without them; the check at the end says whether Qt starts."
}

# ------------------------------------------------------------- virtual environment

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13; do
        if is_new_enough "$candidate"; then echo "$candidate"; return 0; fi
    done
    return 1
}

make_environment() {
    # An environment whose Python or pip does not run is half made, or its Python
    # has been removed since: made anew.
    if is_new_enough "$python" && "$python" -m pip --version >/dev/null 2>&1; then
        return 0
    fi
    local base
    base=$(find_python) || fail "Python 3.11 or newer is needed and was not found." \
        "Install it (Debian, Ubuntu: sudo apt-get install python3 python3-venv)," \
        "or name it: make test PYTHON=/path/to/python3"
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        say "installing system package python3-venv"
        apt_install python3-venv || fail "$base cannot make virtual environments." \
            "Run: sudo apt-get install python3-venv"
    fi
    say "making $venv with $("$base" -V)"
    "$base" -m venv --clear "$venv"
}

# ----------------------------------------------------------------- Python packages

install_packages() {
    local free_mb
    free_mb=$(df -Pm "$venv" | awk 'NR == 2 { print $4 }')
    # Measured: 5.5 GB with the CUDA build of torch, the one PyPI has for Linux.
    if [ "${free_mb:-0}" -lt 7000 ] && ! "$python" -c 'import torch' 2>/dev/null; then
        say "only $free_mb MB are free here; the packages may need 6 GB"
    fi
    say "installing Python packages (the first time takes minutes)"
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    # Gigabytes may be on their way: people see pip's progress, logs do not.
    local pip=("$python" -m pip install)
    [ -t 1 ] || pip+=(-q)
    # These two belong together and come first, else pip may pair a newer torch with
    # an older torchvision. Where this pair is not built, the newest one will do.
    "${pip[@]}" torch==2.14.1 torchvision==0.29.1 2>/dev/null \
        || "${pip[@]}" torch torchvision \
        || fail "torch could not be installed; the lines above say why"
    "${pip[@]}" -e '.[dev]' \
        || fail "the packages could not be installed; the lines above say why." \
            "Run the same command again: what is there already stays."
}

check_qt() {
    local said
    if said=$(QT_QPA_PLATFORM=offscreen "$python" -c '
from PySide6.QtWidgets import QApplication
QApplication([])' 2>&1); then return 0; fi
    printf '%s\n' "$said" | tail -n 3 >&2
    fail "Qt does not start. On Debian or Ubuntu, run: sudo apt-get install" \
        "$(echo "$libraries" | awk 'NF { printf "%s ", $2 }')"
}

rm -f "$stamp"
install_system_libraries
make_environment
install_packages
check_qt

{ cat pyproject.toml scripts/setup.sh; pwd; "$python" -V; } | cksum > "$stamp"
say "ready: $venv"
