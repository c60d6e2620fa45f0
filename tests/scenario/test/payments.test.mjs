/** Payments end to end: QR, redirect, barcode; idempotency; lists; webhooks. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FeiqianError } from '@feiqian/sdk';
import { assertAgreesWithProvider, eventually, newOrder, openForm, paidPayment, startPlatform, submit, waitForState } from '../harness.mjs';

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

const codeIs = (code, more = {}) => (error) => {
  assert.ok(error instanceof FeiqianError, String(error?.stack));
  assert.equal(error.code, code, error.message);
  for (const [key, value] of Object.entries(more)) assert.deepEqual(error[key], value, key);
  return true;
};

test('QR: shown, paid by the payer, notified, paid', async () => {
  const order = newOrder({ notify_url: listener.url, metadata: { table: '7' }, goods: [{ name: '龙井茶', quantity: 1, price_minor: 12800 }] });
  const payment = await client.payments.create(order);
  assert.equal(payment.state, 'open');
  assert.match(payment.qr_code, /^https?:\/\//);
  assert.equal(payment.cashier_url, null);
  assert.deepEqual(payment.metadata, { table: '7' });
  assert.deepEqual(payment.goods, order.goods);

  const trade = await platform.sandbox.tradeOf(payment);
  assert.equal(trade.total_minor, 12800);
  await platform.sandbox.pay(trade);
  const paid = await waitForState(client, payment.id, 'paid');
  assert.equal(paid.channel_trade_no, trade.trade_no);
  assert.ok(paid.paid_at >= paid.created_at);
  assert.ok(Number.isInteger(paid.fee_minor) && paid.fee_minor >= 0);

  const { event, headers } = await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
  assert.deepEqual({ ...event.data.payment, refunding_minor: 0 }, { ...paid, refunding_minor: 0 });
  assert.match(headers['webhook-signature'], /^v1,\S+ v1a,\S+$/);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('redirect: the cashier, the provider’s page, back to the shop', async () => {
  const payment = await client.payments.create(newOrder({ mode: 'redirect', method: undefined, return_url: 'http://127.0.0.1:9/orders/1?x=y', notify_url: listener.url }));
  assert.equal(payment.qr_code, null);
  const cashier = new URL(payment.cashier_url);
  const token = cashier.pathname.split('/').at(-1);
  const api = `${cashier.origin}/cashier/api/${token}`;
  const view = await (await fetch(api)).json();
  assert.equal(view.state, 'open');
  assert.ok(view.methods.some(({ method, scenes }) => method === 'alipay' && scenes.includes('page')));

  const started = await fetch(`${api}/attempts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"method":"alipay","scene":"page"}' });
  const { attempt } = await started.json();
  assert.match(attempt.redirect_url, /^http/);
  const wallet = await openForm(attempt.redirect_url, /^\/alipay\/wallet\/[^/]+\/pay$/);
  const wrong = await submit(wallet, { password: '000000' }, 'manual');
  assert.ok(wrong.status < 500);
  assert.equal((await client.payments.get(payment.id)).state, 'open', 'a wrong password pays nothing');
  const again = await openForm(attempt.redirect_url, /^\/alipay\/wallet\/[^/]+\/pay$/);
  const back = await submit(again, { password: '123456' }, 'manual');
  assert.ok(back.status < 400, `the wallet answers ${back.status}`);
  const paid = await waitForState(client, payment.id, 'paid');
  assert.equal(paid.method, 'alipay');
  const result = await (await fetch(api)).json();
  assert.equal(result.state, 'paid');
  const target = new URL(result.return_url);
  assert.equal(target.searchParams.get('payment_id'), payment.id);
  assert.equal(target.searchParams.get('merchant_order_no'), payment.merchant_order_no);
  assert.equal(target.searchParams.get('x'), 'y');
  await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
  await assertAgreesWithProvider(platform, client, payment.id);

  const late = await fetch(`${api}/attempts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"method":"alipay","scene":"page"}' });
  assert.equal(late.status, 409);
  assert.equal((await late.json()).code, 'payment.already_paid');
});

test('an unknown cashier token shows nothing', async () => {
  const answer = await fetch(`${platform.url}/cashier/api/not-a-token`);
  assert.equal(answer.status, 404);
  assert.equal((await answer.json()).code, 'payment.not_found');
});

test('barcode', async (t) => {
  await t.test('paid at once', async () => {
    const payment = await client.payments.create(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode(), notify_url: listener.url }));
    assert.equal(payment.state, 'paid');
    await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('the payer must confirm', async () => {
    const payment = await client.payments.create(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode('slow') }));
    assert.equal(payment.state, 'open');
    assert.equal(payment.last_error.code, 'payer.confirming');
    await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
    await waitForState(client, payment.id, 'paid');
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('the payer has no money', async () => {
    const payment = await client.payments.create(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode('poor'), notify_url: listener.url }));
    const closed = await waitForState(client, payment.id, 'closed');
    assert.equal(closed.close_reason, 'barcode_failed');
    assert.equal(typeof closed.last_error.code, 'string');
    await listener.event('payment.closed', ({ payment: one }) => one.id === payment.id);
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('a code that no payer has', async () => {
    const payment = await client.payments.create(newOrder({ mode: 'barcode', auth_code: '280000000000000000' }));
    const closed = await waitForState(client, payment.id, 'closed');
    assert.equal(closed.close_reason, 'barcode_failed');
  });
});

test('every algorithm works', async (t) => {
  for (const algorithm of ['ed25519', 'hmac-sha256', 'rsa-v1_5-sha256', 'ecdsa-p256-sha256']) {
    await t.test(algorithm, async () => {
      const one = platform.merchant.client(algorithm);
      const payment = await one.payments.create(newOrder());
      assert.equal((await one.payments.get(payment.id)).id, payment.id);
      await assert.rejects(one.payments.get('pay_0000000000000'), codeIs('payment.not_found', { status: 404, verified: true }));
    });
  }
});

test('idempotency: keys and order numbers', async (t) => {
  const key = () => `k-${Math.random().toString(36).slice(2)}`;
  await t.test('same key, same body: the first answer again, also when the payment has moved on', async () => {
    const order = newOrder({ mode: 'redirect' });
    const idempotencyKey = key();
    const first = await client.payments.create(order, { idempotencyKey });
    await client.payments.close(first.id);
    assert.deepEqual(await client.payments.create(order, { idempotencyKey }), first);
  });
  await t.test('a code’s answer waits for the channel: the repetition gets the payment as it is now', async () => {
    const order = newOrder();
    const idempotencyKey = key();
    const first = await client.payments.create(order, { idempotencyKey });
    await platform.sandbox.pay(await platform.sandbox.tradeOf(first));
    await waitForState(client, first.id, 'paid');
    const again = await client.payments.create(order, { idempotencyKey });
    assert.deepEqual([again.id, again.qr_code, again.state], [first.id, first.qr_code, 'paid']);
  });
  await t.test('same key, other body', async () => {
    const idempotencyKey = key();
    await client.payments.create(newOrder(), { idempotencyKey });
    await assert.rejects(client.payments.create(newOrder(), { idempotencyKey }), codeIs('idempotency.key_reused', { status: 409 }));
  });
  await t.test('same key, other path', async () => {
    const idempotencyKey = key();
    const payment = await client.payments.create(newOrder(), { idempotencyKey });
    await assert.rejects(client.payments.close(payment.id, { idempotencyKey }), codeIs('idempotency.key_reused', { status: 409 }));
  });
  await t.test('same order number, same content: the same payment', async () => {
    const order = newOrder();
    const first = await client.payments.create(order);
    const second = await client.payments.create(order);
    assert.equal(second.id, first.id);
  });
  const base = { goods: [{ name: '茶', quantity: 1, price_minor: 1 }], metadata: { a: 'b' } };
  for (const [field, change] of [
    ['amount_minor', { amount_minor: 12801 }],
    ['subject', { subject: '别的' }],
    ['mode', { mode: 'redirect' }],
    ['metadata', { metadata: { a: 'c' } }],
  ]) {
    await t.test(`same order number, other ${field}: 409 names the field`, async () => {
      const order = newOrder(base);
      await client.payments.create(order);
      await assert.rejects(client.payments.create({ ...order, ...change }), (error) => {
        assert.equal(error.status, 409, error.message);
        assert.ok(error.field === field || error.field?.startsWith(`${field}.`), `field is ${error.field}`);
        return true;
      });
    });
  }
  await t.test('the same order from 20 callers at once is one payment', async () => {
    const order = newOrder();
    const made = await Promise.all(Array.from({ length: 20 }, () => client.payments.create(order)));
    assert.equal(new Set(made.map(({ id }) => id)).size, 1);
    assert.equal(new Set(made.map(({ qr_code: code }) => code)).size, 1);
    await platform.sandbox.tradeOf(made[0]);
    assert.equal((await platform.sandbox.tradesOf(made[0])).length, 1);
  });
  await t.test('the same barcode order from 10 callers at once is paid once', async () => {
    const order = newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode() });
    const made = await Promise.all(Array.from({ length: 10 }, () => client.payments.create(order)));
    assert.equal(new Set(made.map(({ id }) => id)).size, 1);
    await waitForState(client, made[0].id, 'paid');
    const { trades } = await assertAgreesWithProvider(platform, client, made[0].id);
    assert.equal(trades.length, 1);
  });
});

test('lists: filters, pages, newest first', async () => {
  const made = [];
  for (let i = 0; i < 5; i += 1) made.push(await client.payments.create(newOrder({ amount_minor: 100 + i })));
  const pages = [];
  for await (const payment of client.payments.iterate({ limit: 2, created_from: made[0].created_at })) pages.push(payment.id);
  assert.deepEqual(pages, made.map(({ id }) => id).reverse());
  const one = await client.payments.list({ merchant_order_no: made[2].merchant_order_no });
  assert.deepEqual(one.data.map(({ id }) => id), [made[2].id]);
  assert.equal(one.next_cursor, null);
  const open = await client.payments.list({ state: 'open', method: 'alipay', limit: 100 });
  assert.ok(made.every(({ id }) => open.data.some((payment) => payment.id === id)));
  assert.deepEqual((await client.payments.list({ state: 'paid', created_from: made[0].created_at })).data, []);
  const other = (await platform.newMerchant('list-other')).client();
  assert.deepEqual((await other.payments.list()).data, [], 'another merchant sees none of them');
});

test('webhooks: tried again, logged, resent, one id for all tries', async () => {
  let refusals = 2;
  listener.respond = (_request, response) => response.writeHead(refusals-- > 0 ? 500 : 204).end();
  const payment = await paidPayment(platform, { notify_url: listener.url });
  const ours = ({ payment: one }) => one.id === payment.id;
  const delivered = await eventually(
    'the event is delivered',
    async () => (await client.webhookDeliveries.list({ type: 'payment.succeeded', limit: 100 })).data.find((one) => one.payment_id === payment.id && one.state === 'delivered'),
    { timeoutMs: 60_000, everyMs: 250 },
  );
  assert.deepEqual(delivered.deliveries.map(({ status }) => status).sort(), [204, 500, 500]);
  assert.equal(delivered.url, listener.url);
  assert.equal(listener.count('payment.succeeded', ours), 1);
  const tries = listener.received.filter(({ event }) => ours(event.data)).length;
  assert.equal(tries, 3);
  await client.webhookDeliveries.resend(delivered.id);
  await eventually('the resent event', () => (listener.received.filter(({ event }) => ours(event.data)).length > tries ? true : undefined));
  assert.equal(listener.count('payment.succeeded', ours), 1);
  assert.equal(listener.invalid.length, 0);
});

test('merchant suspended and resumed without a restart', async () => {
  const other = await platform.newMerchant('suspended');
  const theirs = other.client();
  const payment = await theirs.payments.create(newOrder());
  await platform.suspend(other);
  await assert.rejects(theirs.payments.create(newOrder()), (error) => {
    assert.equal(error.status, 403, error.message);
    return true;
  });
  assert.equal((await client.payments.create(newOrder())).state, 'open', 'other merchants are not touched');
  await platform.resume(other);
  assert.equal((await theirs.payments.create(newOrder())).state, 'open');
  assert.equal((await theirs.payments.get(payment.id)).state, 'open');
});

test('a revoked key stops at once; the merchant’s other keys go on', async () => {
  const other = await platform.newMerchant('revoked');
  const byHmac = other.client('hmac-sha256');
  await byHmac.payments.list();
  await platform.revokeKey(other.key('hmac-sha256').key_id);
  await assert.rejects(byHmac.payments.list(), (error) => error.status === 401);
  await other.client('ed25519').payments.list();
});
