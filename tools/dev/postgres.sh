# A private PostgreSQL for tests and development: own data directory, loopback only, never as root. Sourced by ./dev.
#
#   postgres_start NAME   starts build/postgres/NAME when it does not run yet; POSTGRES_URL is its address
#   postgres_stop NAME    stops it by its own process id

POSTGRES_USER_NAME=feiqian

# PostgreSQL refuses to run as root: then a system user without a password runs it.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

postgres_bin() {
  local newest
  newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$newest" ] || die "PostgreSQL is not installed"
  echo "$newest"
}

postgres_start() {
  local name=$1 home port bin
  bin=$(postgres_bin)
  # A socket's path may have 107 characters, and the user that runs the server must reach the folder.
  home=${FEIQIAN_POSTGRES_HOME:-/var/tmp/feiqian-postgres-$(id -u)}/$name
  if [ ! -s "$home/data/PG_VERSION" ]; then
    mkdir -p "$home"
    [ "$(id -u)" != 0 ] || chown -R postgres "$home"
    as_postgres "$bin/initdb" -D "$home/data" -U $POSTGRES_USER_NAME --auth=trust --no-locale --encoding=UTF8 >"/tmp/feiqian-initdb.$$.log" 2>&1 ||
      { cat "/tmp/feiqian-initdb.$$.log" >&2; die "initdb failed"; }
    rm -f "/tmp/feiqian-initdb.$$.log"
  fi
  if ! as_postgres "$bin/pg_ctl" -D "$home/data" status >/dev/null 2>&1; then
    port=$(node -e "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})")
    as_postgres "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 start -o "-p $port -h 127.0.0.1 -k '' ${POSTGRES_OPTIONS:-}\
 -c max_connections=300 -c shared_buffers=256MB -c max_wal_size=4GB -c deadlock_timeout=100ms -c log_min_error_statement=panic -c log_min_messages=fatal" >/dev/null ||
      { tail -20 "$home/log" >&2; die "PostgreSQL did not start"; }
  fi
  port=$(sed -n 4p "$home/data/postmaster.pid")
  POSTGRES_URL=postgresql://$POSTGRES_USER_NAME@127.0.0.1:$port/postgres
  export POSTGRES_URL
}

postgres_stop() {
  local home=${FEIQIAN_POSTGRES_HOME:-/var/tmp/feiqian-postgres-$(id -u)}/$1
  as_postgres "$(postgres_bin)/pg_ctl" -D "$home/data" -m fast -w stop >/dev/null 2>&1 || true
}
