/**
 * Tamper evidence as a third party meets it: heads signed on schedule and at a stop, the proof of one voucher checked by
 * tools/check_proof.mjs, a rolled-back copy found by heads that were kept, verification that goes on.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { check } from '../../../tools/check_proof.mjs';
import { eventually, paidPayment, startPlatform } from '../harness.mjs';
import { kPostgres, PostgresServer, psql, withDatabase } from '../postgres.mjs';
import { run } from '../processes.mjs';

const kTool = fileURLToPath(new URL('../../../tools/check_proof.mjs', import.meta.url));
let platform;

before(async () => {
  platform = await startPlatform();
});
after(() => platform.stop());

const pay = () => paidPayment(platform);
const feiqian = (...args) => run('feiqian', [...args, '--data', platform.data]);
const heads = async () => (await platform.command(['heads', 'export'])).split('\n').filter(Boolean).map((line) => JSON.parse(line));
const file = (name, content) => {
  const path = join(platform.directory, name);
  writeFileSync(path, content);
  return path;
};
/** Vouchers on merchants' accounts, the newest last. */
async function vouchers() {
  return [...(await platform.command(['ledger', 'statement', '2202'])).matchAll(/vou_[0-9a-z]{13}/g)].map(([id]) => id);
}
const tool = (...args) =>
  new Promise((resolve) => execFile(process.execPath, [kTool, ...args], (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr })));

/** Every text, number and list of a document, with a way to put something else there. */
function* leaves(value, path = []) {
  if (value !== null && typeof value === 'object' && Object.keys(value).length > 0) {
    for (const key of Object.keys(value)) yield* leaves(value[key], [...path, key]);
  } else {
    yield { path, value };
  }
}
function changed(document, path, value) {
  const copy = structuredClone(document);
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key];
  at[path.at(-1)] = value;
  return copy;
}
function others(value) {
  if (typeof value === 'number') return [value + 1, value - 1];
  if (value === null) return ['vou_0000000000001'];
  if (Array.isArray(value)) return [['00'.repeat(32)]];
  // Each character by another one of its kind, so that it is not only the form that is wrong.
  const swapped = (c) => ({ 9: '8', a: 'b', f: 'e', z: 'y', A: 'B' })[c] ?? String.fromCharCode(c.charCodeAt(0) + 1);
  return value === '' ? ['x'] : [...Array(value.length).keys()].map((at) => value.slice(0, at) + swapped(value[at]) + value.slice(at + 1));
}

test('heads are signed on schedule, and at once when told', async () => {
  await pay();
  await platform.command(['parameter', 'set', 'ledger.head_interval', '86400']);
  await eventually('a head', async () => (await heads()).length > 0, { timeoutMs: 90_000 });
  await pay();
  // Whatever the schedule does meanwhile, then everything is signed, and there is nothing left.
  await platform.command(['heads', 'sign']);
  const ids = await vouchers();
  const said = await eventually('nothing left to sign', async () => {
    const output = await platform.command(['heads', 'sign']);
    return /nothing new/.test(output) ? output : undefined;
  });
  assert.match(said, /^nothing new to sign/);
  assert.ok(ids.length >= 2);
  assert.match(await platform.command(['verify']), /^heads: \d+ compared/m);
});

test('a proof convinces a third party, and no altered one does', async () => {
  await pay();
  await platform.command(['heads', 'sign']);
  const key = await platform.command(['heads', 'key']);
  const ids = await vouchers();
  for (const id of ids) {
    const text = await platform.command(['proof', id]);
    const proof = JSON.parse(text);
    assert.equal(check(proof, key).id, id);
    let tried = 0;
    for (const { path, value } of leaves(proof)) {
      for (const other of others(value)) {
        assert.throws(() => check(changed(proof, path, other), key), `${path.join('.')}: ${value} → ${other}`);
        tried += 1;
      }
    }
    assert.ok(tried > 500, `${tried} alterations`);
    for (const path of [['block', 'path'], ['batch', 'path']]) {
      const list = path.reduce((at, name) => at[name], proof);
      assert.throws(() => check(changed(proof, path, [...list, '00'.repeat(32)]), key));
      if (list.length > 0) assert.throws(() => check(changed(proof, path, list.slice(1)), key));
    }
  }
  const other = JSON.parse(await platform.command(['proof', ids[0]]));
  const last = JSON.parse(await platform.command(['proof', ids.at(-1)]));
  assert.throws(() => check({ ...other, voucher: last.voucher }, key), 'another voucher under this path');
});

test('the checker runs by itself', async () => {
  const id = (await vouchers())[0];
  const proof = file('proof.json', await platform.command(['proof', id]));
  const key = file('platform.key', await platform.command(['heads', 'key']));
  const proven = await tool(proof, key);
  assert.equal(proven.code, 0, proven.stderr);
  assert.match(proven.stdout, new RegExp(`^proven: ${id} is in batch \\d+ of chain \\d+, signed 20`));
  assert.match((await tool(proof)).stdout, /by a key that you must compare yourself/);
  const wrong = file('wrong.json', readFileSync(proof, 'utf8').replace('"side":"debit"', '"side":"credit"'));
  const refused = await tool(wrong, key);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^not proven: /);
  assert.equal((await tool(proof, file('bad.key', 'feiqian-00+00000000+AAAA'))).code, 1);
  assert.equal((await tool()).code, 1);
});

test('what is not signed yet, or not there, has no proof', async () => {
  await eventually('all signed', async () => /nothing new/.test(await platform.command(['heads', 'sign'])));
  await pay();
  const refused = await feiqian('proof', (await vouchers()).at(-1));
  // The schedule may have been quicker.
  if (refused.code !== 0) assert.match(refused.stderr, /voucher\.unsigned/);
  const missing = await feiqian('proof', 'vou_0000000000001');
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /voucher\.not_found/);
});

test('verification goes on from its file, and a copy that was rolled back is found', { skip: kPostgres ? 'a file is copied' : false }, async () => {
  const progress = join(platform.directory, 'progress');
  assert.match(await platform.command(['verify', '--resume', progress]), /^verify: ok/m);
  await platform.server.end('SIGTERM');
  const copy = join(platform.directory, 'copy.db');
  copyFileSync(join(platform.data, 'feiqian.db'), copy);
  const before = (await heads()).length;
  await platform.server.start(`${platform.url}/readyz`);
  await pay();
  await platform.server.end('SIGTERM');
  assert.ok((await heads()).length > before, 'a graceful stop signs');
  const kept = file('heads.jsonl', await platform.command(['heads', 'export']));
  const key = file('platform.key', await platform.command(['heads', 'key']));
  assert.match(await platform.command(['verify', '--heads', kept]), /^verify: ok/m);
  assert.match(await platform.command(['verify', '--resume', progress]), /^since an earlier verification: \d+ batches/m);
  const alone = await run('feiqian', ['verify', '--store', copy, '--key', key, '--data', '/nonexistent']);
  assert.match(alone.stdout, /^verify: ok/m, alone.stderr);
  const rolled = await run('feiqian', ['verify', '--store', copy, '--key', key, '--heads', kept, '--data', '/nonexistent']);
  assert.equal(rolled.code, 1);
  assert.match(rolled.stdout, /was rolled back/);
  await platform.server.start(`${platform.url}/readyz`);
});

test('a hot standby is verified and gives proofs, and nothing is written there', { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 300_000 }, async () => {
  const primary = await PostgresServer.create();
  let standby;
  let own;
  try {
    standby = await PostgresServer.createStandby(primary);
    await psql(primary.url, 'CREATE DATABASE feiqian');
    own = await startPlatform({ storeUrl: withDatabase(primary.url, 'feiqian') });
    await paidPayment(own);
    await own.command(['heads', 'sign']);
    const copy = withDatabase(standby.url, 'feiqian');
    await eventually('the standby has applied it', async () =>
      (await psql(copy, 'SELECT count(*) FROM signed_head')) === (await psql(withDatabase(primary.url, 'feiqian'), 'SELECT count(*) FROM signed_head')));
    const key = join(own.directory, 'platform.key');
    writeFileSync(key, await own.command(['heads', 'key']));
    const there = (...args) => run('feiqian', [...args, '--store', copy, '--key', key, '--data', '/nonexistent']);
    const verified = await there('verify', '--resume', join(own.directory, 'progress'));
    assert.match(verified.stdout, /^verify: ok: [1-9]/m, verified.stderr);
    assert.match(verified.stdout, /^heads: [1-9]/m);
    assert.match((await there('verify', '--resume', join(own.directory, 'progress'))).stdout, /^since an earlier verification/m);
    const [id] = (await own.command(['ledger', 'statement', '2202'])).match(/vou_[0-9a-z]{13}/);
    const proof = await there('proof', id);
    assert.equal(check(JSON.parse(proof.stdout), readFileSync(key, 'utf8')).id, id, proof.stderr);
  } finally {
    await own?.stop();
    await standby?.stop();
    await primary.stop();
  }
});
