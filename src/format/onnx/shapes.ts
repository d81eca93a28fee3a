/**
 * Operators that change the shape of samples but not the samples: all that reaches a network are rows. Shapes may be computed in
 * the graph, as `x.view(x.size(0), -1)` does; the number of rows, which no file says, then stands for itself.
 */
import type { NodeView } from './node.js';
import { toList } from './tensor.js';
import { fixColumns, type Samples, type Sizes, type Value } from './values.js';

const ROWS = 'rows';

export function flatten(node: NodeView): Value {
  const samples = node.samples(0);
  const given = node.int('axis', 1);
  const axis = given < 0 ? given + samples.rank : given;
  if (axis !== (samples.batch === 'none' ? 0 : 1)) node.fail(`expected axis 1, so that samples stay apart, got ${given}`);
  return { ...samples, rank: 2, batch: samples.batch === 'none' ? 1 : samples.batch };
}

/** The shape that a Reshape asks for. */
function wantedShape(node: NodeView): Sizes['list'] {
  const value = node.value(1);
  return value.kind === 'sizes' ? value.list : toList(node.constant(1));
}

export function reshape(node: NodeView): Value {
  const samples = node.samples(0);
  const shape = wantedShape(node);
  const zeroCopies = node.int('allowzero', 0) === 0;
  const said = `expected a shape of two dimensions that keeps samples apart, such as [-1, columns], got [${shape.join(', ')}]`;
  if (shape.length !== 2 || samples.batch === 'none') node.fail(said);
  const [rows, columns] = shape;
  if (columns === ROWS) return node.fail(said);
  const sameRows = rows === ROWS || rows === -1 || (rows === 0 && zeroCopies) || (rows > 0 && rows === samples.batch);
  const sameColumns = (columns === -1 && rows !== -1) || columns > 0 || (columns === 0 && zeroCopies && samples.rank === 2);
  if (!sameRows || !sameColumns) node.fail(said);
  if (columns > 0) fixColumns(node.where, samples, columns);
  return { ...samples, rank: 2 };
}

const ONLY_ROWS = 'expected the number of rows; nothing else is read of a shape that is computed';

/** The shape of samples, of which only the number of rows can be asked for. */
export function shapeOf(node: NodeView): Value {
  const samples: Samples = node.samples(0);
  node.only('start', 0, 0);
  if (samples.batch === 'none' || node.attribute('end')) node.fail(ONLY_ROWS);
  return { kind: 'sizes', where: node.where, list: [ROWS], whole: true };
}

export function gather(node: NodeView): Value {
  const shape = node.sizes(0);
  node.only('axis', 0, 0);
  if (!shape.whole || node.number(1) !== 0) node.fail(ONLY_ROWS);
  return { ...shape, whole: false };
}

/** A number as a list of one, before operator set 13 by an attribute. */
export function unsqueeze(node: NodeView): Value {
  const rows = node.sizes(0);
  const axes = node.ints('axes') ?? toList(node.constant(1));
  if (rows.whole || axes.join() !== '0') node.fail(ONLY_ROWS);
  return rows;
}

export function concat(node: NodeView): Value {
  node.only('axis', 0, 0);
  const list = node.indices().flatMap((index): Sizes['list'] => {
    const value = node.value(index);
    if (value.kind === 'sizes' && value.whole) return node.fail(ONLY_ROWS);
    return value.kind === 'sizes' ? value.list : toList(node.constant(index));
  });
  return { kind: 'sizes', where: node.where, list, whole: false };
}
