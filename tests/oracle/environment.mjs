/** What the tests are told from outside. A test whose environment is missing is reported as skipped, with the reason. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Feiqian } from '@feiqian/sdk';

/** Options for `test`: skipped unless all of the variables are set. */
export function needs(...names) {
  const missing = names.filter((name) => !process.env[name]);
  return missing.length > 0 ? { skip: `not set: ${missing.join(', ')}` } : {};
}

/** A group of tests that becomes one skipped test when its environment is missing, so that the summary counts it. */
export function group(name, requirement, body) {
  if (requirement.skip) test(name, requirement, () => {});
  else describe(name, body);
}

export const platformUrl = () => process.env.FEIQIAN_URL.replace(/\/+$/, '');
export const sandboxUrl = () => process.env.FEIQIAN_SANDBOX_URL.replace(/\/+$/, '');
export const merchant = () => JSON.parse(readFileSync(process.env.FEIQIAN_MERCHANT_JSON, 'utf8'));
/**
 * An app of our own with a fresh key, made known to the sandbox as a merchant would at the provider: the public key goes to
 * the sandbox's directory, the provider's public key comes from there.
 */
export function newAlipayApp() {
  const directory = join(process.env.FEIQIAN_SANDBOX_DATA, 'alipay');
  const appId = `2021${String(Date.now()).padStart(12, '0').slice(-12)}`;
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(directory, 'apps', `${appId}.pem`), pair.publicKey.export({ type: 'spki', format: 'pem' }));
  return {
    appId,
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    keyType: 'PKCS8',
    alipayPublicKey: readFileSync(join(directory, 'alipay_public_key.pem'), 'utf8'),
  };
}

/**
 * A merchant of our own at the sandbox's WeChat Pay: its public key and the APIv3 key go to the sandbox's directory, as the
 * merchant would give them to the provider.
 */
export function newWechatMerchant() {
  const mchid = `18${String(Date.now()).slice(-8)}`;
  const serial = randomBytes(20).toString('hex').toUpperCase();
  const apiV3Key = randomBytes(16).toString('hex');
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    mchid,
    appid: 'wx00000000000000aa',
    serial_no: serial,
    public_key_pem: pair.publicKey.export({ type: 'spki', format: 'pem' }),
    api_v3_key: apiV3Key,
  };
  writeFileSync(join(process.env.FEIQIAN_SANDBOX_DATA, 'wechatpay', 'merchants', `${mchid}.json`), JSON.stringify(account), { mode: 0o600 });
  return { mchid, appid: account.appid, serial, apiV3Key, privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/** [algorithm, key] for every key the merchant file holds. */
export function merchantKeys() {
  const config = merchant();
  const keys = [[config.algorithm, config]];
  if (config.hmac) keys.push(['hmac-sha256', config.hmac]);
  if (config.rsa) keys.push(['rsa-v1_5-sha256', config.rsa]);
  if (config.p256) keys.push(['ecdsa-p256-sha256', config.p256]);
  return keys;
}

export function sdkClient(apiUrl, algorithm, key, more = {}) {
  return new Feiqian({
    apiUrl,
    keyId: key.key_id,
    algorithm,
    ...(algorithm === 'hmac-sha256' ? { hmacSecret: key.secret_base64 } : { privateKeyPem: key.private_key_pem }),
    webhookSecret: merchant().webhook_secret,
    ...more,
  });
}

export async function sandboxControl(method, path, body) {
  const token = readFileSync(join(process.env.FEIQIAN_SANDBOX_DATA, 'sandbox.token'), 'utf8').trim();
  const answer = await fetch(`${sandboxUrl()}/control${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} /control${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

let count = 0;
/** A number that occurs once. */
export function freshNo(prefix) {
  count += 1;
  return `${prefix}-${Date.now().toString(36)}-${process.pid}-${count}`;
}

export async function eventually(what, probe, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() >= end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A loopback listener that keeps what it receives; `answer` decides status and body. */
export async function listen(answer) {
  const received = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = { method: request.method, target: request.url, headers: request.headers, body: Buffer.concat(chunks) };
    received.push(one);
    const { status = 200, headers = {}, body = '' } = (await answer(one)) ?? {};
    response.writeHead(status, headers);
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, received, stop };
}
