/** Payments by WeChat Pay, end to end, and its faults: in the end the platform, the provider and the books agree. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { assertAgreesWithProvider, eventually, newOrder, openForm, pause, startPlatform, submit, waitForRefund, waitForState } from '../harness.mjs';

let platform;
let client;
let listener;

before(async () => {
  platform = await startPlatform({ settings: { 'channels.wechatpay.timeout_ms': 2500 } });
  client = platform.merchant.client('ed25519', { timeoutMs: 30_000 });
  listener = await platform.listener();
});
beforeEach(() => platform.sandbox.clearFaults());
afterEach(() => platform.checkBooks());
after(() => platform.stop());

const patient = { timeoutMs: 120_000 };
const wechat = (more = {}) => newOrder({ method: 'wechatpay', notify_url: listener.url, ...more });
const barcode = async (payer = 'rich') => wechat({ mode: 'barcode', auth_code: await platform.sandbox.authCode(payer, 'wechatpay') });
const told = (payment, type) => listener.count(type, ({ payment: one }) => one.id === payment.id);

async function paid(more = {}) {
  const payment = await client.payments.create(wechat(more));
  await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
  return waitForState(client, payment.id, 'paid');
}

test('QR: shown, paid by the payer, notified, paid', async () => {
  const payment = await client.payments.create(wechat());
  assert.match(payment.qr_code, /\/wechatpay\/qr\//);
  const trade = await platform.sandbox.tradeOf(payment);
  assert.equal(trade.channel, 'wechatpay');
  await platform.sandbox.pay(trade);
  const done = await waitForState(client, payment.id, 'paid');
  assert.equal(done.method, 'wechatpay');
  assert.equal(done.channel_trade_no, trade.trade_no);
  await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
  const notified = await eventually('the provider’s notification is acknowledged', async () => {
    const [{ notify }] = await platform.sandbox.tradesOf(payment);
    return notify?.state === 'acknowledged' ? notify : undefined;
  });
  assert.equal(notified.last_status, 204);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('barcode', async (t) => {
  await t.test('paid at once', async () => {
    const payment = await client.payments.create(await barcode());
    assert.equal(payment.state, 'paid');
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('the payer must confirm', async () => {
    const payment = await client.payments.create(await barcode('slow'));
    assert.equal(payment.state, 'open');
    await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
    await waitForState(client, payment.id, 'paid');
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('the payer has no money', async () => {
    const payment = await client.payments.create(await barcode('poor'));
    const closed = await waitForState(client, payment.id, 'closed');
    assert.equal(closed.last_error.code, 'payer.insufficient_balance');
    await assertAgreesWithProvider(platform, client, payment.id);
  });
  await t.test('Alipay’s barcode is not WeChat Pay’s', async () => {
    const payment = await client.payments.create(wechat({ mode: 'barcode', auth_code: await platform.sandbox.authCode('rich') }));
    const closed = await waitForState(client, payment.id, 'closed');
    assert.equal(closed.last_error.code, 'payer.code_invalid');
  });
});

test('JSAPI and app: parameters for the provider’s function, the same for the same order', async (t) => {
  for (const [mode, field, more] of [['jsapi', 'paySign', { payer_id: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }], ['app', 'sign', {}]]) {
    await t.test(mode, async () => {
      const order = wechat({ mode, ...more });
      const payment = await client.payments.create(order);
      assert.equal(payment.state, 'open');
      assert.equal(payment.qr_code, null);
      assert.ok(payment.pay_parameters[field].length > 300, JSON.stringify(payment.pay_parameters));
      assert.deepEqual((await client.payments.create(order)).pay_parameters, payment.pay_parameters);
      await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
      await waitForState(client, payment.id, 'paid', patient);
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
  await t.test('who pays must be said, and only there', async () => {
    await assert.rejects(client.payments.create(wechat({ mode: 'jsapi' })), { code: 'request.missing_field', field: 'payer_id' });
    await assert.rejects(client.payments.create(wechat({ payer_id: 'oUpF8u' })), { code: 'request.invalid_field', field: 'payer_id' });
    for (const method of ['alipay', 'unionpay'])
      await assert.rejects(client.payments.create(wechat({ mode: 'app', method })), { code: 'request.invalid_field', field: 'method' });
  });
});

test('H5: the cashier asks for the address, the payer pays there', async () => {
  const payment = await client.payments.create(wechat({ mode: 'redirect' }));
  const cashier = new URL(payment.cashier_url);
  const started = await fetch(`${cashier.origin}/cashier/api/${cashier.pathname.split('/').at(-1)}/attempts`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"method":"wechatpay","scene":"wap"}',
  });
  const { attempt, methods } = await started.json();
  assert.deepEqual(methods.find(({ method }) => method === 'wechatpay').scenes, ['qr', 'wap']);
  assert.match(attempt.redirect_url, /\/wechatpay\/h5\//);
  const wallet = await openForm(attempt.redirect_url, /^\/wechatpay\/wallet\/[^/]+\/pay$/);
  await submit(wallet, { password: '123456', payer: 'rich' }, 'follow');
  await waitForState(client, payment.id, 'paid', patient);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('refunds in parts, to the last cent', async () => {
  const payment = await paid({ amount_minor: 9999 });
  for (const [index, amount] of [1, 3333, 6665].entries()) {
    const made = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-R${index}`, amount_minor: amount, reason: '退货' });
    await waitForRefund(client, made.id);
  }
  assert.equal((await client.payments.get(payment.id)).refunded_minor, 9999);
  await assertAgreesWithProvider(platform, client, payment.id);
});

test('a close, and money after it that goes back', async () => {
  const payment = await client.payments.create(wechat());
  await client.payments.close(payment.id);
  await waitForState(client, payment.id, 'closed');
  const [trade] = await platform.sandbox.tradesOf(payment);
  assert.equal(trade.state, 'CLOSED');
  await platform.sandbox.fault({ kind: 'pay_after_close', method: 'wechatpay.close', times: 1, delay_ms: 500 });
  const late = await client.payments.create(wechat());
  await client.payments.close(late.id);
  await waitForState(client, late.id, 'closed');
  await eventually('the late money is back', async () => {
    const [one] = await platform.sandbox.tradesOf(late);
    return one.refunded_minor === one.total_minor || undefined;
  }, patient);
  await assertAgreesWithProvider(platform, client, late.id);
});

test('faults when paying by barcode', async (t) => {
  const rows = [
    ['delay', ['paid']],
    ['timeout_after_execution', ['paid']],
    ['timeout_before_execution', ['paid', 'closed']],
    ['http_500', ['paid', 'closed']],
    ['bad_signature', ['paid', 'closed']],
    ['system_error', ['paid', 'closed']],
    ['insufficient_balance', ['closed']],
  ];
  for (const [kind, states] of rows) {
    await t.test(kind, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'wechatpay.codepay', times: 1, kind, delay_ms: 1500 });
      const payment = await client.payments.create(await barcode());
      const settled = await waitForState(client, payment.id, ['paid', 'closed'], patient);
      assert.ok(states.includes(settled.state), `${kind}: ${settled.state}`);
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
      await platform.sandbox.fault({ method: 'wechatpay.native', times: 1, kind, delay_ms: 1500 });
      let payment = await client.payments.create(wechat());
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

test('faults when the notification comes', async (t) => {
  for (const fault of [{ kind: 'notify_drop' }, { kind: 'notify_repeat' }, { kind: 'notify_wrong_amount', minor: 1 }, { kind: 'notify_bad_signature' }]) {
    await t.test(fault.kind, async () => {
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'wechatpay.native', ...fault });
      const payment = await client.payments.create(wechat());
      await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
      await waitForState(client, payment.id, 'paid', patient);
      await listener.event('payment.succeeded', ({ payment: one }) => one.id === payment.id);
      assert.equal(told(payment, 'payment.succeeded'), 1);
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});

test('faults when refunding', async (t) => {
  const rows = [
    ['delay', 'succeeded'],
    ['timeout_after_execution', 'succeeded'],
    ['timeout_before_execution', 'succeeded'],
    ['http_500', 'succeeded'],
    ['bad_signature', 'succeeded'],
    ['system_error', 'succeeded'],
    ['refund_pending', 'succeeded'],
    ['refund_fail', 'failed'],
  ];
  for (const [kind, state] of rows) {
    await t.test(kind, async () => {
      const payment = await paid();
      await platform.sandbox.clearFaults();
      await platform.sandbox.fault({ method: 'wechatpay.refund', times: 1, kind, delay_ms: 1500 });
      const made = await client.refunds.create(payment.id, { merchant_refund_no: `${payment.merchant_order_no}-R`, amount_minor: 100 });
      await waitForRefund(client, made.id, state, patient);
      await assertAgreesWithProvider(platform, client, payment.id);
    });
  }
});

test('the statement of the day names what was paid, to the cent', async () => {
  const payment = await paid({ amount_minor: 4321 });
  const [trade] = await platform.sandbox.tradesOf(payment);
  const day = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  const file = join(platform.directory, 'statement.csv');
  await platform.command(['channel', 'statement', 'wechatpay', day, '--out', file]);
  const lines = readFileSync(file, 'utf8').split('\r\n');
  const row = lines.find((line) => line.includes(`\`${trade.out_trade_no},`));
  assert.ok(row?.includes('`43.21'), row);
  await platform.command(['channel', 'statement', 'wechatpay', day, '--funds', '--out', file]);
  assert.ok(readFileSync(file, 'utf8').includes(trade.trade_no));
});

test('platform certificates that change while it runs', async () => {
  await platform.sandbox.control('POST', '/wechatpay/certificates', { signs: true });
  await paid();
  // At once again: the platform asks for certificates at most every two seconds, and the payment waits for nothing but that.
  await platform.sandbox.control('POST', '/wechatpay/certificates', { signs: true, only: true });
  const payment = await client.payments.create(wechat());
  const shown = await eventually('a code is there', async () => {
    const now = await client.payments.get(payment.id);
    return now.qr_code === null ? undefined : now;
  }, patient);
  await platform.sandbox.pay(await platform.sandbox.tradeOf(shown));
  await waitForState(client, payment.id, 'paid', patient);
  await assertAgreesWithProvider(platform, client, payment.id);
});
