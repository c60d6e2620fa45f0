/** Callers that create, pay and refund while something goes wrong, and what must be true of all they were told. */
import assert from 'node:assert/strict';
import { FeiqianError } from '@feiqian/sdk';
import { eventually, isPaid, newOrder, pause } from './harness.mjs';

/** What the platform acknowledged to the merchant. */
export class Acknowledged {
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

/** One caller: creates, pays by barcode, looks, refunds, until it is told to stop or the platform is gone. */
export async function caller(platform, client, books, stopped) {
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

export async function checkAcknowledged(client, books) {
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

/** An order without an answer was done once or not at all, and asking again settles it. */
export async function settleUnanswered(client, books) {
  for (const order of books.unanswered.values()) {
    const { data } = await client.payments.list({ merchant_order_no: order.merchant_order_no });
    assert.ok(data.length <= 1);
    const again = await client.payments.create(order);
    if (data.length === 1) assert.equal(again.id, data[0].id);
    books.orders.set(again.id, again);
  }
}

/** Every barcode payment comes to an end, and the provider holds exactly what our books say. */
export async function checkAgainstProvider(platform, client, books) {
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
}

/** Callers on all of `clients` for as long as `during` takes. */
export async function underLoad(platform, clients, books, during) {
  let stopped = false;
  const callers = clients.map((client) => caller(platform, client, books, () => stopped));
  try {
    return await during();
  } finally {
    stopped = true;
    await Promise.all(callers);
  }
}
