/**
 * The view of one payment as the platform shows it to the payer (docs/cashier-api.md), and its decoder. The decoder names the
 * field that is wrong; states it does not know yet become the cautious one ("unknown": confirm with the channel, never pay twice).
 */
export type PaymentState = 'open' | 'closing' | 'closed' | 'paid';
export type CloseReason = 'merchant' | 'expired' | 'barcode_failed';
export type Scene = 'qr' | 'page' | 'wap';
export type AttemptState = 'created' | 'pending' | 'unknown' | 'succeeded' | 'failed' | 'closed';

export interface Goods {
  readonly name: string;
  readonly quantity: number;
  readonly price_minor: number;
}

export interface OfferedMethod {
  readonly method: string;
  readonly scenes: readonly Scene[];
}

export interface Attempt {
  readonly id: string;
  readonly method: string;
  readonly scene: Scene | null;
  readonly state: AttemptState;
  readonly qr_code: string | null;
  readonly qr_svg: string | null;
  readonly redirect_url: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface PaymentView {
  readonly payment_id: string;
  readonly merchant_name: string;
  readonly store_name: string | null;
  readonly merchant_order_no: string;
  readonly subject: string;
  readonly goods: readonly Goods[];
  readonly amount_minor: number;
  readonly currency: string;
  readonly state: PaymentState;
  readonly close_reason: CloseReason | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly paid_at: string | null;
  readonly server_time: string;
  readonly return_url: string | null;
  readonly refunded_minor: number;
  readonly methods: readonly OfferedMethod[];
  readonly attempt: Attempt | null;
}

export class UnreadableView extends Error {}

export function decodeView(value: unknown): PaymentView {
  const from = fields(value, 'view');
  return {
    payment_id: text(from, 'payment_id'),
    merchant_name: text(from, 'merchant_name'),
    store_name: textOrNull(from, 'store_name'),
    merchant_order_no: text(from, 'merchant_order_no'),
    subject: text(from, 'subject'),
    goods: list(from, 'goods').map(decodeGoods),
    amount_minor: integer(from, 'amount_minor'),
    currency: text(from, 'currency'),
    state: oneOf(from, 'state', kPaymentStates),
    close_reason: from['close_reason'] == null ? null : oneOf(from, 'close_reason', kCloseReasons),
    created_at: time(from, 'created_at'),
    expires_at: time(from, 'expires_at'),
    paid_at: from['paid_at'] == null ? null : time(from, 'paid_at'),
    server_time: time(from, 'server_time'),
    return_url: webAddress(textOrNull(from, 'return_url')),
    refunded_minor: from['refunded_minor'] == null ? 0 : integer(from, 'refunded_minor'),
    methods: list(from, 'methods').map(decodeMethod),
    attempt: from['attempt'] == null ? null : decodeAttempt(from['attempt']),
  };
}

/** Only http and https may be followed: an address of another scheme (javascript:, data:) is as good as none. */
export function webAddress(address: string | null): string | null {
  if (address === null) return null;
  try {
    const { protocol } = new URL(address);
    return protocol === 'https:' || protocol === 'http:' ? address : null;
  } catch {
    return null;
  }
}

const kPaymentStates: readonly PaymentState[] = ['open', 'closing', 'closed', 'paid'];
const kCloseReasons: readonly CloseReason[] = ['merchant', 'expired', 'barcode_failed'];
const kScenes: readonly Scene[] = ['qr', 'page', 'wap'];
const kAttemptStates: readonly AttemptState[] = ['created', 'pending', 'unknown', 'succeeded', 'failed', 'closed'];

type Fields = Readonly<Record<string, unknown>>;

function decodeGoods(value: unknown): Goods {
  const from = fields(value, 'goods');
  return { name: text(from, 'name'), quantity: integer(from, 'quantity'), price_minor: integer(from, 'price_minor') };
}

function decodeMethod(value: unknown): OfferedMethod {
  const from = fields(value, 'methods');
  return { method: text(from, 'method'), scenes: kScenes.filter((scene) => list(from, 'scenes').includes(scene)) };
}

function decodeAttempt(value: unknown): Attempt {
  const from = fields(value, 'attempt');
  const error = from['error'] == null ? null : fields(from['error'], 'error');
  return {
    id: text(from, 'id'),
    method: text(from, 'method'),
    scene: kScenes.find((scene) => scene === from['scene']) ?? null,
    state: kAttemptStates.find((state) => state === from['state']) ?? 'unknown',
    qr_code: textOrNull(from, 'qr_code'),
    qr_svg: textOrNull(from, 'qr_svg'),
    redirect_url: webAddress(textOrNull(from, 'redirect_url')),
    error: error === null ? null : { code: text(error, 'code'), message: textOrNull(error, 'message') ?? '' },
  };
}

function fields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableView(name);
  return value as Fields;
}

function list(from: Fields, name: string): readonly unknown[] {
  const value = from[name];
  if (!Array.isArray(value)) throw new UnreadableView(name);
  return value;
}

function text(from: Fields, name: string): string {
  const value = from[name];
  if (typeof value !== 'string') throw new UnreadableView(name);
  return value;
}

function textOrNull(from: Fields, name: string): string | null {
  return from[name] == null ? null : text(from, name);
}

function integer(from: Fields, name: string): number {
  const value = from[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new UnreadableView(name);
  return value;
}

function time(from: Fields, name: string): string {
  const value = text(from, name);
  if (Number.isNaN(Date.parse(value))) throw new UnreadableView(name);
  return value;
}

function oneOf<T extends string>(from: Fields, name: string, known: readonly T[]): T {
  const found = known.find((each) => each === from[name]);
  if (found === undefined) throw new UnreadableView(name);
  return found;
}
