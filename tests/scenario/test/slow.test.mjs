/** Thousands of connections that send next to nothing must not keep a merchant from being served. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as net from 'node:net';
import { after, before, test } from 'node:test';
import { newOrder, startPlatform } from '../harness.mjs';

// Each connection takes a descriptor on either side; both processes have the same limit.
const kLimit = Number(execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()) || 65_536;
const kConnections = Number(process.env.FEIQIAN_SLOW_CONNECTIONS ?? Math.min(10_000, Math.max(2000, kLimit - 2000)));
let platform;

before(async () => {
  platform = await startPlatform();
});
after(() => platform.stop());

/** Opens connections a few hundred at a time; a refused or closed one is fine, that is the platform defending itself. */
async function openSlow(count, first) {
  const { hostname, port } = new URL(platform.url);
  const sockets = [];
  for (let done = 0; done < count; done += 250) {
    await Promise.all(
      Array.from({ length: Math.min(250, count - done) }, () =>
        new Promise((resolve) => {
          const socket = net.connect(Number(port), hostname, () => {
            socket.write(first);
            resolve();
          });
          socket.setTimeout(5000, resolve);
          socket.on('error', resolve);
          socket.resume();
          sockets.push(socket);
        }),
      ),
    );
  }
  return sockets;
}

const kHeads = [
  ['half a request line', 'GET /v1/pay'],
  ['headers without an end', 'POST /v1/payments HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n'],
  ['a body that does not come', 'POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{'],
  ['nothing at all', ''],
];

for (const [name, first] of kHeads) {
  test(`${kConnections} connections with ${name}: a normal request is served`, { timeout: 120_000 }, async (t) => {
    const client = platform.merchant.client('hmac-sha256', { timeoutMs: 10_000 });
    await client.payments.list({ limit: 1 });
    const sockets = await openSlow(kConnections, first);
    // One more byte now and then on some of them, as a slow sender does.
    const drip = setInterval(() => {
      for (let i = 0; i < sockets.length; i += 100) if (sockets[i].writable) sockets[i].write('x');
    }, 200);
    try {
      const fresh = platform.merchant.client('ed25519', { timeoutMs: 10_000, maxRetries: 1 });
      const times = [];
      for (let i = 0; i < 10; i += 1) {
        const start = process.hrtime.bigint();
        const payment = await fresh.payments.create(newOrder());
        times.push(Number(process.hrtime.bigint() - start) / 1e6);
        assert.equal(payment.state, 'open');
      }
      times.sort((a, b) => a - b);
      assert.ok(times[5] < 2000, `median ${times[5]} ms`);
      assert.equal((await fetch(`${platform.url}/healthz`)).status, 200);
      t.diagnostic(`still open: ${sockets.filter((one) => !one.destroyed).length} of ${sockets.length}; median ${times[5].toFixed(1)} ms, slowest ${times[9].toFixed(1)} ms`);
    } finally {
      clearInterval(drip);
      for (const socket of sockets) socket.destroy();
    }
    await platform.checkBooks();
  });
}
