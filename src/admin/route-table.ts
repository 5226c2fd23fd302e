/** Which paths exist and with which methods: for 405, `Allow`, `OPTIONS` and `/api`, which the router doesn't tell. */
import type { RouteOptions } from 'fastify';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
  /** Whether it is in the description of the API. */
  readonly described: boolean;
}

/** Collects routes as they are registered. */
export class RouteTable {
  readonly #paths = new Map<string, KnownPath>();

  /** Takes a route in; one with a wildcard stands for files, whose paths are known only to it. */
  add({ url, method, schema }: Pick<RouteOptions, 'url' | 'method' | 'schema'>): void {
    if (url.includes('*')) return;
    const described = schema?.hide !== true;
    const known = this.#paths.get(url) ?? {
      pattern: pathPattern(url),
      methods: new Set<string>(),
      described,
    };
    this.#paths.set(url, known);
    for (const name of [method].flat()) known.methods.add(name);
  }

  /** The methods of the path of `url`, sorted; none when nothing is there. */
  methods(url: string): readonly string[] {
    const methods = new Set<string>();
    for (const known of this.#at(url)) for (const method of known.methods) methods.add(method);
    return [...methods].sort();
  }

  /** Whether the path of `url` is one of the API's, and not a file's. */
  isApi(url: string): boolean {
    return this.#at(url).some(({ described }) => described);
  }

  #at(url: string): KnownPath[] {
    const path = decodedPath(url);
    return [...this.#paths.values()].filter(({ pattern }) => pattern.test(path));
  }
}

/** As the router sees it; undecoded where it can't be decoded, which the router refuses by itself. */
function decodedPath(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? url;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function pathPattern(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[^\w-]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
