/**
 * Backups of a platform that takes payments: what was acknowledged before a restore point is in it, damage is named, a drill
 * says how long it takes, and a platform restored from an older point learns what the provider knows.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FeiqianError } from '@feiqian/sdk';
import { assertAgreesWithProvider, eventually, freePort, newOrder, paidPayment, pause, startPlatform, waitForState, withSetting } from '../harness.mjs';
import { kPostgres } from '../postgres.mjs';
import { run, Server } from '../processes.mjs';

/** A platform for one test, stopped in any case. */
function withPlatform(name, body) {
  test(name, { skip: kPostgres ? 'the embedded store’s backups' : false, timeout: 180_000 }, async (t) => {
    const platform = await startPlatform();
    platform.backups = join(platform.directory, 'backups');
    try {
      await body(platform, t);
    } finally {
      await platform.stop();
    }
  });
}

/** Restores beside the platform; the directory's name. */
async function restore(platform, name, args = []) {
  const to = join(platform.directory, name);
  const output = await platform.command(['restore', platform.backups, '--to', to, ...args]);
  assert.match(output, /^verify: ok/m);
  return { to, output };
}

async function verify(data) {
  const { code, stdout } = await run('feiqian', ['verify', '--data', data]);
  assert.equal(code, 0, stdout);
}

/** The platform is lost; another one begins from the restored directory, at the same address. */
async function continueFrom(platform, data) {
  await platform.server.end('SIGKILL');
  platform.data = data;
  platform.server = new Server('feiqian', ['serve', '--data', data], join(platform.directory, 'restored.log'));
  await platform.server.start(`${platform.url}/readyz`);
}

/** What a platform that runs on `data`, beside the other one, answers about these orders. */
async function paymentsIn(platform, data, orderNos) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = new Server('feiqian', ['serve', '--data', data], `${data}.log`, { FEIQIAN_SERVER__LISTEN: url.slice(7) });
  await server.start(`${url}/readyz`);
  try {
    const client = platform.merchant.client('hmac-sha256', { apiUrl: url });
    const found = new Map();
    for (const no of orderNos) {
      const { data: payments } = await client.payments.list({ merchant_order_no: no });
      for (const payment of payments) found.set(no, payment);
    }
    return found;
  } finally {
    await server.end('SIGTERM');
  }
}

async function incidents(platform, kind) {
  return JSON.parse(await platform.command(['incident', 'list', '--json'])).filter((one) => one.kind === kind);
}

function chainsOf(platform) {
  return readdirSync(platform.backups).filter((name) => /^\d{8}T/.test(name)).sort();
}

/** Payments by barcode, one after another, until told to stop; each with the moment its answer came. */
async function pays(platform, client, acknowledged, stopped) {
  while (!stopped()) {
    const order = newOrder({ mode: 'barcode', auth_code: await platform.sandbox.authCode() });
    try {
      const payment = await client.payments.create(order);
      acknowledged.push({ payment, at: Date.now() });
    } catch (error) {
      if (!(error instanceof FeiqianError) || !error.retryable) throw error;
    }
  }
}

withPlatform('under load, every payment acknowledged before a restore point is in it', async (platform, t) => {
  const acknowledged = [];
  let stopped = false;
  const clients = Array.from({ length: 6 }, () => platform.merchant.client('hmac-sha256'));
  const load = clients.map((client) => pays(platform, client, acknowledged, () => stopped));
  const points = [];
  for (let i = 0; i < 6; i += 1) {
    await pause(400);
    const before = Date.now();
    const output = await platform.command(['backup', platform.backups]);
    points.push({ before, taken: /taken (\S+)/.exec(output)[1] });
  }
  stopped = true;
  await Promise.all(load);
  assert.equal(chainsOf(platform).length, 1, 'one full image, then increments');
  for (const [i, { before, taken }] of points.entries()) {
    const { to } = await restore(platform, `restored-${i}`, ['--at', taken]);
    await verify(to);
    const due = acknowledged.filter(({ at }) => at <= before);
    const there = await paymentsIn(platform, to, due.map(({ payment }) => payment.merchant_order_no));
    for (const { payment } of due) {
      const kept = there.get(payment.merchant_order_no);
      assert.ok(kept, `${payment.merchant_order_no} is missing from ${taken}`);
      assert.equal(kept.id, payment.id);
      if (payment.state === 'paid') assert.equal(kept.state, 'paid', 'paid as acknowledged');
    }
    t.diagnostic(`${taken}: ${due.length} acknowledged before, all there`);
  }
  await platform.checkBooks();
});

withPlatform('damage to a backup is found and named', async (platform) => {
  for (let i = 0; i < 3; i += 1) {
    await paidPayment(platform);
    await platform.command(['backup', platform.backups]);
  }
  const chain = join(platform.backups, chainsOf(platform)[0]);
  const refused = async (pattern) => {
    for (const args of [['backup', 'drill', platform.backups], ['restore', platform.backups, '--to', join(platform.directory, 'no')]]) {
      const { code, stderr } = await run('feiqian', [...args, '--data', platform.data]);
      assert.equal(code, 1);
      assert.match(stderr, pattern);
    }
  };
  const changed = async (name, change, pattern) => {
    const file = join(chain, name);
    const whole = readFileSync(file);
    writeFileSync(file, change(Buffer.from(whole)));
    await refused(pattern);
    writeFileSync(file, whole);
  };
  const flip = (content) => {
    content[Math.floor(content.length / 2)] ^= 1;
    return content;
  };
  await changed('0001.data', flip, /backup\.file_broken: .*0001\.data: chunk 0/);
  await changed('0000.data', (content) => content.subarray(0, content.length - 40), /backup\.file_broken: .*0000\.data/);
  await changed('0002.manifest', flip, /backup\.manifest_broken: .*0002\.manifest/);
  for (const name of ['0001.data', '0001.manifest', '0002.manifest']) {
    renameSync(join(chain, name), join(platform.directory, 'aside'));
    await refused(new RegExp(`backup\\.file_missing: .*${name.replace('.', '\\.')}`));
    renameSync(join(platform.directory, 'aside'), join(chain, name));
  }
  const drill = await platform.command(['backup', 'drill', platform.backups]);
  assert.match(drill, /drill: ok; removed/);
  assert.match(drill, /^RPO \d+\.\d{3} s/m);
  assert.match(drill, /^RTO \d+\.\d{3} s/m);
});

withPlatform('a directory in use is not restored into, and a missing master key is said', async (platform) => {
  await platform.command(['backup', platform.backups]);
  const { to } = await restore(platform, 'restored');
  const again = await run('feiqian', ['restore', platform.backups, '--to', to, '--data', platform.data]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /backup\.target_not_empty/);
  const wrong = join(platform.directory, 'wrong.key');
  writeFileSync(wrong, Buffer.alloc(32, 7));
  const other = await run('feiqian', ['restore', platform.backups, '--to', join(platform.directory, 'x'), '--master-key', wrong]);
  assert.match(other.stderr, /backup\.other_key/);
  // The key alone, without the old data directory, is enough.
  const kept = join(platform.directory, 'kept.key');
  writeFileSync(kept, readFileSync(join(platform.data, 'keys', 'master.key')));
  const apart = await run('feiqian', ['restore', platform.backups, '--to', join(platform.directory, 'y'), '--master-key', kept, '--data', '/nowhere']);
  assert.equal(apart.code, 0, apart.stderr);
  for (const name of readdirSync(chainsOf(platform).map((one) => join(platform.backups, one))[0])) assert.ok(!name.includes('master'));
});

withPlatform('what the provider learnt after the restore point is found out', async (platform) => {
  const client = platform.merchant.client();
  const before = await client.payments.create(newOrder());
  const trade = await platform.sandbox.tradeOf(before);
  await platform.command(['backup', platform.backups]);

  // After the point: the known payment is paid, an unknown one is made and paid only when the platform is a restored one.
  const lost = await client.payments.create(newOrder());
  const lostTrade = await platform.sandbox.tradeOf(lost);
  await platform.sandbox.fault({ kind: 'notify_drop', method: '*', out_trade_no: trade.out_trade_no });
  const { to, output } = await restore(platform, 'restored');
  assert.match(output, /^last commit: /m);
  await platform.kill9();
  await platform.sandbox.pay(trade);
  await continueFrom(platform, to);

  const paid = await waitForState(client, before.id, 'paid');
  assert.equal(paid.amount_minor, before.amount_minor);
  await assertAgreesWithProvider(platform, client, before.id);
  const [restored] = await incidents(platform, 'platform.restored');
  assert.match(restored.detail, /restored at .* batch \d+/);
  assert.match(readFileSync(join(platform.directory, 'restored.log'), 'utf8'), /"server\.restored_from_backup"/);

  await assert.rejects(client.payments.get(lost.id), (error) => error.status === 404);
  await platform.sandbox.pay(lostTrade);
  const unknown = await eventually('an incident for the unknown payment', async () => (await incidents(platform, 'channel.unknown_trade'))[0]);
  assert.match(unknown.detail, new RegExp(`${lostTrade.out_trade_no} is paid: CNY ${lost.amount_minor} minor units`));

  // Told again, and started again: still one incident each.
  await platform.sandbox.control('POST', '/notifications/flush');
  await platform.restart();
  await platform.sandbox.control('POST', '/notifications/flush');
  assert.equal((await incidents(platform, 'channel.unknown_trade')).length, 1);
  assert.equal((await incidents(platform, 'platform.restored')).length, 1);
  await platform.checkBooks();
  // Life goes on.
  await paidPayment(platform);
  await platform.checkBooks();
});

withPlatform('a payment whose next query was hours away is asked about at once after a restore', async (platform) => {
  const client = platform.merchant.client();
  await platform.command(['parameter', 'set', 'payments.pending_query_first', '3600']);
  const payment = await client.payments.create(newOrder());
  const trade = await platform.sandbox.tradeOf(payment);
  await platform.command(['backup', platform.backups]);
  await platform.sandbox.fault({ kind: 'notify_drop', method: '*', out_trade_no: trade.out_trade_no });
  const { to } = await restore(platform, 'restored');
  await platform.kill9();
  await platform.sandbox.pay(trade);
  await continueFrom(platform, to);
  await waitForState(client, payment.id, 'paid', { timeoutMs: 20_000 });
  await platform.checkBooks();
});

withPlatform('a platform backs itself up at intervals and removes what is old', async (platform) => {
  platform.configure({ 'backup.directory': platform.backups, 'backup.every_s': 1 });
  await platform.restart();
  const points = async () => (await run('feiqian', ['backup', 'list', platform.backups, '--data', platform.data])).stdout.trim().split('\n').filter((line) => line.includes('taken'));
  await eventually('three points', async () => ((await points()).length >= 3 ? true : undefined));
  platform.configure({ 'backup.keep_chains': 2 });
  // Beside the scheduled ones; while one of those is under way the command is refused and may be repeated.
  const full = async () => ((await run('feiqian', ['backup', platform.backups, '--full', '--data', platform.data])).code === 0 ? true : undefined);
  for (let i = 0; i < 2; i += 1) await eventually('a full backup', full);
  await platform.restart();
  await eventually('two chains left', async () => (chainsOf(platform).length === 2 ? true : undefined));
  await restore(platform, 'restored');
  rmSync(join(platform.directory, 'restored'), { recursive: true });
  await platform.checkBooks();
});

test('a platform on a PostgreSQL server is told to use the server’s own tools', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'feiqian-'));
  try {
    const data = join(directory, 'data');
    const made = await run('feiqian', ['init', '--data', data, '--listen', '127.0.0.1:9499']);
    assert.equal(made.code, 0, made.stderr);
    const file = join(data, 'feiqian.toml');
    writeFileSync(file, withSetting(readFileSync(file, 'utf8'), 'store.url', 'postgresql:///none'));
    const refused = await run('feiqian', ['backup', join(directory, 'backups'), '--data', data]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /backup\.store_unsupported/);
    writeFileSync(file, withSetting(readFileSync(file, 'utf8'), 'backup.directory', join(directory, 'backups')));
    assert.match((await run('feiqian', ['config', '--data', data])).stderr, /backup\.directory is for the embedded store/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
