/**
 * HTTP Message Signatures (RFC 9421): the signature base, signing and verifying. Components: fields, @method, @path, @query,
 * @authority, @scheme, @target-uri, @request-target, @status and @query-param, each also with `;req` in a response. Other
 * component parameters (sf, bs, key, tr) are refused.
 */
import type { Signer, Verifier } from './keys.js';
import {
  isInnerList,
  parseDictionary,
  serializeBareItem,
  serializeInnerList,
  serializeItem,
  StructuredFieldError,
  type BareItem,
  type InnerList,
  type Item,
} from './structured_fields.js';

export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface RequestMessage {
  readonly method: string;
  /** Path and query exactly as they stand in the request line. */
  readonly target: string;
  readonly scheme?: 'http' | 'https';
  /** Host and, unless it is the scheme's default, port. Taken from the Host field when absent. */
  readonly authority?: string;
  readonly headers: Fields;
}

export interface ResponseMessage {
  readonly status: number;
  readonly headers: Fields;
}

export interface SignatureParameters {
  readonly created?: number;
  readonly expires?: number;
  readonly keyId?: string;
  readonly algorithm?: string;
  readonly nonce?: string;
  readonly tag?: string;
}

export interface VerifyPolicy {
  /** Components that must be covered, as identifiers: `"@method"`, `"@path";req`, `"content-digest"`. */
  readonly required: readonly string[];
  readonly label?: string;
  /** Finds the key by the signature's keyid; undefined means unknown. */
  readonly keyById: (keyId: string) => Verifier | undefined | Promise<Verifier | undefined>;
  readonly requireAlgorithm?: boolean;
  /** Unix seconds; with it `expires` and, with maxAgeSeconds, `created` are checked. */
  readonly now?: number;
  readonly maxAgeSeconds?: number;
}

export interface VerifiedSignature extends SignatureParameters {
  readonly label: string;
  readonly components: readonly string[];
}

/** A signature that is missing, cannot be read, or does not verify. The message says which, never key material. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
}

const kNoParameters: ReadonlyMap<string, BareItem> = new Map();

/** The two header values that sign the message; add them as Signature-Input and Signature. */
export async function signMessage(
  message: RequestMessage | ResponseMessage,
  components: readonly string[],
  signer: Signer,
  parameters: SignatureParameters,
  label = 'sig1',
  request?: RequestMessage,
): Promise<{ 'signature-input': string; signature: string }> {
  const list: InnerList = { items: components.map(parseComponent), parameters: parameterMap(parameters) };
  const signature = await signer.sign(Buffer.from(signatureBase(message, list, request), 'utf8'));
  return {
    'signature-input': `${label}=${serializeInnerList(list)}`,
    signature: `${label}=${serializeBareItem(signature)}`,
  };
}

/** Verifies one signature of the message; throws SignatureError when it is not to be trusted. */
export async function verifyMessage(
  message: RequestMessage | ResponseMessage,
  policy: VerifyPolicy,
  request?: RequestMessage,
): Promise<VerifiedSignature> {
  const label = policy.label ?? 'sig1';
  const list = inputOf(message.headers, label);
  const signature = signatureOf(message.headers, label);
  const components = list.items.map(serializeItem);
  if (new Set(components).size !== components.length) throw new SignatureError('a component is covered twice');
  for (const needed of policy.required) {
    if (!components.includes(needed)) throw new SignatureError(`the signature does not cover ${needed}`);
  }
  const parameters = readParameters(list);
  checkTimes(parameters, policy);
  if (parameters.keyId === undefined) throw new SignatureError('the signature names no key');
  const key = await policy.keyById(parameters.keyId);
  if (key === undefined) throw new SignatureError('the signature is by an unknown key');
  if (policy.requireAlgorithm && parameters.algorithm === undefined) {
    throw new SignatureError('the signature names no algorithm');
  }
  if (parameters.algorithm !== undefined && parameters.algorithm !== key.algorithm) {
    throw new SignatureError("the signature's algorithm is not the key's");
  }
  const base = Buffer.from(signatureBase(message, list, request), 'utf8');
  if (!key.verify(base, signature)) throw new SignatureError('the signature does not verify');
  return { label, components, ...parameters };
}

/** The text that is signed (RFC 9421 section 2.5). */
export function signatureBase(
  message: RequestMessage | ResponseMessage,
  list: InnerList,
  request?: RequestMessage,
): string {
  const lines = list.items.map((item) => `${serializeItem(item)}: ${componentValue(message, item, request)}`);
  lines.push(`"@signature-params": ${serializeInnerList(list)}`);
  return lines.join('\n');
}

/** `"@path";req` or the short form `@path` → the component. */
export function parseComponent(identifier: string): Item {
  if (!identifier.startsWith('"')) return { value: identifier, parameters: kNoParameters };
  const member = parseDictionary(`c=(${identifier})`).get('c');
  const item = member && isInnerList(member) ? member.items[0] : undefined;
  if (item === undefined) throw new SignatureError('a component identifier is empty');
  return item;
}

function inputOf(headers: Fields, label: string): InnerList {
  const member = memberOf(headers, 'signature-input', label);
  if (!isInnerList(member)) throw new SignatureError('Signature-Input is not a list of components');
  return member;
}

function signatureOf(headers: Fields, label: string): Uint8Array {
  const member = memberOf(headers, 'signature', label);
  if (isInnerList(member) || !(member.value instanceof Uint8Array)) {
    throw new SignatureError('Signature is not a byte sequence');
  }
  return member.value;
}

function memberOf(headers: Fields, name: string, label: string) {
  const text = fieldValue(headers, name);
  if (text === undefined) throw new SignatureError(`there is no ${name} field`);
  try {
    const member = parseDictionary(text).get(label);
    if (member === undefined) throw new SignatureError(`${name} has no member ${label}`);
    return member;
  } catch (error) {
    if (error instanceof StructuredFieldError) throw new SignatureError(`${name}: ${error.message}`);
    throw error;
  }
}

function parameterMap(parameters: SignatureParameters): ReadonlyMap<string, BareItem> {
  const map = new Map<string, BareItem>();
  if (parameters.created !== undefined) map.set('created', parameters.created);
  if (parameters.expires !== undefined) map.set('expires', parameters.expires);
  if (parameters.keyId !== undefined) map.set('keyid', parameters.keyId);
  if (parameters.algorithm !== undefined) map.set('alg', parameters.algorithm);
  if (parameters.nonce !== undefined) map.set('nonce', parameters.nonce);
  if (parameters.tag !== undefined) map.set('tag', parameters.tag);
  return map;
}

function readParameters(list: InnerList): SignatureParameters {
  const read: Record<string, string | number> = {};
  for (const [key, value] of list.parameters) {
    const name = kParameterNames.get(key);
    if (name === undefined) continue; // An unknown parameter is covered by the signature; it just says nothing to us.
    if (typeof value !== (name === 'created' || name === 'expires' ? 'number' : 'string')) {
      throw new SignatureError(`the signature parameter ${key} is of the wrong type`);
    }
    read[name] = value as string | number;
  }
  return read;
}

const kParameterNames: ReadonlyMap<string, keyof SignatureParameters> = new Map([
  ['created', 'created'],
  ['expires', 'expires'],
  ['keyid', 'keyId'],
  ['alg', 'algorithm'],
  ['nonce', 'nonce'],
  ['tag', 'tag'],
]);

function checkTimes(parameters: SignatureParameters, policy: VerifyPolicy): void {
  if (policy.now === undefined) return;
  if (parameters.expires !== undefined && parameters.expires < policy.now) {
    throw new SignatureError('the signature has expired');
  }
  if (policy.maxAgeSeconds !== undefined) {
    if (parameters.created === undefined) throw new SignatureError('the signature has no creation time');
    if (Math.abs(policy.now - parameters.created) > policy.maxAgeSeconds) {
      throw new SignatureError('the signature was not created just now');
    }
  }
}

function componentValue(message: RequestMessage | ResponseMessage, item: Item, request?: RequestMessage): string {
  const name = item.value;
  if (typeof name !== 'string' || name !== name.toLowerCase()) throw new SignatureError('a component name is not valid');
  let source: RequestMessage | ResponseMessage = message;
  for (const [key, value] of item.parameters) {
    if (key === 'req' && value === true) {
      if (request === undefined) throw new SignatureError('";req" needs the request');
      source = request;
    } else if (!(key === 'name' && name === '@query-param')) {
      throw new SignatureError(`the component parameter ${key} is not supported`);
    }
  }
  if (!name.startsWith('@')) {
    const value = fieldValue(source.headers, name);
    if (value === undefined) throw new SignatureError(`the covered field ${name} is missing`);
    return value;
  }
  if (name === '@status') {
    if (!('status' in source)) throw new SignatureError('@status is for responses only');
    return String(source.status);
  }
  if (!('method' in source)) throw new SignatureError(`${name} is for requests only`);
  return requestComponent(source, name, item);
}

function requestComponent(request: RequestMessage, name: string, item: Item): string {
  const queryAt = request.target.indexOf('?');
  const path = queryAt < 0 ? request.target : request.target.slice(0, queryAt);
  const query = queryAt < 0 ? '' : request.target.slice(queryAt + 1);
  switch (name) {
    case '@method':
      return request.method;
    case '@path':
      return path === '' ? '/' : path;
    case '@query':
      return `?${query}`;
    case '@authority':
      return authorityOf(request);
    case '@scheme':
      return schemeOf(request);
    case '@request-target':
      return request.target;
    case '@target-uri':
      return `${schemeOf(request)}://${authorityOf(request)}${request.target}`;
    case '@query-param':
      return queryParameter(query, item.parameters.get('name'));
    default:
      throw new SignatureError(`the component ${name} is not supported`);
  }
}

function schemeOf(request: RequestMessage): string {
  if (request.scheme === undefined) throw new SignatureError('@scheme is not known');
  return request.scheme;
}

function authorityOf(request: RequestMessage): string {
  const authority = request.authority ?? fieldValue(request.headers, 'host');
  if (authority === undefined) throw new SignatureError('@authority is not known');
  const lower = authority.toLowerCase();
  const defaultPort = request.scheme === 'https' ? ':443' : request.scheme === 'http' ? ':80' : undefined;
  return defaultPort !== undefined && lower.endsWith(defaultPort) ? lower.slice(0, -defaultPort.length) : lower;
}

function queryParameter(query: string, name: BareItem | undefined): string {
  if (typeof name !== 'string') throw new SignatureError('@query-param needs a name');
  const wanted = decodeURIComponent(name);
  const values = new URLSearchParams(query).getAll(wanted);
  if (values.length !== 1) throw new SignatureError('@query-param must stand exactly once');
  // The URL standard's percent-encoding after decoding, with the space as %20 (RFC 9421 section 2.2.8).
  return encodeURIComponent(values[0] as string).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** All lines of a field joined by ", ", surrounding blanks and obsolete folding removed (section 2.1). */
export function fieldValue(headers: Fields, name: string): string | undefined {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() !== name || value === undefined) continue;
    lines.push(...(typeof value === 'string' ? [value] : value));
  }
  if (lines.length === 0) return undefined;
  return lines.map((line) => line.replace(/\r?\n[ \t]+/g, ' ').trim()).join(', ');
}
