/**
 * A stand-in for the platform, for tests of the SDK and the shop only. It verifies requests and signs answers with
 * http-message-signatures, an implementation the SDK shares nothing with, and keeps payments in memory.
 * A test may put itself before it with `intercept(request) → answer | undefined`, and bend an answer with `bend(answer)`.
 */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign as cryptoSign } from 'node:crypto';
import * as http from 'node:http';
import httpMessageSignatures from 'http-message-signatures';

const { httpbis, createSigner, createVerifier } = httpMessageSignatures;

export const kAlgorithms = ['ed25519', 'hmac-sha256', 'rsa-v1_5-sha256', 'ecdsa-p256-sha256'];

/** A merchant key of the given algorithm: what the client takes, and what the platform verifies with. */
export function makeKey(algorithm, keyId = `key_${algorithm.replace(/[^a-z0-9]/g, '')}`) {
  if (algorithm === 'hmac-sha256') {
    const secret = randomBytes(32);
    return { algorithm, keyId, hmacSecret: secret.toString('base64'), verifyKey: secret };
  }
  const pair =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : algorithm === 'rsa-v1_5-sha256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    algorithm,
    keyId,
    privateKeyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    verifyKey: pair.publicKey,
  };
}

export function clientOptions(double, key) {
  const { algorithm, keyId, privateKeyPem, hmacSecret } = key;
  return { apiUrl: double.url, algorithm, keyId, ...(hmacSecret ? { hmacSecret } : { privateKeyPem }), webhookSecret: double.webhookSecret };
}

export async function startDouble({ keys, notifyUrl = null }) {
  const platformKey = generateKeyPairSync('ed25519');
  const kid = 'key_platform1';
  const double = {
    url: '',
    kid,
    platformKey,
    publicJwk: { ...createPublicKey(platformKey.privateKey).export({ format: 'jwk' }), kid, use: 'sig', alg: 'EdDSA' },
    webhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
    requests: [],
    keyFetches: 0,
    intercept: undefined,
    bend: undefined,
    payments: new Map(),
    refunds: new Map(),
    events: [],
    notifyUrl,
    notifyUrls: new Map(),
    deliver: (event) => deliver(double, event),
    markPaid: (id) => markPaid(double, id),
  };
  const seenNonces = new Set();

  const server = http.createServer((incoming, outgoing) => {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', async () => {
      const request = { method: incoming.method, target: incoming.url, headers: incoming.headers, body: Buffer.concat(chunks) };
      try {
        const answer = await answerTo(request);
        if (answer.hangUp) return incoming.socket.destroy();
        if (answer.never) return undefined;
        outgoing.writeHead(answer.status, answer.headers);
        outgoing.end(answer.body);
      } catch (error) {
        outgoing.writeHead(500, { 'content-type': 'text/plain' });
        outgoing.end(String(error.stack));
      }
      return undefined;
    });
  });

  async function answerTo(request) {
    if (request.target === '/v1/openapi.json' && double.openapi) return plain(200, double.openapi);
    if (request.target === '/v1/platform-keys') {
      if (request.method === 'GET') double.keyFetches += 1;
      return plain(200, { keys: [double.publicJwk] });
    }
    double.requests.push(request);
    const key = await verify(request).catch(() => undefined);
    if (key === undefined) return plain(401, problem(401, 'signature.invalid', 'the signature does not verify'));
    let answer = (await double.intercept?.(request)) ?? route(double, request);
    if (answer.hangUp || answer.never) return answer;
    answer = { ...plain(answer.status, answer.json ?? null), ...(answer.body === undefined ? {} : { body: answer.body }), extra: answer.headers ?? {} };
    answer.headers = { ...answer.headers, ...answer.extra };
    if (answer.extra['x-unsigned'] === undefined) answer = await signAnswer(answer, request, key);
    delete answer.headers['x-unsigned'];
    return double.bend?.(answer, request) ?? answer;
  }

  async function verify(request) {
    const digest = request.headers['content-digest'];
    if (request.body.length > 0) {
      const expected = `sha-256=:${createHash('sha256').update(request.body).digest('base64')}:`;
      if (digest !== expected) return undefined;
    }
    let found;
    const required = ['@method', '@path', '@query'];
    if (digest !== undefined) required.push('content-digest');
    if (request.headers['idempotency-key'] !== undefined) required.push('idempotency-key');
    const valid = await httpbis.verifyMessage(
      {
        keyLookup: async ({ keyid }) => {
          found = keys.find((key) => key.keyId === keyid);
          return found && { id: keyid, algs: [found.algorithm], verify: createVerifier(found.verifyKey, found.algorithm) };
        },
        requiredParams: ['created', 'keyid', 'nonce'],
        requiredFields: required,
        // This library takes the tolerance off the maximum age: 300 s either way is meant.
        maxAge: 600,
        tolerance: 300,
      },
      { method: request.method, url: `http://${request.headers.host}${request.target}`, headers: request.headers },
    );
    const nonce = /nonce="([^"]*)"/.exec(request.headers['signature-input'])?.[1];
    if (!valid || seenNonces.has(nonce) || !/^[A-Za-z0-9_-]{16,64}$/.test(nonce)) return undefined;
    seenNonces.add(nonce);
    return found;
  }

  async function signAnswer(answer, request, key) {
    const hmac = key.algorithm === 'hmac-sha256';
    const signer = hmac
      ? createSigner(key.verifyKey, 'hmac-sha256', key.keyId)
      : createSigner(platformKey.privateKey, 'ed25519', kid);
    return httpbis.signMessage(
      {
        key: signer,
        name: 'sig1',
        fields: ['@status', 'content-digest', '"@method";req', '"@path";req', '"@query";req', '"signature";req'],
        params: ['created', 'keyid', 'alg'],
      },
      answer,
      { method: request.method, url: `http://${request.headers.host}${request.target}`, headers: request.headers },
    );
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  double.url = `http://127.0.0.1:${server.address().port}`;
  double.stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return double;
}

export function problem(status, code, detail, field) {
  return { type: `urn:feiqian:error:${code}`, title: code, status, code, detail, request_id: 'req_1', ...(field ? { field } : {}) };
}

export function plain(status, json) {
  const body = Buffer.from(JSON.stringify(json));
  return {
    status,
    headers: {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
    },
    body,
  };
}

function route(double, request) {
  const url = new URL(request.target, 'http://double');
  const body = request.body.length > 0 ? JSON.parse(request.body) : undefined;
  const at = `${request.method} ${url.pathname}`;
  let match;
  if (at === 'POST /v1/payments') return { status: 201, json: createPayment(double, body) };
  if (at === 'GET /v1/payments') return { status: 200, json: page([...double.payments.values()], url) };
  if (at === 'GET /v1/refunds') return { status: 200, json: page([...double.refunds.values()], url) };
  if (at === 'GET /v1/webhook-deliveries') return { status: 200, json: page(double.events.map((e) => e.log), url) };
  if ((match = /^GET \/v1\/payments\/([^/]+)$/.exec(at))) return found(double.payments.get(match[1]), 'payment');
  if ((match = /^GET \/v1\/refunds\/([^/]+)$/.exec(at))) return found(double.refunds.get(match[1]), 'refund');
  if ((match = /^GET \/v1\/payments\/([^/]+)\/refunds$/.exec(at))) {
    return { status: 200, json: page([...double.refunds.values()].filter((r) => r.payment_id === match[1]), url) };
  }
  if ((match = /^POST \/v1\/payments\/([^/]+)\/close$/.exec(at))) {
    const payment = double.payments.get(match[1]);
    if (payment) Object.assign(payment, { state: 'closed', close_reason: 'merchant', closed_at: now() });
    return found(payment, 'payment');
  }
  if ((match = /^POST \/v1\/payments\/([^/]+)\/refunds$/.exec(at))) return createRefund(double, match[1], body);
  if ((match = /^POST \/v1\/webhook-deliveries\/([^/]+)\/resend$/.exec(at))) {
    const event = double.events.find((e) => e.id === match[1]);
    if (event?.log.url) event.delivered = double.deliver(event);
    return event ? { status: 202, json: event.log } : found(undefined, 'webhook_event');
  }
  return { status: 404, json: problem(404, 'request.not_found', 'no such path') };
}

function createPayment(double, body) {
  const id = `pay_${String(double.payments.size + 1).padStart(13, '0')}`;
  const payment = {
    object: 'payment', id, merchant_order_no: body.merchant_order_no, state: 'open', amount_minor: body.amount_minor,
    currency: body.currency, refunded_minor: 0, refunding_minor: 0, fee_minor: null, subject: body.subject,
    goods: body.goods ?? [], store_id: null, mode: body.mode, method: body.method ?? null,
    cashier_url: body.mode === 'redirect' ? `${double.url}/cashier/TOKEN` : null,
    qr_code: body.mode === 'qr' ? `https://qr.example/${id}` : null,
    pay_parameters: body.mode === 'jsapi' ? { package: `prepay_id=${id}` } : null,
    close_reason: null, metadata: body.metadata ?? {}, created_at: now(), expires_at: now(), paid_at: null, closed_at: null,
    channel_trade_no: null, last_error: null,
  };
  double.payments.set(id, payment);
  if (body.notify_url) double.notifyUrls.set(id, body.notify_url);
  if (body.mode === 'barcode' && body.auth_code.endsWith('9')) {
    Object.assign(payment, { state: 'closed', close_reason: 'barcode_failed', closed_at: now(), last_error: { code: 'payer.insufficient_balance', message: 'x' } });
    emit(double, 'payment.closed', { payment: { ...payment } });
  } else if (body.mode === 'barcode') {
    markPaid(double, id);
  }
  return payment;
}

function createRefund(double, paymentId, body) {
  const payment = double.payments.get(paymentId);
  if (!payment) return found(undefined, 'payment');
  if (body.amount_minor > payment.amount_minor - payment.refunded_minor) {
    return { status: 422, json: problem(422, 'refund.exceeds_remainder', 'more than is left', 'amount_minor') };
  }
  const refund = {
    object: 'refund', id: `ref_${String(double.refunds.size + 1).padStart(13, '0')}`, payment_id: paymentId,
    merchant_refund_no: body.merchant_refund_no, state: 'succeeded', amount_minor: body.amount_minor,
    currency: payment.currency, fee_returned_minor: 0, reason: body.reason ?? null, kind: 'merchant', failure: null,
    created_at: now(), succeeded_at: now(), failed_at: null,
  };
  payment.refunded_minor += refund.amount_minor;
  double.refunds.set(refund.id, refund);
  emit(double, 'refund.succeeded', { refund, payment: { ...payment } });
  return { status: 201, json: refund };
}

function markPaid(double, id) {
  const payment = double.payments.get(id);
  Object.assign(payment, { state: 'paid', method: 'alipay', paid_at: now(), channel_trade_no: '2026112200000001' });
  return emit(double, 'payment.succeeded', { payment: { ...payment } });
}

function emit(double, type, data) {
  const notifyUrl = double.notifyUrls.get(data.payment.id) ?? double.notifyUrl;
  const id = `evt_${String(double.events.length + 1).padStart(13, '0')}`;
  const log = {
    object: 'webhook_event', id, type, payment_id: data.payment.id, state: 'pending', url: notifyUrl,
    created_at: now(), next_try_at: null, deliveries: [],
  };
  const event = { id, log, body: JSON.stringify({ type, timestamp: now(), data }) };
  double.events.push(event);
  if (notifyUrl) event.delivered = double.deliver(event);
  return event;
}

async function deliver(double, event) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const answer = await fetch(event.log.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...webhookHeaders(double, event.id, timestamp, event.body) },
    body: event.body,
  });
  event.log.state = answer.ok ? 'delivered' : 'pending';
  return answer.status;
}

export function webhookHeaders(double, id, timestamp, body) {
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const secret = Buffer.from(double.webhookSecret.slice(6), 'base64');
  const v1 = createHmac('sha256', secret).update(content).digest('base64');
  const v1a = cryptoSign(null, content, double.platformKey.privateKey).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${v1} v1a,${v1a}` };
}

function page(items, url) {
  const limit = Number(url.searchParams.get('limit') ?? 20);
  const start = Number(url.searchParams.get('cursor') ?? 0);
  const wanted = items.filter((item) =>
    [...url.searchParams].every(([k, v]) => k === 'limit' || k === 'cursor' || item[k] === undefined || item[k] === v),
  );
  const newest = wanted.reverse().slice(start, start + limit);
  return { data: newest, next_cursor: start + limit < wanted.length ? String(start + limit) : null };
}

function found(document, what) {
  return document ? { status: 200, json: document } : { status: 404, json: problem(404, `${what}.not_found`, 'no such document') };
}

function now() {
  return new Date().toISOString();
}
