/** The shop as a visitor and the platform see it, against the SDK's stand-in for the platform. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeKey, startDouble, webhookHeaders } from '../../../sdk/node/test/double.mjs';
import { parseYuan, yuan } from '../text.mjs';

const key = makeKey('ed25519');
const directory = mkdtempSync(join(tmpdir(), 'feiqian-shop-'));
let double;
let shop;
let base;

async function startShop() {
  const process_ = spawn(process.execPath, [new URL('../server.mjs', import.meta.url).pathname, '--config', join(directory, 'shop.json')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(process_.stdout, 'data');
  base = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))[0];
  return process_;
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

before(async () => {
  const address = `127.0.0.1:${await freePort()}`;
  double = await startDouble({ keys: [key] });
  writeFileSync(
    join(directory, 'shop.json'),
    JSON.stringify({
      listen: address, public_url: `http://${address}`, api_url: double.url, key_id: key.keyId,
      algorithm: 'ed25519', private_key_pem: key.privateKeyPem, webhook_secret: double.webhookSecret,
    }),
  );
  shop = await startShop();
});
after(async () => {
  shop.kill('SIGTERM');
  await double.stop();
  rmSync(directory, { recursive: true });
});

const get = async (path) => (await fetch(base + path)).text();
const post = (path, form, headers = {}) => fetch(base + path, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form), headers });
const newest = () => [...double.payments.values()].at(-1);

test('the pages speak Chinese and English, and load nothing from elsewhere', async () => {
  for (const [lang, word] of [['', '去收银台付款'], ['?lang=en', 'Pay at the cashier']]) {
    const page = await get(`/${lang}`);
    assert.ok(page.includes(word));
    assert.ok(page.includes('data-testid="buy-tea"') && page.includes('data-testid="qr-penny"'));
    assert.doesNotMatch(page, /(src|href)="(https?:)?\/\//);
  }
});

test('redirect: to the cashier, paid by webhook, refunded in part', async () => {
  const answer = await post('/orders', { sku: 'tea', mode: 'redirect' });
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.get('location'), `${double.url}/cashier/TOKEN`);
  const payment = newest();
  assert.equal(payment.amount_minor, 12800);
  assert.match(await get(`/orders/${payment.merchant_order_no}`), /data-state="open"/);

  await double.markPaid(payment.id).delivered;
  assert.match(await get('/orders'), /data-state="paid"/);
  const refunded = await post(`/orders/${payment.merchant_order_no}/refunds`, { amount: '28.00' });
  assert.equal(refunded.status, 303);
  await Promise.all(double.events.map((event) => event.delivered));
  assert.equal(payment.refunded_minor, 2800);
  assert.match(await get(`/orders/${payment.merchant_order_no}`), /data-testid="refunded">¥28\.00/);
  const rows = (await get('/webhooks')).match(/data-type="[^"]*"/g);
  assert.deepEqual(rows, ['data-type="refund.succeeded"', 'data-type="payment.succeeded"'], 'newest first');
});

test('a refund beyond the remainder shows the platform’s refusal', async () => {
  const { merchant_order_no: no } = newest();
  const answer = await post(`/orders/${no}/refunds`, { amount: '100.01' });
  assert.equal(answer.status, 422);
  assert.match(await answer.text(), /data-testid="error-code">refund\.exceeds_remainder/);
  for (const amount of ['', '0', '-1', '1.234', '1e3', '１']) {
    assert.equal((await post(`/orders/${no}/refunds`, { amount })).status, 400, amount);
  }
});

test('qr: the order page shows the code and follows by itself', async () => {
  const answer = await post('/orders?lang=en', { sku: 'penny', mode: 'qr' });
  const page = await get(answer.headers.get('location'));
  assert.match(page, /data-testid="qr-image"><svg/);
  assert.match(page, /http-equiv="refresh"/);
  assert.match(page, /Scan with your phone/);
});

test('webhooks: forged ones are refused, repeated ones counted once', async () => {
  const body = JSON.stringify({ type: 'payment.closed', timestamp: 'x', data: { payment: { merchant_order_no: 'other' } } });
  const send = (headers, text = body) => fetch(`${base}/webhooks`, { method: 'POST', headers, body: text });
  const headers = webhookHeaders(double, 'evt_repeated', String(Math.floor(Date.now() / 1000)), body);
  assert.equal((await send(headers, `${body} `)).status, 401);
  assert.equal((await send({})).status, 401);
  assert.ok(!(await get('/webhooks')).includes('evt_repeated'));
  assert.equal((await send(headers)).status, 204);
  assert.equal((await send(headers)).status, 204);
  assert.equal((await get('/webhooks')).split('evt_repeated').length - 1, 1);
});

test('an order whose creation was never answered is found again by its number', async () => {
  double.bend = () => ({ hangUp: true });
  const answer = await post('/orders', { sku: 'fan', mode: 'redirect' });
  assert.equal(answer.status, 502);
  double.bend = undefined;
  const page = await get(`/orders/${newest().merchant_order_no}`);
  assert.match(page, /data-state="open"/);
});

test('what is not there, not allowed, or from another site', async () => {
  assert.equal((await fetch(`${base}/nothing`)).status, 404);
  assert.equal((await fetch(`${base}/orders/UNKNOWN`)).status, 404);
  assert.equal((await fetch(`${base}/`, { method: 'DELETE' })).status, 405);
  assert.equal((await post('/orders', { sku: 'gold', mode: 'qr' })).status, 400);
  assert.equal((await post('/orders', { sku: 'tea', mode: 'qr' }, { origin: 'http://evil.example' })).status, 403);
  assert.equal((await post('/orders', { sku: 'x'.repeat(20000), mode: 'qr' })).status, 413);
  assert.match(await get('/orders/<script>'), /^<!doctype html>/);
});

test('SIGTERM stops it; orders and webhooks are there after a restart', async () => {
  const ordersBefore = await get('/orders');
  const webhooksBefore = await get('/webhooks');
  shop.kill('SIGTERM');
  const [code] = await once(shop, 'exit');
  assert.equal(code, 0);
  shop = await startShop();
  assert.equal(await get('/orders'), ordersBefore);
  assert.equal(await get('/webhooks'), webhooksBefore);
});

test('yuan and back', () => {
  for (const [text, minor] of [['0.01', 1], ['1', 100], ['1.5', 150], ['128.00', 12800], ['999999999.99', 99999999999]]) {
    assert.equal(parseYuan(text), minor);
    assert.equal(parseYuan(yuan(minor).slice(1)), minor);
  }
});
