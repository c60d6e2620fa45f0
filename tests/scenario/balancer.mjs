/**
 * A load balancer in front of the nodes of a cluster: new connections in turn. A connection is closed after so many requests,
 * when it is idle, so that callers come to nodes that were added.
 */
import { once } from 'node:events';
import * as net from 'node:net';

const kRequests = 20;
const kIdleMs = 5;

export class Balancer {
  constructor(urls) {
    this.targets = urls.map((url) => new URL(url));
    this.turn = 0;
    this.sockets = new Set();
  }

  async start() {
    this.server = net.createServer((client) => this.join(client));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  add(url) {
    this.targets.push(new URL(url));
  }

  /** No new connections go there; those that are open stay. */
  remove(url) {
    this.targets = this.targets.filter((target) => target.href !== new URL(url).href);
  }

  join(client) {
    this.turn += 1;
    const target = this.targets[this.turn % this.targets.length];
    const server = net.connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {}).on('close', () => {
        client.destroy();
        server.destroy();
        this.sockets.delete(socket);
      });
    }
    let requests = 0;
    let idle;
    client.on('data', (chunk) => {
      clearTimeout(idle);
      requests += 1;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      clearTimeout(idle);
      client.write(chunk);
      if (requests >= kRequests) idle = setTimeout(() => client.end(), kIdleMs);
    });
    server.on('end', () => client.end());
    client.on('end', () => server.end());
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
