// A typed ONNX graph under construction: values with dtype and (symbolic) shape, nodes in order of creation, and a tape that
// reverse-mode differentiation walks. Serialisation is in serialize.ts, derivatives in ../autodiff.

import { float32, int64, type DType, type HostTensor } from "../tensor/tensor.ts";
import { factors, sameShape, type Dim, type Shape } from "./dims.ts";
import type { HostInput } from "./host-inputs.ts";
import { OPS, resolveShape, type ExtraInput, type OpName, type OpParams, type OpRule, type TensorType } from "./ops.ts";

/** A named tensor in a graph. Compared by identity. */
export interface Value extends TensorType {
  readonly name: string;
}

export interface GraphNode {
  readonly op: OpName;
  /** Tensor inputs, then encoded constants; undefined = omitted optional input. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly params: OpParams[OpName];
  readonly name: string;
}

/**
 * Gradients of the inputs given gradients of the outputs (undefined = no gradient reached or wanted). What is not wanted may be left
 * out.
 */
export type Vjp = (outputGradients: readonly (Value | undefined)[], wanted: (input: Value) => boolean) => readonly (Value | undefined)[];

/** What the reverse walk sees: one op, or a composite with its own derivative. */
export type TapeEntry =
  | { readonly type: "op"; readonly node: GraphNode; readonly tensorInputs: readonly Value[] }
  | { readonly type: "composite"; readonly inputs: readonly Value[]; readonly outputs: readonly Value[]; readonly vjp: Vjp };

export interface GraphOptions {
  /**
   * For a device that must do everything: shapes and views of index inputs come in as inputs of their own, so that no node has to
   * compute them on the CPU, and derivatives use first outputs only (see `inverseRms`).
   */
  readonly onDevice?: boolean;
}

export class Graph {
  readonly name: string;
  /** Inputs that the session fills in by itself; see host-inputs.ts. */
  readonly hostInputs: HostInput[] = [];
  readonly nodes: GraphNode[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly initializers = new Map<string, { readonly value: Value; readonly tensor: HostTensor }>();
  tape: TapeEntry[] = [];
  private counter = 0;
  private scope = "";
  private readonly constants = new Map<string, Value>();
  private readonly symbolSizes = new Map<string, Value>();

  readonly onDevice: boolean;

  constructor(name: string, options: GraphOptions = {}) {
    this.name = name;
    this.onDevice = options.onDevice ?? false;
  }

  /** Runs `body` with node names prefixed `scope/`, for readable graphs. */
  scoped<T>(scope: string, body: () => T): T {
    const outer = this.scope;
    this.scope = `${outer}${scope}/`;
    try {
      return body();
    } finally {
      this.scope = outer;
    }
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    const value = { name, dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** A constant weight stored in the model. */
  initializer(name: string, tensor: HostTensor): Value {
    const existing = this.initializers.get(name);
    if (existing !== undefined) throw new Error(`initializer ${name} exists`);
    const value: Value = { name, dtype: tensor.dtype, shape: tensor.shape };
    this.initializers.set(name, { value, tensor });
    return value;
  }

  /** A small constant, shared between equal uses. */
  constant(tensor: HostTensor): Value {
    const key = `${tensor.dtype}[${tensor.shape.join(",")}]:${tensor.data.join(",")}`;
    let value = this.constants.get(key);
    if (value === undefined) {
      value = this.initializer(`constant_${this.constants.size}`, tensor);
      this.constants.set(key, value);
    }
    return value;
  }

  scalar(value: number): Value {
    return this.constant(float32([], [value]));
  }

  /** Marks a graph output; `name` becomes its name through an Identity, so one value can be several outputs. */
  output(value: Value, name: string): void {
    const renamed: Value = { name, dtype: value.dtype, shape: value.shape };
    this.nodes.push({ op: "Identity", inputs: [value], outputs: [renamed], params: {}, name: `output/${name}` });
    this.outputs.push(renamed);
  }

  /** Adds a node; returns its outputs. Throws on shapes or dtypes that do not fit, naming the node. */
  emit<K extends OpName>(op: K, inputs: readonly Value[], params: OpParams[K]): Value[] {
    const rule = OPS[op] as OpRule<OpParams[K]>;
    const name = `${this.scope}${op}_${this.counter++}`;
    let types: readonly TensorType[];
    try {
      types = rule.infer(inputs, params);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
    const outputs = types.map((type, i) => ({ ...type, name: i === 0 ? name : `${name}:${i}` }));
    const extra = (rule.extraInputs?.(params) ?? []).map((input) => this.extraInput(input, inputs[0] as Value));
    const node: GraphNode = { op, inputs: [...inputs, ...extra], outputs, params, name };
    this.nodes.push(node);
    this.tape.push({ type: "op", node, tensorInputs: inputs });
    return outputs;
  }

  /** First output of a node. */
  op<K extends OpName>(op: K, inputs: readonly Value[], params: OpParams[K]): Value {
    return this.emit(op, inputs, params)[0] as Value;
  }

  /**
   * Adds nodes whose derivative is given as a whole instead of op by op. `vjp` runs during the reverse walk and may emit nodes
   * that use values of the body.
   */
  composite(inputs: readonly Value[], body: () => readonly Value[], vjp: Vjp): readonly Value[] {
    const outer = this.tape;
    this.tape = [];
    const outputs = body();
    this.tape = outer;
    this.tape.push({ type: "composite", inputs, outputs, vjp });
    return outputs;
  }

  /** Emits nodes that no derivative flows through. */
  detached<T>(body: () => T): T {
    const outer = this.tape;
    this.tape = [];
    try {
      return body();
    } finally {
      this.tape = outer;
    }
  }

  /** Leaves out nodes that no output needs, as a derivative that nobody asked for. */
  prune(): void {
    const needed = new Set(this.outputs.map((value) => value.name));
    for (const node of this.nodes.toReversed()) {
      if (node.outputs.some((output) => needed.has(output.name)))
        for (const input of node.inputs) if (input !== undefined) needed.add(input.name);
    }
    const kept = this.nodes.filter((node) => node.outputs.some((output) => needed.has(output.name)));
    this.nodes.splice(0, this.nodes.length, ...kept);
  }

  reshape(value: Value, target: readonly (Dim | -1)[]): Value {
    if (this.onDevice && value.dtype === "int64" && this.inputs.includes(value)) return this.view(value, resolveShape(value.shape, target));
    return this.op("Reshape", [value], { shape: resolveShape(value.shape, target) });
  }

  /** The same numbers of an input in another shape, as an input that the host fills in. */
  private view(value: Value, shape: Shape): Value {
    const source = this.hostInputs.find((input) => input.type === "view" && input.name === value.name);
    const of = source?.type === "view" ? (this.inputs.find((input) => input.name === source.of) as Value) : value;
    if (sameShape(of.shape, shape)) return of;
    const name = `${of.name}/as/${shape.join(",")}`;
    const known = this.inputs.find((input) => input.name === name);
    if (known !== undefined) return known;
    this.hostInputs.push({ type: "view", name, of: of.name, shape });
    return this.input(name, of.dtype, shape);
  }

  /** int64 [1] holding the run-time size of a symbol, read from the first graph input that has it as a dimension. */
  private symbolSize(symbol: string): Value {
    const known = this.symbolSizes.get(symbol);
    if (known !== undefined) return known;
    for (const input of this.inputs) {
      const axis = input.shape.indexOf(symbol);
      if (axis < 0) continue;
      const shape: Value = { name: `size/${symbol}/shape`, dtype: "int64", shape: [input.shape.length] };
      const size: Value = { name: `size/${symbol}`, dtype: "int64", shape: [1] };
      const index = this.constant(int64([1], [axis]));
      this.rawNode("Shape", [input], shape);
      this.nodes.push({ op: "Gather", inputs: [shape, index], outputs: [size], params: { axis: 0 }, name: size.name });
      this.symbolSizes.set(symbol, size);
      return size;
    }
    throw new Error(`no graph input has the symbolic dimension ${symbol}`);
  }

  /** Shape is not in the op table (nothing differentiates or infers through it); it is written here only. */
  private rawNode(op: "Shape", inputs: readonly Value[], output: Value): void {
    this.nodes.push({ op: op as OpName, inputs, outputs: [output], params: {}, name: output.name });
  }

  private extraInput(input: ExtraInput, data: Value): Value {
    if ("ints" in input) return this.constant(int64([input.ints.length], input.ints));
    if ("int" in input) return this.constant(int64([], [input.int]));
    if ("scalar" in input) return this.scalar(input.scalar);
    return this.shapeTensor(input.shape, data);
  }

  /** The target shape as an int64 vector: constant where numbers (with at most one -1), else put together from symbol sizes. */
  private shapeTensor(shape: Shape, data: Value): Value {
    const symbolic = shape.filter((dim) => typeof dim === "string");
    if (symbolic.length === 0) return this.constant(int64([shape.length], shape as readonly number[]));
    const sameElements = symbolic.length === 1 && !shape.includes(0) && data.shape.length > 0;
    const canInfer = sameElements && resolvesAsReshape(data.shape, shape);
    if (canInfer)
      return this.constant(
        int64(
          [shape.length],
          shape.map((dim) => (typeof dim === "number" ? dim : -1)),
        ),
      );
    const key = `shape/${shape.join(",")}`;
    const known = this.symbolSizes.get(key);
    if (known !== undefined) return known;
    const vector: Value = { name: key, dtype: "int64", shape: [shape.length] };
    if (this.onDevice) {
      this.inputs.push(vector);
      this.hostInputs.push({ type: "shape", name: key, shape });
      this.symbolSizes.set(key, vector);
      return vector;
    }
    const parts = shape.map((dim) => this.dimSize(dim));
    this.nodes.push({ op: "Concat", inputs: parts, outputs: [vector], params: { axis: 0 }, name: key });
    this.symbolSizes.set(key, vector);
    return vector;
  }

  private dimSize(dim: Dim): Value {
    const { factor, symbols } = factors(dim);
    const terms = symbols.map((symbol) => this.symbolSize(symbol));
    if (factor !== 1 || terms.length === 0) terms.unshift(this.constant(int64([1], [factor])));
    return terms.reduce((a, b) => {
      const value: Value = { name: `size/${this.counter++}`, dtype: "int64", shape: [1] };
      this.nodes.push({ op: "Mul", inputs: [a, b], outputs: [value], params: {}, name: value.name });
      return value;
    });
  }
}

/** True when the data has as many elements as the shape, so that ONNX's -1 stands for the one symbolic dimension. */
function resolvesAsReshape(data: Shape, shape: Shape): boolean {
  try {
    const open = shape.map((dim) => (typeof dim === "string" ? -1 : dim)) as (Dim | -1)[];
    const resolved = resolveShape(data, open);
    return resolved.every((dim, i) => dim === shape[i]);
  } catch {
    return false;
  }
}
