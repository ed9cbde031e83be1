"""Checks ONNX files with onnx's own checker and compares its shape inference with the engine's.

Usage: check_graphs.py CASES.json, a list of {"name", "model", "types"}; a types file maps value names to [element type, dims].
Prints one JSON line a case: {"name", "nodes", "contrib", "compared", "problems"}.

What the checker of an older onnx package (Debian 12 has 1.12, opset 17) cannot know is made checkable first, on a copy:
- SimplifiedLayerNormalization is registered by ONNX Runtime in the default domain; it is moved to com.microsoft.
- com.microsoft nodes have no schema here; their inputs, outputs and attributes are held against CONTRIB below.
- Before opset 18, reductions other than ReduceSum take their axes as an attribute: the constant input becomes one. Nothing else
  that we use changed its form between opset 17 and 21.
"""

import json
import sys

import onnx
from onnx import AttributeProto, helper, numpy_helper, shape_inference

FLOAT, INT = AttributeProto.FLOAT, AttributeProto.INT
# Name -> (least inputs, most inputs, most outputs, attributes), after ONNX Runtime's ContribOperators.md.
CONTRIB = {
    "SimplifiedLayerNormalization": (2, 2, 2, {"axis": INT, "epsilon": FLOAT, "stash_type": INT}),
    "SkipSimplifiedLayerNormalization": (3, 4, 4, {"epsilon": FLOAT}),
    "QuickGelu": (1, 1, 1, {"alpha": FLOAT}),
    "RotaryEmbedding": (4, 4, 1, {"interleaved": INT, "num_heads": INT}),
    "GatedAdd": (3, 3, 1, {}),
    "FusedMatMul": (2, 2, 1, {"alpha": FLOAT, "transA": INT, "transB": INT}),
}
AXES_WERE_ATTRIBUTES = {"ReduceMean", "ReduceMax", "ReduceSumSquare", "ReduceLogSumExp"}


def contrib_problem(node):
    if node.op_type not in CONTRIB:
        return f"{node.name}: {node.op_type} is not a known contrib op"
    least, most, outputs, attributes = CONTRIB[node.op_type]
    if not least <= len(node.input) <= most or len(node.output) > outputs:
        return f"{node.name}: {len(node.input)} inputs and {len(node.output)} outputs"
    wrong = [a.name for a in node.attribute if attributes.get(a.name) != a.type]
    return f"{node.name}: attributes {wrong}" if wrong else None


def make_checkable(model, problems):
    """Rewrites the model in place; gives the number of contrib nodes."""
    known = onnx.defs.onnx_opset_version()
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for opset in model.opset_import:
        if opset.domain == "" and opset.version > known:
            opset.version = known
    contrib = 0
    for node in model.graph.node:
        if node.op_type == "SimplifiedLayerNormalization":
            node.domain = "com.microsoft"
        if node.domain == "com.microsoft":
            contrib += 1
            problem = contrib_problem(node)
            if problem:
                problems.append(problem)
        if known < 18 and node.op_type in AXES_WERE_ATTRIBUTES:
            axes = numpy_helper.to_array(constants[node.input.pop()]).tolist()
            node.attribute.append(helper.make_attribute("axes", axes))
    return contrib


def shape_of(value):
    return [d.dim_value if d.HasField("dim_value") else d.dim_param or None for d in value.type.tensor_type.shape.dim]


def compare(model, types, problems):
    """Our types against those that onnx infers from the inputs of each node; contrib outputs are given to it."""
    contrib = {name for node in model.graph.node if node.domain for name in node.output if name}
    for name in contrib:
        element, dims = types[name]
        model.graph.value_info.append(helper.make_tensor_value_info(name, element, dims))
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    compared = 0
    for value in [*inferred.graph.value_info, *inferred.graph.output]:
        if value.name in contrib or not value.type.tensor_type.HasField("shape"):
            continue
        element, dims = types[value.name]
        theirs = shape_of(value)
        compared += 1
        numbers = all(a == b for a, b in zip(dims, theirs) if isinstance(a, int) and isinstance(b, int))
        if element != value.type.tensor_type.elem_type or len(dims) != len(theirs) or not numbers:
            problems.append(f"{value.name}: {dims} of type {element}, onnx infers {theirs} of {value.type.tensor_type.elem_type}")
    return compared


for case in json.load(open(sys.argv[1])):
    problems, contrib, compared = [], 0, 0
    model = onnx.load(case["model"])
    try:
        contrib = make_checkable(model, problems)
        onnx.checker.check_model(model, full_check=True)
        compared = compare(model, json.load(open(case["types"])), problems)
    except Exception as error:  # reported, not raised: every case gets its line
        problems.append(f"{type(error).__name__}: {error}")
    print(json.dumps({"name": case["name"], "nodes": len(model.graph.node), "contrib": contrib, "compared": compared, "problems": problems}))
