/**
 * The connection to PostgreSQL is cut again and again, before, within and after commits: each batch is resolved exactly.
 * What was acknowledged is there once, what was refused as “nothing happened” may be sent again.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CuttingProxy } from '../cutting_proxy.mjs';
import { pause, startPlatform } from '../harness.mjs';
import { Acknowledged, checkAcknowledged, checkAgainstProvider, settleUnanswered, underLoad } from '../load.mjs';
import { createDatabase, dropDatabase, kPostgres } from '../postgres.mjs';

const options = { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 240_000 };
const kSeconds = Number(process.env.FEIQIAN_CUT_SECONDS ?? 20);
let database;
let proxy;
let platform;

before(async () => {
  if (!kPostgres) return;
  database = await createDatabase();
  proxy = new CuttingProxy(Number(new URL(database).port));
  await proxy.start();
  platform = await startPlatform({ storeUrl: database.replace(/:\d+\//, `:${proxy.port}/`) });
});
after(async () => {
  await platform?.stop();
  await proxy?.stop();
  if (database) await dropDatabase(database);
});

test('connections cut in the middle of commits are resolved exactly', options, async (t) => {
  const books = new Acknowledged();
  const clients = Array.from({ length: 8 }, () => platform.merchant.client('hmac-sha256', { maxRetries: 0, timeoutMs: 15_000 }));
  await underLoad(platform, clients, books, async () => {
    proxy.cut(0.02);
    await pause(kSeconds * 1000);
    proxy.cut(0);
  });
  const interrupted = (readFileSync(join(platform.directory, 'feiqian.log'), 'utf8').match(/engine\.commit_interrupted/g) ?? []).length;
  assert.ok(interrupted > 0, 'commits were interrupted');
  const client = platform.merchant.client();
  await settleUnanswered(client, books);
  await checkAcknowledged(client, books);
  await checkAgainstProvider(platform, client, books);
  await platform.checkBooks();
  t.diagnostic(`${proxy.lost.requests} requests and ${proxy.lost.answers} answers lost, ${interrupted} commits interrupted; ${books.orders.size} acknowledged payments, ${books.unanswered.size} without an answer`);
});
