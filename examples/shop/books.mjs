/**
 * What the shop remembers: its orders and the webhooks it took, in memory and as JSON lines in one file. A line is written
 * before anything is answered, so an acknowledged webhook survives a restart.
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export class Books {
  constructor(directory) {
    mkdirSync(directory, { recursive: true });
    this.file = join(directory, 'shop.jsonl');
    this.orders = new Map();
    this.webhooks = new Map();
    let lines = [];
    try {
      lines = readFileSync(this.file, 'utf8').split('\n');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    for (const line of lines) {
      // The last line may be half written if the machine stopped; it was never answered for.
      try {
        if (line !== '') this.apply(JSON.parse(line));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
  }

  /** Newest first. */
  allOrders() {
    return [...this.orders.values()].reverse();
  }

  allWebhooks() {
    return [...this.webhooks.values()].sort((a, b) => (a.received_at < b.received_at ? 1 : -1));
  }

  addOrder(order) {
    this.write({ kind: 'order', order });
  }

  /** A payment as the platform says it is; older news than what is known changes nothing. */
  setPayment(payment) {
    const known = this.orders.get(payment.merchant_order_no);
    if (known === undefined) return;
    const rank = { new: 0, open: 1, closing: 2, closed: 3, paid: 3 };
    const older = rank[payment.state] < rank[known.state] || payment.refunded_minor < known.refunded_minor;
    if (older) return;
    const { id, state, refunded_minor } = payment;
    if (known.payment_id === id && known.state === state && known.refunded_minor === refunded_minor) return;
    this.write({ kind: 'payment', no: payment.merchant_order_no, change: { payment_id: id, state, refunded_minor } });
  }

  /** False when the event was taken before. */
  addWebhook({ id, event }, receivedAt) {
    const first = !this.webhooks.has(id);
    this.write({ kind: 'webhook', id, event: first ? event : undefined, received_at: receivedAt });
    return first;
  }

  write(record) {
    appendFileSync(this.file, `${JSON.stringify(record)}\n`);
    this.apply(record);
  }

  apply(record) {
    if (record.kind === 'order') this.orders.set(record.order.no, record.order);
    if (record.kind === 'payment') Object.assign(this.orders.get(record.no) ?? {}, record.change);
    if (record.kind === 'webhook') {
      const known = this.webhooks.get(record.id);
      if (known) known.times += 1;
      else this.webhooks.set(record.id, { id: record.id, event: record.event, received_at: record.received_at, times: 1 });
    }
  }
}
