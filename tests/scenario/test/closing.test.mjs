/** Closing, expiry, and money that comes all the same. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { assertAgreesWithProvider, eventually, isPaid, newOrder, paidPayment, startPlatform, waitForState } from '../harness.mjs';

let platform;
let client;
let listener;

before(async () => {
  platform = await startPlatform();
  client = platform.merchant.client();
  listener = await platform.listener();
});
beforeEach(() => platform.sandbox.clearFaults());
afterEach(() => platform.checkBooks());
after(() => platform.stop());

/** The one refund that gave back money the merchant never had. */
function automaticRefund(paymentId, kinds) {
  return eventually(
    `a refund of kind ${kinds.join(' or ')}`,
    async () => (await client.refunds.listForPayment(paymentId)).data.find((one) => kinds.includes(one.kind) && one.state === 'succeeded'),
    { timeoutMs: 60_000, everyMs: 100 },
  );
}

test('closed by the merchant: closed at the provider first, nobody can pay any more', async () => {
  const payment = await client.payments.create(newOrder({ notify_url: listener.url }));
  const trade = await platform.sandbox.tradeOf(payment);
  const answer = await client.payments.close(payment.id);
  assert.ok(answer.state === 'closing' || answer.state === 'closed');
  const closed = await waitForState(client, payment.id, 'closed');
  assert.equal(closed.close_reason, 'merchant');
  assert.ok(closed.closed_at);
  assert.equal((await platform.sandbox.tradeOf(payment)).state, 'TRADE_CLOSED');
  await assert.rejects(platform.sandbox.pay(trade));
  await listener.event('payment.closed', ({ payment: one }) => one.id === payment.id);
  await assertAgreesWithProvider(platform, client, payment.id);
  assert.equal((await client.payments.close(payment.id)).state, 'closed', 'closing again changes nothing');
});

test('closed before anybody opened the code: who pays it later gets his money back', async () => {
  const payment = await client.payments.create(newOrder({ notify_url: listener.url }));
  await client.payments.close(payment.id);
  await waitForState(client, payment.id, 'closed');
  // The provider knows no trade before the code is opened, so there was nothing to close and the code is still good.
  await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
  const refund = await automaticRefund(payment.id, ['late']);
  assert.equal(refund.amount_minor, payment.amount_minor);
  assert.equal((await client.payments.get(payment.id)).state, 'closed');
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('a redirect payment nobody began to pay closes too', async () => {
  const payment = await client.payments.create(newOrder({ mode: 'redirect', method: undefined }));
  await client.payments.close(payment.id);
  assert.equal((await waitForState(client, payment.id, 'closed')).close_reason, 'merchant');
});

test('a paid payment cannot be closed', async () => {
  const payment = await paidPayment(platform);
  await assert.rejects(client.payments.close(payment.id), (error) => {
    assert.equal(error.status, 409, error.message);
    return true;
  });
  assert.equal((await client.payments.get(payment.id)).state, 'paid');
});

test('paid at the provider, not yet known here: close finds the money', async () => {
  await platform.sandbox.fault({ kind: 'notify_drop', method: '*' });
  const payment = await client.payments.create(newOrder());
  await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
  await client.payments.close(payment.id).catch((error) => assert.equal(error.status, 409));
  await waitForState(client, payment.id, 'paid');
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('expired: closed at the provider first', async () => {
  const payment = await client.payments.create(newOrder({ expires_in_s: 3, notify_url: listener.url }));
  await platform.sandbox.tradeOf(payment);
  const closed = await waitForState(client, payment.id, 'closed');
  assert.equal(closed.close_reason, 'expired');
  assert.equal((await platform.sandbox.tradeOf(payment)).state, 'TRADE_CLOSED');
  await listener.event('payment.closed', ({ payment: one }) => one.id === payment.id && one.close_reason === 'expired');
});

test('expired, but the payer paid and no notification came: asked before closing, so it is paid', async () => {
  await platform.sandbox.fault({ kind: 'notify_drop', method: '*' });
  const payment = await client.payments.create(newOrder({ expires_in_s: 3 }));
  await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
  const settled = await waitForState(client, payment.id, ['paid', 'closed']);
  assert.equal(settled.state, 'paid');
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('money after the close goes back by itself', async () => {
  await platform.sandbox.fault({ kind: 'pay_after_close', method: '*', times: 1 });
  const payment = await client.payments.create(newOrder({ notify_url: listener.url }));
  await platform.sandbox.tradeOf(payment);
  await client.payments.close(payment.id);
  await waitForState(client, payment.id, 'closed');
  const refund = await automaticRefund(payment.id, ['late']);
  assert.equal(refund.amount_minor, payment.amount_minor);
  assert.equal((await client.payments.get(payment.id)).state, 'closed', 'the merchant was told closed, and closed it stays');
  assert.equal(listener.count('payment.succeeded', ({ payment: one }) => one.id === payment.id), 0);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('the payer pays twice, by QR and on the page: one pays the order, the other goes back', async () => {
  const payment = await client.payments.create(newOrder({ mode: 'redirect', method: undefined, notify_url: listener.url }));
  const token = new URL(payment.cashier_url).pathname.split('/').at(-1);
  const api = `${platform.url}/cashier/api/${token}`;
  const begin = async (scene) => (await (await fetch(`${api}/attempts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ method: 'alipay', scene }) })).json()).attempt;
  // Whatever the platform closes at the provider when the payer changes his mind, the money of the first comes all the same.
  await platform.sandbox.fault({ kind: 'pay_after_close', method: '*', times: 1 });
  const qr = await begin('qr');
  const first = await platform.sandbox.tradeOf({ ...payment, qr_code: qr.qr_code });
  const page = await begin('page');
  await fetch(page.redirect_url);
  const second = await eventually('the second trade', async () => (await platform.sandbox.tradesOf(payment)).find((one) => one.out_trade_no !== first.out_trade_no));
  await Promise.allSettled([platform.sandbox.pay(first), platform.sandbox.pay(second)]);
  await waitForState(client, payment.id, 'paid');
  await eventually('both trades hold money', async () => ((await platform.sandbox.tradesOf(payment)).filter(isPaid).length === 2 ? true : undefined));
  const refund = await automaticRefund(payment.id, ['surplus', 'late']);
  assert.equal(refund.amount_minor, payment.amount_minor);
  const { trades, payment: now } = await assertAgreesWithProvider(platform, client, payment.id);
  assert.equal(trades.filter((one) => one.refunded_minor === payment.amount_minor).length, 1);
  assert.equal(now.refunded_minor, 0, 'the surplus was never the merchant’s, so nothing of his is refunded');
  assert.equal(listener.count('payment.succeeded', ({ payment: one }) => one.id === payment.id), 1);
});
