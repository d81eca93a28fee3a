/** The page about errors quotes what the library says: each message is provoked here, and looked for there. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dense, type FitOptions, GradletError, Network, type Samples } from '../../src/index.js';
import { loadTable } from '../../src/tabular.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const source = readFileSync(new URL('../../src/errors.ts', import.meta.url), 'utf8');

const X = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const wave = { name: 'wave', value: Math.sin };

function networkOf(units = 2, inputs = 2): Network {
  return new Network({ inputs, layers: [dense(3), dense(units, { activation: 'softmax' })], seed: 1 });
}

/** A `fit` that is told too little or wrong things. */
function fit(x: Samples, y: Samples, options: object = {}, network = networkOf()): Promise<unknown> {
  return network.fit(x, y, { loss: 'meanSquaredError', optimizer: 'adam', ...options } as FitOptions);
}

const ERRORS: readonly [kind: typeof TypeError | typeof RangeError | typeof GradletError, message: string, () => unknown][] = [
  [
    GradletError,
    "Network.load: layers[0] has an activation of its own, 'wave'; give it by that name: Network.load(bytes, { custom: { … } })",
    () => Network.load(new Network({ inputs: 2, layers: [dense(1, { activation: wave })] }).save()),
  ],
  [
    GradletError,
    'a gradlet model, but not one of a table: its metadata say nothing of columns; use Network.load',
    () => loadTable(networkOf().save()),
  ],
  [
    GradletError,
    'trainOnBatch: a fit of this network is running; wait for it, or stop it by its signal',
    async () => {
      const network = networkOf();
      const running = fit(X, X, { epochs: 3 }, network);
      try {
        network.trainOnBatch(X, X, { loss: 'meanSquaredError', optimizer: 'sgd' });
      } finally {
        await running;
      }
    },
  ],
  [RangeError, 'fit: x has 4 columns, but the network has 3 inputs', () => fit([[1, 2, 3, 4]], [[1, 0]], {}, networkOf(2, 3))],
  [RangeError, 'predict: x has 4 numbers, which is no multiple of 3 columns', () => networkOf(2, 3).predict([1, 2, 3, 4])],
  [RangeError, 'fit: y has 3 columns, but the last layer has 2 units (layers[1])', () => fit([[0, 0]], [[1, 0, 0]])],
  [
    RangeError,
    'fit: y has 1 column, but the last layer has 2 units (layers[1]); for class indices use sparseCategoricalCrossentropy',
    () => fit(X, [0, 1, 1, 0], { loss: 'categoricalCrossentropy' }),
  ],
  [
    RangeError,
    'fit: y has 2 columns, but sparseCategoricalCrossentropy takes one class index a row; for one column a class use categoricalCrossentropy',
    () => fit(X, X, { loss: 'sparseCategoricalCrossentropy' }),
  ],
  [
    RangeError,
    'fit: y: expected class indices from 0 to 1, got 2 at row 3',
    () => fit(X, [0, 1, 1, 2], { loss: 'sparseCategoricalCrossentropy' }),
  ],
  [RangeError, 'fit: y has 3 rows, but x has 4', () => fit(X, X.slice(1))],
  [
    RangeError,
    'fit: x[1] has 3 columns, but x[0] has 2',
    () =>
      fit(
        [
          [1, 2],
          [1, 2, 3],
        ],
        X.slice(2),
      ),
  ],
  [
    RangeError,
    'setWeights: expected 4 tensors (layers.0.kernel, layers.0.bias, layers.1.kernel, layers.1.bias), got 1',
    () => networkOf().setWeights([[1, 2]]),
  ],
  [
    RangeError,
    'fit: x: expected finite numbers, got NaN at row 2, column 1; remove such rows or fill them in',
    () => fit([0, 0, 0, 1, 1, Number.NaN], X.slice(1)),
  ],
  [TypeError, "fit: x: expected numbers, got '3.5' at row 0, column 1", () => fit([[1, '3.5' as never]], [[1, 0]])],
  [RangeError, 'fit: batchSize: expected a whole number of at least 1, got 0', () => fit(X, X, { batchSize: 0 })],
  [TypeError, 'fit: optimizer is missing; give one, such as { optimizer: adam() }', () => fit(X, X, { optimizer: undefined })],
  [
    TypeError,
    "fit: unknown option 'learningRate'; it belongs to the optimizer: sgd({ learningRate: … })",
    () => fit(X, X, { learningRate: 1 }),
  ],
  [TypeError, "fit: unknown option 'epoch'; did you mean 'epochs'?", () => fit(X, X, { epoch: 3 })],
  [
    RangeError,
    "dense: activation: expected one of linear, relu, leakyRelu, elu, selu, gelu, silu, sigmoid, tanh, softplus, softsign, softmax, got 'swish'; did you mean 'silu'?",
    () => dense(3, { activation: 'swish' as never }),
  ],
  [
    TypeError,
    'fit: validationData and validationSplit were both given; give one of them',
    () => fit(X, X, { validationData: { x: X, y: X }, validationSplit: 0.5 }),
  ],
  [
    TypeError,
    'fit: blocks can be gone through only once, but epochs is 2; give a function that returns a new iterable, such as () => readBlocks()',
    () => networkOf().fit([{ x: X, y: X }].values(), { loss: 'meanSquaredError', optimizer: 'adam', epochs: 2 }),
  ],
  [
    TypeError,
    'fit: worker: the loss is one of your own; functions of your own cannot go into a worker; leave out `worker`, or use what has a name',
    () => fit(X, X, { worker: true, loss: { value: () => 0 } }),
  ],
  [
    RangeError,
    'fit: resume: the run was made with another batchSize: expected 2, got 4',
    async () => {
      const network = networkOf();
      await fit(X, X, { batchSize: 2 }, network);
      await fit(X, X, { batchSize: 4, resume: network.save({ trainingState: true }) }, network);
    },
  ],
  [
    RangeError,
    "save: a training state goes on bit for bit, which dtype 'float16' cannot; save it as 'float32'",
    () => networkOf().save({ trainingState: true, dtype: 'float16' }),
  ],
];

const WARNINGS: readonly [message: string, x: Samples][] = [
  ['fit: column 1 of x is constant over 4 rows and cannot help to learn', [0, 1, 2, 1, 1, 1, 0, 1]],
  ['fit: column 0 of x reaches 4000; scale inputs to about 1', [0, 1, 4000, 2, 1, 1, 0, 1]],
];

/** Whether the page quotes it as code; one that holds a backtick stands between two. */
const quoted = (message: string): boolean => page.includes(message.includes('`') ? `\`\`${message}\`\`` : `\`${message}\``);

describe('the page about errors', () => {
  test('has a section for every code', () => {
    const [, union] = /type ErrorCode = ([^;]+);/.exec(source) ?? [];
    const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
    expect(codes).toContain('ERR_FORMAT');
    expect([...page.matchAll(/^## (ERR_\w+)$/gm)].map(([, code]) => code)).toEqual(codes);
  });

  test.each(ERRORS)('quotes a %o: %s', async (kind, message, provoke) => {
    const error = await (async () => provoke())().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toBe(message);
    expect(quoted(message), 'docs/errors.md does not quote it').toBe(true);
  });

  test.each(WARNINGS)('quotes the warning: %s', async (message, x) => {
    const warnings: string[] = [];
    await fit(x, X, { onWarning: (warning: string) => warnings.push(warning) });
    expect(warnings).toEqual([message]);
    expect(quoted(message)).toBe(true);
  });
});
