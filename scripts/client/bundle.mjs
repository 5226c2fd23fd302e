/** The client as one ES module. */
import { build } from 'vite';

/** What the module's syntax is for: Node 22, and browsers since 2022. */
const TARGET = 'es2022';

/**
 * The code, and the text of its source map, of what `entry` exports. It is left readable: programs that import it have a
 * bundler of their own, and a server compresses it. `file` is its path below `root`; the map is to be beside it.
 */
export async function bundle({ root, entry, folder, file, banner }) {
  const [{ output }] = [
    await build({
      root,
      configFile: false,
      envDir: false,
      publicDir: false,
      logLevel: 'warn',
      build: {
        // Nothing is written; the map's paths are relative to it.
        write: false,
        outDir: folder,
        target: TARGET,
        minify: false,
        sourcemap: true,
        lib: { entry, formats: ['es'], fileName: () => file },
        rolldownOptions: { output: { banner, comments: { legal: true, annotation: true, jsdoc: false } } },
      },
    }),
  ].flat();
  const [chunk, ...others] = output.filter(({ fileName }) => fileName !== `${file}.map`);
  if (others.length > 0)
    throw new Error(`the client is more than one file: ${others.map(nameOf).join(', ')}`);
  const imports = [...chunk.imports, ...chunk.dynamicImports];
  if (imports.length > 0) throw new Error(`the client imports ${imports.join(', ')}`);
  return { code: chunk.code, map: chunk.map.toString() };
}

function nameOf({ fileName }) {
  return fileName;
}
