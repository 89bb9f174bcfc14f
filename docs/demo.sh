#!/bin/sh
# Makes an environment in a temporary folder, installs pip-userctl into it from this checkout, and shows a refusal, a
# rescue, a plain install and an explanation. Nothing of it stays but what pip keeps in its own cache.
. "$(dirname "$0")/../.ci/python.sh"
PROJECT=$PWD
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
cd "$FOLDER"
export PIP_ROOT_USER_ACTION=ignore
unset PIP_USER

show() {
    printf '\n$ %s\n' "$*"
    env "$@" 2>&1 && status=0 || status=$?
    echo "(exit status $status)"
}

echo "installing pip-userctl from this checkout into $FOLDER/.venv" >&2
"$BASE" -m venv .venv
PIP_USER=0 .venv/bin/python -m pip install --quiet "$PROJECT"
show .venv/bin/python -m pip install --user six
show PIP_USER=1 .venv/bin/python -m pip install six
show .venv/bin/python -m pip install --force-reinstall six
show .venv/bin/pip-userctl explain --user six
