/**
 * Every fault of the sandbox at every stage it can strike. The expectation is always the same: in the end the platform, the
 * provider and the books agree, and the merchant was told once.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { assertAgreesWithProvider, newOrder, paidPayment, pause, startPlatform, waitForRefund, waitForState } from '../harness.mjs';

let platform;
let client;
let listener;

before(async () => {
  platform = await startPlatform();
  client = platform.merchant.client('ed25519', { timeoutMs: 30_000 });
  listener = await platform.listener();
});
beforeEach(() => platform.sandbox.clearFaults());
afterEach(() => platform.checkBooks());
after(() => platform.stop());

const told = (payment, type) => listener.count(type, ({ payment: one }) => one.id === payment.id);
const patient = { timeoutMs: 120_000 };

test('when paying by barcode', async (t) => {
  const rows = [
    [{ kind: 'delay', delay_ms: 1500 }, ['paid']],
    [{ kind: 'timeout_after_execution' }, ['paid']],
    [{ kind: 'timeout_before_execution' }, ['paid', 'closed']],
    [{ kind: 'http_500' }, ['paid', 'closed']],
    [{ kind: 'bad_signature' }, ['paid', 'closed']],
    [{ kind: 'system_error' }, ['paid', 'closed']],
    [{ kind: 'insufficient_balance' }, ['closed']],
  ];
  for (const [fault, states] of rows) {
    await t.test(fault.kind, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'alipay.trade.pay', times: 1, ...fault });
      const payment = await client.payments.create(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode(), notify_url: listener.url }));
      const settled = await waitForState(client, payment.id, ['paid', 'closed'], patient);
      assert.ok(states.includes(settled.state), `${fault.kind}: ${settled.state}`);
      await assertAgreesWithProvider(platform, client, payment.id);
      await listener.event(settled.state === 'paid' ? 'payment.succeeded' : 'payment.closed', ({ payment: one }) => one.id === payment.id);
      assert.equal(told(payment, 'payment.succeeded') + told(payment, 'payment.closed'), 1);
    });
  }
});

test('when the QR code is made', async (t) => {
  for (const kind of ['delay', 'timeout_after_execution', 'timeout_before_execution', 'http_500', 'bad_signature', 'system_error']) {
    await t.test(kind, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'alipay.trade.precreate', times: 1, kind, delay_ms: 1500 });
      const order = newOrder({ notify_url: listener.url });
      let payment;
      try {
        payment = await client.payments.create(order);
      } catch (error) {
        assert.ok(error.status >= 500, error.message);
        payment = await client.payments.create(order);
      }
      // The same order again must lead to a code that can be paid, once.
      for (let tries = 0; payment.qr_code === null && payment.state === 'open' && tries < 30; tries += 1) {
        await pause(1000);
        payment = await client.payments.get(payment.id);
      }
      if (payment.state === 'open') {
        assert.ok(payment.qr_code, 'a code is there');
        await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
        await waitForState(client, payment.id, 'paid', patient);
      }
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});

test('when the notification comes', async (t) => {
  const rows = [
    { kind: 'notify_drop' },
    { kind: 'notify_repeat' },
    { kind: 'notify_reorder' },
    { kind: 'notify_wrong_amount', minor: 1 },
    { kind: 'notify_wrong_amount', minor: -1 },
    { kind: 'notify_bad_signature' },
  ];
  for (const fault of rows) {
    await t.test(`${fault.kind} ${fault.minor ?? ''}`, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: '*', ...fault });
      const payment = await client.payments.create(newOrder({ notify_url: listener.url }));
      await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
      const paid = await waitForState(client, payment.id, 'paid', patient);
      assert.equal(paid.amount_minor, payment.amount_minor);
      await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
      assert.equal(told(payment, 'payment.succeeded'), 1);
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});

test('when refunding', async (t) => {
  const rows = [
    [{ kind: 'delay', delay_ms: 1500 }, 'succeeded'],
    [{ kind: 'timeout_after_execution' }, 'succeeded'],
    [{ kind: 'timeout_before_execution' }, 'succeeded'],
    [{ kind: 'http_500' }, 'succeeded'],
    [{ kind: 'bad_signature' }, 'succeeded'],
    [{ kind: 'system_error' }, 'succeeded'],
    [{ kind: 'refund_pending', delay_ms: 2000 }, 'succeeded'],
    [{ kind: 'refund_fail' }, 'failed'],
  ];
  for (const [fault, state] of rows) {
    await t.test(fault.kind, async () => {
      await platform.sandbox.clearFaults();
      const payment = await paidPayment(platform, { notify_url: listener.url });
      await platform.sandbox.fault({ method: 'alipay.trade.refund', times: 1, ...fault });
      const made = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-R`, amount_minor: 2800 });
      const refund = await waitForRefund(client, made.id, state, patient);
      const now = await client.payments.get(payment.id);
      assert.equal(now.refunding_minor, 0);
      assert.equal(now.refunded_minor, state === 'succeeded' ? 2800 : 0);
      await listener.event(`refund.${state}`, ({ refund: one }) => one.id === made.id);
      const { trades } = await assertAgreesWithProvider(platform, client, payment.id);
      assert.equal(trades[0].refunds.filter((one) => one.amount_minor === 2800 && one.state === 'succeeded').length, state === 'succeeded' ? 1 : 0);
      if (state === 'failed') {
        assert.equal(typeof refund.failure.code, 'string');
        const again = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-R2`, amount_minor: payment.amount_minor });
        await waitForRefund(client, again.id);
      }
    });
  }
});

test('when closing', async (t) => {
  for (const kind of ['delay', 'timeout_after_execution', 'timeout_before_execution', 'http_500', 'bad_signature', 'system_error']) {
    await t.test(kind, async () => {
      await platform.sandbox.clearFaults();
      const payment = await client.payments.create(newOrder());
      await platform.sandbox.tradeOf(payment);
      await platform.sandbox.fault({ method: 'alipay.trade.close', times: 1, kind, delay_ms: 1500 });
      await client.payments.close(payment.id);
      await waitForState(client, payment.id, 'closed', patient);
      assert.equal((await platform.sandbox.tradeOf(payment)).state, 'TRADE_CLOSED');
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});

test('a provider that answers nothing right for a while: 30 payments, all settle, all agree', async () => {
  for (const kind of ['timeout_after_execution', 'http_500', 'bad_signature', 'system_error', 'notify_drop']) {
    await platform.sandbox.fault({ kind, method: '*', rate: 0.15 });
  }
  const payments = await Promise.all(
    Array.from({ length: 30 }, async () => client.payments.create(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode() }))),
  );
  await pause(1000);
  await platform.sandbox.clearFaults();
  for (const payment of payments) {
    await waitForState(client, payment.id, ['paid', 'closed'], patient);
    await assertAgreesWithProvider(platform, client, payment.id);
  }
});
