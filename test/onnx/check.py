"""Gives every file named on the command line to the ONNX project's own checker, shape inference included. Prints what it refuses."""
import sys

import onnx

for path in sys.argv[1:]:
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        assert [opset.version for opset in inferred.opset_import] == [17], "operator set"
        for value in (*inferred.graph.input, *inferred.graph.output):
            first = value.type.tensor_type.shape.dim[0]
            assert first.dim_param == "batch", f"{value.name} has no open batch axis"
    except Exception as error:
        print(f"{path}: {error}")
print(f"{len(sys.argv) - 1} files checked by onnx {onnx.__version__}")
