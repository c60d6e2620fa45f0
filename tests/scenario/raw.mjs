/** Requests that the SDK would never send: every part can be bent, and what comes back is given as it is. */
import { randomBytes } from 'node:crypto';
import * as http from 'node:http';
import { contentDigest, hmacKey, pemSigner, signMessage } from '@feiqian/sdk';

export function signerOf(merchant, algorithm = 'ed25519') {
  const key = merchant.key(algorithm);
  return algorithm === 'hmac-sha256' ? hmacKey(key.key_id, key.secret_base64) : pemSigner(key.key_id, algorithm, key.private_key_pem);
}

/**
 * Signs as asked and sends. `parameters` overrides created, nonce, keyId, algorithm, expires; `components` what is covered;
 * `after(headers)` changes the headers once they are signed; `sign: false` sends no signature;
 * `sentTarget` is sent instead of the target that was signed.
 */
export async function rawRequest(platform, { method = 'POST', target, sentTarget = target, body, signer, headers = {}, components, parameters = {}, after, sign = true }) {
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const host = new URL(platform.url).host;
  const sent = { host, ...(bytes ? { 'content-type': 'application/json', 'content-digest': contentDigest(bytes), 'content-length': String(bytes.length) } : {}), ...headers };
  if (sign) {
    const covered = components ?? ['@method', '@path', '@query', ...(bytes ? ['content-digest'] : []), ...(headers['idempotency-key'] ? ['idempotency-key'] : [])];
    const values = { created: Math.floor(Date.now() / 1000), keyId: signer.keyId, nonce: randomBytes(18).toString('base64url'), ...parameters };
    Object.assign(sent, await signMessage({ method, target, scheme: 'http', headers: sent }, covered, signer, values));
  }
  after?.(sent);
  return exchange(platform.url, method, sentTarget, sent, bytes);
}

export function exchange(base, method, target, headers, bytes) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const request = http.request({ host: hostname, port, method, path: target, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        resolve({ status: response.statusCode, headers: response.headers, text, json });
      });
    });
    request.on('error', reject);
    request.end(bytes);
  });
}
