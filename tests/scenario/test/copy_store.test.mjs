/**
 * From the embedded file to a PostgreSQL database and back, with real payments, refunds and open work in it: every row is
 * there, `verify` accepts each copy, and the platform goes on where it was. Copying into what holds rows is refused, and
 * a copy that was interrupted cannot be served from and is begun again.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newOrder, paidPayment, startPlatform, waitForRefund, waitForState } from '../harness.mjs';
import { createDatabase, dropDatabase, kPostgres, psql } from '../postgres.mjs';
import { binary, run } from '../processes.mjs';

const options = { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 120_000 };
let platform;
const databases = [];

async function database() {
  databases.push(await createDatabase());
  return databases.at(-1);
}

before(async () => {
  if (kPostgres) platform = await startPlatform({ storeUrl: '' });
});
after(async () => {
  await platform?.stop();
  for (const url of databases) await dropDatabase(url);
});

const copy = (to) => run('feiqian', ['copy-store', '--to', to, '--data', platform.data]);

/** `table rows` of a copy's report. */
function rowsOf(report) {
  return Object.fromEntries([...report.matchAll(/^(\w+) +(\d+)$/gm)].map(([, table, rows]) => [table, Number(rows)]));
}

function verified(report) {
  return report.match(/^verify: ok: .*(?:\nheads: .*)?$/m)?.[0];
}

async function use(store) {
  platform.configure({ 'store.url': store });
  await platform.server.start(`${platform.url}/readyz`);
}

test('from the file to a database and back: the same books, and the platform goes on', options, async (t) => {
  const client = platform.merchant.client();
  const paid = await Promise.all(Array.from({ length: 20 }, () => paidPayment(platform)));
  const refund = await client.refunds.create(paid[0].id, { merchant_refund_no: `${paid[0].merchant_order_no}-R`, amount_minor: 100 });
  await waitForRefund(client, refund.id);
  const open = await client.payments.create(newOrder());
  const expiring = await client.payments.create(newOrder({ expires_in_s: 6 }));
  const refused = await copy(await database());
  assert.equal(refused.code, 1, 'while the platform serves');
  assert.match(refused.stderr, /store\.locked/);
  await platform.server.end('SIGTERM');
  const books = await platform.command(['verify']);

  const cluster = await database();
  const there = await copy(cluster);
  assert.equal(there.code, 0, there.stdout + there.stderr);
  assert.equal(verified(there.stdout), books.trim(), 'the copy has the books of the original');
  assert.equal(rowsOf(there.stdout).payment, 22);

  await use(cluster);
  assert.equal((await client.payments.get(paid[7].id)).state, 'paid');
  await assert.rejects(client.payments.create({ ...newOrder(), merchant_order_no: paid[7].merchant_order_no }), { status: 409 }, 'order numbers are remembered');
  await waitForState(client, expiring.id, 'closed');
  await platform.sandbox.pay(await platform.sandbox.tradeOf(open));
  await waitForState(client, open.id, 'paid');
  const more = await Promise.all(Array.from({ length: 10 }, () => paidPayment(platform)));
  await platform.checkBooks();
  const second = await copy('embedded');
  assert.match(second.stderr, /store\.locked/);
  await platform.server.end('SIGTERM');
  const grown = await platform.command(['verify']);

  const onto = await copy('embedded');
  assert.equal(onto.code, 1, 'the old file still holds its rows');
  assert.match(onto.stderr, /store\.not_empty/);
  const file = join(platform.data, 'feiqian.db');
  renameSync(file, `${file}.before`);
  writeFileSync(`${file}-wal`, 'a log that belongs to another file');
  const log = await copy('embedded');
  assert.equal(log.code, 1);
  assert.match(log.stderr, /store\.not_empty: .*feiqian\.db-wal is there/);
  rmSync(`${file}-wal`);
  writeFileSync(join(platform.data, 'feiqian.db.copy'), 'what an interrupted copy left');
  const back = await copy('embedded');
  assert.equal(back.code, 0, back.stdout + back.stderr);
  assert.equal(verified(back.stdout), grown.trim());
  await use('');
  for (const { id } of [...paid, ...more]) assert.equal((await client.payments.get(id)).state, 'paid');
  await paidPayment(platform);
  await platform.checkBooks();
  t.diagnostic(`${verified(there.stdout)}; back: ${verified(back.stdout)}`);
});

test('a copy into a database that holds rows is refused, and nothing is changed there', options, async () => {
  await platform.server.end('SIGTERM');
  const target = await database();
  assert.equal((await copy(target)).code, 0);
  const before_ = await psql(target, 'SELECT count(*), sum(head_number) FROM worker');
  const refused = await copy(target);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /store\.not_empty/);
  assert.equal(await psql(target, 'SELECT count(*), sum(head_number) FROM worker'), before_);
  await platform.server.start(`${platform.url}/readyz`);
});

test('a copy killed in the middle cannot be served from, and is begun again', options, async () => {
  await platform.server.end('SIGTERM');
  const whole = new StallingProxy();
  assert.equal((await copy(await whole.before(await database()))).code, 0);
  whole.stop();
  const target = await database();
  const proxy = new StallingProxy(whole.passed * 0.9);
  const copying = spawn(binary('feiqian'), ['copy-store', '--to', await proxy.before(target), '--data', platform.data], { stdio: 'ignore' });
  const ended = once(copying, 'exit');
  await proxy.stalled;
  copying.kill('SIGKILL');
  await ended;
  proxy.stop();
  assert.notEqual(await psql(target, 'SELECT count(*) FROM payment'), '0', 'it was in the middle');

  platform.configure({ 'store.url': target });
  const served = await run('feiqian', ['serve', '--data', platform.data]);
  assert.equal(served.code, 1);
  assert.match(served.stderr, /store\.copy_unfinished/);
  platform.configure({ 'store.url': '' });
  const again = await copy(target);
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.equal(verified(again.stdout), (await platform.command(['verify'])).trim());
  await use(target);
  await paidPayment(platform);
  await platform.checkBooks();
});

/** Passes on so many bytes of what clients send, then nothing more. */
class StallingProxy {
  constructor(limit = Infinity) {
    this.limit = limit;
    this.passed = 0;
    this.sockets = [];
    this.stalled = new Promise((resolve) => (this.stall = resolve));
  }

  /** The database's address, through this proxy. */
  async before(url) {
    const target = new URL(url);
    this.server = net.createServer((client) => {
      const server = net.connect(Number(target.port), target.hostname);
      this.sockets.push(client, server);
      for (const socket of [client, server]) socket.on('error', () => {}).on('close', () => (client.destroy(), server.destroy()));
      server.pipe(client);
      client.on('data', (chunk) => {
        if (this.passed >= this.limit) return this.stall();
        this.passed += chunk.length;
        server.write(chunk);
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const through = new URL(url);
    through.port = String(this.server.address().port);
    return through.href;
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
