/** Databases for tests: one for each platform, on the server that FEIQIAN_TEST_POSTGRES names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort } from './processes.mjs';

/** The address of a database that exists, such as postgresql://feiqian@127.0.0.1:5433/postgres; undefined: SQLite is tested. */
export const kPostgres = process.env.FEIQIAN_TEST_POSTGRES || undefined;

let count = 0;

/** Makes an empty database on the server and gives its address. */
export async function createDatabase(server = kPostgres) {
  count += 1;
  const name = `t_${process.pid}_${Date.now().toString(36)}_${count}`;
  await psql(server, `CREATE DATABASE ${name}`);
  return withDatabase(server, name);
}

export async function dropDatabase(url, server = kPostgres) {
  await psql(server, `DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
}

export function withDatabase(url, name) {
  return url.replace(/\/[^/?]*(\?.*)?$/, `/${name}$1`);
}

/** Runs SQL and gives the rows of the last statement, fields separated by `|`. */
export async function psql(url, sql) {
  return (await execute('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', sql])).trim();
}

/** Holds a table so that nobody else writes to it or locks its rows, until the function that it gives is called. */
export async function lockTable(url, table) {
  const holder = spawn('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url], { stdio: ['pipe', 'pipe', 'inherit'] });
  holder.stdin.write(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE; SELECT 'held';\n`);
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end('ROLLBACK;\n');
    await once(holder, 'exit');
  };
}

async function execute(program, args, environment = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const kUser = 'feiqian';
const kVersions = '/usr/lib/postgresql';

/** A server of its own for one test: loopback, every commit flushed. PostgreSQL refuses to run as root; then the system user `postgres` runs it. */
export class PostgresServer {
  constructor(directory, port) {
    this.directory = directory;
    this.data = join(directory, 'data');
    this.port = port;
    this.url = `postgresql://${kUser}@127.0.0.1:${port}/postgres`;
  }

  /** `archive`: every finished file of the log is copied to `server.archive`. */
  static async create({ archive = false } = {}) {
    const server = await PostgresServer.prepare();
    await server.program('initdb', ['-D', server.data, '-U', kUser, '--auth=trust', '--no-locale', '--encoding=UTF8']);
    if (archive) {
      server.archive = (await PostgresServer.prepare()).directory;
      server.configure({ archive_mode: 'on', archive_command: `test ! -f ${server.archive}/%f && cp %p ${server.archive}/%f` });
    }
    await server.start();
    return server;
  }

  configure(settings) {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
    appendFileSync(join(this.data, 'postgresql.auto.conf'), lines.join(''));
  }

  /** A base backup beside the running server, not started. */
  static async createBackup(of) {
    const server = await PostgresServer.prepare();
    await server.program('pg_basebackup', ['-D', server.data, '-X', 'stream', '-c', 'fast', '-d', of.url]);
    return server;
  }

  /** Starts a base backup with what `archive` holds, as of `time`, and waits until it takes writes. */
  async recover(archive, time) {
    this.configure({ restore_command: `cp ${archive}/%f %p`, recovery_target_time: time, recovery_target_action: 'promote', archive_mode: 'off' });
    writeFileSync(join(this.data, 'recovery.signal'), '');
    await this.start();
    await eventually('recovered', async () => ((await psql(this.url, 'SELECT pg_is_in_recovery()')) === 'f' ? true : undefined), { timeoutMs: 60_000 });
  }

  /** A standby of `primary`, streaming, and the primary waiting for it at every commit. */
  static async createStandby(primary) {
    const server = await PostgresServer.prepare();
    await server.program('pg_basebackup', ['-D', server.data, '-R', '-X', 'stream', '-c', 'fast', '-d', primary.url]);
    appendFileSync(join(server.data, 'postgresql.auto.conf'), `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=${kUser} application_name=standby'\n`);
    await server.start();
    await psql(primary.url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    await psql(primary.url, 'SELECT pg_reload_conf()');
    await eventually('the standby is synchronous', async () =>
      (await psql(primary.url, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")) === '1' ? true : undefined);
    return server;
  }

  static async prepare() {
    const directory = mkdtempSync('/var/tmp/feiqian-pg-');
    if (process.getuid() === 0) {
      const [uid, gid] = (await execute('id', ['postgres'])).match(/uid=(\d+).*?gid=(\d+)/).slice(1).map(Number);
      chownSync(directory, uid, gid);
    }
    return new PostgresServer(directory, await freePort());
  }

  program(name, args) {
    const newest = readdirSync(kVersions).sort((a, b) => Number(b) - Number(a))[0];
    const command = [join(kVersions, newest, 'bin', name), ...args];
    return process.getuid() === 0 ? execute('runuser', ['-u', 'postgres', '--', ...command]) : execute(command[0], command.slice(1));
  }

  async start() {
    const options = `-p ${this.port} -h 127.0.0.1 -k '' -c max_connections=200 -c deadlock_timeout=100ms`;
    await this.program('pg_ctl', ['-D', this.data, '-l', join(this.directory, 'log'), '-w', '-t', '60', 'start', '-o', options]);
    this.pid = Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** As when the machine loses its power. */
  kill9() {
    process.kill(this.pid, 'SIGKILL');
    this.pid = undefined;
  }

  promote() {
    return this.program('pg_ctl', ['-D', this.data, '-w', '-t', '60', 'promote']);
  }

  async stop() {
    if (this.pid !== undefined && existsSync(join(this.data, 'postmaster.pid'))) await this.program('pg_ctl', ['-D', this.data, '-m', 'immediate', '-w', 'stop']);
    if (process.env.FEIQIAN_KEEP) return;
    for (const directory of [this.directory, this.archive]) if (directory) rmSync(directory, { recursive: true, force: true });
  }
}
