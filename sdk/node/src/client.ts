/**
 * The client of the merchant API. Every request is signed afresh (new time and nonce at each try), every answer's signature
 * is verified before its content is used, and what may safely be repeated is repeated: the connection failed, no answer
 * came in time, 429, 503, and 409 with Retry-After. A POST always carries an Idempotency-Key, so a repeat never does the
 * work twice. One client serves any number of concurrent calls.
 */
import { Caller, type ClientOptions, type RequestOptions } from './caller.js';
import { FeiqianError } from './errors.js';
import type { Fields } from './message_signatures.js';
import type { PlatformKeys } from './platform_keys.js';
import type {
  CreatePayment,
  CreateRefund,
  Page,
  Payment,
  PaymentQuery,
  Refund,
  RefundQuery,
  WebhookDelivery,
  WebhookDeliveryQuery,
} from './types.js';
import { verifyWebhook, type VerifiedWebhook } from './webhooks.js';

export type { ClientOptions, RequestOptions } from './caller.js';

export class Feiqian {
  readonly payments: Payments;
  readonly refunds: Refunds;
  readonly webhookDeliveries: WebhookDeliveries;
  readonly webhooks: Webhooks;
  private readonly caller: Caller;

  constructor(options: ClientOptions) {
    this.caller = new Caller(options);
    this.payments = new Payments(this.caller);
    this.refunds = new Refunds(this.caller);
    this.webhookDeliveries = new WebhookDeliveries(this.caller);
    const secrets = options.webhookSecret === undefined ? [] : [options.webhookSecret].flat();
    this.webhooks = new Webhooks(secrets, this.caller.platformKeys, this.caller.nowMs);
  }

  /** Closes kept connections, so that a program that is done can end. */
  close(): void {
    this.caller.close();
  }
}

export class Payments {
  constructor(private readonly caller: Caller) {}

  /** Idempotent by merchant_order_no: the same content answers with the payment that exists, other content with 409. */
  create(payment: CreatePayment, options: RequestOptions = {}): Promise<Payment> {
    checkAmount(payment.amount_minor);
    return this.caller.call({ method: 'POST', path: '/v1/payments', body: payment, options });
  }

  get(paymentId: string, options: RequestOptions = {}): Promise<Payment> {
    return this.caller.call({ method: 'GET', path: `/v1/payments/${segment(paymentId)}`, options });
  }

  /** One page, newest first. */
  list(query: PaymentQuery = {}, options: RequestOptions = {}): Promise<Page<Payment>> {
    return this.caller.call({ method: 'GET', path: '/v1/payments', query: { ...query }, options });
  }

  /** All payments that match, page by page as they are consumed. */
  iterate(query: PaymentQuery = {}, options: RequestOptions = {}): AsyncGenerator<Payment, void> {
    return allItems((cursor) => this.list({ ...query, ...cursor }, options));
  }

  /** Asks to close an unpaid payment. The answer may be `closing`: the channel has the last word. */
  close(paymentId: string, options: RequestOptions = {}): Promise<Payment> {
    return this.caller.call({ method: 'POST', path: `/v1/payments/${segment(paymentId)}/close`, body: {}, options });
  }
}

export class Refunds {
  constructor(private readonly caller: Caller) {}

  /** `pending` is not failure: the webhook or get() tells the end. Idempotent by merchant_refund_no. */
  create(paymentId: string, refund: CreateRefund, options: RequestOptions = {}): Promise<Refund> {
    checkAmount(refund.amount_minor);
    return this.caller.call({
      method: 'POST',
      path: `/v1/payments/${segment(paymentId)}/refunds`,
      body: refund,
      options,
    });
  }

  get(refundId: string, options: RequestOptions = {}): Promise<Refund> {
    return this.caller.call({ method: 'GET', path: `/v1/refunds/${segment(refundId)}`, options });
  }

  list(query: RefundQuery = {}, options: RequestOptions = {}): Promise<Page<Refund>> {
    return this.caller.call({ method: 'GET', path: '/v1/refunds', query: { ...query }, options });
  }

  iterate(query: RefundQuery = {}, options: RequestOptions = {}): AsyncGenerator<Refund, void> {
    return allItems((cursor) => this.list({ ...query, ...cursor }, options));
  }

  /** The refunds of one payment. */
  listForPayment(paymentId: string, options: RequestOptions = {}): Promise<Page<Refund>> {
    return this.caller.call({ method: 'GET', path: `/v1/payments/${segment(paymentId)}/refunds`, options });
  }
}

export class WebhookDeliveries {
  constructor(private readonly caller: Caller) {}

  list(query: WebhookDeliveryQuery = {}, options: RequestOptions = {}): Promise<Page<WebhookDelivery>> {
    return this.caller.call({ method: 'GET', path: '/v1/webhook-deliveries', query: { ...query }, options });
  }

  iterate(query: WebhookDeliveryQuery = {}, options: RequestOptions = {}): AsyncGenerator<WebhookDelivery, void> {
    return allItems((cursor) => this.list({ ...query, ...cursor }, options));
  }

  /** Delivers the event again now. */
  resend(eventId: string, options: RequestOptions = {}): Promise<WebhookDelivery> {
    return this.caller.call({
      method: 'POST',
      path: `/v1/webhook-deliveries/${segment(eventId)}/resend`,
      body: {},
      options,
    });
  }
}

export class Webhooks {
  constructor(
    private readonly secrets: readonly string[],
    private readonly platformKeys: PlatformKeys,
    private readonly nowMs: () => number,
  ) {}

  /** The verified event; throws FeiqianError `client.webhook_invalid`. Give the body as the bytes that arrived. */
  async verify(headers: Fields, body: Uint8Array | string): Promise<VerifiedWebhook> {
    const now = Math.floor(this.nowMs() / 1000);
    if (this.secrets.length > 0) return verifyWebhook({ headers, body, secrets: this.secrets, now });
    return verifyWebhook({ headers, body, publicKeys: await this.platformKeys.all(), now });
  }
}

async function* allItems<T>(
  page: (cursor: { cursor?: string }) => Promise<Page<T>>,
): AsyncGenerator<T, void> {
  let cursor: string | null | undefined;
  do {
    const found: Page<T> = await page(cursor === undefined ? {} : { cursor: cursor as string });
    yield* found.data;
    cursor = found.next_cursor;
  } while (cursor !== null);
}

function segment(id: string): string {
  if (typeof id !== 'string' || id === '') {
    throw new FeiqianError({ code: 'client.invalid_argument', message: 'an id is empty' });
  }
  return encodeURIComponent(id);
}

/** A number beyond 2^53 is no longer the amount that was meant, so it must not leave. */
function checkAmount(amount: unknown): void {
  if (typeof amount === 'number' && Number.isInteger(amount) && !Number.isSafeInteger(amount)) {
    throw new FeiqianError({
      code: 'client.invalid_argument',
      message: 'amount_minor is beyond the integers JavaScript holds exactly',
      field: 'amount_minor',
    });
  }
}
