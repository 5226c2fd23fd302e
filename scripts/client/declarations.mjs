/**
 * One declaration file for the client, which refers to nothing outside of itself.
 *
 * The client's types come from its own files, from src/protocol, and, for the requests, from the server's registries,
 * whose schemas are TypeBox's. So: TypeScript emits each file's declaration; from what index.ts exports, everything that
 * is reached is gathered; what is computed (by `typeof`, or by TypeBox) is written out.
 */
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import { memberLines, typeText } from './type-text.mjs';

const OPTIONS = {
  target: ts.ScriptTarget.ES2024,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  declaration: true,
  emitDeclarationOnly: true,
  types: [],
};
/** The interface whose members are computed from the registries. */
const REGISTERED = 'KnownRequests';

/** The text of the declaration file for what `entry` exports. Throws with what is wrong when there can be none. */
export function declarations(entry) {
  return new Declarations(entry).text();
}

class Declarations {
  #program;
  #checker;
  #entry;
  /** Path → the parsed declaration of that module, what it declares and what it imports. */
  #modules = new Map();
  /** Name → where it is declared, in the order in which they were reached. */
  #reached = new Map();

  constructor(entry) {
    this.#program = ts.createProgram([entry], OPTIONS);
    this.#checker = this.#program.getTypeChecker();
    this.#entry = entry;
  }

  text() {
    const exported = this.#exports();
    for (const { module, name } of exported) this.#reach(module, name);
    const blocks = [...this.#reached].map(([name, module]) => this.#declaration(module, name));
    const values = exported.filter(({ typeOnly }) => !typeOnly).map(({ name }) => name);
    const types = exported.filter(({ typeOnly }) => typeOnly).map(({ name }) => name);
    const inner = [...this.#reached.keys()].filter((name) => !exported.some((one) => one.name === name));
    // A type that callers meet and can't name is a hole in index.ts.
    if (inner.length > 0) throw new Error(`index.ts must export ${inner.join(', ')} as well`);
    return [...blocks, `export { ${values.join(', ')} };`, `export type { ${types.join(', ')} };`, ''].join(
      '\n\n',
    );
  }

  /** What the entry exports, as it says. */
  #exports() {
    return this.#module(this.#entry).source.statements.flatMap((statement) => {
      if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) {
        throw new Error(`index.ts may only hand on: ${statement.getText()}`);
      }
      const module = resolve(dirname(this.#entry), statement.moduleSpecifier.text);
      return statement.exportClause.elements.map((element) => ({
        module,
        name: element.name.text,
        typeOnly: statement.isTypeOnly || element.isTypeOnly,
      }));
    });
  }

  #reach(module, name) {
    const known = this.#reached.get(name);
    if (known === module) return;
    if (known !== undefined) throw new Error(`${name} is declared in ${known} and in ${module}`);
    this.#reached.set(name, module);
    const { declared, imported } = this.#module(module);
    const statement = declared.get(name);
    if (statement === undefined) throw new Error(`${module} declares no ${name}`);
    if (this.#isComputed(name, statement)) return;
    for (const reference of references(statement)) {
      if (declared.has(reference)) this.#reach(module, reference);
      else if (imported.has(reference)) this.#reach(imported.get(reference), reference);
    }
  }

  #isComputed(name, statement) {
    return (
      name === REGISTERED || (ts.isTypeAliasDeclaration(statement) && holds(statement, ts.isTypeQueryNode))
    );
  }

  #declaration(module, name) {
    const statement = this.#module(module).declared.get(name);
    const doc = statement.jsDoc?.at(-1)?.getText() ?? '';
    const lead = doc === '' ? '' : `${doc}\n`;
    if (!this.#isComputed(name, statement)) return lead + declared(statement);
    const type = this.#checker.getDeclaredTypeOfSymbol(this.#symbol(module, name));
    if (name !== REGISTERED) return `${lead}type ${name} = ${typeText(this.#checker, type)};`;
    const lines = memberLines(this.#checker, type).map((line) => `    ${line}`);
    return `${lead}interface ${name} {\n${lines.join('\n')}\n}`;
  }

  #symbol(module, name) {
    const source = this.#program.getSourceFile(module);
    const exports = this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(source));
    return exports.find((symbol) => symbol.name === name);
  }

  #module(path) {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const source = this.#emitted(path);
    const module = { source, declared: new Map(), imported: new Map() };
    this.#modules.set(path, module);
    for (const statement of source.statements) {
      if (ts.isImportDeclaration(statement)) {
        const from = statement.moduleSpecifier.text;
        // Packages are only met where types are computed; elsewhere what they declare would be missing.
        if (!from.startsWith('.')) continue;
        for (const { name, propertyName } of statement.importClause?.namedBindings?.elements ?? []) {
          if (propertyName !== undefined) throw new Error(`${path} imports ${name.text} under another name`);
          module.imported.set(name.text, resolve(dirname(path), from));
        }
      } else if (ts.isVariableStatement(statement)) {
        for (const { name } of statement.declarationList.declarations)
          module.declared.set(name.text, statement);
      } else if (statement.name !== undefined) {
        module.declared.set(statement.name.text, statement);
      }
    }
    return module;
  }

  #emitted(path) {
    const source = this.#program.getSourceFile(path);
    if (source === undefined) throw new Error(`there is no ${path}`);
    let text;
    const { diagnostics } = this.#program.emit(source, (_, content) => (text = content), undefined, true);
    if (diagnostics.length > 0 || text === undefined) {
      const host = {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => '',
        getNewLine: () => '\n',
      };
      throw new Error(`no declaration of ${path}:\n${ts.formatDiagnostics(diagnostics, host)}`);
    }
    return ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true);
  }
}

/** Names of types and values that a declaration refers to, among them those of its own type parameters. */
function references(node) {
  const names = new Set();
  const visit = (inner) => {
    if (ts.isTypeReferenceNode(inner)) names.add(leftmost(inner.typeName));
    if (ts.isTypeQueryNode(inner)) names.add(leftmost(inner.exprName));
    if (ts.isExpressionWithTypeArguments(inner)) names.add(inner.expression.getText());
    if (ts.isImportTypeNode(inner)) throw new Error(`a declaration refers to ${inner.getText()}`);
    ts.forEachChild(inner, visit);
  };
  visit(node);
  return names;
}

function leftmost(name) {
  return ts.isQualifiedName(name) ? leftmost(name.left) : name.text;
}

function holds(node, is) {
  return is(node) || ts.forEachChild(node, (child) => holds(child, is)) === true;
}

/** The statement without `export`, which stands once at the end of the file, and with `declare` where one is needed. */
function declared(statement) {
  const text = statement.getText().replace(/^export /, '');
  const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
  return isType || text.startsWith('declare ')
    ? text.replace(/^declare (?=interface|type)/, '')
    : `declare ${text}`;
}
