/** The published examples of RFC 9421 (appendix B.2) and RFC 9530, and what must not verify. */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { contentDigest, contentDigestMatches, hmacKey, pemSigner, publicKeyVerifier, SignatureError, signMessage, verifyMessage } from '../dist/index.js';

const kBody = '{"hello": "world"}';
const kRequest = {
  method: 'POST',
  target: '/foo?param=Value&Pet=dog',
  scheme: 'https',
  headers: {
    Host: 'example.com',
    Date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'Content-Type': 'application/json',
    'Content-Digest': 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
    'Content-Length': '18',
  },
};
const kResponseBody = '{"message": "good dog"}';
const kResponse = {
  status: 200,
  headers: {
    Date: 'Tue, 20 Apr 2021 02:07:56 GMT',
    'Content-Type': 'application/json',
    'Content-Digest': 'sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:',
    'Content-Length': '23',
  },
};
const kSharedSecret = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';
const kEd25519Private = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----`;
const kEd25519Public = { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' };
const kP256Public = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----`;
const kCreated = 1618884473;

const kHmac = {
  components: ['date', '@authority', 'content-type'],
  input: 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
  signature: 'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
};
const kEd25519 = {
  components: ['date', '@method', '@path', '@authority', 'content-type', 'content-length'],
  input: 'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  signature: 'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
};
const kP256 = {
  input: 'sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
  signature: 'sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:',
};

const hmac = hmacKey('test-shared-secret', kSharedSecret);
const ed25519 = publicKeyVerifier('test-key-ed25519', 'ed25519', createPublicKey({ key: kEd25519Public, format: 'jwk' }));
const p256 = publicKeyVerifier('test-key-ecc-p256', 'ecdsa-p256-sha256', kP256Public);

const signed = (message, { input, signature }) => ({
  ...message,
  headers: { ...message.headers, 'Signature-Input': input, Signature: signature },
});
const policy = (key, label, more = {}) => ({ label, required: [], keyById: (id) => (id === key.keyId ? key : undefined), ...more });

test('B.2.5: the HMAC signature is made byte for byte', async () => {
  const made = await signMessage(kRequest, kHmac.components, hmac, { created: kCreated, keyId: hmac.keyId }, 'sig-b25');
  assert.deepEqual(made, { 'signature-input': kHmac.input, signature: kHmac.signature });
});

test('B.2.6: the Ed25519 signature is made byte for byte', async () => {
  const signer = pemSigner('test-key-ed25519', 'ed25519', kEd25519Private);
  const made = await signMessage(kRequest, kEd25519.components, signer, { created: kCreated, keyId: signer.keyId }, 'sig-b26');
  assert.deepEqual(made, { 'signature-input': kEd25519.input, signature: kEd25519.signature });
});

test('B.2.4, B.2.5, B.2.6 verify', async () => {
  await verifyMessage(signed(kRequest, kHmac), policy(hmac, 'sig-b25'));
  await verifyMessage(signed(kRequest, kEd25519), policy(ed25519, 'sig-b26'));
  const verified = await verifyMessage(signed(kResponse, kP256), policy(p256, 'sig-b24'));
  assert.equal(verified.created, kCreated);
  assert.deepEqual(verified.components, ['"@status"', '"content-type"', '"content-digest"', '"content-length"']);
});

test('content digests of the published messages match, others do not', () => {
  assert.ok(contentDigestMatches(kRequest.headers['Content-Digest'], Buffer.from(kBody)));
  assert.ok(contentDigestMatches(kResponse.headers['Content-Digest'], Buffer.from(kResponseBody)));
  assert.equal(contentDigest(Buffer.from('{"hello": "world"}\n')), 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:');
  assert.equal(contentDigest(Buffer.alloc(0)), 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:');
  assert.ok(!contentDigestMatches(kRequest.headers['Content-Digest'], Buffer.from(`${kBody} `)));
  assert.ok(!contentDigestMatches('md5=:AAAA:', Buffer.from('')), 'no known algorithm is no match');
  assert.ok(!contentDigestMatches('', Buffer.from('')), 'an empty field is no match');
  const both = `${contentDigest(Buffer.from(kBody))}, sha-512=:AAAA:`;
  assert.ok(!contentDigestMatches(both, Buffer.from(kBody)), 'every known digest must match');
});

test('what a tampered message does not pass', async (t) => {
  const other = generateKeyPairSync('ed25519').publicKey;
  const header = (name, value) => (m) => ({ ...m, headers: { ...m.headers, [name]: value } });
  const without = (name) => (m) => ({ ...m, headers: { ...m.headers, [name]: undefined } });
  const rows = [
    ['method changed', (m) => ({ ...m, method: 'PUT' })],
    ['path changed', (m) => ({ ...m, target: '/fop?param=Value&Pet=dog' })],
    ['authority changed', header('Host', 'example.org')],
    ['covered field changed', header('Content-Type', 'text/plain')],
    ['covered field removed', without('Date')],
    ['created changed', header('Signature-Input', kEd25519.input.replace('1618884473', '1618884474'))],
    ['component dropped', header('Signature-Input', kEd25519.input.replace('"date" ', ''))],
    ['components reordered', header('Signature-Input', kEd25519.input.replace('"date" "@method"', '"@method" "date"'))],
    ['parameter added', header('Signature-Input', `${kEd25519.input};nonce="x"`)],
    ['wrong algorithm named', header('Signature-Input', `${kEd25519.input};alg="rsa-v1_5-sha256"`)],
    ['unknown key', header('Signature-Input', kEd25519.input.replace('test-key-ed25519', 'test-key-x'))],
    ['other label', header('Signature', kEd25519.signature.replace('sig-b26', 'sig-x'))],
    ['signature bit flipped', header('Signature', kEd25519.signature.replace('wqcA', 'wqcB'))],
    ['signature empty', header('Signature', 'sig-b26=::')],
    ['signature a string', header('Signature', 'sig-b26="abc"')],
    ['signature not base64', header('Signature', 'sig-b26=:###:')],
    ['no signature', without('Signature')],
    ['no input', without('Signature-Input')],
    ['input not a list', header('Signature-Input', 'sig-b26="date"')],
    ['input not closed', header('Signature-Input', 'sig-b26=("date"')],
    ['label twice', header('Signature-Input', `${kEd25519.input}, ${kEd25519.input}`)],
    ['component twice', header('Signature-Input', kEd25519.input.replace('"date"', '"date" "date"'))],
    ['unknown component parameter', header('Signature-Input', kEd25519.input.replace('"date"', '"date";sf'))],
    ['unknown derived component', header('Signature-Input', kEd25519.input.replace('"@method"', '"@method" "@nothing"'))],
    ['created as text', header('Signature-Input', kEd25519.input.replace('1618884473', '"1618884473"'))],
  ];
  for (const [name, change] of rows) {
    await t.test(name, async () => {
      const message = change(signed(kRequest, kEd25519));
      await assert.rejects(verifyMessage(message, policy(ed25519, 'sig-b26')), SignatureError);
    });
  }
  await t.test("another key under the right key's name", async () => {
    const wrong = publicKeyVerifier('test-key-ed25519', 'ed25519', other);
    await assert.rejects(verifyMessage(signed(kRequest, kEd25519), policy(wrong, 'sig-b26')), SignatureError);
  });
});

test('policy: required components, age, expiry, algorithm', async (t) => {
  const message = signed(kRequest, kEd25519);
  const rows = [
    ['all as asked', { required: ['"@method"', '"@path"'], now: kCreated + 300, maxAgeSeconds: 300 }, true],
    ['a required component is not covered', { required: ['"@query"'] }, false],
    ['";req" is another component', { required: ['"@method";req'] }, false],
    ['one second too old', { now: kCreated + 301, maxAgeSeconds: 300 }, false],
    ['one second too far ahead', { now: kCreated - 301, maxAgeSeconds: 300 }, false],
    ['an algorithm is demanded', { requireAlgorithm: true }, false],
  ];
  for (const [name, more, passes] of rows) {
    await t.test(name, async () => {
      const result = verifyMessage(message, policy(ed25519, 'sig-b26', more));
      await (passes ? result : assert.rejects(result, SignatureError));
    });
  }
  await t.test('expires is honoured', async () => {
    const parameters = { created: kCreated, expires: kCreated + 10, keyId: hmac.keyId };
    const headers = { ...kRequest.headers, ...(await signMessage(kRequest, ['@method'], hmac, parameters)) };
    const expiring = { ...kRequest, headers };
    await verifyMessage(expiring, policy(hmac, 'sig1', { now: kCreated + 10 }));
    await assert.rejects(verifyMessage(expiring, policy(hmac, 'sig1', { now: kCreated + 11 })), SignatureError);
  });
});

test('derived components of unusual targets', async (t) => {
  const rows = [
    ['no query', '/v1/payments', '@query', '?'],
    ['empty query', '/v1/payments?', '@query', '?'],
    ['query as it stands', '/a?x=%3A&y=a+b', '@query', '?x=%3A&y=a+b'],
    ['escaped path as it stands', '/a%2Fb/c?d', '@path', '/a%2Fb/c'],
    ['target uri', '/a?b', '@target-uri', 'https://example.com/a?b'],
    ['request target', '/a?b', '@request-target', '/a?b'],
    ['scheme', '/', '@scheme', 'https'],
    ['query parameter', '/a?Pet=dog%20x&b=1', '"@query-param";name="Pet"', 'dog%20x'],
  ];
  for (const [name, target, component, expected] of rows) {
    await t.test(name, async () => {
      let base = '';
      const spy = { keyId: 'k', algorithm: 'hmac-sha256', sign: (data) => ((base = Buffer.from(data).toString()), Buffer.alloc(1)) };
      await signMessage({ ...kRequest, target }, [component], spy, {});
      assert.equal(base.split('\n')[0].replace(/^"[^"]*"(;name="Pet")?: /, ''), expected);
    });
  }
  await t.test('a port that is the default is no part of the authority', async () => {
    for (const [host, expected] of [['Example.COM:443', 'example.com'], ['example.com:8443', 'example.com:8443']]) {
      let base = '';
      const spy = { keyId: 'k', algorithm: 'hmac-sha256', sign: (data) => ((base = Buffer.from(data).toString()), Buffer.alloc(1)) };
      await signMessage({ ...kRequest, headers: { host } }, ['@authority'], spy, {});
      assert.equal(base.split('\n')[0], `"@authority": ${expected}`);
    }
  });
});

test('keys that do not fit are refused when loaded', () => {
  const pem = (pair) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const rows = [
    ['ed25519', pem(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }))],
    ['rsa-v1_5-sha256', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }))],
    ['ecdsa-p256-sha256', pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }))],
    ['ecdsa-p256-sha256', pem(generateKeyPairSync('ed25519'))],
  ];
  for (const [algorithm, key] of rows) assert.throws(() => pemSigner('k', algorithm, key), TypeError);
  assert.throws(() => hmacKey('k', 'not base64!'), TypeError);
  assert.throws(() => hmacKey('k', 'AAAA'), TypeError, 'too short');
});
