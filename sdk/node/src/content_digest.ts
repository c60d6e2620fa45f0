/** Content-Digest (RFC 9530) with SHA-256; a SHA-512 beside or instead of it is checked too. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isInnerList, parseDictionary, serializeBareItem } from './structured_fields.js';

const kHashes: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
]);

export function contentDigest(body: Uint8Array): string {
  return `sha-256=${serializeBareItem(createHash('sha256').update(body).digest())}`;
}

/**
 * True when the field holds at least one digest of a known algorithm and every known one is the body's.
 * Throws StructuredFieldError when the field cannot be read.
 */
export function contentDigestMatches(field: string, body: Uint8Array): boolean {
  let known = 0;
  for (const [name, member] of parseDictionary(field)) {
    const hash = kHashes.get(name);
    if (hash === undefined) continue;
    if (isInnerList(member) || !(member.value instanceof Uint8Array)) return false;
    const expected = createHash(hash).update(body).digest();
    if (expected.length !== member.value.length || !timingSafeEqual(expected, member.value)) return false;
    known += 1;
  }
  return known > 0;
}
