/** A Python that has the ONNX project's package (Debian: python3-onnx), if there is one. */
import { execFileSync } from 'node:child_process';

function hasOnnx(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import onnx'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const candidates = process.env.PYTHON ? [process.env.PYTHON] : ['python3', '/usr/bin/python3'];

/** Its command; undefined if none of those looked at has the package. */
export const PYTHON = candidates.find(hasOnnx);
