// Writes a model as ONNX: tokens and a cache of keys and values in, logits and the longer cache
// out. Field numbers are those of onnx.proto (IR version 10).

import protobuf from "protobufjs";
import { type ModelConfig, tensorSpecs } from "../../lib/format/config.ts";
import { NORM_EPSILON } from "./contender.ts";

/** The part of ONNX's schema that is written here. */
const SCHEMA = `
  syntax = "proto3";
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20;
  }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string op_type = 4;
    repeated AttributeProto attribute = 5; string domain = 7;
  }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorType tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message ModelProto {
    int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8;
  }`;

const FLOAT = 1, INT64 = 7;
const ATTRIBUTE_FLOAT = 1, ATTRIBUTE_INT = 2;
/** onnxruntime's own operators; attention with a cache is one of them. */
const MICROSOFT = "com.microsoft";

/** Names of one layer's cache, in and out: float [batch, heads, tokens, width of a head]. */
export function cacheNames(layer: number) {
  return {
    pastKey: `past_key.${layer}`,
    pastValue: `past_value.${layer}`,
    key: `key.${layer}`,
    value: `value.${layer}`,
  };
}

interface Node {
  op: string;
  inputs: string[];
  outputs: string[];
  floats?: Record<string, number>;
  ints?: Record<string, number>;
  domain?: string;
}

/** Collects nodes and weights; each operation gives the name of its result. */
class Graph {
  readonly nodes: Node[] = [];
  readonly weights: { name: string; dims: number[]; values: Float32Array }[] = [];

  apply(op: string, inputs: string[], rest: Partial<Node> = {}): string {
    const [output] = rest.outputs ?? [`${op}_${this.nodes.length}`];
    this.nodes.push({ op, inputs, outputs: [output], ...rest });
    return output;
  }

  weight(name: string, dims: readonly number[], values: Float32Array): string {
    this.weights.push({ name, dims: [...dims], values });
    return name;
  }
}

/** [rows, columns] to [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[i % rows * columns + Math.floor(i / rows)]);
}

/**
 * The ONNX file of a model.
 * @param weights all tensors, flat, in the order of `tensorSpecs`
 * @returns inputs `tokens` int64 [batch, n], `positions` int64 [n] and the cache; outputs `logits`
 * float [batch, n, vocabSize] and the cache with n tokens more.
 */
export function onnxFile(config: ModelConfig, weights: Float32Array): Uint8Array<ArrayBuffer> {
  const graph = new Graph();
  for (const { name, shape, offset, size } of tensorSpecs(config)) {
    graph.weight(name, shape, weights.subarray(offset, offset + size));
  }
  const { dModel, vocabSize, layers } = config;
  const table = weights.subarray(0, vocabSize * dModel);
  graph.weight("head", [dModel, vocabSize], transposed(table, vocabSize, dModel));
  const token = graph.apply("Gather", ["token_embedding.weight", "tokens"]);
  const position = graph.apply("Gather", ["position_embedding.weight", "positions"]);
  let x = graph.apply("Add", [token, position]);
  for (let i = 0; i < layers; i++) x = block(graph, config, i, x);
  graph.apply("MatMul", [layerNorm(graph, "ln_final", x), "head"], { outputs: ["logits"] });
  return encode(config, graph);
}

function block(graph: Graph, { heads }: ModelConfig, i: number, x: string): string {
  const name = `blocks.${i}`, cache = cacheNames(i);
  const normed = layerNorm(graph, `${name}.ln1`, x);
  const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((projection) =>
    linear(graph, `${name}.attn.${projection}`, normed)
  );
  const mixed = graph.apply(
    "MultiHeadAttention",
    [q, k, v, "", "", "", cache.pastKey, cache.pastValue],
    {
      outputs: [`mixed.${i}`, cache.key, cache.value],
      ints: { num_heads: heads, unidirectional: 1 },
      domain: MICROSOFT,
    },
  );
  const attended = graph.apply("Add", [x, linear(graph, `${name}.attn.o_proj`, mixed)]);
  const hidden = linear(graph, `${name}.mlp.fc_in`, layerNorm(graph, `${name}.ln2`, attended));
  const out = linear(graph, `${name}.mlp.fc_out`, graph.apply("Gelu", [hidden]));
  return graph.apply("Add", [attended, out]);
}

function layerNorm(graph: Graph, name: string, x: string): string {
  return graph.apply("LayerNormalization", [x, `${name}.weight`, `${name}.bias`], {
    floats: { epsilon: NORM_EPSILON },
    ints: { axis: -1 },
  });
}

function linear(graph: Graph, name: string, x: string): string {
  return graph.apply("Add", [graph.apply("MatMul", [x, `${name}.weight`]), `${name}.bias`]);
}

type Dimensions = (string | number)[];

function valueInfo(name: string, elemType: number, dims: Dimensions) {
  const dim = dims.map((size) =>
    typeof size === "string" ? { dimParam: size } : { dimValue: size }
  );
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function attributes({ floats = {}, ints = {} }: Node) {
  return [
    ...Object.entries(floats).map(([name, f]) => ({ name, f, type: ATTRIBUTE_FLOAT })),
    ...Object.entries(ints).map(([name, i]) => ({ name, i, type: ATTRIBUTE_INT })),
  ];
}

function encode(config: ModelConfig, graph: Graph): Uint8Array<ArrayBuffer> {
  const { layers, heads, dModel, vocabSize } = config;
  const inputs = [
    valueInfo("tokens", INT64, ["batch", "n"]),
    valueInfo("positions", INT64, ["n"]),
  ];
  const outputs = [valueInfo("logits", FLOAT, ["batch", "n", vocabSize])];
  const cacheDims = (tokens: string): Dimensions => ["batch", heads, tokens, dModel / heads];
  for (let i = 0; i < layers; i++) {
    const { pastKey, pastValue, key, value } = cacheNames(i);
    inputs.push(...[pastKey, pastValue].map((name) => valueInfo(name, FLOAT, cacheDims("past"))));
    outputs.push(...[key, value].map((name) => valueInfo(name, FLOAT, cacheDims("total"))));
  }
  const model = protobuf.parse(SCHEMA).root.lookupType("ModelProto");
  const bytes = model.encode(model.fromObject({
    irVersion: 10,
    producerName: "tinyproof",
    opsetImport: [{ domain: "", version: 20 }, { domain: MICROSOFT, version: 1 }],
    graph: {
      name: "gpt",
      node: graph.nodes.map((node) => ({
        input: node.inputs,
        output: node.outputs,
        opType: node.op,
        domain: node.domain ?? "",
        attribute: attributes(node),
      })),
      initializer: graph.weights.map(({ name, dims, values }) => ({
        name,
        dims,
        dataType: FLOAT,
        rawData: new Uint8Array(values.slice().buffer),
      })),
      input: inputs,
      output: outputs,
    },
  })).finish();
  return new Uint8Array(bytes);
}
