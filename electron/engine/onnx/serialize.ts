// Writes a Graph as ONNX bytes (IR version 8, opset 21 plus com.microsoft 1), through generated protobuf code.

import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { HostTensor } from "../tensor/tensor.ts";
import type { Shape } from "./dims.ts";
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type AttributeProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "./generated/onnx_pb.js";
import type { Graph, GraphNode, Value } from "./graph.ts";
import { ELEMENT_TYPES, OPS, type AttributeValue, type OpRule } from "./ops.ts";

export const ONNX_OPSET = 21;

export function serializeGraph(graph: Graph): Uint8Array {
  const used = new Set(graph.nodes.flatMap((node) => node.inputs.map((input) => input?.name)));
  const initializers = [...graph.initializers.values()].filter(({ value }) => used.has(value.name));
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: "raif-workbench",
    opsetImport: [
      { domain: "", version: BigInt(ONNX_OPSET) },
      { domain: "com.microsoft", version: 1n },
    ],
    graph: {
      name: graph.name,
      node: graph.nodes.map((node) => nodeProto(node, used)),
      initializer: initializers.map(({ value, tensor }) => tensorProto(value.name, tensor)),
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function nodeProto(node: GraphNode, used: ReadonlySet<string | undefined>): MessageInitShape<typeof NodeProtoSchema> {
  const rule = OPS[node.op] as OpRule<unknown> | undefined;
  const attributes = rule?.attributes?.(node.params) ?? {};
  return {
    opType: node.op,
    name: node.name,
    domain: rule?.domain ?? "",
    input: node.inputs.map((input) => input?.name ?? ""),
    output: node.outputs.map((output, i) => (i === 0 || used.has(output.name) ? output.name : "")),
    attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

function attributeProto(name: string, value: AttributeValue): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "number") return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: value.map((item) => BigInt(item)) };
}

function tensorProto(name: string, tensor: HostTensor): MessageInitShape<typeof TensorProtoSchema> {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return {
    name,
    dims: tensor.shape.map((dim) => BigInt(dim)),
    dataType: ELEMENT_TYPES[tensor.dtype],
    rawData: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
  };
}

function valueInfo(value: Value): MessageInitShape<typeof ValueInfoProtoSchema> {
  return {
    name: value.name,
    type: { value: { case: "tensorType", value: { elemType: ELEMENT_TYPES[value.dtype], shape: { dim: dims(value.shape) } } } },
  };
}

function dims(shape: Shape) {
  return shape.map((dim) =>
    typeof dim === "number"
      ? { value: { case: "dimValue" as const, value: BigInt(dim) } }
      : { value: { case: "dimParam" as const, value: dim } },
  );
}
