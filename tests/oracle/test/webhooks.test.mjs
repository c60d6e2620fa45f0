/** npm standardwebhooks verifies the platform's webhooks; the SDK verifies what standardwebhooks signs. */
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook } from '@feiqian/sdk';
import { eventually, freshNo, listen, merchant, merchantKeys, needs, platformUrl, sandboxControl, sdkClient } from '../environment.mjs';

test('the SDK verifies what standardwebhooks signs, and the other way round', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = '{"type":"payment.closed","timestamp":"2026-11-22T06:30:00.000Z","data":{"payment":{"subject":"茶 😀"}}}';
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const signature = new Webhook(secret).sign('evt_1', now, body);
  const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': String(now.getTime() / 1000), 'webhook-signature': signature };
  assert.equal(verifyWebhook({ headers, body, secrets: [secret] }).id, 'evt_1');
  assert.equal(new Webhook(secret).verify(body, headers).type, 'payment.closed');
});

test('a real webhook of the platform', needs('FEIQIAN_URL', 'FEIQIAN_MERCHANT_JSON', 'FEIQIAN_SANDBOX_URL', 'FEIQIAN_SANDBOX_DATA'), async () => {
  const [[algorithm, key]] = merchantKeys();
  const client = sdkClient(platformUrl(), algorithm, key);
  const listener = await listen(() => ({ status: 204 }));
  try {
    const { auth_code: authCode } = await sandboxControl('POST', '/auth-codes', { payer: 'rich' });
    const order = { merchant_order_no: freshNo('WH'), amount_minor: 100, currency: 'CNY', subject: '茶 & 茶', mode: 'barcode', method: 'alipay', auth_code: authCode, notify_url: `${listener.url}/webhooks` };
    const payment = await client.payments.create(order);
    assert.equal(payment.state, 'paid');
    await client.refunds.create(payment.id, { merchant_refund_no: freshNo('R'), amount_minor: 40 });
    await eventually('payment and refund webhooks', () => (listener.received.length >= 2 ? true : undefined));
    const { keys } = await (await fetch(`${platformUrl()}/v1/platform-keys`)).json();
    const types = [];
    for (const { method, headers, body } of listener.received) {
      assert.equal(method, 'POST');
      assert.match(headers['content-type'], /^application\/json/);
      const event = new Webhook(merchant().webhook_secret).verify(body.toString('utf8'), headers);
      types.push(event.type);
      assert.match(headers['webhook-id'], /^evt_[0-9A-HJKMNP-TV-Z]{13}$/i);
      assert.equal(event.data.payment.id, payment.id);
      const v1a = headers['webhook-signature'].split(' ').find((part) => part.startsWith('v1a,')).slice(4);
      const content = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
      assert.ok(keys.some((jwk) => verify(null, content, createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(v1a, 'base64'))), 'v1a verifies');
      assert.throws(() => new Webhook(merchant().webhook_secret).verify(`${body} `, headers));
    }
    assert.deepEqual([...new Set(types)].sort(), ['payment.succeeded', 'refund.succeeded']);
  } finally {
    client.close();
    await listener.stop();
  }
});
