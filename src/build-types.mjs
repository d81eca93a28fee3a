/**
 * Makes the types of the package: what tsc emits for each file, cut down to the declarations that the entries lead to, as .d.ts and .d.cts.
 * So nothing internal is part of the types, and neither are libraries that only internals name (DOM, WebAssembly). Knows no entries.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import ts from 'typescript';

/** All declaration files of the project, by path. */
function emit(root) {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(parsed.fileNames, parsed.options);
  const files = new Map();
  const { diagnostics } = program.emit(undefined, (file, text) => files.set(resolve(file), text));
  const all = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (all.length > 0) {
    const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
    process.stderr.write(ts.formatDiagnosticsWithColorAndContext(all, host));
    process.exit(1);
  }
  return files;
}

const namesOf = (statement) => {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.text);
  return statement.name ? [statement.name.text] : [];
};

/** One file: what it declares, what its names mean elsewhere, and what of it is wanted. */
class DeclarationFile {
  wanted = new Set();
  imported = new Map();
  /** Names that come from other files, by import or re-export: [file, name there]. */
  elsewhere = new Map();
  declared = new Map();

  constructor(path, text) {
    this.path = path;
    this.source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    for (const statement of this.source.statements) {
      const from = statement.moduleSpecifier && resolve(dirname(path), statement.moduleSpecifier.text.replace(/\.js$/, '.d.ts'));
      const clause = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
      if (from && !clause) throw new Error(`${path}: only named imports and exports are understood: ${statement.getText()}`);
      for (const { name, propertyName } of clause?.elements ?? []) {
        if (from) this.elsewhere.set(name.text, [from, (propertyName ?? name).text]);
      }
      if (!from) for (const name of namesOf(statement)) this.declared.set(name, [...(this.declared.get(name) ?? []), statement]);
    }
  }
}

/** Types of `entries` (paths of .d.ts files) into `folder`, with .d.cts beside each. */
export function writeTypes(root, folder, entries) {
  const texts = emit(root);
  const files = new Map();
  const open = (path) => {
    if (!files.has(path)) files.set(path, new DeclarationFile(path, texts.get(path)));
    return files.get(path);
  };
  const want = (path, name) => {
    const file = open(path);
    const there = file.elsewhere.get(name);
    if (there) {
      file.imported.set(name, there);
      want(...there);
    }
    for (const statement of file.declared.get(name) ?? []) {
      if (file.wanted.has(statement)) continue;
      file.wanted.add(statement);
      const visit = (node) => {
        if (ts.isImportTypeNode(node)) throw new Error(`${path}: an import in the middle of a type: ${node.getText()}`);
        if (ts.isIdentifier(node) && node.text !== name) want(path, node.text);
        ts.forEachChild(node, visit);
      };
      visit(statement);
    }
  };
  for (const entry of entries) {
    const file = open(entry);
    for (const name of [...file.elsewhere.keys(), ...file.declared.keys()]) want(entry, name);
  }

  rmSync(folder, { recursive: true, force: true });
  for (const [path, { source, wanted, imported }] of files) {
    const isEntry = entries.includes(path);
    const lines = [];
    const link = ([from]) => {
      const way = relative(dirname(path), from).replace(/\.d\.ts$/, '.js');
      return way.startsWith('.') ? way : `./${way}`;
    };
    for (const [name, there] of imported) {
      const what = there[1] === name ? name : `${there[1]} as ${name}`;
      if (!isEntry) lines.push(`import { type ${what} } from '${link(there)}';`);
    }
    for (const statement of source.statements) {
      if (wanted.has(statement) || (isEntry && statement.moduleSpecifier)) lines.push(statement.getFullText().trim());
    }
    // TypeScript before 5.7 knows no Float32Array<ArrayBuffer>; this says the same to both.
    const text = `${lines.join('\n')}\nexport {};\n`
      .replace(/\b(\w+Array)<ArrayBuffer>/g, "ReturnType<$1['slice']>")
      .replaceAll('<ArrayBufferLike>', '');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    writeFileSync(path.replace(/\.d\.ts$/, '.d.cts'), text.replace(/(from '\.[^']+)\.js'/g, "$1.cjs'"));
  }
}
