/** What the merchant API refuses, row by row: the status, the field to blame, a documented code, and untouched books. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { eventually, newOrder, paidPayment, startPlatform } from '../harness.mjs';
import { rawRequest, signerOf } from '../raw.mjs';

let platform;
let client;
let signer;
const errorsPage = new URL('../../../docs/errors.md', import.meta.url);
const documented = existsSync(errorsPage) ? readFileSync(errorsPage, 'utf8') : undefined;

before(async () => {
  platform = await startPlatform();
  client = platform.merchant.client();
  signer = signerOf(platform.merchant);
});
afterEach(() => platform.checkBooks());
after(() => platform.stop());

function checkProblem(answer, statuses, { field, code } = {}) {
  assert.ok([statuses].flat().includes(answer.status), `${answer.status} instead of ${statuses}: ${answer.text}`);
  assert.match(answer.headers['content-type'], /^application\/problem\+json/);
  const { json } = answer;
  assert.equal(json.status, answer.status);
  assert.equal(json.type, `urn:feiqian:error:${json.code}`);
  assert.equal(typeof json.title, 'string');
  assert.equal(typeof json.request_id, 'string');
  if (field !== undefined) assert.equal(json.field, field, answer.text);
  if (code !== undefined) assert.equal(json.code, code, answer.text);
  if (documented !== undefined) assert.ok(documented.includes(`\`${json.code}\``), `${json.code} is not in docs/errors.md`);
}

const post = (body, more = {}) => rawRequest(platform, { target: '/v1/payments', body, signer, ...more });

test('bodies that cannot be read', async (t) => {
  const order = JSON.stringify(newOrder());
  const rows = [
    ['malformed JSON', order.slice(0, -1), 400],
    ['not JSON at all', 'a=b', 400],
    ['an array', '[]', [400, 422]],
    ['null', 'null', [400, 422]],
    ['two documents', `${order}{}`, 400],
    ['not UTF-8', Buffer.concat([Buffer.from('{"subject":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), 400],
    ['a key that stands twice', order.replace('{', '{"amount_minor":1,'), [400, 422]],
    ['nested 10,000 deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 400],
    ['empty', '', [400, 411, 422]],
  ];
  for (const [name, body, status] of rows) await t.test(name, async () => checkProblem(await post(body), status));
});

test('fields', async (t) => {
  const without = (key) => {
    const order = newOrder();
    delete order[key];
    return order;
  };
  const long = (n) => '长'.repeat(n);
  const rows = [
    ['unknown field', { ...newOrder(), amount: 1 }, 'amount'],
    ['unknown field inside', newOrder({ goods: [{ name: 'x', quantity: 1, price_minor: 1, colour: 'red' }] }), 'goods.0.colour'],
    ['amount 0', newOrder({ amount_minor: 0 }), 'amount_minor'],
    ['amount negative', newOrder({ amount_minor: -1 }), 'amount_minor'],
    ['amount fractional', newOrder({ amount_minor: 1.5 }), 'amount_minor'],
    ['amount as text', newOrder({ amount_minor: '12800' }), 'amount_minor'],
    ['amount null', newOrder({ amount_minor: null }), 'amount_minor'],
    ['amount a boolean', newOrder({ amount_minor: true }), 'amount_minor'],
    ['amount above the limit', newOrder({ amount_minor: 9_000_000_000_000 }), 'amount_minor'],
    ['amount beyond 64 bits', JSON.stringify(newOrder()).replace('12800', '99999999999999999999'), 'amount_minor'],
    ['amount with exponent beyond', JSON.stringify(newOrder()).replace('12800', '1e30'), 'amount_minor'],
    ['amount missing', without('amount_minor'), 'amount_minor'],
    ['currency unknown', newOrder({ currency: 'XXZ' }), 'currency'],
    ['currency not contracted', newOrder({ currency: 'USD' }), 'currency'],
    ['currency in lower case', newOrder({ currency: 'cny' }), 'currency'],
    ['currency missing', without('currency'), 'currency'],
    ['order number missing', without('merchant_order_no'), 'merchant_order_no'],
    ['order number empty', newOrder({ merchant_order_no: '' }), 'merchant_order_no'],
    ['order number too long', newOrder({ merchant_order_no: 'x'.repeat(65) }), 'merchant_order_no'],
    ['order number with a blank', newOrder({ merchant_order_no: 'a b' }), 'merchant_order_no'],
    ['order number as a number', newOrder({ merchant_order_no: 1 }), 'merchant_order_no'],
    ['subject empty', newOrder({ subject: '' }), 'subject'],
    ['subject too long', newOrder({ subject: long(129) }), 'subject'],
    ['subject with a control character', newOrder({ subject: 'a\u0000b' }), 'subject'],
    ['mode unknown', newOrder({ mode: 'cash' }), 'mode'],
    ['mode missing', without('mode'), 'mode'],
    ['method unknown', newOrder({ method: 'barter' }), 'method'],
    ['method missing for qr', without('method'), 'method'],
    ['barcode without code', newOrder({ mode: 'barcode' }), 'auth_code'],
    ['barcode too short', newOrder({ mode: 'barcode', auth_code: '28' }), 'auth_code'],
    ['barcode with letters', newOrder({ mode: 'barcode', auth_code: '28aaaaaaaaaaaaaaaa' }), 'auth_code'],
    ['code in qr mode', newOrder({ auth_code: '280000000000000000' }), 'auth_code'],
    ['quantity 0', newOrder({ goods: [{ name: 'x', quantity: 0, price_minor: 1 }] }), 'goods.0.quantity'],
    ['goods without name', newOrder({ goods: [{ name: 'x', quantity: 1, price_minor: 1 }, { quantity: 1, price_minor: 1 }] }), 'goods.1.name'],
    ['too many goods', newOrder({ goods: Array.from({ length: 51 }, () => ({ name: 'x', quantity: 1, price_minor: 1 })) }), 'goods'],
    ['goods not a list', newOrder({ goods: {} }), 'goods'],
    ['expiry too short', newOrder({ expires_in_s: 0 }), 'expires_in_s'],
    ['expiry too long', newOrder({ expires_in_s: 86_401 }), 'expires_in_s'],
    ['metadata value a number', newOrder({ metadata: { a: 1 } }), 'metadata.a'],
    ['metadata value too long', newOrder({ metadata: { a: long(201) } }), 'metadata.a'],
    ['too many metadata', newOrder({ metadata: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v'])) }), 'metadata'],
    ['return address not http', newOrder({ return_url: 'javascript:alert(1)' }), 'return_url'],
    ['notify address not http', newOrder({ notify_url: 'file:///etc/passwd' }), 'notify_url'],
    ['notify address with a user', newOrder({ notify_url: 'http://u:p@127.0.0.1/' }), 'notify_url'],
    ['store unknown', newOrder({ store_id: 'sto_0000000000000' }), 'store_id'],
  ];
  for (const [name, body, field] of rows) {
    await t.test(name, async () => checkProblem(await post(body), [400, 403, 404, 422], { field }));
  }
});

test('order numbers of 64 characters, subjects of 128, amounts of one cent are accepted', async () => {
  const order = newOrder({ merchant_order_no: `E-${Date.now()}`.padEnd(64, 'x'), subject: '长'.repeat(128), amount_minor: 1 });
  assert.equal((await client.payments.create(order)).state, 'open');
});

test('queries', async (t) => {
  const get = (target) => rawRequest(platform, { method: 'GET', target, signer });
  const rows = [
    ['unknown filter', '/v1/payments?colour=red', 'colour'],
    ['limit 0', '/v1/payments?limit=0', 'limit'],
    ['limit 101', '/v1/payments?limit=101', 'limit'],
    ['limit not a number', '/v1/payments?limit=ten', 'limit'],
    ['state unknown', '/v1/payments?state=lost', 'state'],
    ['time not RFC 3339', '/v1/payments?created_from=yesterday', 'created_from'],
    ['cursor made up', '/v1/payments?cursor=abc', 'cursor'],
    ['filter twice', '/v1/payments?limit=1&limit=2', 'limit'],
    ['refund filter unknown', '/v1/refunds?colour=red', 'colour'],
    ['delivery filter unknown', '/v1/webhook-deliveries?colour=red', 'colour'],
  ];
  for (const [name, target, field] of rows) await t.test(name, async () => checkProblem(await get(target), [400, 422], { field }));
});

test('refund requests', async (t) => {
  const payment = await paidPayment(platform);
  const refund = (body) => rawRequest(platform, { target: `/v1/payments/${payment.id}/refunds`, body, signer });
  const good = { merchant_refund_no: 'R-bad', amount_minor: 1 };
  const rows = [
    ['amount 0', { ...good, amount_minor: 0 }, 'amount_minor'],
    ['amount negative', { ...good, amount_minor: -1 }, 'amount_minor'],
    ['amount fractional', { ...good, amount_minor: 0.5 }, 'amount_minor'],
    ['amount as text', { ...good, amount_minor: '1' }, 'amount_minor'],
    ['unknown field', { ...good, currency: 'CNY' }, 'currency'],
    ['number missing', { amount_minor: 1 }, 'merchant_refund_no'],
    ['reason too long', { ...good, reason: 'x'.repeat(201) }, 'reason'],
  ];
  for (const [name, body, field] of rows) await t.test(name, async () => checkProblem(await refund(body), [400, 422], { field }));
  assert.equal((await client.payments.get(payment.id)).refunding_minor, 0);
});

test('signatures', async (t) => {
  const body = () => JSON.stringify(newOrder());
  const now = () => Math.floor(Date.now() / 1000);
  const other = signerOf(await platform.newMerchant('stranger'));
  const revoked = await platform.newMerchant('revoked-key');
  await platform.revokeKey(revoked.config.key_id);
  const flip = (headers) => {
    headers.signature = headers.signature.replace(/:(.)/, (_, c) => `:${c === 'A' ? 'B' : 'A'}`);
  };
  const rows = [
    ['no signature', { sign: false }],
    ['bit flipped', { after: flip }],
    ['wrong key under the right name', { signer: { ...other, keyId: signer.keyId } }],
    ['unknown key', { parameters: { keyId: 'key_0000000000000' } }],
    ['revoked key', { signer: signerOf(revoked) }],
    ['created 301 s ago', { parameters: { created: now() - 301 } }],
    ['created 301 s ahead', { parameters: { created: now() + 302 } }],
    ['no created', { parameters: { created: undefined } }],
    ['expired', { parameters: { expires: now() - 1 } }],
    ['no key id', { parameters: { keyId: undefined } }],
    ['no nonce', { parameters: { nonce: undefined } }],
    ['nonce too short', { parameters: { nonce: 'abc' } }],
    ['nonce too long', { parameters: { nonce: 'a'.repeat(65) } }],
    ['nonce of strange characters', { parameters: { nonce: 'abcdefghijklmnop!' } }],
    ['another algorithm named', { parameters: { algorithm: 'hmac-sha256' } }],
    ['method not covered', { components: ['@path', '@query', 'content-digest'] }],
    ['path not covered', { components: ['@method', '@query', 'content-digest'] }],
    ['query not covered', { components: ['@method', '@path', 'content-digest'] }],
    ['digest not covered', { components: ['@method', '@path', '@query'] }],
    ['idempotency key not covered', { headers: { 'idempotency-key': 'k1' }, components: ['@method', '@path', '@query', 'content-digest'] }],
    ['idempotency key added afterwards', { after: (headers) => (headers['idempotency-key'] = 'k2') }],
    ['digest of another body', { headers: { 'content-digest': 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:' } }],
    ['digest not readable', { headers: { 'content-digest': 'sha-256=x' } }],
    ['Signature-Input not readable', { after: (headers) => (headers['signature-input'] = 'sig1=(') }],
    ['Signature not readable', { after: (headers) => (headers.signature = 'sig1=:***:') }],
    ['label of the two fields differs', { after: (headers) => (headers.signature = headers.signature.replace('sig1', 'sig2')) }],
  ];
  for (const [name, change] of rows) {
    await t.test(name, async () => {
      const answer = await post(body(), change);
      checkProblem(answer, [400, 401]);
      assert.equal(answer.headers.signature, undefined, 'an answer to somebody unknown is not signed');
    });
  }
  await t.test('query changed afterwards', async () => {
    checkProblem(await rawRequest(platform, { method: 'GET', target: '/v1/payments?limit=2', sentTarget: '/v1/payments?limit=3', signer }), 401);
  });
  await t.test('path changed afterwards', async () => {
    checkProblem(await rawRequest(platform, { method: 'GET', target: '/v1/payments', sentTarget: '/v1/refunds', signer }), 401);
  });
  await t.test('300 s ago and a little ahead pass (clocks differ)', async () => {
    for (const created of [now() - 295, now() + 295]) assert.equal((await post(body(), { parameters: { created } })).status, 201);
  });
  await t.test('more may be covered', async () => {
    const components = ['@method', '@path', '@query', 'content-digest', '@authority', 'content-type', '@target-uri'];
    assert.equal((await post(body(), { components, parameters: { algorithm: 'ed25519', expires: now() + 60 } })).status, 201);
  });
});

test('a replayed request is refused, byte for byte the same or with another body', async () => {
  const nonce = randomBytes(18).toString('base64url');
  const order = JSON.stringify(newOrder());
  assert.equal((await post(order, { parameters: { nonce } })).status, 201);
  checkProblem(await post(order, { parameters: { nonce } }), 401);
  checkProblem(await post(JSON.stringify(newOrder()), { parameters: { nonce } }), 401);
  const byHmac = signerOf(platform.merchant, 'hmac-sha256');
  assert.equal((await post(order, { parameters: { nonce, keyId: byHmac.keyId }, signer: byHmac })).status, 201, 'a nonce belongs to its key');
});

test('paths and methods', async (t) => {
  const id = (await client.payments.create(newOrder())).id;
  const rows = [
    ['unknown path', 'GET', '/v1/nothing', [404]],
    ['unknown payment', 'GET', '/v1/payments/pay_0000000000000', [404]],
    ['an id of another kind', 'GET', `/v1/refunds/${id}`, [404]],
    ['an id that is none', 'GET', '/v1/payments/1%20OR%201=1', [400, 404]],
    ['an id far too long', 'GET', `/v1/payments/pay_${'0'.repeat(2000)}`, [400, 404, 414]],
    ['wrong method', 'DELETE', `/v1/payments/${id}`, [404, 405]],
  ];
  for (const [name, method, target, statuses] of rows) {
    await t.test(name, async () => checkProblem(await rawRequest(platform, { method, target, signer }), statuses));
  }
  await t.test("another merchant's payment is as unknown as one that never was", async () => {
    const stranger = await platform.newMerchant('reader');
    const theirs = await rawRequest(platform, { method: 'GET', target: `/v1/payments/${id}`, signer: signerOf(stranger) });
    checkProblem(theirs, 404, { code: 'payment.not_found' });
    const close = await rawRequest(platform, { target: `/v1/payments/${id}/close`, body: '{}', signer: signerOf(stranger) });
    checkProblem(close, 404, { code: 'payment.not_found' });
  });
  await t.test("two merchants may use the same order number", async () => {
    const order = newOrder();
    const other = (await platform.newMerchant('same-number')).client();
    const mine = await client.payments.create(order);
    const theirs = await other.payments.create({ ...order, amount_minor: 1, subject: `${order.subject} 2` });
    assert.notEqual(mine.id, theirs.id);
  });
});

test('a body over the limit', async () => {
  const answer = await post(JSON.stringify(newOrder({ metadata: { a: 'x'.repeat(2 * 1024 * 1024) } }))).catch((error) => error);
  // The platform may answer and close while the client still sends; the system then reports a broken connection.
  if (answer instanceof Error) assert.ok(['EPIPE', 'ECONNRESET'].includes(answer.code), answer.message);
  else checkProblem(answer, 413);
  assert.equal((await client.payments.list({ limit: 1 })).data.length, 1);
});

test('webhook targets', async (t) => {
  const delivered = (payment) => async () => {
    const found = (await client.webhookDeliveries.list({ limit: 100 })).data.find((one) => one.payment_id === payment.id && one.type === 'payment.succeeded');
    return found?.deliveries.length > 0 ? found : undefined;
  };
  await t.test('redirects: not followed', async () => {
    const target = await platform.listener();
    const first = await platform.listener();
    first.respond = (_request, response) => response.writeHead(302, { location: target.url }).end();
    const payment = await paidPayment(platform, { notify_url: first.url });
    const event = await eventually('the first try', delivered(payment), { timeoutMs: 30_000 });
    assert.equal(event.deliveries[0].status, 302);
    assert.equal(event.state, 'pending');
    assert.ok(event.next_try_at);
    assert.equal(target.received.length + target.invalid.length, 0);
  });
  await t.test('answers 500: will be tried again', async () => {
    const broken = await platform.listener();
    broken.respond = (_request, response) => response.writeHead(500).end('no');
    const payment = await paidPayment(platform, { notify_url: broken.url });
    const event = await eventually('the first try', delivered(payment), { timeoutMs: 30_000 });
    assert.equal(event.deliveries[0].status, 500);
    assert.equal(event.state, 'pending');
  });
  await t.test('hangs: given up after 15 s, others are served meanwhile', async () => {
    const hanging = await platform.listener();
    hanging.respond = () => {};
    const good = await platform.listener();
    const stuck = await paidPayment(platform, { notify_url: hanging.url });
    const fine = await paidPayment(platform, { notify_url: good.url });
    await good.event('payment.succeeded', ({ payment }) => payment.id === fine.id, { timeoutMs: 5000 });
    const event = await eventually('given up', delivered(stuck), { timeoutMs: 30_000, everyMs: 250 });
    assert.equal(event.deliveries[0].status, null);
    assert.ok(event.deliveries[0].error);
    assert.ok(event.deliveries[0].duration_ms >= 14_000 && event.deliveries[0].duration_ms < 25_000, String(event.deliveries[0].duration_ms));
  });
  await t.test('sends headers and then nothing for ever', async () => {
    const dripping = await platform.listener();
    dripping.respond = (_request, response) => response.writeHead(200, { 'content-length': '1000' }).write('x');
    const payment = await paidPayment(platform, { notify_url: dripping.url });
    await eventually('one try is logged', delivered(payment), { timeoutMs: 30_000, everyMs: 250 });
  });
  await t.test('nobody listens', async () => {
    const gone = await platform.listener();
    await gone.stop();
    const payment = await paidPayment(platform, { notify_url: gone.url });
    const event = await eventually('the first try', delivered(payment), { timeoutMs: 30_000 });
    assert.equal(event.deliveries[0].status, null);
  });
  // 0.0.0.0 reaches this machine if the check is missing, so a missing check is seen, and nothing leaves the machine.
  for (const host of ['0.0.0.0', '[::]', '[::ffff:0.0.0.0]']) {
    await t.test(`an address that is no public one: ${host}`, async () => {
      const target = await platform.listener();
      const order = newOrder({ notify_url: `http://${host}:${target.port}/webhooks` });
      const answer = await post(JSON.stringify(order));
      if (answer.status === 201) {
        const payment = answer.json;
        await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
        const event = await eventually('the first try', delivered(payment), { timeoutMs: 30_000 });
        assert.equal(event.deliveries[0].status, null);
      } else {
        checkProblem(answer, [400, 422], { field: 'notify_url' });
      }
      assert.equal(target.received.length + target.invalid.length, 0, 'the target was called');
    });
  }
});
