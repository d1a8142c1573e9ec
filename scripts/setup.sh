#!/bin/sh
# Installs what is missing, and only that: the npm packages (Node 24 among them) and, with --test, Debian's packages for the
# tests; with --prompts that which speaks the prompts.
# Usage: scripts/setup.sh [--test | --prompts]
set -eu
cd "$(dirname "$0")/.."

fail() { echo "setup: $1" >&2; exit 1; }

command -v npm >/dev/null || fail "npm is missing; install any Node.js >= 20 with npm, then call this again"
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
[ "$major" -ge 20 ] || fail "Node.js >= 20 is needed to install the packages, found $(node --version 2>/dev/null || echo none)"

# The install is repeated when the lock file has changed since, or when it did not get to its end.
stamp=node_modules/.installed
if ! cmp -s package-lock.json "$stamp" || ! node_modules/.bin/node --version >/dev/null 2>&1; then
  # npm ci empties the directory first: through a link that would be somebody else's.
  [ ! -L node_modules ] || fail "node_modules is a link to $(readlink node_modules): install the packages there"
  echo "setup: installing the npm packages" >&2
  npm ci --no-fund --no-audit --loglevel=error >&2 || fail "npm ci failed"
  # An npm that was told not to run install scripts leaves the runtime out: it is a program inside the package `node`.
  node_modules/.bin/node --version >/dev/null 2>&1 || npm rebuild node --ignore-scripts=false --loglevel=error >&2 || true
  node_modules/.bin/node --version >/dev/null 2>&1 || fail "Node 24 could not be installed from the npm package 'node'"
  cp package-lock.json "$stamp"
fi

# Only if its sources are others than those that it was built of.
node_modules/.bin/node scripts/build-console.mjs || fail "the console could not be built"

case ${1:-} in
  --test | --prompts) ;;
  *) exit 0 ;;
esac

missing=
programs='espeak-ng:espeak-ng'
[ "$1" = --prompts ] || programs='chromium:chromium sipp:sip-tester baresip:baresip-core kamailio:kamailio ip:iproute2 svwar:sipvicious faketime:faketime openssl:openssl rtpengine:rtpengine-daemon'
for pair in $programs; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
# Its server programs are beside the PATH, in a directory of their version.
[ "$1" = --prompts ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

root=
[ "$(id -u)" = 0 ] || { command -v sudo >/dev/null || fail "root or sudo is needed once to install:$missing"; root="sudo"; }
command -v apt-get >/dev/null || fail "the Debian packages are needed:$missing; install their like by hand"
echo "setup: installing$missing" >&2
# The tests start their own daemons on addresses of their own: a package must not start one on this machine's.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null && $root chmod +x $policy && made=1
fi
cleanup() { [ -z "$made" ] || $root rm -f $policy; }
trap cleanup EXIT
apt() { $root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >&2; }
# shellcheck disable=SC2086
apt install -y --no-install-recommends $missing || { apt update && apt install -y --no-install-recommends $missing; } || fail "apt-get could not install:$missing"
