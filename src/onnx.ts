/** Everything that `import 'gradlet/onnx'` gives: networks as ONNX files and back. */
export { toOnnx } from './format/onnx/export.js';
export { type FromOnnxOptions, fromOnnx } from './format/onnx/import.js';
