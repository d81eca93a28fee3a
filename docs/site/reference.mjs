/**
 * A plugin of TypeDoc: entries under the names they are imported by, each with the sentence its file begins with, and names that are
 * keys of a table (activations, losses, …) spelled out. Knows no entry by name.
 */
import { basename } from 'node:path';
import { Comment, Converter, LiteralType, ReflectionKind, UnionType } from 'typedoc';

/** What the first comment of a file says, as one paragraph. */
function firstComment(text) {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return comment.replace(/^\s*\* ?/gm, '').replace(/\s+/g, ' ').trim();
}

export function load({ converter }) {
  const unions = new Map();
  converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const symbol = context.getSymbolFromReflection(reflection);
    if (reflection.kindOf(ReflectionKind.Module)) {
      const { fileName, text } = symbol.declarations[0].getSourceFile();
      const entry = basename(fileName, '.ts');
      reflection.name = entry === 'index' ? 'gradlet' : `gradlet/${entry}`;
      reflection.comment = new Comment([{ kind: 'text', text: firstComment(text) }]);
    }
    if (!reflection.kindOf(ReflectionKind.TypeAlias)) return;
    const { types } = context.checker.getDeclaredTypeOfSymbol(symbol);
    if (types?.length && types.every((type) => type.isStringLiteral())) {
      unions.set(reflection, new UnionType(types.map(({ value }) => new LiteralType(value))));
    }
  });
  // Only now does every alias have the type it was written with.
  converter.on(Converter.EVENT_RESOLVE_BEGIN, () => {
    for (const [reflection, union] of unions) reflection.type = union;
  });
}
