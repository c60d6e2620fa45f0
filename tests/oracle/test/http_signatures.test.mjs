/** npm http-message-signatures (RFC 9421) verifies what we sign and signs what the platform accepts. */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import httpMessageSignatures from 'http-message-signatures';
import { Feiqian } from '@feiqian/sdk';
import { freshNo, group, listen, merchantKeys, needs, platformUrl } from '../environment.mjs';

const { httpbis, createSigner, createVerifier } = httpMessageSignatures;
const digestOf = (body) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

describe('the SDK’s request signatures', () => {
  const pairs = {
    ed25519: generateKeyPairSync('ed25519'),
    'rsa-v1_5-sha256': generateKeyPairSync('rsa', { modulusLength: 2048 }),
    'ecdsa-p256-sha256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
    'hmac-sha256': randomBytes(32),
  };
  for (const [algorithm, key] of Object.entries(pairs)) {
    test(algorithm, async () => {
      const hmac = algorithm === 'hmac-sha256';
      const double = await listen(() => ({ status: 503, body: '{}' }));
      const client = new Feiqian({
        apiUrl: double.url, keyId: 'key_1', algorithm, maxRetries: 0,
        ...(hmac ? { hmacSecret: key } : { privateKeyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
      });
      await client.payments.list({ merchant_order_no: 'S 1&/?' }).catch(() => {});
      await client.payments.create({ merchant_order_no: 'S-1', amount_minor: 1, currency: 'CNY', subject: '茶', mode: 'redirect' }).catch(() => {});
      client.close();
      await double.stop();
      assert.equal(double.received.length, 2);
      for (const request of double.received) {
        const valid = await httpbis.verifyMessage(
          {
            keyLookup: async ({ keyid }) => keyid === 'key_1' && { id: keyid, algs: [algorithm], verify: createVerifier(hmac ? key : key.publicKey, algorithm) },
            requiredParams: ['created', 'keyid', 'nonce'],
            requiredFields: ['@method', '@path', '@query', ...(request.method === 'POST' ? ['content-digest', 'idempotency-key'] : [])],
            maxAge: 60,
            tolerance: 5,
          },
          { method: request.method, url: double.url + request.target, headers: request.headers },
        );
        assert.equal(valid, true, request.target);
        if (request.method === 'POST') assert.equal(request.headers['content-digest'], digestOf(request.body));
      }
    });
  }
});

group('the platform', needs('FEIQIAN_URL', 'FEIQIAN_MERCHANT_JSON'), () => {
  /** Signs with the library, sends, and verifies the answer with the library. */
  async function exchange(algorithm, key, method, target, document) {
    const body = document === undefined ? undefined : JSON.stringify(document);
    const url = platformUrl() + target;
    const material = algorithm === 'hmac-sha256' ? Buffer.from(key.secret_base64, 'base64') : key.private_key_pem;
    const request = await httpbis.signMessage(
      {
        key: createSigner(material, algorithm, key.key_id),
        name: 'sig1',
        fields: ['@method', '@path', '@query', '@authority', ...(body ? ['content-digest', 'content-type'] : [])],
        params: ['created', 'expires', 'keyid', 'alg', 'nonce'],
        paramValues: { nonce: randomBytes(18).toString('base64url') },
      },
      { method, url, headers: { Host: new URL(url).host, ...(body ? { 'Content-Type': 'application/json', 'Content-Digest': digestOf(body) } : {}) } },
    );
    const { Host: _host, ...headers } = request.headers;
    const answer = await fetch(url, { method, headers, ...(body ? { body } : {}) });
    const text = Buffer.from(await answer.arrayBuffer());
    const { keys } = await (await fetch(`${platformUrl()}/v1/platform-keys`)).json();
    const valid = await httpbis.verifyMessage(
      {
        keyLookup: async ({ keyid }) => {
          if (algorithm === 'hmac-sha256') return keyid === key.key_id ? { id: keyid, algs: ['hmac-sha256'], verify: createVerifier(material, 'hmac-sha256') } : null;
          const jwk = keys.find(({ kid }) => kid === keyid);
          return jwk ? { id: keyid, algs: ['ed25519'], verify: createVerifier(createPublicKey({ key: jwk, format: 'jwk' }), 'ed25519') } : null;
        },
        requiredParams: ['created', 'keyid', 'alg'],
        requiredFields: ['@status', 'content-digest'],
        maxAge: 60,
        tolerance: 5,
      },
      { status: answer.status, headers: Object.fromEntries(answer.headers) },
      { method, url, headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])) },
    );
    assert.equal(valid, true, `the answer with status ${answer.status} does not verify`);
    assert.equal(answer.headers.get('content-digest'), digestOf(text));
    for (const component of ['"@method";req', '"@path";req', '"@query";req', '"signature";req']) {
      assert.ok(answer.headers.get('signature-input').includes(component), component);
    }
    return { status: answer.status, json: JSON.parse(text) };
  }

  test('accepts requests signed by the library with every key, and its answers verify', async (t) => {
    for (const [algorithm, key] of merchantKeys()) {
      await t.test(algorithm, async () => {
        const order = { merchant_order_no: freshNo('SIG'), amount_minor: 100, currency: 'CNY', subject: '茶', mode: 'redirect' };
        const created = await exchange(algorithm, key, 'POST', '/v1/payments', order);
        assert.equal(created.status, 201, JSON.stringify(created.json));
        const listed = await exchange(algorithm, key, 'GET', `/v1/payments?merchant_order_no=${order.merchant_order_no}&limit=1`);
        assert.equal(listed.json.data[0].id, created.json.id);
        assert.equal((await exchange(algorithm, key, 'GET', `/v1/payments/${created.json.id}`)).status, 200);
        assert.equal((await exchange(algorithm, key, 'GET', '/v1/payments/pay_0000000000000')).status, 404, 'refusals are signed too');
        assert.equal((await exchange(algorithm, key, 'POST', `/v1/payments/${created.json.id}/close`, {})).status, 200);
      });
    }
  });
});
