/** Kinds of model files: names alone, for the command line. Knows no readers. */

/** What they are called. */
export const FORMATS = {
  gradlet: 'gradlet model (safetensors)',
  json: 'gradlet model (JSON)',
  onnx: 'ONNX',
  torch: 'PyTorch state dict (safetensors)',
  tfjs: 'TensorFlow.js layers model',
  brain: 'brain.js network (JSON)',
  sklearn: 'scikit-learn network (JSON)',
} as const;

export type Format = keyof typeof FORMATS;

/** Those that can be written. */
export const WRITABLE: readonly Format[] = ['gradlet', 'json', 'onnx', 'torch', 'tfjs'];
