/**
 * A TCP proxy that cuts connections in the middle of what they do: some requests never arrive, of others only the answer is
 * lost. `cut(probability)` begins, `cut(0)` ends.
 */
import { once } from 'node:events';
import * as net from 'node:net';

export class CuttingProxy {
  constructor(target) {
    this.target = target;
    this.probability = 0;
    this.lost = { requests: 0, answers: 0 };
    this.sockets = new Set();
  }

  async start() {
    this.server = net.createServer((client) => this.join(client));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
  }

  cut(probability) {
    this.probability = probability;
  }

  join(client) {
    const server = net.connect(this.target, '127.0.0.1');
    let loseAnswer = false;
    const end = () => {
      client.destroy();
      server.destroy();
      this.sockets.delete(client);
    };
    this.sockets.add(client);
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', end).on('close', end);
    client.on('data', (chunk) => {
      const chance = Math.random();
      if (chance < this.probability / 2) {
        this.lost.requests += 1;
        end();
        return;
      }
      loseAnswer = loseAnswer || chance < this.probability;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (loseAnswer) {
        this.lost.answers += 1;
        end();
        return;
      }
      client.write(chunk);
    });
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
