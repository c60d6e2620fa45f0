/**
 * A backup by PostgreSQL's own tools, as docs/operations.md describes it: a base backup beside the running platform, the log
 * archived, the server lost, another one recovered to a moment in between. The books verify, and the platform finds out
 * what the provider learnt after that moment.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertAgreesWithProvider, eventually, newOrder, paidPayment, pause, startPlatform, waitForState } from '../harness.mjs';
import { kPostgres, PostgresServer, psql, withDatabase } from '../postgres.mjs';
import { run } from '../processes.mjs';

const options = { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 180_000 };
let primary;
let restored;
let platform;

before(async () => {
  if (!kPostgres) return;
  primary = await PostgresServer.create({ archive: true });
  await psql(primary.url, 'CREATE DATABASE feiqian');
  platform = await startPlatform({ storeUrl: withDatabase(primary.url, 'feiqian') });
});
after(async () => {
  await platform?.stop();
  await restored?.stop();
  await primary?.stop();
});

async function incidents(kind) {
  return JSON.parse(await platform.command(['incident', 'list', '--json'])).filter((one) => one.kind === kind);
}

test('a base backup and the archived log, recovered to a moment: verified, and the provider is asked', options, async (t) => {
  const client = platform.merchant.client();
  const inBackup = await Promise.all(Array.from({ length: 10 }, () => paidPayment(platform)));
  restored = await PostgresServer.createBackup(primary);
  const inLog = await Promise.all(Array.from({ length: 10 }, () => paidPayment(platform)));
  await platform.command(['parameter', 'set', 'payments.pending_query_first', '3600']);
  const open = await client.payments.create(newOrder());
  const trade = await platform.sandbox.tradeOf(open);
  await platform.sandbox.fault({ kind: 'notify_drop', method: '*', out_trade_no: trade.out_trade_no });
  await pause(200);
  const moment = await psql(primary.url, 'SELECT clock_timestamp()');
  await pause(200);
  const lost = await client.payments.create(newOrder());
  const lostTrade = await platform.sandbox.tradeOf(lost);
  const wal = await psql(primary.url, 'SELECT pg_walfile_name(pg_switch_wal())');
  await eventually('the log is archived', async () => ((await psql(primary.url, 'SELECT last_archived_wal FROM pg_stat_archiver')) >= wal ? true : undefined));

  const gone = Date.now();
  primary.kill9();
  await platform.kill9();
  await platform.sandbox.pay(trade);
  await restored.recover(primary.archive, moment);
  platform.configure({ 'store.url': withDatabase(restored.url, 'feiqian') });
  const verified = (await platform.command(['verify'])).trim();
  assert.match(verified, /^verify: ok/);
  assert.match(await platform.command(['note-restore']), /^newest batch: \d+ [0-9a-f]{64} of /);
  await platform.server.start(`${platform.url}/readyz`);
  const seconds = (Date.now() - gone) / 1000;

  for (const { id } of [...inBackup, ...inLog]) assert.equal((await client.payments.get(id)).state, 'paid');
  await waitForState(client, open.id, 'paid', { timeoutMs: 20_000 });
  await assertAgreesWithProvider(platform, client, open.id);
  assert.equal((await incidents('platform.restored')).length, 1);
  assert.match(readFileSync(join(platform.directory, 'feiqian.log'), 'utf8'), /"server\.restored_from_backup"/);
  await assert.rejects(client.payments.get(lost.id), { status: 404 });
  await platform.sandbox.pay(lostTrade);
  const unknown = await eventually('an incident for the unknown payment', async () => (await incidents('channel.unknown_trade'))[0]);
  assert.match(unknown.detail, new RegExp(lostTrade.out_trade_no));
  await paidPayment(platform);
  await platform.checkBooks();
  const held = await run('feiqian', ['note-restore', '--data', platform.data]);
  assert.match(held.stderr, /store\.locked/, 'not while it runs');
  t.diagnostic(`${verified}; serving ${seconds.toFixed(1)} s after the loss`);
});
