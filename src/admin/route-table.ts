/** Which paths exist and with which methods: for 405, `Allow` and `OPTIONS`, which the router doesn't tell. */
import type { RouteOptions } from 'fastify';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Collects routes as they are registered. */
export class RouteTable {
  readonly #paths = new Map<string, KnownPath>();

  /** Takes a route in; one with a wildcard stands for files, whose paths are known only to it. */
  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    if (url.includes('*')) return;
    const known = this.#paths.get(url) ?? { pattern: pathPattern(url), methods: new Set<string>() };
    this.#paths.set(url, known);
    for (const name of [method].flat()) known.methods.add(name);
  }

  /** The methods of the path of `url`, sorted; none when nothing is there. */
  methods(url: string): readonly string[] {
    const path = url.split(/[?;#]/, 1)[0] ?? url;
    const methods = new Set<string>();
    for (const known of this.#paths.values()) {
      if (known.pattern.test(path)) for (const method of known.methods) methods.add(method);
    }
    return [...methods].sort();
  }
}

function pathPattern(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[^\w-]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
