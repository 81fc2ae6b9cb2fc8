import { ToolkitError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../internal/json.ts';
import type { Send } from './api-client.ts';

export interface ApiResourceInfo {
  readonly path: { readonly base: string; readonly plural: string };
  readonly namespaced: boolean;
}

/** Which path a kind is served at. What was found is remembered; what was not is asked for again. */
export class Discovery {
  readonly #send: Send;
  readonly #known = new Map<string, ApiResourceInfo>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** @throws ToolkitError `not-found` for a kind that is not served */
  async resource(apiVersion: string, kind: string): Promise<ApiResourceInfo> {
    const known = this.#known.get(`${apiVersion} ${kind}`);
    if (known !== undefined) return known;
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const answer = JSON.parse(await this.#send('GET', base)) as JsonObject;
    const resources = Array.isArray(answer.resources) ? answer.resources.filter(isObject) : [];
    for (const { name, kind: served, namespaced } of resources) {
      const plural = String(name);
      if (plural.includes('/')) continue; // a subresource
      this.#known.set(`${apiVersion} ${served}`, { path: { base, plural }, namespaced: namespaced === true });
    }
    const found = this.#known.get(`${apiVersion} ${kind}`);
    if (found !== undefined) return found;
    throw new ToolkitError('not-found', `Cannot find kind "${kind}" of "${apiVersion}": it is not served`);
  }
}
