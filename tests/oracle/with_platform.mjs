#!/usr/bin/env node
/**
 * Starts sandbox and platform on fresh directories, gives the tests their environment, runs them, and stops everything.
 * `node with_platform.mjs [test files]`; binaries from FEIQIAN_BIN_DIR.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPlatform } from '../scenario/harness.mjs';
import { binary } from '../scenario/processes.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const files = process.argv.slice(2);
if (files.length === 0) files.push(...readdirSync(join(here, 'test')).filter((name) => name.endsWith('.test.mjs')).sort().map((name) => join('test', name)));

const platform = await startPlatform();
let code = 1;
try {
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], {
    cwd: here,
    stdio: 'inherit',
    env: {
      ...process.env,
      FEIQIAN_BIN: binary('feiqian'),
      FEIQIAN_URL: platform.url,
      FEIQIAN_MERCHANT_JSON: platform.merchant.file,
      FEIQIAN_SANDBOX_URL: platform.sandbox.url,
      FEIQIAN_SANDBOX_DATA: platform.sandbox.data,
    },
  });
  [code] = await once(child, 'exit');
  await platform.checkBooks();
} finally {
  await platform.stop({ failed: code !== 0 });
}
process.exitCode = code ?? 1;
