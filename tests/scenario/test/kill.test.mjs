/**
 * kill −9 under load, again and again: what was acknowledged is there exactly once with the acknowledged content, nothing is
 * half done, the books are right, and the platform, the provider and the merchant agree in the end.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkBalanced, eventually, newOrder, pause, startPlatform } from '../harness.mjs';
import { Acknowledged, caller, checkAcknowledged, checkAgainstProvider, settleUnanswered } from '../load.mjs';

const kRounds = Number(process.env.FEIQIAN_KILL_ROUNDS ?? 20);
const kCallers = Number(process.env.FEIQIAN_KILL_CALLERS ?? 8);
let platform;

before(async () => {
  platform = await startPlatform();
});
after(() => platform.stop());

test(`${kRounds} times kill −9 under load`, { timeout: 30 * 60_000 }, async (t) => {
  const books = new Acknowledged();
  const options = { maxRetries: 0, timeoutMs: 15_000 };
  for (let round = 1; round <= kRounds; round += 1) {
    await t.test(`round ${round}`, async () => {
      let stopped = false;
      const clients = Array.from({ length: kCallers }, (_, i) => platform.merchant.client(i % 2 ? 'ed25519' : 'hmac-sha256', options));
      const before_ = books.orders.size;
      const callers = clients.map((client) => caller(platform, client, books, () => stopped));
      await pause(150 + Math.random() * 650);
      // On a busy machine the first answer may take longer than the pause.
      await eventually('there is load', async () => (books.orders.size > before_ ? true : undefined), { everyMs: 5 });
      await platform.kill9();
      stopped = true;
      await Promise.all(callers);
      for (const client of clients) client.close();
      await platform.restart('SIGKILL');
      const verified = await platform.command(['verify']);
      assert.match(verified, /^verify: ok/m);
      checkBalanced(JSON.parse(await platform.command(['ledger', 'trial-balance', '--json'])));
    });
  }

  const client = platform.merchant.client('hmac-sha256');
  await t.test('every acknowledged payment and refund is there once, as acknowledged', () => checkAcknowledged(client, books));

  await t.test('an order without an answer was done once or not at all, and asking again settles it', async () => {
    await settleUnanswered(client, books);
    await checkAcknowledged(client, books);
  });

  await t.test('in the end nothing hangs, and the provider’s books are ours', async () => {
    await checkAgainstProvider(platform, client, books);
    await platform.checkBooks();
    t.diagnostic(`${books.orders.size} acknowledged payments, ${books.refunds.size} refunds, ${books.unanswered.size} without an answer`);
  });
});

test('killed while webhooks are on their way: each is delivered, under one id', { timeout: 180_000 }, async () => {
  const listener = await platform.listener();
  const client = platform.merchant.client('hmac-sha256', { maxRetries: 0 });
  const paid = [];
  for (let round = 0; round < 3; round += 1) {
    const batch = await Promise.all(
      Array.from({ length: 10 }, async () => client.payments.create(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode(), notify_url: listener.url }))),
    );
    paid.push(...batch.filter(({ state }) => state === 'paid'));
    await platform.kill9();
    await platform.restart('SIGKILL');
  }
  assert.ok(paid.length > 0);
  for (const { id } of paid) await listener.event('payment.succeeded', ({ payment }) => payment.id === id, { timeoutMs: 90_000 });
  for (const { id } of paid) assert.equal(listener.count('payment.succeeded', ({ payment }) => payment.id === id), 1);
  await platform.checkBooks();
});
