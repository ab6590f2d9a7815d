"""The packaged dynamic-int8 ONNX graph as a float state dict for `Kokoro`.

Quantized weights are `(q - zero_point) * scale` (ONNX ConvInteger, MatMulInteger and the ORT
contrib operator DynamicQuantizeLSTM); a node's own inputs name its scale and zero point,
because the exporter shared equal constants between nodes.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

Array = NDArray[Any]

_ALBERT = "encoder.albert_layer_groups.0.albert_layers.0."
_RENAMED = (  # ONNX path -> ours
    ("bert." + _ALBERT + "attention.LayerNorm", "bert.layer.attention_norm"),
    ("bert." + _ALBERT + "attention.", "bert.layer."),
    ("bert." + _ALBERT + "full_layer_layer_norm", "bert.layer.output_norm"),
    ("bert." + _ALBERT, "bert.layer."),
    ("bert.encoder.embedding_hidden_mapping_in", "bert.mapping"),
    ("bert.embeddings.LayerNorm", "bert.embedding_norm"),
    ("bert.embeddings.", "bert."),
    ("decoder.decoder.", "decoder."),
)


def _ours(path: str) -> str:
    """The name of a module or parameter of the graph in `Kokoro`."""
    path = path.strip("/").replace("/", ".")
    if path.startswith("encoder."):
        path = path.removeprefix("encoder.")
        if re.match(r"(F0|N)(\.|_proj)|shared|lstm$", path):
            path = "predictor." + path
    path = re.sub(r"cnn\.(\d)\.cnn\.\d\.0$", r"cnn.\1.0", path)
    path = path.replace("asr_res.asr_res.0", "asr_res.0").replace(
        "duration_proj.linear_layer", "duration_proj"
    )
    for theirs, ours in _RENAMED:
        if path.startswith(theirs):
            return ours + path.removeprefix(theirs)
    return path


class _Graph:
    def __init__(self, model: onnx.ModelProto) -> None:
        self.nodes = list(model.graph.node)
        self.constants: dict[str, Array] = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
        }

    def dequantize(self, weight: str, zero_point: str | None, scale: Array) -> Array:
        quantized = self.constants[weight].astype(np.float32)
        offset: Array | float = 0.0
        if zero_point:
            offset = self.constants[zero_point].astype(np.float32)
        return (quantized - offset) * scale

    def weight_scale(self, weight: str) -> Array:
        return self.constants[weight.removesuffix("_quantized") + "_scale"]


def _convert_lstm(graph: _Graph, node: onnx.NodeProto, name: str, out: dict[str, Array]) -> None:
    """ONNX gates i,o,f,c with [directions, inputs, 4h] to torch gates i,f,g,o with [4h, inputs]."""

    def gates(x: Array) -> Array:
        i, o, f, c = np.split(x, 4, axis=0)
        return np.concatenate([i, f, c, o], axis=0)

    w, r, bias = node.input[1], node.input[2], graph.constants[node.input[3]]
    w_scale, w_zero, r_scale, r_zero = node.input[8:12]
    for direction, suffix in enumerate(("", "_reverse")):
        for key, weight, scale, zero in (
            ("ih", w, w_scale, w_zero),
            ("hh", r, r_scale, r_zero),
        ):
            quantized = graph.constants[weight][direction].astype(np.float32)
            offset = graph.constants[zero][direction].astype(np.float32)
            value = (quantized - offset) * graph.constants[scale][direction]
            out[f"{name}.weight_{key}_l0{suffix}"] = gates(value.T)
        bias_ih, bias_hh = np.split(bias[direction], 2)
        out[f"{name}.bias_ih_l0{suffix}"] = gates(bias_ih)
        out[f"{name}.bias_hh_l0{suffix}"] = gates(bias_hh)


def float_state_dict(model: bytes) -> dict[str, Tensor]:
    """Read the int8 graph and return float32 weights under the names of `Kokoro`."""
    graph = _Graph(onnx.load_from_string(model))
    out: dict[str, Array] = {}
    for node in graph.nodes:
        inputs = list(node.input)
        if node.op_type in ("ConvInteger", "MatMulInteger"):
            weight = inputs[1]
            if weight not in graph.constants:
                continue
            path = re.sub(r"/(Conv|MatMul|Gemm_MatMul)_quant$", "", node.name)
            name = _ours(path)
            if re.search(r"_\d+$", name) and node.op_type == "MatMulInteger":
                continue  # a later pass through a shared ALBERT layer
            zero = inputs[3] if len(inputs) > 3 else None
            value = graph.dequantize(weight, zero, graph.weight_scale(weight))
            out[name + ".weight"] = value.T if node.op_type == "MatMulInteger" else value
        elif node.op_type in ("Conv", "ConvTranspose") and not node.name.endswith(
            "stft/ConvTranspose"
        ):
            name = _ours(re.sub(r"/Conv(Transpose)?$", "", node.name))
            out[name + ".weight"] = graph.constants[inputs[1]]
        elif node.op_type == "DynamicQuantizeLSTM":
            _convert_lstm(graph, node, _ours(node.name.removesuffix("/LSTM_quant")), out)
        elif node.op_type == "DequantizeLinear":
            name = _ours(node.name.removesuffix("/Gather_quant_DequantizeLinear"))
            table = node.input[1].removesuffix("_scale") + "_quantized"
            out[name + ".weight"] = graph.dequantize(
                table, inputs[2], graph.constants[node.input[1]]
            )
    out["decoder.generator.m_source.l_linear.weight"] = graph.constants["onnx::MatMul_6993"].T
    for name, value in graph.constants.items():
        if name.startswith(("encoder.", "decoder.")) and re.search(
            r"\.(bias|gamma|beta|alpha[12]\.\d|(LayerNorm|full_layer_layer_norm)\.weight)$", name
        ):
            out[_ours(name)] = value
    return {name: torch.from_numpy(np.array(value, np.float32)) for name, value in out.items()}
