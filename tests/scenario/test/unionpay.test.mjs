/** UnionPay end to end: code, the payer's code, the provider's page by a form, refunds, and every fault on the way. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { assertAgreesWithProvider, newOrder, openForm, pause, startPlatform, submit, waitForRefund, waitForState } from '../harness.mjs';

let platform;
let client;
let listener;

before(async () => {
  platform = await startPlatform({ settings: { 'channels.unionpay.timeout_ms': 2500 } });
  client = platform.merchant.client('ed25519', { timeoutMs: 30_000 });
  listener = await platform.listener();
});
beforeEach(() => platform.sandbox.clearFaults());
afterEach(() => platform.checkBooks());
after(() => platform.stop());

const patient = { timeoutMs: 120_000 };
const told = (payment, type) => listener.count(type, ({ payment: one }) => one.id === payment.id);
const unionpayOrder = (more = {}) => newOrder({ method: 'unionpay', notify_url: listener.url, ...more });

async function authCode(payer = 'rich') {
  return (await platform.sandbox.control('POST', '/auth-codes', { channel: 'unionpay', payer })).auth_code;
}

async function paidByCode(more = {}) {
  const payment = await client.payments.create(unionpayOrder(more));
  await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
  return waitForState(client, payment.id, 'paid', patient);
}

test('a code: shown, scanned, paid, refunded in parts', async () => {
  const payment = await client.payments.create(unionpayOrder());
  assert.match(payment.qr_code, /\/unionpay\/qr\//);
  await platform.sandbox.scan(payment.qr_code);
  const trade = await platform.sandbox.tradeOf(payment);
  assert.equal(trade.channel, 'unionpay');
  assert.match(trade.out_trade_no, /^att[0-9a-z]{13}$/);
  await platform.sandbox.pay(trade);
  const paid = await waitForState(client, payment.id, 'paid', patient);
  assert.equal(paid.method, 'unionpay');
  assert.equal(paid.channel_trade_no, trade.trade_no);
  await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
  for (const amount of [2800, 10000]) {
    const made = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-${amount}`, amount_minor: amount });
    await waitForRefund(client, made.id, 'succeeded', patient);
  }
  assert.equal((await client.payments.get(payment.id)).refunded_minor, 12800);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('a front payment: the cashier’s form, the provider’s page, back to the cashier', async () => {
  const payment = await client.payments.create(unionpayOrder({ mode: 'redirect', return_url: 'http://127.0.0.1:9/orders/1' }));
  const cashier = new URL(payment.cashier_url);
  const api = `${cashier.origin}/cashier/api/${cashier.pathname.split('/').at(-1)}`;
  const started = await fetch(`${api}/attempts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"method":"unionpay","scene":"page"}' });
  const { attempt } = await started.json();
  assert.equal(attempt.redirect_url, `${payment.cashier_url}/leave`);
  const leaving = await fetch(attempt.redirect_url);
  assert.match(leaving.headers.get('content-security-policy'), /script-src 'sha256-/);
  assert.match(await leaving.text(), /name="txnSubType" value="01"/);

  const wallet = await openForm(attempt.redirect_url, /^\/unionpay\/wallet\/[^/]+\/pay$/);
  const result = await submit(wallet, { password: '123456', payer: 'rich' }, 'follow');
  assert.match(await result.clone().text(), /data-testid="wallet-paid"/);
  const back = await openForm(result.url, /^\/cashier\//);
  assert.equal(back.action.href, payment.cashier_url);
  const returned = await submit(back, {}, 'manual');
  assert.equal(returned.status, 303);
  assert.equal(returned.headers.get('location'), cashier.pathname);
  await waitForState(client, payment.id, 'paid', patient);
  await assertAgreesWithProvider(platform, client, payment.id);
  const late = await fetch(attempt.redirect_url, { redirect: 'manual' });
  assert.equal(late.status, 303, 'what is paid sends nobody to the provider');
});

test('the payer’s code', async (t) => {
  await t.test('paid', async () => {
    const payment = await client.payments.create(unionpayOrder({ mode: 'barcode', auth_code: await authCode() }));
    await waitForState(client, payment.id, 'paid', patient);
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('the payer must confirm', async () => {
    const payment = await client.payments.create(unionpayOrder({ mode: 'barcode', auth_code: await authCode('slow') }));
    assert.equal(payment.state, 'open');
    await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
    await waitForState(client, payment.id, 'paid', patient);
  });
  await t.test('the payer has no money', async () => {
    const payment = await client.payments.create(unionpayOrder({ mode: 'barcode', auth_code: await authCode('poor') }));
    const closed = await waitForState(client, payment.id, 'closed', patient);
    assert.equal(closed.close_reason, 'barcode_failed');
    assert.equal(closed.last_error.code, 'payer.insufficient_balance');
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('a code that no payer has', async () => {
    const payment = await client.payments.create(unionpayOrder({ mode: 'barcode', auth_code: '6200000000000000000' }));
    const closed = await waitForState(client, payment.id, 'closed', patient);
    assert.equal(closed.last_error.code, 'payer.code_invalid');
  });
});

test('faults when paying by the payer’s code', async (t) => {
  const rows = [
    [{ kind: 'delay', delay_ms: 1500 }, ['paid']],
    [{ kind: 'timeout_after_execution' }, ['paid']],
    [{ kind: 'timeout_before_execution' }, ['closed']],
    [{ kind: 'http_500' }, ['closed']],
    [{ kind: 'bad_signature' }, ['paid']],
    [{ kind: 'system_error' }, ['closed']],
    [{ kind: 'insufficient_balance' }, ['closed']],
  ];
  for (const [fault, states] of rows) {
    await t.test(fault.kind, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'unionpay.barcode', times: 1, ...fault });
      const payment = await client.payments.create(unionpayOrder({ mode: 'barcode', auth_code: await authCode() }));
      const settled = await waitForState(client, payment.id, ['paid', 'closed'], patient);
      assert.ok(states.includes(settled.state), `${fault.kind}: ${settled.state}`);
      await assertAgreesWithProvider(platform, client, payment.id);
      await listener.event(settled.state === 'paid' ? 'payment.succeeded' : 'payment.closed', ({ payment: one }) => one.id === payment.id);
      assert.equal(told(payment, 'payment.succeeded') + told(payment, 'payment.closed'), 1);
    });
  }
});

test('faults when the code is made', async (t) => {
  for (const kind of ['delay', 'timeout_after_execution', 'timeout_before_execution', 'http_500', 'bad_signature', 'system_error']) {
    await t.test(kind, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'unionpay.qr', times: 1, kind, delay_ms: 1500 });
      let payment = await client.payments.create(unionpayOrder());
      for (let tries = 0; payment.qr_code === null && payment.state === 'open' && tries < 30; tries += 1) {
        await pause(1000);
        payment = await client.payments.get(payment.id);
      }
      assert.ok(payment.qr_code, 'a code is there');
      await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
      await waitForState(client, payment.id, 'paid', patient);
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});

test('faults when refunding', async (t) => {
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
      const payment = await paidByCode();
      await platform.sandbox.fault({ method: 'unionpay.refund', times: 1, ...fault });
      const made = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-R`, amount_minor: 2800 });
      await waitForRefund(client, made.id, state, patient);
      assert.equal((await client.payments.get(payment.id)).refunded_minor, state === 'succeeded' ? 2800 : 0);
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});

test('faults of notifications', async (t) => {
  for (const kind of ['notify_drop', 'notify_repeat', 'notify_wrong_amount', 'notify_bad_signature']) {
    await t.test(kind, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'unionpay.qr', times: 1, kind });
      const payment = await paidByCode();
      assert.equal(payment.amount_minor, 12800);
      await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
      assert.equal(told(payment, 'payment.succeeded'), 1);
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});
