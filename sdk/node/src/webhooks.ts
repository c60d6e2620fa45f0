/**
 * Verification of webhooks (Standard Webhooks): `v1` is an HMAC with the merchant's secret, `v1a` an Ed25519 signature with
 * the platform's key, both over `webhook-id.webhook-timestamp.body`. Give the body as the bytes that arrived: parsing and
 * serialising again changes them.
 */
import { createHmac, createPublicKey, timingSafeEqual, verify as cryptoVerify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { FeiqianError } from './errors.js';
import { decodeBase64, ed25519FromJwk } from './keys.js';
import { fieldValue, type Fields } from './message_signatures.js';
import type { Event } from './types.js';

export type WebhookPublicKey = KeyObject | JsonWebKey | string;

export interface WebhookVerification {
  readonly headers: Fields;
  readonly body: Uint8Array | string;
  /** `whsec_…`; several while the secret is being changed. */
  readonly secrets?: readonly string[];
  /** Ed25519 keys: KeyObject, JWK, `whpk_…` or PEM. */
  readonly publicKeys?: readonly WebhookPublicKey[];
  /** How far the timestamp may be off, either way; 300 unless told otherwise. */
  readonly toleranceSeconds?: number;
  /** Unix seconds; the system's clock unless told otherwise. */
  readonly now?: number;
}

export interface VerifiedWebhook {
  /** The event's id, the same at every try: keep it, and treat a second one as already done. */
  readonly id: string;
  readonly timestamp: Date;
  readonly event: Event;
}

/** Throws FeiqianError `client.webhook_invalid` unless one of the signatures is by one of the given keys. */
export function verifyWebhook(input: WebhookVerification): VerifiedWebhook {
  const secrets = (input.secrets ?? []).map(secretBytes);
  const publicKeys = (input.publicKeys ?? []).map(publicKeyOf);
  if (secrets.length + publicKeys.length === 0) throw new TypeError('give a secret or a public key to verify with');

  const id = header(input.headers, 'webhook-id');
  const timestampText = header(input.headers, 'webhook-timestamp');
  const signatures = header(input.headers, 'webhook-signature');
  if (!/^[0-9]{1,12}$/.test(timestampText)) throw invalid('webhook-timestamp is not a number of seconds');
  const timestamp = Number(timestampText);
  const now = input.now ?? Math.floor(Date.now() / 1000);
  const tolerance = input.toleranceSeconds ?? 300;
  if (timestamp < now - tolerance) throw invalid('the message is too old');
  if (timestamp > now + tolerance) throw invalid('the message is from the future');

  const body = typeof input.body === 'string' ? Buffer.from(input.body, 'utf8') : Buffer.from(input.body);
  const content = Buffer.concat([Buffer.from(`${id}.${timestampText}.`, 'utf8'), body]);
  if (!anySignatureFits(signatures, content, secrets, publicKeys)) throw invalid('no signature verifies');
  return { id, timestamp: new Date(timestamp * 1000), event: parseEvent(body) };
}

/** True when the field carries a signature of the given version: tells which key it needs. */
export function hasWebhookSignature(headers: Fields, version: 'v1' | 'v1a'): boolean {
  return (fieldValue(headers, 'webhook-signature') ?? '').split(' ').some((part) => part.startsWith(`${version},`));
}

function anySignatureFits(
  field: string,
  content: Buffer,
  secrets: readonly Buffer[],
  publicKeys: readonly KeyObject[],
): boolean {
  // Every candidate is tried, so that the time taken does not tell which one came close.
  let fits = false;
  for (const part of field.split(' ').slice(0, 16)) {
    const comma = part.indexOf(',');
    const version = part.slice(0, comma);
    const signature = Buffer.from(part.slice(comma + 1), 'base64');
    if (version === 'v1') {
      for (const secret of secrets) {
        const expected = createHmac('sha256', secret).update(content).digest();
        if (signature.length === expected.length && timingSafeEqual(signature, expected)) fits = true;
      }
    } else if (version === 'v1a') {
      for (const key of publicKeys) {
        if (signature.length === 64 && cryptoVerify(null, content, key, signature)) fits = true;
      }
    }
  }
  return fits;
}

function secretBytes(secret: string): Buffer {
  return decodeBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret, 'the webhook secret');
}

function publicKeyOf(key: WebhookPublicKey): KeyObject {
  if (typeof key === 'string') {
    if (!key.startsWith('whpk_')) return createPublicKey(key);
    const x = decodeBase64(key.slice('whpk_'.length), 'the webhook public key').toString('base64url');
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  }
  if ('kty' in key) {
    const found = ed25519FromJwk(key);
    if (found === undefined) throw new TypeError('the webhook public key is not an Ed25519 key');
    return found;
  }
  return key as KeyObject;
}

function header(headers: Fields, name: string): string {
  const value = fieldValue(headers, name);
  if (value === undefined || value === '') throw invalid(`${name} is missing`);
  return value;
}

function parseEvent(body: Buffer): Event {
  try {
    const event = JSON.parse(body.toString('utf8')) as Event;
    if (typeof event?.type === 'string' && typeof event.data === 'object' && event.data !== null) return event;
  } catch (error) {
    throw invalid('the body is not JSON', error);
  }
  throw invalid('the body is not an event');
}

function invalid(what: string, cause?: unknown): FeiqianError {
  return new FeiqianError({ code: 'client.webhook_invalid', message: `webhook refused: ${what}`, cause });
}
