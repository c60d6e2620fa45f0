/**
 * High availability: two nodes on a primary with a synchronous standby. The primary is killed −9 under load and the standby
 * promoted: every payment and refund that was acknowledged is there, and the nodes go on by themselves.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startCluster } from '../cluster.mjs';
import { pause, paidPayment } from '../harness.mjs';
import { Acknowledged, checkAcknowledged, checkAgainstProvider, settleUnanswered, underLoad } from '../load.mjs';
import { kPostgres, PostgresServer, psql, withDatabase } from '../postgres.mjs';

const options = { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 300_000 };
let primary;
let standby;
let cluster;

before(async () => {
  if (!kPostgres) return;
  primary = await PostgresServer.create();
  standby = await PostgresServer.createStandby(primary);
  await psql(primary.url, 'CREATE DATABASE feiqian');
  const storeUrl = `postgresql://feiqian@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/feiqian`;
  cluster = await startCluster(2, { storeUrl });
});
after(async () => {
  await cluster?.stop();
  await standby?.stop();
  await primary?.stop();
});

test('the primary is killed under load, the standby promoted: nothing that was acknowledged is lost', options, async (t) => {
  const { platform, nodes } = cluster;
  const books = new Acknowledged();
  const clients = Array.from({ length: 8 }, (_, i) => platform.merchant.client('hmac-sha256', { apiUrl: nodes[i % 2].url, maxRetries: 0, timeoutMs: 20_000 }));
  let before_ = 0;
  const outage = await underLoad(platform, clients, books, async () => {
    await pause(2500);
    before_ = books.orders.size;
    const killed = Date.now();
    primary.kill9();
    await standby.promote();
    // The standby has no standby of its own: it must not wait for one.
    await psql(standby.url, "ALTER SYSTEM SET synchronous_standby_names = ''");
    await psql(standby.url, 'SELECT pg_reload_conf()');
    while (books.orders.size === before_) await pause(20);
    const seconds = (Date.now() - killed) / 1000;
    await pause(2500);
    return seconds;
  });
  assert.ok(before_ > 0, 'there was load when it was killed');
  const client = cluster.client(0);
  await settleUnanswered(client, books);
  await checkAcknowledged(client, books);
  await checkAgainstProvider(platform, client, books);
  await paidPayment(platform);
  await platform.checkBooks();
  t.diagnostic(`${before_} payments acknowledged before, ${books.orders.size} in all, ${books.refunds.size} refunds; first answer ${outage.toFixed(1)} s after the kill`);
  assert.equal(await psql(withDatabase(standby.url, 'feiqian'), 'SELECT pg_is_in_recovery()'), 'f');
});
