/** What the machine does to a platform: disk full, file system read-only, port taken, data in use, a typo in the configuration. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, newOrder, startPlatform } from '../harness.mjs';
import { kPostgres } from '../postgres.mjs';
import { run, Server } from '../processes.mjs';

let platform;
before(async () => {
  platform = await startPlatform();
});
after(() => platform?.stop());

const keyOf = (order) => `key-${order.merchant_order_no}`;
const system = (command, ...args) => spawnSync(command, args, { encoding: 'utf8' });

test('the same data directory twice', async () => {
  const second = await run('feiqian', ['serve', '--data', platform.data]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /store\.locked/);
});

test('the port is taken', async () => {
  const other = join(platform.directory, 'other');
  assert.equal((await run('feiqian', ['init', '--data', other, '--listen', platform.url.replace('http://', '')])).code, 0);
  const started = await run('feiqian', ['serve', '--data', other]);
  assert.equal(started.code, 1);
  assert.match(started.stderr, /net\.listen_failed: 127\.0\.0\.1:\d+: Address already in use/);
});

test('configuration: every wrong value is named with its line', async (t) => {
  const rows = [
    ['a typo', 'server.lissten', '127.0.0.1:1', /feiqian\.toml line \d+: server\.lissten is not a setting; did you mean server\.listen\?/],
    ['a wrong type', 'server.threads', 'two', /feiqian\.toml line \d+: server\.threads must be an integer from 1 to 64/],
    ['out of bounds', 'engine.queue_limit', 0, /feiqian\.toml line \d+: engine\.queue_limit must be an integer from 1 to 10000000/],
    ['an open door', 'server.listen', '0.0.0.0:9400', /server\.listen is not a loopback address/],
    ['not an address', 'server.listen', 'here', /server\.listen must be ADDRESS:PORT/],
    ['not one of', 'log.level', 'loud', /log\.level must be one of debug, info, warn, error/],
  ];
  for (const [name, key, value, message] of rows) {
    await t.test(name, async () => {
      const data = join(platform.directory, `config-${name.replaceAll(' ', '-')}`);
      assert.equal((await run('feiqian', ['init', '--data', data])).code, 0);
      const other = Object.assign(Object.create(Object.getPrototypeOf(platform)), { data });
      other.configure({ [key]: value });
      const checked = await run('feiqian', ['config', '--data', data]);
      assert.equal(checked.code, 1);
      assert.match(checked.stderr, message);
      assert.equal((await run('feiqian', ['serve', '--data', data])).code, 1);
    });
  }
});

test('disk full, then read-only, then well again', async (t) => {
  if (kPostgres) {
    t.skip('the disk of the embedded store');
    return;
  }
  const small = join(platform.directory, 'small');
  mkdirSync(small);
  if (system('mount', '-t', 'tmpfs', '-o', 'size=6m,mode=700', 'tmpfs', small).status !== 0) {
    t.skip('no file system may be mounted here');
    return;
  }
  const before = platform.data;
  const client = platform.merchant.client('ed25519', { maxRetries: 0 });
  try {
    await platform.server.end('SIGTERM');
    platform.data = join(small, 'data');
    cpSync(before, platform.data, { recursive: true });
    platform.server = new Server('feiqian', ['serve', '--data', platform.data], join(platform.directory, 'small.log'));
    await platform.server.start(`${platform.url}/readyz`);

    const acknowledged = [];
    const unknown = [];
    let refused = false;
    // A refused batch gives back the room of its log: what is small may be written again, and it is ready until that is full too.
    const notReady = async () => (await fetch(`${platform.url}/readyz`)).status === 503;
    for (let i = 0; i < 20_000 && !(refused && (await notReady())); i += 50) {
      const orders = Array.from({ length: 50 }, () => newOrder({ mode: 'redirect', metadata: { filler: 'x'.repeat(200) } }));
      const made = await Promise.allSettled(orders.map((order) => client.payments.create(order, { idempotencyKey: keyOf(order) })));
      for (const [at, one] of made.entries()) {
        if (one.status === 'fulfilled') {
          acknowledged.push(one.value.id);
        } else if (one.reason.status === 504) {
          // The batch whose commit met the full disk, and could not be asked about while the disk stayed full.
          assert.equal(one.reason.code, 'store.commit_unknown');
          unknown.push(orders[at]);
        } else {
          assert.equal(one.reason.status, 503);
          assert.equal(one.reason.code, 'store.unavailable');
          refused = true;
        }
      }
    }
    assert.ok(refused, 'the disk never became full');
    assert.ok(acknowledged.length > 0);

    assert.equal(system('mount', '-o', 'remount,size=64m', small).status, 0);
    await eventually('writes again', () => client.payments.create(newOrder({ mode: 'redirect' })));
    for (const id of acknowledged) assert.equal((await client.payments.get(id)).id, id);
    for (const order of unknown) {
      const made = await client.payments.create(order, { idempotencyKey: keyOf(order) });
      assert.equal((await client.payments.create(order, { idempotencyKey: keyOf(order) })).id, made.id);
    }
    await platform.checkBooks();

    if (system('mount', '-o', 'remount,ro', small).status === 0) {
      await assert.rejects(client.payments.create(newOrder({ mode: 'redirect' })), (error) => error.status === 503 || error.status === 504);
      assert.equal(system('mount', '-o', 'remount,rw', small).status, 0);
      await eventually('writes again', () => client.payments.create(newOrder({ mode: 'redirect' })));
    }
    await platform.checkBooks();
  } finally {
    await platform.server.end('SIGTERM');
    assert.equal(system('umount', small).status, 0);
    platform.data = before;
  }
});
