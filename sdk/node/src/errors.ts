/** The one error type of the SDK. */

/** A problem document as the platform answers it (RFC 9457 with Feiqian's members). */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly field?: string;
  readonly request_id?: string;
}

/** Codes the SDK itself gives; every other code is the platform's (docs/errors.md). */
export type ClientErrorCode =
  | 'client.invalid_argument'
  | 'client.network'
  | 'client.timeout'
  | 'client.aborted'
  | 'client.bad_response'
  | 'client.response_unsigned'
  | 'client.response_signature_invalid'
  | 'client.webhook_invalid';

export interface FeiqianErrorInit {
  readonly code: string;
  readonly message: string;
  readonly status?: number | null;
  readonly field?: string | null;
  readonly detail?: string | null;
  readonly requestId?: string | null;
  readonly retryAfterSeconds?: number | null;
  readonly verified?: boolean;
  readonly cause?: unknown;
}

/**
 * A refusal by the platform, or a failure on the way. `code` is stable: branch on it, never on the message.
 *
 * `outcomeUnknown` means the request may have been carried out all the same: repeat it with the same order number, refund
 * number or idempotency key, or read the document. It never means that nothing happened.
 */
export class FeiqianError extends Error {
  override readonly name = 'FeiqianError';
  readonly code: string;
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  /** Dotted path of the field to blame (`goods.0.price_minor`), if it is one field. */
  readonly field: string | null;
  readonly detail: string | null;
  /** Give it to the platform's operators; they find the request by it. */
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;
  /** True when the answer was signed by the platform and the signature verified. */
  readonly verified: boolean;
  /** How often the request was sent. */
  attempts = 1;

  constructor(init: FeiqianErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.status = init.status ?? null;
    this.field = init.field ?? null;
    this.detail = init.detail ?? null;
    this.requestId = init.requestId ?? null;
    this.retryAfterSeconds = init.retryAfterSeconds ?? null;
    this.verified = init.verified ?? false;
  }

  /** True when the same request may simply be sent again. */
  get retryable(): boolean {
    return (
      this.status === 429 ||
      this.status === 503 ||
      (this.status === 409 && this.retryAfterSeconds !== null) ||
      this.code === 'client.network' ||
      this.code === 'client.timeout'
    );
  }

  get outcomeUnknown(): boolean {
    if (this.code === 'client.invalid_argument' || this.code === 'client.webhook_invalid') return false;
    if (this.status === null) return true;
    return this.status >= 500 ? this.status !== 503 : this.code.startsWith('client.');
  }
}

export function problemError(
  status: number,
  problem: Problem,
  extra: { requestId: string | null; retryAfterSeconds: number | null; verified: boolean },
): FeiqianError {
  const code = problem.code ?? `http.${status}`;
  const what = problem.detail ?? problem.title ?? 'the platform gave no reason';
  return new FeiqianError({
    code,
    message: `${code} (${status}): ${what}`,
    status,
    field: problem.field ?? null,
    detail: problem.detail ?? null,
    requestId: problem.request_id ?? extra.requestId,
    retryAfterSeconds: extra.retryAfterSeconds,
    verified: extra.verified,
  });
}
