"""A BERT of 8-bit weights with small changes of its matrices that can be learnt, and the ONNX part that carries them.

dump() here (needs onnx) -> NAME.npz; Bert(load("NAME.npz")) anywhere with torch and numpy; changes() -> dict of arrays to save with numpy; part() here writes the ONNX part.
"""
import time

import numpy as np

LINEAR = dict(q="attention/self/query", k="attention/self/key", v="attention/self/value", o="attention/output/dense", f="intermediate/dense", g="output/dense")
NORMS = dict(n1="attention.output.LayerNorm", n2="output.LayerNorm")
EMBEDDED = "/embeddings/LayerNorm/Add_1_output_0"  # what the part reads: the embeddings of the model


def dump(folder, out, vocabulary=None):
    """Writes the weights of folder/model.onnx; only the rows of `vocabulary` (ids) where given, which load() puts back in their places."""
    import onnx
    from onnx import numpy_helper
    model = onnx.load(f"{folder}/model.onnx")
    init, nodes, d = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}, {n.name: n for n in model.graph.node}, {}
    for key in ("word", "position", "token_type"):
        name = f"embeddings.{key}_embeddings.weight"
        w, scale, zero = init[name + "_quantized"], float(init[name + "_scale"]), int(init[name + "_zero_point"])
        if key == "word":
            ids = np.arange(len(w)) if vocabulary is None else np.array(sorted(set(vocabulary)))
            d["ids"], d["size"], w = ids, np.array(len(w)), w[ids]
        d[key], d[key + "_scale"], d[key + "_zero"] = w, np.float32(scale), np.int32(zero)
    for part in ("weight", "bias"):
        d["embedded_" + part] = init["embeddings.LayerNorm." + part]
    i = 0
    while f"/encoder/layer.{i}/output/dense/MatMul_quant" in nodes:
        for key, path in LINEAR.items():
            name = f"/encoder/layer.{i}/{path}"
            mul, scale = nodes[name + "/MatMul_quant"], nodes[name + "/MatMul_quant_scales_mul"]
            d[f"{i}.{key}"], d[f"{i}.{key}_zero"], d[f"{i}.{key}_scale"] = init[mul.input[1]], init[mul.input[3]], init[scale.input[1]]
            d[f"{i}.{key}_bias"] = init[name[1:].replace("/", ".") + ".bias"]
        for key, path in NORMS.items():
            for p in ("weight", "bias"):
                d[f"{i}.{key}_{p}"] = init[f"encoder.layer.{i}.{path}.{p}"]
        i += 1
    d["layers"] = np.array(i)
    np.savez_compressed(out, **d)


def load(path):
    return dict(np.load(path))


def _torch():
    import torch
    import torch.nn.functional as F
    from torch import nn
    return torch, F, nn


def quicker():
    """The kind of number that this processor multiplies faster: some have instructions for 16 bits that are slower than those for 32."""
    torch, F, _ = _torch()

    def taken(kind):
        x, w = torch.ones(1024, 512, dtype=kind), torch.ones(512, 512, dtype=kind)
        F.linear(x, w)
        began = time.process_time()
        for _ in range(30):
            F.linear(x, w)
        return time.process_time() - began

    return min((torch.bfloat16, torch.float32), key=taken)


def bert(d, layers=None, rank=16, drop=0.1, full=False, kind=None):
    """The model as a torch module: forward(ids, types, mask) -> states [n, tokens, width]. Only `rank`-sized changes are learnt, unless full."""
    torch, F, nn = _torch()
    layers, kind = layers or int(d["layers"]), kind or torch.float32  # of the frozen weights and the states

    def table(key):
        return (d[key].astype(np.float32) - float(d[key + "_zero"])) * float(d[key + "_scale"])

    class Linear(nn.Module):
        def __init__(self, at):
            super().__init__()
            w = (d[at].astype(np.float32) - d[at + "_zero"].astype(np.float32)) * d[at + "_scale"].astype(np.float32)
            if full:
                self.w, self.b = nn.Parameter(torch.tensor(w)), nn.Parameter(torch.tensor(d[at + "_bias"]))
                return
            self.register_buffer("w", torch.tensor(w).to(kind))
            self.register_buffer("b", torch.tensor(d[at + "_bias"]).to(kind))
            self.A = nn.Parameter(torch.randn(w.shape[0], rank) / w.shape[0] ** 0.5)
            self.B = nn.Parameter(torch.zeros(rank, w.shape[1]))
            self.drop = nn.Dropout(drop)

        def forward(self, x):
            y = F.linear(x, self.w.t(), self.b)
            return y if full else y + (x @ self.A.to(x.dtype)) @ self.B.to(x.dtype)

    class Layer(nn.Module):
        def __init__(self, i):
            super().__init__()
            for key in LINEAR:
                setattr(self, key, Linear(f"{i}.{key}"))
            for key in NORMS:
                for p in ("weight", "bias"):
                    self.register_buffer(f"{key}_{p}", torch.tensor(d[f"{i}.{key}_{p}"]).to(kind))
            self.drop = nn.Dropout(drop)

        def forward(self, x, mask, first):
            n, _, width = x.shape
            heads = 12 if width == 384 else width // 64
            y = x[:, :1] if first else x

            def cut(t):
                return t.view(n, -1, heads, width // heads).transpose(1, 2)

            o = F.scaled_dot_product_attention(cut(self.q(y)), cut(self.k(x)), cut(self.v(x)), attn_mask=mask)
            o = self.o(o.transpose(1, 2).reshape(n, -1, width))
            y = F.layer_norm(y + self.drop(o), (width,), self.n1_weight, self.n1_bias, 1e-12)
            return F.layer_norm(y + self.drop(self.g(F.gelu(self.f(y)))), (width,), self.n2_weight, self.n2_bias, 1e-12)

    class Bert(nn.Module):
        def __init__(self):
            super().__init__()
            words = np.zeros((int(d["size"]), d["word"].shape[1]), np.float32)
            words[d["ids"]] = table("word")
            for key, w in (("words", words), ("places", table("position")), ("kinds", table("token_type"))):
                self.register_buffer(key, torch.tensor(w).to(kind))
            for p in ("weight", "bias"):
                self.register_buffer("embedded_" + p, torch.tensor(d["embedded_" + p]).to(kind))
            self.layers = nn.ModuleList([Layer(i) for i in range(layers)])
            self.width = words.shape[1]

        def forward(self, ids, types, mask, first=False):
            """States of all tokens, or (first) of the first alone. mask is True at tokens. Padding may hold any id."""
            x = self.words[ids] + self.kinds[types] + self.places[: ids.shape[1]]
            x = F.layer_norm(x, (self.width,), self.embedded_weight, self.embedded_bias, 1e-12)
            for i, layer in enumerate(self.layers):
                x = layer(x, mask[:, None, None, :], first and i == len(self.layers) - 1)
            return x

        def changes(self):
            """The low-rank matrices, to be kept: {"0.q.A": ..., "0.q.B": ...} in 16 bits."""
            return {f"{i}.{k}.{m}": getattr(getattr(l, k), m).detach().cpu().numpy().astype(np.float16)
                    for i, l in enumerate(self.layers) for k in LINEAR for m in "AB"}

    return Bert()


def resume(net, path):
    """Puts the changes of a part that part() wrote back into net. Returns its head (weight, bias) as tensors, and the named matrices that were put before it."""
    import onnx
    from onnx import numpy_helper
    torch, _, _ = _torch()
    given = {t.name: torch.tensor(numpy_helper.to_array(t).astype(np.float32)) for t in onnx.load(path).graph.initializer}
    made = sorted((n for n in given if n.split("/")[-1][:1] == "c" and n.split("/")[-1][1:].isdigit()), key=lambda n: int(n.split("/")[-1][1:]))
    matrices = iter([given[n] for n in made if given[n].dim() == 2])
    for layer in net.layers:
        for key in LINEAR:
            for m in "AB":
                getattr(getattr(layer, key), m).data = next(matrices)
    return (next(matrices).t().contiguous(), given[made[-1]]), {n: t for n, t in given.items() if n not in made}


def part(folder, changes, out, first, name, head=None):
    """Writes the ONNX part: all layers that `changes` has, over the model's own 8-bit weights, ending in an output `name`.

    first: only the first token's state is computed in the last layer (for judging a whole text). head: (W [width, n], b [n]) as float32, a linear layer on
    the state(s): the output is [1, tokens or 1, n]; without it the state(s)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    model = onnx.load(f"{folder}/model.onnx")
    named, init = {n.name: n for n in model.graph.node}, {t.name: t for t in model.graph.initializer}
    width = init["encoder.layer.0.attention.self.query.bias"].dims[0]
    heads = 12 if width == 384 else width // 64
    nodes, initial = [], []

    def const(value):
        initial.append(numpy_helper.from_array(np.asarray(value), f"{name}/c{len(initial)}"))
        return initial[-1].name

    def new(op, inputs, outputs=1, **attributes):
        names = [f"{name}/{len(nodes)}.{i}" for i in range(outputs)]
        nodes.append(helper.make_node(op, inputs, names, name=f"{name}/n{len(nodes)}", **attributes))
        return names if outputs > 1 else names[0]

    split, whole = const(np.array([0, 0, heads, width // heads])), const(np.array([0, 0, width]))
    scale = const(np.float32((width // heads) ** -0.5))

    def small(x):
        return new("DynamicQuantizeLinear", [x], 3)

    def linear(x, eight, i, key):
        path = f"/encoder/layer.{i}/{LINEAR[key]}"
        mul, scales = named[path + "/MatMul_quant"], named[path + "/MatMul_quant_scales_mul"]
        y = new("Cast", [new("MatMulInteger", [eight[0], mul.input[1], eight[2], mul.input[3]])], to=TensorProto.FLOAT)
        y = new("Mul", [y, new("Mul", [eight[1], scales.input[1]])])
        y = new("Add", [y, path[1:].replace("/", ".") + ".bias"])
        for m in "AB":
            x = new("MatMul", [x, new("Cast", [const(changes[f"{i}.{key}.{m}"].astype(np.float16))], to=TensorProto.FLOAT)])
        return new("Add", [y, x])

    def norm(x, at):
        x = new("Sub", [x, new("ReduceMean", [x], axes=[-1])])
        deviation = new("ReduceMean", [new("Pow", [x, const(np.float32(2))])], axes=[-1])
        deviation = new("Sqrt", [new("Add", [deviation, const(np.float32(1e-12))])])
        return new("Add", [new("Mul", [new("Div", [x, deviation]), at + ".weight"]), at + ".bias"])

    def layer(x, i, only):
        eight = small(x)
        y, y8 = x, eight
        if only:
            y = new("Slice", [x, const(np.array([0])), const(np.array([1])), const(np.array([1]))])
            y8 = small(y)

        def cut(x, eight, key, perm):
            return new("Transpose", [new("Reshape", [linear(x, eight, i, key), split])], perm=perm)

        q, k, v = cut(y, y8, "q", [0, 2, 1, 3]), cut(x, eight, "k", [0, 2, 3, 1]), cut(x, eight, "v", [0, 2, 1, 3])
        o = new("MatMul", [new("Softmax", [new("Mul", [new("MatMul", [q, k]), scale])], axis=-1), v])
        o = new("Reshape", [new("Transpose", [o], perm=[0, 2, 1, 3]), whole])
        o = linear(o, small(o), i, "o")
        at = f"encoder.layer.{i}."
        y = norm(new("Add", [y, o]), at + NORMS["n1"])
        f = linear(y, small(y), i, "f")
        erf = new("Add", [new("Erf", [new("Div", [f, const(np.float32(2**0.5))])]), const(np.float32(1))])
        g = new("Mul", [new("Mul", [f, erf]), const(np.float32(0.5))])
        g = linear(g, small(g), i, "g")
        return norm(new("Add", [y, g]), at + NORMS["n2"])

    x, count = EMBEDDED, 1 + max(int(k.split(".")[0]) for k in changes)
    for i in range(count):
        x = layer(x, i, first and i == count - 1)
    last = width
    if head is not None:
        w, b = (np.asarray(v, np.float32) for v in head)
        x, last = new("Add", [new("MatMul", [x, const(w)]), const(b)]), w.shape[1]
    nodes.append(helper.make_node("Identity", [x], [name], name=name + "/out"))
    graph = onnx.ModelProto()
    graph.graph.node.extend(nodes)
    graph.graph.initializer.extend(initial)
    graph.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1 if first else None, last]))
    raw = graph.SerializeToString()
    open(out, "wb").write(raw)
    return raw
