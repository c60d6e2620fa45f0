/** One HTTP exchange over node:http(s): bounded in time and size, with the target sent exactly as it was signed. */
import * as http from 'node:http';
import * as https from 'node:https';
import { FeiqianError } from './errors.js';

export interface Exchange {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

const kMaxAnswerBytes = 16 * 1024 * 1024;

export class Transport {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** Path prefix of the API's address, without a trailing slash; part of every target and so of every signature. */
  readonly prefix: string;
  private readonly url: URL;
  private readonly agent: http.Agent;

  constructor(apiUrl: string) {
    this.url = new URL(apiUrl);
    if (this.url.protocol !== 'https:' && this.url.protocol !== 'http:') {
      throw new TypeError('apiUrl must begin with https:// or http://');
    }
    if (this.url.search !== '' || this.url.hash !== '' || this.url.username !== '') {
      throw new TypeError('apiUrl may hold neither query, fragment nor user');
    }
    this.scheme = this.url.protocol === 'https:' ? 'https' : 'http';
    this.authority = this.url.host;
    this.prefix = this.url.pathname.replace(/\/+$/, '');
    this.agent = this.scheme === 'https' ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  }

  /** Closes the idle connections that are kept for the next request. */
  close(): void {
    this.agent.destroy();
  }

  send(exchange: Exchange): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (exchange.signal?.aborted) {
        reject(aborted(exchange.signal));
        return;
      }
      const request = (this.scheme === 'https' ? https : http).request({
        agent: this.agent,
        host: this.url.hostname.replace(/^\[|\]$/g, ''),
        port: this.url.port === '' ? undefined : Number(this.url.port),
        method: exchange.method,
        path: exchange.target,
        headers: exchange.headers,
      });
      const timer = setTimeout(() => {
        request.destroy(
          new FeiqianError({ code: 'client.timeout', message: `no answer within ${exchange.timeoutMs} ms` }),
        );
      }, exchange.timeoutMs);
      const onAbort = (): void => {
        request.destroy(aborted(exchange.signal));
      };
      const settle = (): void => {
        clearTimeout(timer);
        exchange.signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown): void => {
        settle();
        reject(networkError(error));
      };
      exchange.signal?.addEventListener('abort', onAbort, { once: true });
      request.on('error', fail);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > kMaxAnswerBytes) {
            request.destroy(new FeiqianError({ code: 'client.bad_response', message: 'the answer is too large' }));
            return;
          }
          chunks.push(chunk);
        });
        response.on('error', fail);
        response.on('end', () => {
          settle();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      request.end(exchange.body);
    });
  }
}

export function aborted(signal: AbortSignal | undefined): FeiqianError {
  return new FeiqianError({ code: 'client.aborted', message: 'the caller gave up', cause: signal?.reason });
}

function networkError(error: unknown): FeiqianError {
  if (error instanceof FeiqianError) return error;
  const reason = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  return new FeiqianError({ code: 'client.network', message: `the platform was not reached: ${reason}`, cause: error });
}
