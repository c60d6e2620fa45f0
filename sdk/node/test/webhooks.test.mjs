/** Standard Webhooks: both kinds of signature, and what must be refused. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { FeiqianError, hasWebhookSignature, verifyWebhook } from '../dist/index.js';

const kSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const kNow = 1_764_000_000;
const kId = 'evt_0000000000001';
const kBody = '{"type":"payment.succeeded","timestamp":"2026-11-22T06:30:00.000Z","data":{"payment":{"subject":"龙井茶"}}}';
const pair = generateKeyPairSync('ed25519');

function headers({ id = kId, timestamp = String(kNow), body = kBody, secret = kSecret, key = pair.privateKey } = {}) {
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const v1 = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(content).digest('base64');
  const v1a = sign(null, content, key).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${v1} v1a,${v1a}` };
}

const only = (version, h) => ({
  ...h,
  'webhook-signature': h['webhook-signature'].split(' ').find((part) => part.startsWith(`${version},`)),
});
const both = { secrets: [kSecret], publicKeys: [pair.publicKey] };

test("Standard Webhooks' own published example: the signature fits, the body is none of ours", () => {
  const example = (body) => () =>
    verifyWebhook({
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      body,
      secrets: [kSecret],
      now: 1614265330,
    });
  assert.throws(example('{"test": 2432232314}'), /the body is not an event/);
  assert.throws(example('{"test": 2432232315}'), /no signature verifies/);
});

test('accepted', async (t) => {
  const jwk = pair.publicKey.export({ format: 'jwk' });
  const whpk = `whpk_${Buffer.from(jwk.x, 'base64url').toString('base64')}`;
  const rows = [
    ['both signatures, both keys', headers(), both],
    ['v1 alone', only('v1', headers()), { secrets: [kSecret] }],
    ['v1a alone, key object', only('v1a', headers()), { publicKeys: [pair.publicKey] }],
    ['v1a, JWK', headers(), { publicKeys: [jwk] }],
    ['v1a, whpk_', headers(), { publicKeys: [whpk] }],
    ['v1a, PEM', headers(), { publicKeys: [pair.publicKey.export({ type: 'spki', format: 'pem' })] }],
    ['old and new secret while it is changed', headers(), { secrets: ['whsec_bmV3IHNlY3JldCBuZXcgc2VjcmV0', kSecret] }],
    ['a signature of another version beside it', { ...headers(), 'webhook-signature': `v9,AAAA ${headers()['webhook-signature']}` }, both],
    ['upper-case names', Object.fromEntries(Object.entries(headers()).map(([k, v]) => [k.toUpperCase(), v])), both],
    ['300 s old', headers({ timestamp: String(kNow - 300) }), both],
    ['300 s ahead', headers({ timestamp: String(kNow + 300) }), both],
  ];
  for (const [name, given, keys] of rows) {
    await t.test(name, () => {
      const verified = verifyWebhook({ headers: given, body: Buffer.from(kBody), now: kNow, ...keys });
      assert.equal(verified.id, kId);
      assert.equal(verified.event.type, 'payment.succeeded');
    });
  }
});

test('refused', async (t) => {
  const without = (name) => ({ ...headers(), [name]: undefined });
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const rows = [
    ['body changed', headers(), { body: kBody.replace('succeeded', 'closed') }],
    ['id changed', { ...headers(), 'webhook-id': 'evt_0000000000002' }, {}],
    ['timestamp changed', { ...headers(), 'webhook-timestamp': String(kNow + 1) }, {}],
    ['301 s old', headers({ timestamp: String(kNow - 301) }), {}],
    ['301 s ahead', headers({ timestamp: String(kNow + 301) }), {}],
    ['timestamp not a number', headers({ timestamp: 'soon' }), {}],
    ['timestamp fractional', headers({ timestamp: `${kNow}.5` }), {}],
    ['other secret', only('v1', headers({ secret: 'whsec_b3RoZXIgc2VjcmV0IG90aGVyIHNlY3JldA==' })), {}],
    ['other key', only('v1a', headers({ key: stranger })), {}],
    ['v1 signature under the name v1a', { ...headers(), 'webhook-signature': headers()['webhook-signature'].split(' ')[0].replace('v1,', 'v1a,') }, {}],
    ['v1a only, but only a secret is known', only('v1a', headers()), { secrets: [kSecret], publicKeys: [] }],
    ['v1 only, but only a key is known', only('v1', headers()), { secrets: [], publicKeys: [pair.publicKey] }],
    ['signature empty', { ...headers(), 'webhook-signature': 'v1, v1a,' }, {}],
    ['no id', without('webhook-id'), {}],
    ['no timestamp', without('webhook-timestamp'), {}],
    ['no signature', without('webhook-signature'), {}],
    ['body not JSON', headers({ body: 'no' }), { body: 'no' }],
    ['body not an event', headers({ body: '{}' }), { body: '{}' }],
  ];
  for (const [name, given, change] of rows) {
    await t.test(name, () => {
      assert.throws(
        () => verifyWebhook({ headers: given, body: kBody, now: kNow, ...both, ...change }),
        (error) => error instanceof FeiqianError && error.code === 'client.webhook_invalid' && !error.outcomeUnknown,
      );
    });
  }
  await t.test('no key at all is a mistake of the program', () => {
    assert.throws(() => verifyWebhook({ headers: headers(), body: kBody, now: kNow }), TypeError);
  });
});

test('tells which signatures a webhook carries', () => {
  assert.ok(hasWebhookSignature(headers(), 'v1') && hasWebhookSignature(headers(), 'v1a'));
  assert.ok(!hasWebhookSignature(only('v1', headers()), 'v1a'));
});
