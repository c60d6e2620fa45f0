/**
 * kill −9 under load, again and again: what was acknowledged is there exactly once with the acknowledged content, nothing is
 * half done, the books are right, and the platform, the provider and the merchant agree in the end.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FeiqianError } from '@feiqian/sdk';
import { checkBalanced, eventually, isPaid, newOrder, pause, startPlatform } from '../harness.mjs';

const kRounds = Number(process.env.FEIQIAN_KILL_ROUNDS ?? 20);
const kCallers = Number(process.env.FEIQIAN_KILL_CALLERS ?? 8);
let platform;

before(async () => {
  platform = await startPlatform();
});
after(() => platform.stop());

/** What the platform acknowledged to the merchant. */
class Acknowledged {
  constructor() {
    this.orders = new Map();
    this.refunds = new Map();
    this.unanswered = new Map();
  }

  payment(payment) {
    const known = this.orders.get(payment.id);
    if (known?.state === 'paid') assert.equal(payment.state, 'paid');
    this.orders.set(payment.id, payment);
    this.unanswered.delete(payment.merchant_order_no);
  }
}

/** One caller: creates, pays by barcode, looks, refunds, until the platform is gone. */
async function caller(client, books, stopped) {
  while (!stopped()) {
    const amount = 100 + Math.floor(Math.random() * 10_000);
    const barcode = Math.random() < 0.7;
    const order = newOrder(barcode ? { mode: 'barcode', auth_code: await platform.sandbox.authCode(), amount_minor: amount } : { amount_minor: amount });
    books.unanswered.set(order.merchant_order_no, order);
    try {
      const payment = await client.payments.create(order);
      books.payment(payment);
      if (payment.state === 'paid' && Math.random() < 0.5) {
        const refund = { merchant_refund_no: `${order.merchant_order_no}-R`, amount_minor: Math.ceil(amount / 3) };
        const made = await client.refunds.create(payment.id, refund);
        books.refunds.set(made.id, made);
      }
    } catch (error) {
      // Killed in the middle (no answer, or half of one), or honestly overloaded. Anything else is a fault of the platform.
      if (!(error instanceof FeiqianError) || !(error.outcomeUnknown || error.retryable)) throw error;
      if (!stopped()) await pause(5);
    }
  }
}

async function checkAcknowledged(client, books) {
  for (const acknowledged of books.orders.values()) {
    const { data } = await client.payments.list({ merchant_order_no: acknowledged.merchant_order_no });
    assert.equal(data.length, 1, `${acknowledged.merchant_order_no} is there ${data.length} times`);
    const [payment] = data;
    for (const key of ['id', 'amount_minor', 'currency', 'subject', 'mode', 'method', 'created_at', 'qr_code']) {
      assert.deepEqual(payment[key], acknowledged[key], `${payment.id} ${key}`);
    }
    if (acknowledged.state === 'paid') {
      assert.equal(payment.state, 'paid', `${payment.id} was acknowledged as paid`);
      assert.equal(payment.paid_at, acknowledged.paid_at);
      assert.equal(payment.fee_minor, acknowledged.fee_minor);
    }
  }
  for (const acknowledged of books.refunds.values()) {
    const refund = await client.refunds.get(acknowledged.id);
    assert.equal(refund.amount_minor, acknowledged.amount_minor);
    assert.equal(refund.payment_id, acknowledged.payment_id);
  }
}

test(`${kRounds} times kill −9 under load`, { timeout: 30 * 60_000 }, async (t) => {
  const books = new Acknowledged();
  const options = { maxRetries: 0, timeoutMs: 15_000 };
  for (let round = 1; round <= kRounds; round += 1) {
    await t.test(`round ${round}`, async () => {
      let stopped = false;
      const clients = Array.from({ length: kCallers }, (_, i) => platform.merchant.client(i % 2 ? 'ed25519' : 'hmac-sha256', options));
      const before_ = books.orders.size;
      const callers = clients.map((client) => caller(client, books, () => stopped));
      await pause(150 + Math.random() * 650);
      await platform.kill9();
      stopped = true;
      await Promise.all(callers);
      for (const client of clients) client.close();
      assert.ok(books.orders.size > before_, 'there was load when it was killed');

      await platform.restart('SIGKILL');
      const verified = await platform.command(['verify']);
      assert.match(verified, /^verify: ok/m);
      checkBalanced(JSON.parse(await platform.command(['ledger', 'trial-balance', '--json'])));
    });
  }

  const client = platform.merchant.client('hmac-sha256');
  await t.test('every acknowledged payment and refund is there once, as acknowledged', () => checkAcknowledged(client, books));

  await t.test('an order without an answer was done once or not at all, and asking again settles it', async () => {
    for (const order of books.unanswered.values()) {
      const { data } = await client.payments.list({ merchant_order_no: order.merchant_order_no });
      assert.ok(data.length <= 1);
      const again = await client.payments.create(order);
      if (data.length === 1) assert.equal(again.id, data[0].id);
      books.orders.set(again.id, again);
    }
    await checkAcknowledged(client, books);
  });

  await t.test('in the end nothing hangs, and the provider’s books are ours', async () => {
    const barcodes = [...books.orders.values()].filter(({ mode }) => mode === 'barcode');
    for (const { id } of barcodes) {
      const settled = await eventually(
        `${id} settles`,
        async () => {
          const payment = await client.payments.get(id);
          return payment.state !== 'open' && payment.state !== 'closing' && payment.refunding_minor === 0 ? payment : undefined;
        },
        { timeoutMs: 120_000, everyMs: 200 },
      );
      books.orders.set(id, settled);
    }
    const bySubject = new Map();
    for (const trade of await platform.sandbox.trades()) bySubject.set(trade.subject, [...(bySubject.get(trade.subject) ?? []), trade]);
    for (const payment of barcodes.map(({ id }) => books.orders.get(id))) {
      const trades = (bySubject.get(payment.subject) ?? []).filter(isPaid);
      const held = trades.reduce((sum, trade) => sum + trade.total_minor - trade.refunded_minor, 0);
      assert.equal(held, payment.state === 'paid' ? payment.amount_minor - payment.refunded_minor : 0, `${payment.id} ${payment.state}`);
      if (payment.state === 'paid') assert.equal(trades.length, 1, 'paid once');
    }
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
