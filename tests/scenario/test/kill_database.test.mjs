/**
 * The PostgreSQL server is killed −9 under load and started again, over and over, while the platform stays up: it connects
 * again by itself, resolves what was being committed, and nothing that was acknowledged is lost or done twice.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, paidPayment, pause, startPlatform } from '../harness.mjs';
import { Acknowledged, checkAcknowledged, checkAgainstProvider, settleUnanswered, underLoad } from '../load.mjs';
import { kPostgres, PostgresServer, psql, withDatabase } from '../postgres.mjs';

const kRounds = Number(process.env.FEIQIAN_KILL_DATABASE_ROUNDS ?? 3);
const options = { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 60_000 + kRounds * 20_000 };
let server;
let platform;

before(async () => {
  if (!kPostgres) return;
  server = await PostgresServer.create();
  await psql(server.url, 'CREATE DATABASE feiqian');
  platform = await startPlatform({ storeUrl: withDatabase(server.url, 'feiqian') });
});
after(async () => {
  await platform?.stop();
  await server?.stop();
});

test(`${kRounds} times the database server is killed −9 under load`, options, async (t) => {
  const books = new Acknowledged();
  const clients = Array.from({ length: 8 }, () => platform.merchant.client('hmac-sha256', { maxRetries: 0, timeoutMs: 15_000 }));
  await underLoad(platform, clients, books, async () => {
    for (let round = 1; round <= kRounds; round += 1) {
      const before_ = books.orders.size;
      await pause(150 + Math.random() * 650);
      server.kill9();
      // Its children hold the shared memory for a moment longer.
      await eventually('the server starts again', () => server.start().then(() => true), { everyMs: 100 });
      const at = books.orders.size;
      await eventually('payments go on', async () => (books.orders.size > at ? true : undefined));
      assert.ok(books.orders.size > before_);
    }
  });
  const client = platform.merchant.client('hmac-sha256');
  await settleUnanswered(client, books);
  await checkAcknowledged(client, books);
  await checkAgainstProvider(platform, client, books);
  await paidPayment(platform);
  await platform.checkBooks();
  t.diagnostic(`${kRounds} rounds: ${books.orders.size} acknowledged payments, ${books.refunds.size} refunds, ${books.unanswered.size} without an answer`);
});
