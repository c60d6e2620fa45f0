# Shared by the commands of ./dev: installing, building, counting.

# The same sources in another folder (a clean clone) find their objects again.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
die() { printf 'dev: %s\n' "$*" >&2; exit 1; }

# Debian packages of the named lists (tools/packages-NAME.txt), if any is missing.
need_packages() {
  local wanted=() missing=() list name
  for list in "$@"; do
    while read -r name; do wanted+=("$name"); done < <(grep -v '^#' "tools/packages-$list.txt")
  done
  for name in "${wanted[@]}"; do
    # Node may come from elsewhere, newer than Debian's; npm comes with it then.
    case $name in
      nodejs) command -v node >/dev/null && continue ;;
      npm) command -v npm >/dev/null && continue ;;
    esac
    dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" = 0 ] || die "missing Debian packages: ${missing[*]} (run as root, or install them)"
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/tmp/feiqian-apt.$$.log 2>&1 ||
    { tail -20 "/tmp/feiqian-apt.$$.log" >&2; die "installing failed"; }
  rm -f "/tmp/feiqian-apt.$$.log"
}

# npm packages of a folder, when its lock file changed since they were installed.
need_npm() {
  local folder=$1 stamp=$1/node_modules/.feiqian-lock
  if ! cmp -s "$folder/package-lock.json" "$stamp"; then
    say "installing npm packages of $folder"
    # npm 11 wants entries of other systems' optional packages in the lock file, which npm 9 leaves out; installing by the lock does for both.
    (cd "$folder" && { npm ci --no-audit --no-fund --loglevel=silent >/dev/null 2>&1 ||
      npm install --no-save --no-audit --no-fund --loglevel=error >/dev/null; }) || die "npm could not install in $folder"
    mkdir -p "$folder/node_modules"
    cp "$folder/package-lock.json" "$stamp"
  fi
}

# C++ targets of a preset. Quiet while nothing is to be done.
build_cpp() {
  local preset=$1
  shift
  local log="build/$preset.log"
  mkdir -p build
  if [ ! -f "build/$preset/build.ninja" ]; then
    say "configuring build/$preset"
    cmake --preset "$preset" >"$log" 2>&1 || { tail -30 "$log" >&2; die "cmake failed"; }
  fi
  # One build at a time on this machine.
  exec 9>/tmp/feiqian-build.lock
  flock 9
  if ! cmake --build --preset "$preset" --target "$@" -- -n 2>/dev/null | grep -q 'no work to do'; then
    say "building $* ($preset); the first time this takes some minutes"
  fi
  local started=$SECONDS
  cmake --build --preset "$preset" --target "$@" 2>&1 | tee "$log" | { grep --line-buffered -E 'error|FAILED|^\[[0-9]*0/' || true; }
  local status=${PIPESTATUS[0]}
  flock -u 9
  [ "$status" = 0 ] || { tail -40 "$log" >&2; die "the build failed"; }
  local took=$((SECONDS - started))
  [ "$took" -lt 5 ] || say "built in ${took} s"
}

# Something in FOLDER is newer than PRODUCT.
is_stale() {
  local product=$1
  shift
  [ ! -e "$product" ] || [ -n "$(find "$@" -newer "$product" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print -quit)" ]
}

build_web() {
  need_npm web
  if is_stale web/dist/index.html web/src web/index.html web/package.json web/vite.config.ts; then
    say "building the cashier's pages"
    (cd web && npm run --silent build >../build/web.log 2>&1) || { tail -20 build/web.log >&2; die "the pages did not build"; }
  fi
}

build_sdk() {
  need_npm sdk/node
  if is_stale sdk/node/dist/index.js sdk/node/src sdk/node/package.json; then
    say "building the Node SDK"
    (cd sdk/node && npm run --silent build) || die "the SDK did not build"
    touch sdk/node/dist/index.js
  fi
}

# Waits until an address answers 200; gives up after SECONDS or when the process ended.
wait_for() {
  local url=$1 pid=$2 limit=${3:-30} end
  end=$((SECONDS + limit))
  until node -e "fetch('$url').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"; do
    kill -0 "$pid" 2>/dev/null || return 1
    [ $SECONDS -lt $end ] || return 1
    read -rt 0.2 <> <(:) || true
  done
}
