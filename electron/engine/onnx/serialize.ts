// Writes a Graph as ONNX bytes (IR version 8, opset 21 plus com.microsoft 1), through generated protobuf code; large constants may
// stay beside the bytes, as ONNX's external data.

import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { HostTensor } from "../tensor/tensor.ts";
import type { Shape } from "./dims.ts";
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  type AttributeProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "./generated/onnx_pb.js";
import type { Graph, GraphNode, Value } from "./graph.ts";
import { ELEMENT_TYPES, OPS, type AttributeValue, type OpRule } from "./ops.ts";

export const ONNX_OPSET = 21;

/** The bytes of a constant that is kept beside a model, under the path by which the model names it. */
export interface ExternalData {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Whole, with every constant inside. */
export function serializeGraph(graph: Graph): Uint8Array {
  return modelBytes(graph, () => false);
}

/** Constants of at least so many bytes stay where they are: no copy, and no limit of 2 GiB on the whole. */
export function serializeBeside(graph: Graph, leastBytes: number): { readonly model: Uint8Array; readonly data: readonly ExternalData[] } {
  const isBeside = ({ data }: HostTensor) => data.byteLength >= leastBytes;
  const data = [...graph.initializers.values()].flatMap(({ value, tensor }) =>
    isBeside(tensor) ? [{ path: value.name, data: bytesOf(tensor) }] : [],
  );
  return { model: modelBytes(graph, isBeside), data };
}

function modelBytes(graph: Graph, isBeside: (tensor: HostTensor) => boolean): Uint8Array {
  const read = graph.nodes.flatMap((node) => node.inputs.map((input) => input?.name));
  const used = new Set([...read, ...graph.outputs.map((output) => output.name)]);
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
      initializer: initializers.map(({ value, tensor }) => tensorProto(value.name, tensor, isBeside(tensor))),
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

function tensorProto(name: string, tensor: HostTensor, isBeside: boolean): MessageInitShape<typeof TensorProtoSchema> {
  const common = { name, dims: tensor.shape.map((dim) => BigInt(dim)), dataType: ELEMENT_TYPES[tensor.dtype] };
  if (!isBeside) return { ...common, rawData: bytesOf(tensor) };
  const externalData = Object.entries({ location: name, offset: "0", length: String(tensor.data.byteLength) });
  return { ...common, dataLocation: DataLocation.EXTERNAL, externalData: externalData.map(([key, value]) => ({ key, value })) };
}

function bytesOf({ data: { buffer, byteOffset, byteLength } }: HostTensor): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
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
