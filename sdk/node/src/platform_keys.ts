/**
 * The platform's public keys. Fetched from /v1/platform-keys (that answer is not signed: the transport, TLS in production,
 * vouches for it), kept, and fetched again when they are old or a signature names a key that is not among them. Pinned
 * keys are never fetched.
 */
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { FeiqianError } from './errors.js';
import { ed25519FromJwk, publicKeyVerifier, type Verifier } from './keys.js';

export interface JwkSet {
  readonly keys: ReadonlyArray<JsonWebKey & { readonly kid?: string }>;
}

const kMaxAgeMs = 60 * 60 * 1000;
const kMinRefetchMs = 10 * 1000;

export class PlatformKeys {
  private keys: ReadonlyMap<string, KeyObject> = new Map();
  private fetchedAt = -Infinity;
  private fetching: Promise<void> | undefined;

  /** `fetchSet` reads the set; undefined when the keys are pinned. */
  constructor(
    private readonly fetchSet: (() => Promise<unknown>) | undefined,
    pinned?: JwkSet,
    private readonly nowMs: () => number = Date.now,
  ) {
    if (pinned !== undefined) this.keys = parseJwkSet(pinned);
  }

  async verifier(keyId: string): Promise<Verifier | undefined> {
    const age = this.nowMs() - this.fetchedAt;
    if (age > kMaxAgeMs || (!this.keys.has(keyId) && age > kMinRefetchMs)) await this.refresh();
    const key = this.keys.get(keyId);
    return key === undefined ? undefined : publicKeyVerifier(keyId, 'ed25519', key);
  }

  async all(): Promise<readonly KeyObject[]> {
    if (this.nowMs() - this.fetchedAt > kMaxAgeMs) await this.refresh();
    return [...this.keys.values()];
  }

  /** Many answers may miss a key at once; one fetch serves them all. Old keys stay in use when a fetch fails. */
  private async refresh(): Promise<void> {
    const fetchSet = this.fetchSet;
    if (fetchSet === undefined) return;
    this.fetching ??= (async () => {
      try {
        this.keys = parseJwkSet(await fetchSet());
        this.fetchedAt = this.nowMs();
      } catch (error) {
        if (this.keys.size === 0) throw error;
      } finally {
        this.fetching = undefined;
      }
    })();
    await this.fetching;
  }
}

function parseJwkSet(set: unknown): ReadonlyMap<string, KeyObject> {
  const list = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(list)) throw badSet('it has no "keys"');
  const keys = new Map<string, KeyObject>();
  for (const jwk of list as ReadonlyArray<JsonWebKey & { kid?: unknown }>) {
    if (typeof jwk !== 'object' || jwk === null || typeof jwk.kid !== 'string') continue;
    let key: KeyObject | undefined;
    try {
      key = ed25519FromJwk(jwk);
    } catch (error) {
      throw badSet('a key in it cannot be read', error);
    }
    if (key !== undefined) keys.set(jwk.kid, key);
  }
  if (keys.size === 0) throw badSet('it holds no Ed25519 key');
  return keys;
}

function badSet(what: string, cause?: unknown): FeiqianError {
  return new FeiqianError({ code: 'client.bad_response', message: `the platform's key set: ${what}`, cause });
}
