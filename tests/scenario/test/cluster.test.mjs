/**
 * Three nodes on one PostgreSQL database: one is killed under load, its tasks go on elsewhere, and what it acknowledged is
 * there; what one node changes the others see; a hot account takes writers from all of them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startCluster } from '../cluster.mjs';
import { eventually, newOrder, pause, waitForState } from '../harness.mjs';
import { Acknowledged, checkAcknowledged, checkAgainstProvider, settleUnanswered, underLoad } from '../load.mjs';
import { kPostgres, psql } from '../postgres.mjs';

const options = { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 240_000 };
let cluster;

before(async () => {
  if (kPostgres) cluster = await startCluster(3);
});
after(() => cluster?.stop());

test('a payment made on one node and paid through another is seen by the third', options, async () => {
  const { platform } = cluster;
  const payment = await cluster.client(1).payments.create(newOrder());
  await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
  const paid = await waitForState(cluster.client(2), payment.id, 'paid');
  const refund = await cluster.client(0).refunds.create(paid.id, { merchant_refund_no: `${paid.merchant_order_no}-R`, amount_minor: 100 });
  const again = await cluster.client(1).refunds.create(paid.id, { merchant_refund_no: `${paid.merchant_order_no}-R`, amount_minor: 100 });
  assert.equal(again.id, refund.id, 'the same number is the same refund on every node');
});

test('a merchant suspended on one node is refused by the others within a second or two', options, async () => {
  const { platform } = cluster;
  const merchant = await platform.newMerchant('second');
  const client = merchant.client('ed25519', { apiUrl: cluster.nodes[2].url });
  await client.payments.create(newOrder());
  await platform.suspend(merchant);
  await eventually('refused', () => client.payments.create(newOrder()).then(() => undefined, (error) => (error.code === 'merchant.status' || error.status === 403 ? true : Promise.reject(error))), { timeoutMs: 3000, everyMs: 100 });
});

test('one order number from three nodes at once is one payment', options, async () => {
  for (let round = 0; round < 5; round += 1) {
    const order = newOrder();
    const made = await Promise.all([0, 1, 2, 0, 1, 2].map((index) => cluster.client(index).payments.create(order)));
    assert.equal(new Set(made.map(({ id }) => id)).size, 1);
  }
});

test('a node killed under load: its tasks are taken over, and everything acknowledged is there', options, async (t) => {
  const { platform, nodes } = cluster;
  const books = new Acknowledged();
  const expiring = await Promise.all(Array.from({ length: 10 }, () => cluster.client(1).payments.create(newOrder({ expires_in_s: 5 }))));
  const clients = Array.from({ length: 9 }, (_, i) => platform.merchant.client('hmac-sha256', { apiUrl: nodes[i % 3].url, maxRetries: 0, timeoutMs: 15_000 }));
  await underLoad(platform, clients, books, async () => {
    await pause(1500);
    await nodes[1].end('SIGKILL');
    await pause(1500);
  });
  const client = cluster.client(0);
  for (const { id } of expiring) await waitForState(client, id, 'closed');
  await settleUnanswered(client, books);
  await checkAcknowledged(client, books);
  await checkAgainstProvider(platform, client, books);
  await platform.checkBooks();
  const chains = Number(await psql(platform.storeUrl, 'SELECT count(*) FROM worker WHERE head_number > 0'));
  assert.ok(chains >= 3, `every node has chains of its own: ${chains}`);
  await nodes[1].start();
  t.diagnostic(`${books.orders.size} acknowledged payments, ${books.refunds.size} refunds, ${books.unanswered.size} without an answer`);
});

test('writers from three nodes on one hot account lose nothing', options, async (t) => {
  const { platform, nodes } = cluster;
  const writers = Number(process.env.FEIQIAN_HOT_WRITERS ?? 60);
  const each = 5;
  const clients = Array.from({ length: writers }, (_, i) => platform.merchant.client('hmac-sha256', { apiUrl: nodes[i % 3].url, timeoutMs: 60_000 }));
  const before_ = await platform.checkBooks();
  const owed = (balance) => balance.accounts.find(({ code, pool }) => pool === 'RES' && code === 2202)?.balance_minor ?? 0;
  // However slow the provider becomes, no payment is given up.
  await platform.command(['parameter', 'set', 'payments.barcode_doubt', '600']);
  const orders = await Promise.all(clients.map(async () => {
    const mine = [];
    for (let i = 0; i < each; i += 1) mine.push(newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode(), amount_minor: 10_000 }));
    return mine;
  }));
  const started = Date.now();
  const paid = await Promise.all(
    clients.map(async (client, i) => {
      const mine = [];
      for (const order of orders[i]) mine.push(await client.payments.create(order));
      return mine;
    }),
  );
  const seconds = (Date.now() - started) / 1000;
  const ids = paid.flat().map(({ id }) => id);
  let grown = 0;
  for (const id of ids) {
    const payment = await waitForState(cluster.client(0), id, 'paid', { timeoutMs: 120_000 });
    grown += payment.amount_minor - payment.fee_minor;
  }
  const after_ = await platform.checkBooks();
  assert.equal(owed(after_) - owed(before_), grown);
  t.diagnostic(`${ids.length} payments of one merchant by ${writers} callers on three nodes in ${seconds.toFixed(1)} s: ${(ids.length / seconds).toFixed(0)}/s`);
});
