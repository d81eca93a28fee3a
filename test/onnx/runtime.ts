/** ONNX Runtime, installed apart from the library's own tools, as one function. */
import { createRequire } from 'node:module';

interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

interface Ort {
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
  InferenceSession: {
    create(
      file: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
      release(): Promise<void>;
    }>;
  };
}

const ort: Ort = createRequire(import.meta.url)('onnxruntime-node');

/** What a file's network answers to samples, in rows. */
export async function runOnnx(file: Uint8Array, samples: Float32Array, rows: number, columns: number): Promise<Tensor> {
  // One thread, and no rewriting of the graph: the operators as they stand there.
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  const results = await session.run({ [input]: new ort.Tensor('float32', samples, [rows, columns]) });
  await session.release();
  return results[output];
}
