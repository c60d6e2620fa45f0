/** Databases for tests: one for each platform, on the server that FEIQIAN_TEST_POSTGRES names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

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
  const child = spawn('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', sql], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`psql: ${stderr}`);
  return stdout.trim();
}
