"""Learn the part for questions (meant.go) and say how it does on sets that it was not learnt from.

    mkdir /tmp/texts; PARLEY_TEXTS=/tmp/texts go test ./knowledge -run TestDumpTexts
    python knowledge/embed/tune.py /tmp/texts $PARLEY_MODELS/bge-small-en 0 /tmp/part0      # learnt on one half of the sets, judged on the other
    python knowledge/embed/tune.py /tmp/texts $PARLEY_MODELS/bge-small-en 1 /tmp/part1
    python knowledge/embed/tune.py /tmp/texts $PARLEY_MODELS/bge-small-en all knowledge/embed/meant.en.onnxpart

Needs numpy, onnx, onnxruntime, tokenizers and torch. The forks (fitpair.py) must be fitted on what parts say of sets that they were not learnt from:
PARLEY_MEANT=/tmp/part0 go test ./knowledge -run TestDumpFeatures for the half that 0 is judged on, and so on.

The vectors of entries stay those of the untouched model, so only questions are read by the upper layers, and what the lower ones make of them
is computed once. The right entry is to stand out among all entries of its set, by the mean of both vectors' cosines.
"""

import glob
import json
import random
import sys
import time

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from torch import nn

LAYERS, HEADS, FIRST, RANK = 12, 12, 8, 16  # FIRST is the first layer that is changed
LINEAR = dict(q="attention/self/query", k="attention/self/key", v="attention/self/value", o="attention/output/dense", f="intermediate/dense", g="output/dense")
NORMS = dict(n1="attention.output.LayerNorm", n2="output.LayerNorm")
PAIR = [14.69, 6.22, 10.62]  # pairQuestion, pairAnswer and pairBoth of pair.go
SHARP, STAY = 1.5, 0.5  # of the sum as logits; weight of staying near the untouched vector
RATE, BATCH, EPOCHS = 1e-3, 32, {"0": 4, "1": 4, "all": 3}
LOWER = f"/encoder/layer.{FIRST - 1}/output/LayerNorm/Add_1_output_0"


class Reader:
    """The untouched model."""

    def __init__(self, folder):
        self.model = onnx.load(f"{folder}/model.onnx")
        self.last = self.model.graph.output[0].name
        both = onnx.ModelProto()
        both.CopyFrom(self.model)
        both.graph.output.append(helper.make_tensor_value_info(LOWER, TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(both.SerializeToString(), options)
        self.tokens = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokens.no_padding()
        self.tokens.no_truncation()

    def read(self, text):
        """The vector of a text and what the lower layers make of it."""
        ids = self.tokens.encode(text.lower()).ids
        ids = np.array([ids[:255] + ids[-1:] if len(ids) > 256 else ids], np.int64)
        last, low = self.session.run([self.last, LOWER], {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
        return last[0, 0] / np.linalg.norm(last[0, 0]), low[0].astype(np.float16)

    def weights(self, name):
        """Matrix and bias of a linear layer, as 32 bit numbers."""
        nodes, init = {n.name: n for n in self.model.graph.node}, self.initial()
        mul, scale = nodes[name + "/MatMul_quant"], nodes[name + "/MatMul_quant_scales_mul"]
        w = init[mul.input[1]].astype(np.float32) - init[mul.input[3]].astype(np.float32)
        return w * init[scale.input[1]].astype(np.float32), init[name[1:].replace("/", ".") + ".bias"]

    def initial(self):
        return {t.name: numpy_helper.to_array(t) for t in self.model.graph.initializer}


class Linear(nn.Module):
    def __init__(self, w, b):
        super().__init__()
        self.register_buffer("w", torch.tensor(w))
        self.register_buffer("b", torch.tensor(b))
        self.A = nn.Parameter(torch.randn(w.shape[0], RANK) / w.shape[0] ** 0.5)
        self.B = nn.Parameter(torch.zeros(RANK, w.shape[1]))
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return torch.addmm(self.b, x.reshape(-1, x.shape[-1]), self.w).view(*x.shape[:-1], -1) + (self.drop(x) @ self.A) @ self.B


class Layer(nn.Module):
    def __init__(self, reader, number):
        super().__init__()
        init, at = reader.initial(), f"encoder.layer.{number}."
        for key, path in LINEAR.items():
            setattr(self, key, Linear(*reader.weights(f"/encoder/layer.{number}/{path}")))
        for key, path in NORMS.items():
            self.register_buffer(key + "w", torch.tensor(init[at + path + ".weight"]))
            self.register_buffer(key + "b", torch.tensor(init[at + path + ".bias"]))

    def forward(self, x, mask, only_first):
        n, _, width = x.shape
        y = x[:, :1] if only_first else x

        def heads(t):
            return t.view(n, -1, HEADS, width // HEADS).transpose(1, 2)

        o = F.scaled_dot_product_attention(heads(self.q(y)), heads(self.k(x)), heads(self.v(x)), attn_mask=mask[:, None, None, :])
        y = F.layer_norm(y + self.o(o.transpose(1, 2).reshape(n, -1, width)), (width,), self.n1w, self.n1b, 1e-12)
        return F.layer_norm(y + self.g(F.gelu(self.f(y))), (width,), self.n2w, self.n2b, 1e-12)


class Upper(nn.Module):
    def __init__(self, reader):
        super().__init__()
        self.layers = nn.ModuleList([Layer(reader, i) for i in range(FIRST, LAYERS)])

    def forward(self, low):
        x = torch.zeros(len(low), max(map(len, low)), low[0].shape[1])
        mask = torch.zeros(x.shape[:2], dtype=torch.bool)
        for i, l in enumerate(low):
            x[i, : len(l)], mask[i, : len(l)] = torch.from_numpy(l.astype(np.float32)), True
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, i == len(self.layers) - 1)
        return F.normalize(x[:, 0], dim=-1)


def sets(folder, reader):
    out = {}
    for path in sorted(glob.glob(f"{folder}/*.en.json")):
        s = json.load(open(path))
        asked = [q for q in s["queries"] if q["relevant"]]
        read = [reader.read(q["text"]) for q in asked]
        out[s["name"]] = dict(
            plain=[q["plain"] for q in asked], right=[[int(i) for i in q["relevant"]] for q in asked], low=[l for _, l in read],
            said=torch.tensor(np.array([v for v, _ in read])), entries=torch.tensor(np.array([[reader.read(t)[0] for t in e] for e in s["entries"]])),
            size=len(s["queries"]))
    return out


def halves(data):
    """Sets of one size in turn, so that both halves have long and short ones."""
    order = sorted(data, key=lambda n: (data[n]["size"] > 180, np.random.default_rng(sum(map(ord, n))).random()))
    return [set(order[0::2]), set(order[1::2])]


def likeness(entries, vector):
    return (entries @ vector) @ torch.tensor(PAIR)


def judge(upper, data, names):
    """How often the right entry comes first and among three, by cosines alone, before and after."""
    upper.eval()
    rows = []
    for s in (data[n] for n in names):
        with torch.no_grad():
            meant = torch.cat([upper(s["low"][i : i + 64]) for i in range(0, len(s["low"]), 64)])
        places = []
        for i, right in enumerate(s["right"]):
            said = likeness(s["entries"], s["said"][i])
            both = (said + likeness(s["entries"], meant[i])) / 2
            places.append([min((z > z[r]).sum().item() for r in right) for z in (said, both)])
        places = np.array(places)
        rows.append([(places[:, k] < most).mean() for k in (0, 1) for most in (1, 3)])
    print("first, among three before: {:.3f} {:.3f}, now: {:.3f} {:.3f}".format(*np.mean(rows, 0)), flush=True)


def learn(upper, data, names, epochs):
    rate = torch.optim.AdamW(upper.parameters(), lr=RATE, weight_decay=0.01)
    items = [(n, i) for n in sorted(names) for i in range(len(data[n]["right"]))]
    steps, step, began = epochs * (len(items) // BATCH + 1), 0, time.time()
    for epoch in range(epochs):
        upper.train()
        random.shuffle(items)
        batches = []
        for at in range(0, len(items), 12 * BATCH):  # questions of one length together
            some = sorted(items[at : at + 12 * BATCH], key=lambda x: len(data[x[0]]["low"][x[1]]))
            batches += [some[i : i + BATCH] for i in range(0, len(some), BATCH)]
        random.shuffle(batches)
        total = 0
        for batch in batches:
            for g in rate.param_groups:
                g["lr"] = RATE * min(1, (step + 1) / 20) * max(0.05, 1 - step / steps)
            meant, said = upper([data[n]["low"][i] for n, i in batch]), torch.stack([data[n]["said"][i] for n, i in batch])
            loss, weights = 0, 0
            for k, (n, i) in enumerate(batch):
                s = data[n]
                z = SHARP * (likeness(s["entries"], meant[k]) + likeness(s["entries"], said[k])) / 2
                w = (0.5 if s["plain"][i] else 1) * (60 / len(s["right"])) ** 0.5
                loss, weights = loss + w * (torch.logsumexp(z, 0) - torch.logsumexp(z[s["right"][i]], 0)), weights + w
            loss = loss / weights + STAY * (1 - (meant * said).sum(-1)).mean()
            rate.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(upper.parameters(), 1)
            rate.step()
            step, total = step + 1, total + loss.item()
        print(f"epoch {epoch}: loss {total / len(batches):.3f}, {time.time() - began:.0f} s", flush=True)


class Part:
    """The upper layers once more as an ONNX graph of their own names, over the 8-bit weights of the model."""

    def __init__(self, reader, upper):
        self.nodes, self.initial, self.model = [], [], reader.model
        self.named = {n.name: n for n in reader.model.graph.node}
        width = len(reader.initial()["encoder.layer.0.attention.self.query.bias"])
        self.split, self.whole = self.const(np.array([0, 0, HEADS, width // HEADS])), self.const(np.array([0, 0, width]))
        self.scale = self.const(np.float32((width // HEADS) ** -0.5))
        x = LOWER
        for i, layer in enumerate(upper.layers):
            x = self.layer(x, FIRST + i, layer, i == len(upper.layers) - 1)
        self.nodes.append(helper.make_node("Identity", [x], ["meant"], name="meant/out"))
        self.graph = onnx.ModelProto()
        self.graph.graph.node.extend(self.nodes)
        self.graph.graph.initializer.extend(self.initial)
        self.graph.graph.output.append(helper.make_tensor_value_info("meant", TensorProto.FLOAT, [1, 1, width]))

    def const(self, value):
        self.initial.append(numpy_helper.from_array(np.asarray(value), f"meant/c{len(self.initial)}"))
        return self.initial[-1].name

    def new(self, op, inputs, outputs=1, **attributes):
        names = [f"meant/{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"meant/n{len(self.nodes)}", **attributes))
        return names if outputs > 1 else names[0]

    def linear(self, x, small, path, layer):
        """x of the linear layer at path, small are its 8-bit numbers, their scale and zero."""
        mul, scale = self.named[path + "/MatMul_quant"], self.named[path + "/MatMul_quant_scales_mul"]
        y = self.new("Cast", [self.new("MatMulInteger", [small[0], mul.input[1], small[2], mul.input[3]])], to=TensorProto.FLOAT)
        y = self.new("Mul", [y, self.new("Mul", [small[1], scale.input[1]])])
        y = self.new("Add", [y, path[1:].replace("/", ".") + ".bias"])
        for w in (layer.A, layer.B):
            x = self.new("MatMul", [x, self.new("Cast", [self.const(w.detach().numpy().astype(np.float16))], to=TensorProto.FLOAT)])
        return self.new("Add", [y, x])

    def norm(self, x, name):
        x = self.new("Sub", [x, self.new("ReduceMean", [x], axes=[-1])])
        deviation = self.new("ReduceMean", [self.new("Pow", [x, self.const(np.float32(2))])], axes=[-1])
        deviation = self.new("Sqrt", [self.new("Add", [deviation, self.const(np.float32(1e-12))])])
        return self.new("Add", [self.new("Mul", [self.new("Div", [x, deviation]), name + ".weight"]), name + ".bias"])

    def layer(self, x, number, layer, only_first):
        at = f"/encoder/layer.{number}/"
        small = self.new("DynamicQuantizeLinear", [x], 3)
        y, y_small = x, small
        if only_first:
            y = self.new("Slice", [x, self.const(np.array([0])), self.const(np.array([1])), self.const(np.array([1]))])
            y_small = self.new("DynamicQuantizeLinear", [y], 3)

        def heads(x, small, key, perm):
            return self.new("Transpose", [self.new("Reshape", [self.linear(x, small, at + LINEAR[key], getattr(layer, key)), self.split])], perm=perm)

        q, k, v = heads(y, y_small, "q", [0, 2, 1, 3]), heads(x, small, "k", [0, 2, 3, 1]), heads(x, small, "v", [0, 2, 1, 3])
        o = self.new("MatMul", [self.new("Softmax", [self.new("Mul", [self.new("MatMul", [q, k]), self.scale])], axis=-1), v])
        o = self.new("Reshape", [self.new("Transpose", [o], perm=[0, 2, 1, 3]), self.whole])
        o = self.linear(o, self.new("DynamicQuantizeLinear", [o], 3), at + LINEAR["o"], layer.o)
        names = {k: at[1:].replace("/", ".") + path for k, path in NORMS.items()}
        y = self.norm(self.new("Add", [y, o]), names["n1"])
        f = self.linear(y, self.new("DynamicQuantizeLinear", [y], 3), at + LINEAR["f"], layer.f)
        erf = self.new("Add", [self.new("Erf", [self.new("Div", [f, self.const(np.float32(2**0.5))])]), self.const(np.float32(1))])
        g = self.new("Mul", [self.new("Mul", [f, erf]), self.const(np.float32(0.5))])
        g = self.linear(g, self.new("DynamicQuantizeLinear", [g], 3), at + LINEAR["g"], layer.g)
        return self.norm(self.new("Add", [y, g]), names["n2"])


def main(texts, folder, half, out):
    torch.set_num_threads(1)
    random.seed(0)
    torch.manual_seed(0)
    reader = Reader(folder)
    data = sets(texts, reader)
    upper = Upper(reader)
    apart = set() if half == "all" else halves(data)[int(half)]
    print("judged on:", ",".join(sorted(apart)))
    learn(upper, data, set(data) - apart, EPOCHS[half])
    if apart:
        judge(upper, data, sorted(apart))
    with open(out, "wb") as f:
        f.write(Part(reader, upper).graph.SerializeToString())


if __name__ == "__main__":
    main(*sys.argv[1:])
