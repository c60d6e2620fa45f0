# Platform, sandbox and demo shop, until Ctrl-C. Data stays in data/run.
dev_run() {
  local fresh=no store=
  while [ $# -gt 0 ]; do
    case $1 in
      --fresh) fresh=yes ;;
      --store) store=${2:-} && shift || true ;;
      --store=*) store=${1#--store=} ;;
      *) die "usage: ./dev run [--fresh] [--store postgresql://…]" ;;
    esac
    shift
  done
  local started=$SECONDS
  need_packages build
  build_cpp release feiqian feiqian-sandbox
  build_web
  build_sdk
  need_npm examples/shop
  local bin=build/release/bin data=data/run
  [ $fresh = no ] || rm -rf "$data"
  if [ "$store" = postgresql ]; then
    need_packages test
    source tools/dev/postgres.sh
    postgres_start run
    store=$POSTGRES_URL
    [ $fresh = no ] || psql -qX "$store" -c 'DROP SCHEMA public CASCADE' -c 'CREATE SCHEMA public' 2>/dev/null
  fi
  local with_store=()
  [ -z "$store" ] || with_store=(--store "$store")
  mkdir -p "$data"
  pids=()
  trap 'stop_all' EXIT
  trap 'exit 0' INT TERM

  start_one "sandbox (Alipay, WeChat Pay, UnionPay)" http://127.0.0.1:9500/healthz "$data/sandbox.log" \
    "$bin/feiqian-sandbox" --listen 127.0.0.1:9500 --data "$data/sandbox"
  [ -f "$data/platform/feiqian.toml" ] || "$bin/feiqian" init --data "$data/platform" --listen 127.0.0.1:9400 --ops-listen 127.0.0.1:9401 \
    --web-root web/dist --sandbox-url http://127.0.0.1:9500 --sandbox-data "$data/sandbox" "${with_store[@]}" || exit 1
  start_one "platform" http://127.0.0.1:9400/readyz "$data/platform.log" "$bin/feiqian" serve --data "$data/platform"
  [ -f "$data/shop.json" ] || "$bin/feiqian" merchant demo --data "$data/platform" --shop-url http://127.0.0.1:9402 --out "$data/shop.json" || exit 1
  start_one "demo shop" http://127.0.0.1:9402/ "$data/shop.log" node examples/shop/server.mjs --config "$data/shop.json"
  cat <<TEXT

  Feiqian 飞钱 is running ($((SECONDS - started)) s).

    demo shop   http://127.0.0.1:9402   buy something: by QR or on the page; password in the sandbox wallet: 123456
    platform    http://127.0.0.1:9400   merchant API /v1 (contract: /v1/openapi.json), cashier /cashier/…
    sandbox     http://127.0.0.1:9500   the channel's side: trades, faults (token: $data/sandbox/sandbox.token)
    metrics     http://127.0.0.1:9401/metrics   (bearer token: $data/platform/ops.token)

    books       $bin/feiqian ledger trial-balance --data $data/platform
    merchants   $bin/feiqian merchant list --data $data/platform
    logs        $data/*.log

  Ctrl-C stops everything; the data stays (./dev run --fresh begins anew).
TEXT
  wait -n "${pids[@]}" || true
  die "one of the processes ended; see $data/*.log"
}

start_one() {
  local name=$1 url=$2 log=$3
  shift 3
  if node -e "fetch('$url').then(()=>process.exit(0),()=>process.exit(1))"; then die "something answers on $url already; is it running?"; fi
  "$@" >>"$log" 2>&1 &
  pids+=($!)
  wait_for "$url" "$!" 30 || { tail -5 "$log" >&2; die "$name did not start; see $log"; }
}

stop_all() {
  trap - EXIT
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait "${pids[@]}" 2>/dev/null || true
}
