/** What scikit-learn's MLPClassifier and MLPRegressor learned, as JSON of their attributes. Reads only. */
import type { ActivationName } from '../../activations.js';
import { plural, show } from '../../check.js';
import { dense } from '../../layers.js';
import type { Network } from '../../network.js';
import { assemble } from './assemble.js';
import { type Fields, jsonGiven, listOf, numbersOf, pick, refuse, textOf } from './fields.js';

/** Attributes of a fitted MLPClassifier or MLPRegressor; arrays as nested lists (`tolist()`). Others are not looked at. */
export interface SklearnAttributes {
  /** One matrix [inputs][units] for each layer. */
  readonly coefs_: readonly (readonly (readonly number[])[])[];
  /** One vector for each layer. */
  readonly intercepts_: readonly (readonly number[])[];
  /** Of the hidden layers: 'identity', 'logistic', 'tanh' or 'relu'. */
  readonly activation: string;
  /** Of the last layer: 'identity', 'logistic' or 'softmax'. */
  readonly out_activation_: string;
  /** Of a classifier. */
  readonly classes_?: readonly (string | number | boolean)[];
}

/** What the columns of a classifier stand for. */
export interface Classes {
  /** `classes[network.predictClasses(x)[row]]` is the row's class. */
  readonly classes?: readonly (string | number | boolean)[];
}

const WHERE = 'fromSklearn';
const ACTIVATIONS: ReadonlyMap<string, ActivationName> = new Map([
  ['identity', 'linear'],
  ['logistic', 'sigmoid'],
  ['tanh', 'tanh'],
  ['relu', 'relu'],
  ['softmax', 'softmax'],
]);

/**
 * A network from the attributes of a fitted `MLPClassifier` or `MLPRegressor`, as JSON or its text:
 * `json.dumps({'coefs_': [c.tolist() for c in model.coefs_], …})`. A classifier's `classes_` are the result's `classes`.
 * @throws GradletError ERR_FORMAT for attributes that do not fit together; TypeError for what is no object
 */
export function fromSklearn(attributes: SklearnAttributes | string): Network & Classes {
  const given = jsonGiven(WHERE, attributes);
  const coefs = listOf(`${WHERE}: coefs_`, given.coefs_);
  const intercepts = listOf(`${WHERE}: intercepts_`, given.intercepts_);
  if (coefs.length === 0) refuse(WHERE, 'coefs_: expected a matrix for each layer, got none; fit the model first');
  if (intercepts.length !== coefs.length) refuse(WHERE, `intercepts_: expected ${coefs.length} as in coefs_, got ${intercepts.length}`);
  const hidden = activationOf(given, 'activation');
  const last = activationOf(given, 'out_activation_');
  let inputs = 0;
  const parts = coefs.map((matrix, index) => {
    const where = `${WHERE}: coefs_[${index}]`;
    const rows = listOf(where, matrix);
    if (rows.length === 0) refuse(where, 'expected a row for each input, got none');
    const { length: units } = listOf(`${where}[0]`, rows[0]);
    inputs ||= rows.length;
    if (units === 0) refuse(`${where}[0]`, 'expected a number for each unit, got none');
    const kernel = matrixOf(where, rows, units);
    const shape = [rows.length, units];
    return {
      layer: { units, activation: index === coefs.length - 1 ? last : hidden },
      tensors: {
        kernel: { name: `coefs_[${index}]`, shape, data: kernel },
        bias: {
          name: `intercepts_[${index}]`,
          shape: [units],
          data: numbersOf(`${WHERE}: intercepts_[${index}]`, intercepts[index], units),
        },
      },
    };
  });
  const network = assemble(
    WHERE,
    { inputs, layers: parts.map(({ layer: { units, activation } }) => dense(units, { activation })) },
    parts.map(({ tensors }) => tensors),
  );
  const classes = classesOf(given, parts[parts.length - 1].layer.units);
  return Object.assign(network, classes && { classes });
}

/** All rows one after another. */
function matrixOf(where: string, rows: readonly unknown[], columns: number): Float32Array {
  const numbers = rows.map((row, index) => numbersOf(`${where}[${index}]`, row, columns));
  const flat = new Float32Array(rows.length * columns);
  for (const [index, row] of numbers.entries()) flat.set(row, index * columns);
  return flat;
}

function activationOf(given: Fields, field: string): ActivationName {
  const name = textOf(`${WHERE}: ${field}`, pick(given, field));
  const activation = ACTIVATIONS.get(name);
  return activation ?? refuse(`${WHERE}: ${field}`, `expected one of ${[...ACTIVATIONS.keys()].join(', ')}, got ${show(name)}`);
}

/** A class for each output, or two for one. */
function classesOf(given: Fields, units: number): readonly (string | number | boolean)[] | undefined {
  const value = pick(given, 'classes_');
  if (value === undefined) return undefined;
  const where = `${WHERE}: classes_`;
  const classes = listOf(where, value);
  const count = units === 1 ? 2 : units;
  if (classes.length !== count) refuse(where, `expected ${count} for ${plural(units, 'output')}, got ${classes.length}`);
  for (const name of classes) {
    if (!['string', 'number', 'boolean'].includes(typeof name)) refuse(where, `expected texts, numbers or truth values, got ${show(name)}`);
  }
  return Object.freeze([...classes]) as readonly (string | number | boolean)[];
}
