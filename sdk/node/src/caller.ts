/** One call of the merchant API: sign, send, verify the answer, repeat what may safely be repeated. */
import { randomBytes, randomUUID } from 'node:crypto';
import { contentDigest, contentDigestMatches } from './content_digest.js';
import { FeiqianError, problemError, type Problem } from './errors.js';
import { hmacKey, pemSigner, type Algorithm, type Signer, type Verifier } from './keys.js';
import { fieldValue, SignatureError, signMessage, verifyMessage, type RequestMessage } from './message_signatures.js';
import { PlatformKeys, type JwkSet } from './platform_keys.js';
import { StructuredFieldError } from './structured_fields.js';
import { aborted, Transport, type Answer } from './transport.js';

export interface ClientOptions {
  /** Where the platform is, e.g. `https://pay.example.com`. */
  readonly apiUrl: string;
  readonly keyId: string;
  readonly algorithm: Algorithm;
  /** For ed25519, rsa-v1_5-sha256 and ecdsa-p256-sha256. */
  readonly privateKeyPem?: string;
  /** For hmac-sha256: base64 as the platform shows it, or the bytes. */
  readonly hmacSecret?: string | Uint8Array;
  /** Instead of a key: anything that signs (an HSM, a signing service). Not for hmac-sha256. */
  readonly signer?: Signer;
  /** `whsec_…`; several while it is being changed. Without it webhooks are verified by the platform's key. */
  readonly webhookSecret?: string | readonly string[];
  /** The platform's keys, pinned. Without it they are fetched from platformKeysUrl and kept. */
  readonly platformKeys?: JwkSet;
  /** `{apiUrl}/v1/platform-keys` unless told otherwise. */
  readonly platformKeysUrl?: string;
  /** For one try; 20,000 unless told otherwise (a barcode payment may take 8 s to answer). */
  readonly timeoutMs?: number;
  /** Repeats after the first try; 2 unless told otherwise. */
  readonly maxRetries?: number;
  /** A longer Retry-After is not waited for, the error is thrown instead; 30,000 unless told otherwise. */
  readonly maxRetryDelayMs?: number;
  /** Milliseconds since the epoch; for tests. */
  readonly nowMs?: () => number;
}

export interface RequestOptions {
  /** For POST: your own key makes a repeat after a restart of your program safe too. A fresh one is used otherwise. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly maxRetries?: number;
}

type Query = Readonly<Record<string, string | number | undefined>>;

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly options: RequestOptions;
}

const kUserAgent = 'feiqian-node/0.1.0';
const kResponseComponents = [
  '"@status"',
  '"content-digest"',
  '"@method";req',
  '"@path";req',
  '"@query";req',
  '"signature";req',
];
/** Statuses that may be given before the request's signature was looked at; such an answer carries no signature. */
const kMayBeUnsigned: ReadonlySet<number> = new Set([400, 401, 408, 411, 413, 414, 415, 429, 431, 500, 502, 503, 504]);

/** Signs, sends, verifies, repeats. Any number of calls at once. */
export class Caller {
  readonly platformKeys: PlatformKeys;
  readonly nowMs: () => number;
  private readonly signer: Signer;
  private readonly ownHmac: Verifier | undefined;
  private readonly transport: Transport;

  constructor(private readonly options: ClientOptions) {
    this.nowMs = options.nowMs ?? Date.now;
    this.transport = new Transport(options.apiUrl);
    if (options.algorithm === 'hmac-sha256') {
      if (options.hmacSecret === undefined) throw new TypeError('hmac-sha256 needs hmacSecret');
      const key = hmacKey(options.keyId, options.hmacSecret);
      this.signer = key;
      this.ownHmac = key;
    } else {
      this.signer = options.signer ?? pemSigner(options.keyId, options.algorithm, required(options.privateKeyPem));
      this.ownHmac = undefined;
    }
    const pinned = options.platformKeys;
    this.platformKeys = new PlatformKeys(
      pinned === undefined ? () => this.fetchPlatformKeys() : undefined,
      pinned,
      this.nowMs,
    );
  }

  close(): void {
    this.transport.close();
  }

  async call<T>(call: Call): Promise<T> {
    const target = this.transport.prefix + call.path + queryText(call.query);
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body), 'utf8');
    const idempotencyKey = call.method === 'POST' ? (call.options.idempotencyKey ?? randomUUID()) : undefined;
    const retries = call.options.maxRetries ?? this.options.maxRetries ?? 2;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.once(call, target, body, idempotencyKey)) as T;
      } catch (error) {
        if (!(error instanceof FeiqianError)) throw error;
        const delay = error.retryable && attempt <= retries ? this.retryDelayMs(error, attempt) : undefined;
        error.attempts = attempt;
        if (delay === undefined) throw error;
        await sleep(delay, call.options.signal);
      }
    }
  }

  private async once(
    call: Call,
    target: string,
    body: Buffer | undefined,
    idempotencyKey: string | undefined,
  ): Promise<unknown> {
    const headers: Record<string, string> = {
      host: this.transport.authority,
      accept: 'application/json, application/problem+json',
      'user-agent': kUserAgent,
    };
    const components = ['@method', '@path', '@query'];
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(body.length);
      headers['content-digest'] = contentDigest(body);
      components.push('content-digest');
    }
    if (idempotencyKey !== undefined) {
      headers['idempotency-key'] = idempotencyKey;
      components.push('idempotency-key');
    }
    const unsigned: RequestMessage = { method: call.method, target, scheme: this.transport.scheme, headers };
    const signature = await signMessage(unsigned, components, this.signer, {
      created: Math.floor(this.nowMs() / 1000),
      keyId: this.signer.keyId,
      algorithm: this.signer.algorithm,
      nonce: randomBytes(18).toString('base64url'),
    });
    const request: RequestMessage = { ...unsigned, headers: { ...headers, ...signature } };
    const answer = await this.transport.send({
      method: call.method,
      target,
      headers: request.headers as Record<string, string>,
      ...(body === undefined ? {} : { body }),
      timeoutMs: call.options.timeoutMs ?? this.options.timeoutMs ?? 20_000,
      signal: call.options.signal,
    });
    return this.read(request, answer);
  }

  private async read(request: RequestMessage, answer: Answer): Promise<unknown> {
    const verified = await this.verifyAnswer(request, answer);
    const document = parseJson(answer, verified);
    if (answer.status >= 200 && answer.status < 300) return document;
    const problem = typeof document === 'object' && document !== null ? (document as Problem) : {};
    throw problemError(answer.status, problem, {
      requestId: requestIdOf(answer),
      retryAfterSeconds: retryAfterSeconds(answer, this.nowMs()),
      verified,
    });
  }

  /** True when verified, false when the answer is of the kind that may be unsigned; throws otherwise. */
  private async verifyAnswer(request: RequestMessage, answer: Answer): Promise<boolean> {
    const fail = (code: string, message: string, cause?: unknown): FeiqianError =>
      new FeiqianError({ code, message, status: answer.status, requestId: requestIdOf(answer), cause });
    if (answer.headers['signature-input'] === undefined) {
      if (kMayBeUnsigned.has(answer.status)) return false;
      throw fail('client.response_unsigned', `the answer with status ${answer.status} is not signed; it is not used`);
    }
    try {
      await verifyMessage(
        { status: answer.status, headers: answer.headers },
        {
          required: kResponseComponents,
          requireAlgorithm: true,
          keyById: (keyId) => this.answerKey(keyId),
        },
        request,
      );
      const digest = fieldValue(answer.headers, 'content-digest') ?? '';
      if (!contentDigestMatches(digest, answer.body)) throw new SignatureError("the content digest is not the body's");
      return true;
    } catch (error) {
      if (error instanceof SignatureError || error instanceof StructuredFieldError) {
        throw fail('client.response_signature_invalid', `the answer is not used: ${error.message}`, error);
      }
      throw error;
    }
  }

  private async answerKey(keyId: string): Promise<Verifier | undefined> {
    if (this.ownHmac !== undefined) return keyId === this.ownHmac.keyId ? this.ownHmac : undefined;
    return this.platformKeys.verifier(keyId);
  }

  private async fetchPlatformKeys(): Promise<unknown> {
    const url = new URL(this.options.platformKeysUrl ?? `${this.options.apiUrl.replace(/\/+$/, '')}/v1/platform-keys`);
    const own = url.origin === `${this.transport.scheme}://${this.transport.authority}`;
    const transport = own ? this.transport : new Transport(url.origin);
    try {
      const answer = await transport.send({
        method: 'GET',
        target: url.pathname + url.search,
        headers: { host: url.host, accept: 'application/json', 'user-agent': kUserAgent },
        timeoutMs: this.options.timeoutMs ?? 20_000,
      });
      const document = parseJson(answer, false);
      if (answer.status === 200) return document;
      throw problemError(answer.status, (document ?? {}) as Problem, {
        requestId: requestIdOf(answer),
        retryAfterSeconds: retryAfterSeconds(answer, this.nowMs()),
        verified: false,
      });
    } finally {
      if (!own) transport.close();
    }
  }

  /** Undefined when the platform asks for more patience than the client has. */
  private retryDelayMs(error: FeiqianError, attempt: number): number | undefined {
    const most = this.options.maxRetryDelayMs ?? 30_000;
    const asked = error.retryAfterSeconds === null ? 0 : error.retryAfterSeconds * 1000;
    if (asked > most) return undefined;
    // Half of the exponential step is random, so that clients which failed together do not come back together.
    const step = Math.min(most, 200 * 2 ** (attempt - 1));
    return Math.max(asked, step / 2 + (Math.random() * step) / 2);
  }
}

function queryText(query: Query | undefined): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function parseJson(answer: Answer, verified: boolean): unknown {
  if (answer.body.length === 0) return undefined;
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch (cause) {
    if (answer.status >= 400) return undefined;
    throw new FeiqianError({
      code: 'client.bad_response',
      message: `the answer with status ${answer.status} is not JSON`,
      status: answer.status,
      requestId: requestIdOf(answer),
      verified,
      cause,
    });
  }
}

function requestIdOf(answer: Answer): string | null {
  return fieldValue(answer.headers, 'request-id') ?? fieldValue(answer.headers, 'x-request-id') ?? null;
}

function retryAfterSeconds(answer: Answer, nowMs: number): number | null {
  const text = fieldValue(answer.headers, 'retry-after');
  if (text === undefined) return null;
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

function required(privateKeyPem: string | undefined): string {
  if (privateKeyPem === undefined) throw new TypeError('give privateKeyPem or signer');
  return privateKeyPem;
}

function sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
