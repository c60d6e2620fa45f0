/** Refunds: parts to the last cent, never more than was paid, fee back by rule. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FeiqianError } from '@feiqian/sdk';
import { assertAgreesWithProvider, newOrder, paidPayment, startPlatform, waitForRefund, waitForState } from '../harness.mjs';

let platform;
let client;
let listener;

before(async () => {
  platform = await startPlatform();
  client = platform.merchant.client();
  listener = await platform.listener();
});
afterEach(() => platform.checkBooks());
after(() => platform.stop());

const refusedWith = (code, status) => (error) => {
  assert.ok(error instanceof FeiqianError, String(error?.stack));
  assert.equal(error.code, code, error.message);
  if (status) assert.equal(error.status, status);
  return true;
};

test('in parts, to the last cent; the fee comes back exactly', async () => {
  const payment = await paidPayment(platform, { amount_minor: 9999, notify_url: listener.url });
  const parts = [1, 3333, 3333, 3331, 1];
  let back = 0;
  let feeBack = 0;
  for (const [index, amount] of parts.entries()) {
    const made = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-R${index}`, amount_minor: amount, reason: '退货' });
    assert.equal(made.kind, 'merchant');
    const refund = await waitForRefund(client, made.id);
    back += amount;
    feeBack += refund.fee_returned_minor;
    const now = await client.payments.get(payment.id);
    assert.equal(now.refunded_minor, back);
    assert.equal(now.refunding_minor, 0);
    await listener.event('refund.succeeded', ({ refund: one, payment: of }) => one.id === made.id && of.id === payment.id);
  }
  assert.equal(back, payment.amount_minor);
  assert.equal(feeBack, payment.fee_minor, 'refunded in full, the whole fee is back, not a cent more or less');
  const one = { merchant_refund_no: `${payment.merchant_order_no}-R9`, amount_minor: 1 };
  await assert.rejects(client.refunds.create(payment.id, one), refusedWith('refund.exceeds_remainder', 422));
  const listed = await client.refunds.listForPayment(payment.id);
  assert.deepEqual(listed.data.map(({ amount_minor: amount }) => amount), [...parts].reverse());
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('above the remainder from 50 callers at once: never more than was paid', async () => {
  const payment = await paidPayment(platform, { amount_minor: 10_000 });
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, i) => client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-P${i}`, amount_minor: 1500 })),
  );
  const accepted = results.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
  assert.equal(accepted.length, 6, 'six times 15.00 fit into 100.00');
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) refusedWith('refund.exceeds_remainder', 422)(reason);
  for (const refund of accepted) await waitForRefund(client, refund.id);
  assert.equal((await client.payments.get(payment.id)).refunded_minor, 9000);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('the same refund from 20 callers at once is one refund', async () => {
  const payment = await paidPayment(platform);
  const refund = { merchant_refund_no: `${payment.merchant_order_no}-S`, amount_minor: 2800 };
  const made = await Promise.all(Array.from({ length: 20 }, () => client.refunds.create(payment.id, refund)));
  assert.equal(new Set(made.map(({ id }) => id)).size, 1);
  await waitForRefund(client, made[0].id);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('refused refunds', async (t) => {
  const payment = await paidPayment(platform);
  const number = `${payment.merchant_order_no}-F`;
  const first = await client.refunds.create(payment.id, { merchant_refund_no: number, amount_minor: 100 });
  await waitForRefund(client, first.id);
  await t.test('same number, other amount: 409 names the field', async () => {
    await assert.rejects(client.refunds.create(payment.id, { merchant_refund_no: number, amount_minor: 101 }), (error) => {
      assert.equal(error.status, 409);
      assert.equal(error.field, 'amount_minor');
      return true;
    });
  });
  await t.test('same number for another payment: 409', async () => {
    const other = await paidPayment(platform);
    await assert.rejects(client.refunds.create(other.id, { merchant_refund_no: number, amount_minor: 100 }), (error) => error.status === 409);
  });
  await t.test('more than was paid', async () => {
    await assert.rejects(client.refunds.create(payment.id, { merchant_refund_no: `${number}2`, amount_minor: 12801 }), refusedWith('refund.exceeds_remainder', 422));
  });
  await t.test('a payment that is not paid', async () => {
    const open = await client.payments.create(newOrder());
    await assert.rejects(client.refunds.create(open.id, { merchant_refund_no: `${number}3`, amount_minor: 1 }), (error) => {
      assert.ok(error.status === 409 || error.status === 422, error.message);
      return true;
    });
  });
  await t.test("another merchant's payment is not found", async () => {
    const other = (await platform.newMerchant('refund-other')).client();
    await assert.rejects(other.refunds.create(payment.id, { merchant_refund_no: 'X', amount_minor: 1 }), refusedWith('payment.not_found', 404));
    await assert.rejects(other.refunds.get(first.id), refusedWith('refund.not_found', 404));
    await assert.rejects(other.refunds.listForPayment(payment.id), refusedWith('payment.not_found', 404));
    assert.deepEqual((await other.refunds.list()).data, []);
  });
});

test('a refund of a payment paid by barcode', async () => {
  const payment = await client.payments.create(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode() }));
  await waitForState(client, payment.id, 'paid');
  const refund = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-B`, amount_minor: payment.amount_minor });
  await waitForRefund(client, refund.id);
  await assertAgreesWithProvider(platform, client, payment.id);
});
