/** The documents of the merchant API exactly as they travel (docs/merchant-api.md): amounts are integers in minor units. */

export type PaymentState = 'open' | 'closing' | 'closed' | 'paid';
export type RefundState = 'pending' | 'succeeded' | 'failed';
export type PaymentMode = 'redirect' | 'qr' | 'barcode' | 'jsapi' | 'app';
export type DeliveryState = 'pending' | 'delivered' | 'exhausted';
export type EventType = 'payment.succeeded' | 'payment.closed' | 'refund.succeeded' | 'refund.failed';

export interface Goods {
  readonly name: string;
  readonly quantity: number;
  readonly price_minor: number;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface CreatePayment {
  readonly merchant_order_no: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly subject: string;
  readonly mode: PaymentMode;
  readonly method?: string;
  readonly auth_code?: string;
  readonly payer_id?: string;
  readonly goods?: readonly Goods[];
  readonly store_id?: string;
  readonly return_url?: string;
  readonly notify_url?: string;
  readonly expires_in_s?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Payment {
  readonly object: 'payment';
  readonly id: string;
  readonly merchant_order_no: string;
  readonly state: PaymentState;
  readonly amount_minor: number;
  readonly currency: string;
  readonly refunded_minor: number;
  readonly refunding_minor: number;
  readonly fee_minor: number | null;
  readonly subject: string;
  readonly goods: readonly Goods[];
  readonly store_id: string | null;
  readonly mode: PaymentMode;
  readonly method: string | null;
  readonly cashier_url: string | null;
  readonly qr_code: string | null;
  readonly pay_parameters: Readonly<Record<string, string>> | null;
  readonly close_reason: 'merchant' | 'expired' | 'barcode_failed' | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created_at: string;
  readonly expires_at: string;
  readonly paid_at: string | null;
  readonly closed_at: string | null;
  readonly channel_trade_no: string | null;
  readonly last_error: Failure | null;
}

export interface CreateRefund {
  readonly merchant_refund_no: string;
  readonly amount_minor: number;
  readonly reason?: string;
}

export interface Refund {
  readonly object: 'refund';
  readonly id: string;
  readonly payment_id: string;
  readonly merchant_refund_no: string;
  readonly state: RefundState;
  readonly amount_minor: number;
  readonly currency: string;
  readonly fee_returned_minor: number;
  readonly reason: string | null;
  readonly kind: 'merchant' | 'surplus' | 'late';
  readonly failure: Failure | null;
  readonly created_at: string;
  readonly succeeded_at: string | null;
  readonly failed_at: string | null;
}

export interface Delivery {
  readonly at: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly duration_ms: number;
}

export interface WebhookDelivery {
  readonly object: 'webhook_event';
  readonly id: string;
  readonly type: EventType;
  readonly payment_id: string;
  readonly state: DeliveryState;
  readonly url: string;
  readonly created_at: string;
  readonly next_try_at: string | null;
  readonly deliveries: readonly Delivery[];
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

interface PageQuery {
  /** 1 to 100; 20 when absent. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface PaymentQuery extends PageQuery {
  readonly state?: PaymentState;
  readonly method?: string;
  readonly merchant_order_no?: string;
  readonly store_id?: string;
  readonly created_from?: string;
  readonly created_to?: string;
}

export interface RefundQuery extends PageQuery {
  readonly state?: RefundState;
  readonly payment_id?: string;
  readonly merchant_refund_no?: string;
}

export interface WebhookDeliveryQuery extends PageQuery {
  readonly event_id?: string;
  readonly type?: EventType;
  readonly state?: DeliveryState;
}

/** What a webhook's body says. */
export type Event =
  | {
      readonly type: 'payment.succeeded' | 'payment.closed';
      readonly timestamp: string;
      readonly data: { readonly payment: Payment };
    }
  | {
      readonly type: 'refund.succeeded' | 'refund.failed';
      readonly timestamp: string;
      readonly data: { readonly refund: Refund; readonly payment: Payment };
    };
