/**
 * Keys for message signatures: the four algorithms of the merchant API over node:crypto. A key fits exactly one algorithm;
 * a key of another type is refused when it is loaded, not when it is first used.
 */
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign as cryptoSign,
  timingSafeEqual,
  verify as cryptoVerify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

export type Algorithm = 'ed25519' | 'hmac-sha256' | 'rsa-v1_5-sha256' | 'ecdsa-p256-sha256';

export interface Signer {
  readonly keyId: string;
  readonly algorithm: Algorithm;
  /** May be asynchronous, for keys that live in an HSM or a signing service. */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

export interface Verifier {
  readonly keyId: string;
  readonly algorithm: Algorithm;
  verify(data: Uint8Array, signature: Uint8Array): boolean;
}

/** A signer over a PEM private key (PKCS#8, or what else node:crypto reads). */
export function pemSigner(keyId: string, algorithm: Exclude<Algorithm, 'hmac-sha256'>, privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  checkKeyType(key, algorithm);
  return { keyId, algorithm, sign: (data) => signWith(algorithm, key, data) };
}

/** A signer that is its own verifier: the secret as the platform shows it (base64), or its bytes. */
export function hmacKey(keyId: string, secret: string | Uint8Array): Signer & Verifier {
  const bytes = typeof secret === 'string' ? decodeBase64(secret, 'the HMAC secret') : Buffer.from(secret);
  if (bytes.length < 16) throw new TypeError('the HMAC secret is shorter than 16 bytes');
  const mac = (data: Uint8Array): Buffer => createHmac('sha256', bytes).update(data).digest();
  return {
    keyId,
    algorithm: 'hmac-sha256',
    sign: mac,
    verify: (data, signature) => {
      const expected = mac(data);
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    },
  };
}

/** A verifier over a public key in PEM, or as a KeyObject. */
export function publicKeyVerifier(
  keyId: string,
  algorithm: Exclude<Algorithm, 'hmac-sha256'>,
  publicKey: string | KeyObject,
): Verifier {
  const key = typeof publicKey === 'string' ? createPublicKey(publicKey) : publicKey;
  checkKeyType(key, algorithm);
  return { keyId, algorithm, verify: (data, signature) => verifyWith(algorithm, key, data, signature) };
}

/** The Ed25519 public key of a JWK; undefined for a key of any other type (a set may hold some). */
export function ed25519FromJwk(jwk: JsonWebKey): KeyObject | undefined {
  if (jwk.kty !== 'OKP' || jwk['crv'] !== 'Ed25519' || typeof jwk['x'] !== 'string') return undefined;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk['x'] }, format: 'jwk' });
}

export function decodeBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (text === '' || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new TypeError(`${what} is not base64`);
  }
  return bytes;
}

function checkKeyType(key: KeyObject, algorithm: Algorithm): void {
  const details = key.asymmetricKeyDetails ?? {};
  const fits =
    (algorithm === 'ed25519' && key.asymmetricKeyType === 'ed25519') ||
    (algorithm === 'rsa-v1_5-sha256' && key.asymmetricKeyType === 'rsa' && (details.modulusLength ?? 0) >= 2048) ||
    (algorithm === 'ecdsa-p256-sha256' && key.asymmetricKeyType === 'ec' && details.namedCurve === 'prime256v1');
  if (!fits) throw new TypeError(`the key does not fit ${algorithm} (RSA needs at least 2048 bits)`);
}

function signWith(algorithm: Algorithm, key: KeyObject, data: Uint8Array): Buffer {
  switch (algorithm) {
    case 'ed25519':
      return cryptoSign(null, data, key);
    case 'rsa-v1_5-sha256':
      return cryptoSign('sha256', data, { key, padding: constants.RSA_PKCS1_PADDING });
    case 'ecdsa-p256-sha256':
      return cryptoSign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
    case 'hmac-sha256':
      throw new TypeError('an HMAC key is not an asymmetric key');
  }
}

function verifyWith(algorithm: Algorithm, key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  switch (algorithm) {
    case 'ed25519':
      return cryptoVerify(null, data, key, signature);
    case 'rsa-v1_5-sha256':
      return cryptoVerify('sha256', data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case 'ecdsa-p256-sha256':
      return signature.length === 64 && cryptoVerify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
    case 'hmac-sha256':
      return false;
  }
}
