/** Processes of a test: found, started on a free loopback port, waited for, ended by their own handle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const kBinDirectory = process.env.FEIQIAN_BIN_DIR ?? fileURLToPath(new URL('../../build/dev/bin', import.meta.url));

export function binary(name) {
  const path = join(kBinDirectory, name);
  if (!existsSync(path)) throw new Error(`${path} is not there: build first, or set FEIQIAN_BIN_DIR`);
  return path;
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks again until `probe` gives something other than undefined, or the time is over. */
export async function eventually(what, probe, { timeoutMs = 20_000, everyMs = 50 } = {}) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
      last = undefined;
    } catch (error) {
      if (error.fatal) throw error;
      last = error;
    }
    if (Date.now() >= end) throw new Error(`not within ${timeoutMs} ms: ${what}`, last === undefined ? undefined : { cause: last });
    await pause(everyMs);
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A server process with its output in a file. */
export class Server {
  constructor(name, args, logFile, environment = {}) {
    this.name = name;
    this.args = args;
    this.logFile = logFile;
    this.environment = environment;
    this.child = undefined;
  }

  /** Resolves when `url` answers 200. A process that ends before that fails at once, with the end of its log. */
  async start(url, timeoutMs = 20_000) {
    const log = createWriteStream(this.logFile, { flags: 'a' });
    await once(log, 'open');
    this.child = spawn(binary(this.name), this.args, { stdio: ['ignore', log, log], env: { ...process.env, ...this.environment } });
    this.exited = once(this.child, 'exit');
    log.close();
    await eventually(
      `${this.name} answers at ${url}`,
      async () => {
        if (this.child.exitCode !== null || this.child.signalCode !== null) {
          throw Object.assign(new Error(`${this.name} ended (${this.child.exitCode ?? this.child.signalCode}):\n${this.tail()}`), { fatal: true });
        }
        return (await fetch(url, { signal: AbortSignal.timeout(2000) })).status === 200 ? true : undefined;
      },
      { timeoutMs },
    );
  }

  async end(signal) {
    if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return undefined;
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    const [code, by] = await this.exited;
    clearTimeout(timer);
    return code ?? by;
  }

  tail(lines = 30) {
    try {
      return readFileSync(this.logFile, 'utf8').split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }
}

/** Runs a command to its end. */
export async function run(name, args, { timeoutMs = 60_000, input } = {}) {
  const child = spawn(binary(name), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.end(input);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code: code ?? signal, stdout, stderr };
}
