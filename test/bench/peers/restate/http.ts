// JSON over kept connections to this machine: less work for the harness, which shares the cores.

import { Agent, request } from 'node:http';

const OK_MAX = 299;

export class HttpClient {
  #agent = new Agent({ keepAlive: true });

  get(url: string): Promise<unknown> {
    return this.#send('GET', url, undefined, {});
  }

  post(
    url: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    return this.#send('POST', url, JSON.stringify(body), {
      'content-type': 'application/json',
      accept: 'application/json',
      ...headers,
    });
  }

  async isUp(url: string): Promise<boolean> {
    await this.get(url);
    return true;
  }

  /** Close all connections: those they lead to are dead. */
  forget(): void {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true });
  }

  #send(
    method: string,
    url: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, agent: this.#agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          if ((response.statusCode ?? 0) <= OK_MAX) resolve(text === '' ? null : JSON.parse(text));
          else reject(new Error(`${method} ${url}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
