import { stripTypeScriptTypes } from 'node:module';
import { filesUnder, textOf } from './files.mjs';

// Node says so once for every process; we know.
process.removeAllListeners('warning');

/**
 * Files that Node can't run as they are: it only strips types, and refuses enums, parameter properties and the like.
 * tsc knows most of these; this is Node's own word, without starting anything.
 */
export async function checkTypeStripping(root, folders) {
  const paths = folders.flatMap((folder) => filesUnder(root, folder, (name) => name.endsWith('.ts')));
  return paths.flatMap((path) => {
    try {
      stripTypeScriptTypes(textOf(root, path));
      return [];
    } catch (error) {
      return [`${path}: ${error.message.split('\n')[0]}`];
    }
  });
}
