# Sourced by the scripts beside it: sets BASE to a Python that can make environments and, where GROUPS_WANTED names groups
# of pyproject.toml, PYTHON to an environment in the tests' cache with them. Installs what is missing (Debian, root only).
set -eu
cd "$(dirname "$0")/.."
# The configuration of whoever runs this must not decide where its parts go.
unset PYTHONHOME PYTHONPATH PYTHONUSERBASE PYTHONNOUSERSITE PYTHONDONTWRITEBYTECODE PIP_TARGET PIP_PREFIX PIP_ROOT
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1

usable() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

apt_install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing $* with apt-get" >&2
        [ -n "${UPDATED:-}" ] || apt-get -o DPkg::Lock::Timeout=600 update -qq >&2
        UPDATED=yes
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "$@" >&2
    else
        echo "missing: $*; only root on a system with apt-get can install it from here" >&2
        return 1
    fi
}

BASE=
for candidate in python3 python3.13 python3.12 python3.11 python3.10; do
    if usable "$candidate"; then BASE=$candidate && break; fi
done
if [ -z "$BASE" ]; then
    apt_install python3 python3-venv || exit 1
    BASE=python3
fi
# program:package. What cannot be installed costs the tests that need it, and they say so.
for tool in ${TOOLS_WANTED:-}; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${tool%:*}" >/dev/null 2>&1 ||
        apt_install "${tool#*:}" || echo "going on without ${tool%:*}: the tests that need it are skipped" >&2
done

if [ -n "${GROUPS_WANTED:-}" ]; then
    CACHE=${PIP_USERCTL_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pip-policy-tests}
    VENV=$CACHE/venv-$("$BASE" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    PYTHON=$VENV/bin/python
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock" # the tests' own set-up takes the same lock: two runs must not change one environment at once
    if command -v flock >/dev/null 2>&1; then
        flock -n 9 || { echo "waiting for another run that sets $CACHE up" >&2 && flock 9; }
    fi
    if ! "$PYTHON" -c '' >/dev/null 2>&1; then
        echo "making $VENV" >&2
        "$BASE" -m venv --clear "$VENV"
    fi
    echo "bringing $VENV up to date: pip, $GROUPS_WANTED" >&2
    "$PYTHON" -m pip install --quiet --upgrade 'pip>=25.1' >&2
    for group in $GROUPS_WANTED; do
        "$PYTHON" -m pip install --quiet --group "$group" >&2
    done
    exec 9>&-
fi
