// Trained networks of brain.js, as JSON with what they answer. `brain` is the library, of version 1 or 2.

const xor = [
  { input: [0, 0], output: [0] },
  { input: [0, 1], output: [1] },
  { input: [1, 0], output: [1] },
  { input: [1, 1], output: [0] },
];
const colors = [
  { input: { r: 0.03, g: 0.7, b: 0.5 }, output: { black: 1 } },
  { input: { r: 0.16, b: 0.2 }, output: { white: 1 } },
  { input: { g: 0.5, b: 1.0 }, output: { white: 1, 10: 0.5 } },
];

export function brainCases(brain, version) {
  const cases = [
    ['sigmoid, arrays', { hiddenLayers: [3] }, xor],
    ['tanh, two hidden layers', { hiddenLayers: [4, 3], activation: 'tanh' }, xor],
    ['relu', { hiddenLayers: [5], activation: 'relu' }, xor],
    ['objects with names', { hiddenLayers: [4] }, colors],
    ...(version === 1
      ? []
      : [
          ['leaky relu', { hiddenLayers: [3], activation: 'leaky-relu' }, xor],
          ['leaky relu of another slope', { hiddenLayers: [3], activation: 'leaky-relu', leakyReluAlpha: 0.2 }, xor],
        ]),
  ];
  return cases.map(([name, options, data]) => {
    const network = new brain.NeuralNetwork(options);
    network.train(data, { iterations: 200 });
    const json = JSON.parse(JSON.stringify(network.toJSON()));
    // What counts is what the JSON says to the library: version 1 mixes outputs up when their names are numbers.
    network.fromJSON(JSON.parse(JSON.stringify(json)));
    return {
      name: `${name} (version ${version})`,
      json,
      inputs: data.map(({ input }) => input),
      outputs: data.map(({ input }) => (Array.isArray(input) ? Array.from(network.run(input)) : network.run(input))),
    };
  });
}
