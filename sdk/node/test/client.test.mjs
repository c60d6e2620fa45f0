/** The client against the stand-in: signing, verifying answers, repeating, errors, paging. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Feiqian, FeiqianError, PlatformKeys } from '../dist/index.js';
import { clientOptions, kAlgorithms, makeKey, plain, problem, startDouble, webhookHeaders } from './double.mjs';

const keys = kAlgorithms.map((algorithm) => makeKey(algorithm));
const order = { merchant_order_no: 'S-1', amount_minor: 12800, currency: 'CNY', subject: '龙井茶', mode: 'redirect' };
let double;
const open = [];

before(async () => {
  double = await startDouble({ keys });
});
beforeEach(() => {
  double.requests.length = 0;
  double.intercept = undefined;
  double.bend = undefined;
});
after(async () => {
  for (const client of open) client.close();
  await double.stop();
});

function client(algorithm = 'ed25519', more = {}) {
  const made = new Feiqian({ ...clientOptions(double, keys.find((key) => key.algorithm === algorithm)), ...more });
  open.push(made);
  return made;
}

const codeIs = (code, more = {}) => (error) => {
  assert.ok(error instanceof FeiqianError, String(error));
  assert.equal(error.code, code, error.message);
  for (const [key, value] of Object.entries(more)) assert.equal(error[key], value, key);
  return true;
};

test('every algorithm: an independent library verifies the request, the client verifies the answer', async (t) => {
  for (const algorithm of kAlgorithms) {
    await t.test(algorithm, async () => {
      const feiqian = client(algorithm);
      const payment = await feiqian.payments.create({ ...order, merchant_order_no: `S-${algorithm}` });
      assert.equal(payment.state, 'open');
      assert.equal((await feiqian.payments.get(payment.id)).merchant_order_no, `S-${algorithm}`);
      assert.ok((await feiqian.payments.list({ merchant_order_no: `S-${algorithm}`, limit: 1 })).data.length === 1);
    });
  }
});

test('what each call sends', async () => {
  const feiqian = client();
  const payment = await feiqian.payments.create(order, { idempotencyKey: 'mine-1' });
  double.markPaid(payment.id);
  const refund = await feiqian.refunds.create(payment.id, { merchant_refund_no: 'R-1', amount_minor: 3000 });
  await feiqian.refunds.get(refund.id);
  await feiqian.refunds.list({ state: 'succeeded', limit: 5 });
  await feiqian.refunds.listForPayment(payment.id);
  await feiqian.payments.close(payment.id);
  await feiqian.payments.list({ created_from: '2026-11-22T06:30:00.000Z' });
  const event = double.events[0];
  await feiqian.webhookDeliveries.list({ event_id: event.id });
  await feiqian.webhookDeliveries.resend(event.id);
  assert.deepEqual(
    double.requests.map((request) => `${request.method} ${request.target}`),
    [
      'POST /v1/payments',
      `POST /v1/payments/${payment.id}/refunds`,
      `GET /v1/refunds/${refund.id}`,
      'GET /v1/refunds?state=succeeded&limit=5',
      `GET /v1/payments/${payment.id}/refunds`,
      `POST /v1/payments/${payment.id}/close`,
      'GET /v1/payments?created_from=2026-11-22T06%3A30%3A00.000Z',
      `GET /v1/webhook-deliveries?event_id=${event.id}`,
      `POST /v1/webhook-deliveries/${event.id}/resend`,
    ],
  );
  assert.equal(double.requests[0].headers['idempotency-key'], 'mine-1');
  for (const request of double.requests.filter(({ method }) => method === 'POST')) {
    assert.match(request.headers['idempotency-key'], /^[A-Za-z0-9_-]{1,64}$/);
    assert.ok(request.body.length >= 2, 'a POST always has a body');
  }
});

test('the platform keys are fetched once for many calls at once', async () => {
  const feiqian = client();
  double.keyFetches = 0;
  await Promise.all(Array.from({ length: 20 }, (_, i) => feiqian.payments.create({ ...order, merchant_order_no: `K-${i}` })));
  assert.equal(double.keyFetches, 1);
});

test('the platform keys: age, a key not known, a fetch that fails, pinned', async () => {
  let nowMs = 1_764_000_000_000;
  let fetches = 0;
  let served = { keys: [double.publicJwk] };
  const fetchSet = async () => {
    fetches += 1;
    if (served instanceof Error) throw served;
    return served;
  };
  const platformKeys = new PlatformKeys(fetchSet, undefined, () => nowMs);
  assert.ok(await platformKeys.verifier(double.kid));
  assert.equal(await platformKeys.verifier('key_new'), undefined);
  assert.equal(fetches, 1, 'an unknown key right after a fetch does not fetch again: a forger could make us hammer the platform');
  nowMs += 11_000;
  served = { keys: [double.publicJwk, { ...double.publicJwk, kid: 'key_new' }, { kty: 'RSA', kid: 'key_rsa' }, null] };
  assert.ok(await platformKeys.verifier('key_new'));
  assert.equal(fetches, 2);
  nowMs += 3_600_001;
  served = new Error('the platform is away');
  assert.ok(await platformKeys.verifier('key_new'), 'old keys stay in use');
  assert.equal(fetches, 3);
  await assert.rejects(new PlatformKeys(fetchSet).verifier('k'), /away/);
  await assert.rejects(new PlatformKeys(async () => ({ keys: [] })).verifier('k'), codeIs('client.bad_response'));
  const pinned = new PlatformKeys(undefined, { keys: [double.publicJwk] });
  assert.ok((await pinned.verifier(double.kid)) && !(await pinned.verifier('key_new')));
});

test('answers that must not be used', async (t) => {
  const header = (name, change) => (answer) => {
    const key = Object.keys(answer.headers).find((k) => k.toLowerCase() === name);
    answer.headers[key] = change(answer.headers[key]);
    return answer;
  };
  const drop = (...names) => (answer) => {
    for (const key of Object.keys(answer.headers)) if (names.includes(key.toLowerCase())) delete answer.headers[key];
    return answer;
  };
  const swapBody = (answer) => ({ ...answer, body: Buffer.from(answer.body.toString().replace('"open"', '"paid"')) });
  const swapBodyAndDigest = (answer) => {
    const forged = plain(answer.status, { ...JSON.parse(answer.body), state: 'paid' });
    return { ...answer, body: forged.body, headers: { ...answer.headers, 'content-digest': forged.headers['content-digest'] } };
  };
  const invalid = 'client.response_signature_invalid';
  const rows = [
    ['body changed', swapBody, invalid],
    ['body and digest changed', swapBodyAndDigest, invalid],
    ['status changed', (answer) => ({ ...answer, status: 200 }), invalid],
    ['no signature at all', drop('signature', 'signature-input'), 'client.response_unsigned'],
    ['input without signature', drop('signature'), invalid],
    ['digest missing', drop('content-digest'), invalid],
    ['digest not covered', header('signature-input', (v) => v.replace(' "content-digest"', '')), invalid],
    ['request not covered', header('signature-input', (v) => v.replace(' "signature";req', '')), invalid],
    ['key unknown', header('signature-input', (v) => v.replace('key_platform1', 'key_platform2')), invalid],
    ['algorithm changed', header('signature-input', (v) => v.replace('ed25519', 'hmac-sha256')), invalid],
    ['algorithm missing', header('signature-input', (v) => v.replace(/;alg="[^"]*"/, '')), invalid],
    ['other label', header('signature-input', (v) => v.replace('sig1=', 'sig2=')), invalid],
  ];
  for (const [name, bend, code] of rows) {
    await t.test(name, async () => {
      const feiqian = client();
      double.bend = bend;
      await assert.rejects(feiqian.payments.create(order), codeIs(code, { verified: false, outcomeUnknown: true, attempts: 1 }));
    });
  }
  await t.test("an answer to another request of the same client", async () => {
    const feiqian = client();
    let first;
    double.bend = (answer) => (first ??= answer);
    await feiqian.payments.create(order);
    await assert.rejects(feiqian.payments.create(order), codeIs(invalid));
  });
  await t.test("an HMAC client takes no answer signed with the platform's key", async () => {
    const feiqian = client('hmac-sha256');
    double.bend = header('signature-input', (v) => v.replace('key_hmacsha256', 'key_platform1'));
    await assert.rejects(feiqian.payments.create(order), codeIs(invalid));
  });
  await t.test('an unsigned business refusal (it would hide that the work was done)', async () => {
    const feiqian = client();
    double.intercept = () => ({ status: 409, json: problem(409, 'payment.conflict', 'x'), headers: { 'x-unsigned': '1' } });
    await assert.rejects(feiqian.payments.create(order), codeIs('client.response_unsigned', { status: 409 }));
  });
});

test('refusals', async (t) => {
  const feiqian = client();
  await t.test('a signed problem', async () => {
    const payment = await feiqian.payments.create(order);
    await assert.rejects(
      feiqian.refunds.create(payment.id, { merchant_refund_no: 'R-9', amount_minor: 12801 }),
      codeIs('refund.exceeds_remainder', { status: 422, field: 'amount_minor', requestId: 'req_1', verified: true, retryable: false, outcomeUnknown: false }),
    );
  });
  await t.test('an unsigned 401, because the signature did not verify', async () => {
    const stranger = new Feiqian({ ...clientOptions(double, makeKey('ed25519')) });
    open.push(stranger);
    await assert.rejects(stranger.payments.list(), codeIs('signature.invalid', { status: 401, verified: false }));
  });
  await t.test('a page of HTML from a broken proxy', async () => {
    double.intercept = () => ({ status: 502, body: Buffer.from('<html>'), headers: { 'x-unsigned': '1' } });
    await assert.rejects(feiqian.payments.list(), codeIs('http.502', { status: 502, outcomeUnknown: true }));
  });
  await t.test('an amount that JavaScript does not hold exactly never leaves', async () => {
    double.requests.length = 0;
    await assert.rejects(async () => feiqian.payments.create({ ...order, amount_minor: 2 ** 53 }), codeIs('client.invalid_argument'));
    assert.equal(double.requests.length, 0);
  });
  await t.test('an empty id never leaves', () => {
    assert.throws(() => feiqian.payments.get(''), codeIs('client.invalid_argument'));
  });
});

test('repeats', async (t) => {
  const failing = (times, answer) => {
    let left = times;
    return () => (left-- > 0 ? answer : undefined);
  };
  const busy = { status: 503, json: problem(503, 'server.overloaded', 'later'), headers: { 'retry-after': '0' } };
  const rows = [
    ['the connection breaks', { hangUp: true }, 'client.network'],
    ['503 with Retry-After', busy, 'server.overloaded'],
    ['429 with Retry-After', { ...busy, status: 429 }, 'server.overloaded'],
    ['409 in flight with Retry-After', { ...busy, status: 409 }, 'server.overloaded'],
    ['an unsigned 503', { ...busy, headers: { ...busy.headers, 'x-unsigned': '1' } }, 'server.overloaded'],
  ];
  for (const [name, answer, code] of rows) {
    await t.test(`${name}: same key, fresh signature`, async () => {
      double.requests.length = 0;
      double.intercept = failing(2, answer);
      const payment = await client().payments.create(order);
      assert.equal(payment.state, 'open');
      assert.equal(double.requests.length, 3);
      assert.equal(new Set(double.requests.map((r) => r.headers['idempotency-key'])).size, 1);
      assert.equal(new Set(double.requests.map((r) => r.headers.signature)).size, 3);
      assert.equal(new Set(double.requests.map((r) => r.body.toString())).size, 1);
    });
    await t.test(`${name}: bounded`, async () => {
      double.requests.length = 0;
      double.intercept = () => answer;
      await assert.rejects(client().payments.list({}, { maxRetries: 1 }), codeIs(code, { attempts: 2, retryable: true }));
      assert.equal(double.requests.length, 2);
    });
  }
  const final = [
    ['400', 400, 'request.malformed'],
    ['404', 404, 'payment.not_found'],
    ['409 without Retry-After', 409, 'idempotency.key_reused'],
    ['422', 422, 'refund.exceeds_remainder'],
    ['500', 500, 'server.internal'],
  ];
  for (const [name, status, code] of final) {
    await t.test(`${name} is not repeated`, async () => {
      double.requests.length = 0;
      double.intercept = () => ({ status, json: problem(status, code, 'no') });
      await assert.rejects(client().payments.create(order), codeIs(code, { status, attempts: 1 }));
      assert.equal(double.requests.length, 1);
    });
  }
  await t.test('a Retry-After longer than the client has patience for is reported, not waited for', async () => {
    double.intercept = () => ({ ...busy, headers: { 'retry-after': '3600' } });
    await assert.rejects(client().payments.list(), codeIs('server.overloaded', { attempts: 1, retryAfterSeconds: 3600 }));
  });
});

test('time', async (t) => {
  await t.test('no answer in time', async () => {
    double.intercept = () => ({ never: true });
    await assert.rejects(
      client().payments.create(order, { timeoutMs: 50, maxRetries: 1 }),
      codeIs('client.timeout', { status: null, outcomeUnknown: true, attempts: 2 }),
    );
  });
  await t.test('the caller gives up while waiting for the answer', async () => {
    const controller = new AbortController();
    double.intercept = () => {
      controller.abort(new Error('enough'));
      return { never: true };
    };
    await assert.rejects(client().payments.create(order, { signal: controller.signal }), codeIs('client.aborted', { attempts: 1 }));
  });
  await t.test('the caller gives up between two tries', async () => {
    const controller = new AbortController();
    double.intercept = () => {
      setImmediate(() => controller.abort());
      return { status: 503, json: problem(503, 'server.overloaded', 'later'), headers: { 'retry-after': '20' } };
    };
    await assert.rejects(client().payments.list({}, { signal: controller.signal }), codeIs('client.aborted'));
  });
  await t.test('a signal that was given up before', async () => {
    double.requests.length = 0;
    await assert.rejects(client().payments.list({}, { signal: AbortSignal.abort() }), codeIs('client.aborted'));
    assert.equal(double.requests.length, 0);
  });
  await t.test('nobody listens', async () => {
    const lonely = new Feiqian({ ...clientOptions({ ...double, url: 'http://127.0.0.1:1' }, keys[0]), maxRetries: 1 });
    await assert.rejects(lonely.payments.list(), codeIs('client.network', { attempts: 2 }));
  });
});

test('iterate walks all pages, newest first, and stops when the caller stops', async () => {
  const feiqian = client();
  const store = 'Q';
  for (let i = 0; i < 7; i += 1) await feiqian.payments.create({ ...order, merchant_order_no: `${store}-${i}`, mode: 'qr', method: 'q' });
  double.requests.length = 0;
  const seen = [];
  for await (const payment of feiqian.payments.iterate({ limit: 3, method: 'q' })) seen.push(payment.merchant_order_no);
  assert.deepEqual(seen, ['Q-6', 'Q-5', 'Q-4', 'Q-3', 'Q-2', 'Q-1', 'Q-0']);
  assert.equal(double.requests.length, 3);
  double.requests.length = 0;
  for await (const payment of feiqian.payments.iterate({ limit: 3, method: 'q' })) {
    assert.equal(payment.merchant_order_no, 'Q-6');
    break;
  }
  assert.equal(double.requests.length, 1);
});

test('webhooks: by secret, or by the platform key when there is none', async () => {
  const body = '{"type":"payment.succeeded","timestamp":"x","data":{"payment":{}}}';
  const headers = webhookHeaders(double, 'evt_1', String(Math.floor(Date.now() / 1000)), body);
  assert.equal((await client().webhooks.verify(headers, body)).id, 'evt_1');
  const bySignature = client('ed25519', { webhookSecret: [] });
  assert.equal((await bySignature.webhooks.verify(headers, body)).id, 'evt_1');
  await assert.rejects(bySignature.webhooks.verify(headers, `${body} `), codeIs('client.webhook_invalid'));
});

test('options that cannot work are refused at once', () => {
  const good = clientOptions(double, keys[0]);
  for (const bad of [
    { apiUrl: 'ftp://x' },
    { apiUrl: 'http://u:p@127.0.0.1' },
    { apiUrl: 'http://127.0.0.1/?x=1' },
    { privateKeyPem: undefined },
    { algorithm: 'hmac-sha256' },
    { algorithm: 'rsa-v1_5-sha256' },
  ]) {
    assert.throws(() => new Feiqian({ ...good, ...bad }), TypeError, JSON.stringify(bad));
  }
});

test('an API address with a path: the path is part of what is signed', async () => {
  const feiqian = new Feiqian({ ...clientOptions(double, keys[0]), apiUrl: `${double.url}/gateway/`, platformKeys: { keys: [double.publicJwk] } });
  open.push(feiqian);
  await assert.rejects(feiqian.payments.list(), codeIs('request.not_found', { verified: true }));
  assert.equal(double.requests.at(-1).target, '/gateway/v1/payments');
});
