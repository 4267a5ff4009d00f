"""What learners share that put heads of attention on the lower layers of an embedding model (reader.go): assist/concern/learn.py and assist/quality/reads/learn.py.

A turn is read behind what was said before it. Heads each choose pieces of it by the layers' states, and give a few numbers of what these mean.
"""
import os

import numpy as np

CLS, SEP, BEFORE, NOW = 101, 102, 40, 60  # mostBefore and mostNow of reader.go
LAYERS = {"en": 9, "zh": 2}  # how many layers of the model read


def folder(lang):
    return os.path.join(os.environ["PARLEY_MODELS"], "bge-small-" + lang)


def states_of(lang):
    """What the layers that read make of the pieces."""
    return f"/encoder/layer.{LAYERS[lang] - 1}/output/LayerNorm/Add_1_output_0"


class Layers:
    """The embedding model of a language, on one core."""

    def __init__(self, lang):
        import onnx
        import onnxruntime
        from onnx import TensorProto, helper
        from tokenizers import Tokenizer

        self.cut = Tokenizer.from_file(folder(lang) + "/tokenizer.json")
        self.cut.no_padding()
        self.cut.no_truncation()
        model = onnx.load(folder(lang) + "/model.onnx")
        self.last, self.states = model.graph.output[0].name, states_of(lang)
        model.graph.output.append(helper.make_tensor_value_info(self.states, TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options)

    def pieces(self, text):
        return self.cut.encode(text.lower(), add_special_tokens=False).ids

    def run(self, output, ids, second):
        """An output for pieces, of which those from second on are the second text."""
        ids = np.array([ids], np.int64)
        types = (np.arange(ids.shape[1]) >= second)[None].astype(np.int64)
        return self.session.run([output], {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types})[0][0]

    def read(self, before, now):
        """States of all pieces of a turn behind what was said before it, and at which of them the turn begins."""
        ids = [CLS] + before[-BEFORE:] + [SEP]
        return self.run(self.states, ids + now[-NOW:] + [SEP], len(ids)).astype(np.float16), len(ids)

    def vector(self, text):
        """The vector of a text, of length one."""
        ids = [CLS] + self.pieces(text)[:510] + [SEP]
        v = self.run(self.last, ids, len(ids))
        v = v[0] if v.ndim == 2 else v
        return v / np.linalg.norm(v)


class Graph:
    """A graph in the making that goes on from the states, scaled, with heads that choose pieces by Q and tell numbers of them by V and c."""

    def __init__(self, lang, scale):
        self.nodes, self.initial = [], []
        self.states = self.new("Mul", [states_of(lang), self.const(np.float32(scale))])

    def const(self, value):
        from onnx import TensorProto, numpy_helper

        value = np.asarray(value)
        self.initial.append(numpy_helper.from_array(value.astype(np.float16) if value.size > 999 else value, f"reads/c{len(self.initial)}"))
        return self.new("Cast", [self.initial[-1].name], to=TensorProto.FLOAT) if value.size > 999 else self.initial[-1].name

    def new(self, op, inputs, **attributes):
        from onnx import helper

        self.nodes.append(helper.make_node(op, inputs, [f"reads/{len(self.nodes)}"], name=f"reads/n{len(self.nodes)}", **attributes))
        return self.nodes[-1].output[0]

    def before(self):
        """1 for pieces of what was said before, 0 for those of the turn."""
        from onnx import TensorProto

        return self.new("Unsqueeze", [self.new("Sub", [self.const(np.float32(1)), self.new("Cast", ["token_type_ids"], to=TensorProto.FLOAT)])], axes=[2])

    def told(self, scores, V, c):
        """The numbers of each head, by scores of pieces."""
        m = self.new("MatMul", [self.new("Softmax", [self.new("Transpose", [scores], perm=[0, 2, 1])], axis=-1), self.states])
        u = self.new("MatMul", [self.new("Transpose", [m], perm=[1, 0, 2]), self.const(V)])
        return self.new("Tanh", [self.new("Add", [u, self.const(c[:, None].astype(np.float32))])])

    def write(self, op, inputs, size, out):
        """Ends the graph with size numbers, its output "reads", and writes it."""
        import onnx
        from onnx import TensorProto, helper

        graph = onnx.ModelProto()
        graph.graph.node.extend([*self.nodes, helper.make_node(op, inputs, ["reads"], name="reads/out")])
        graph.graph.initializer.extend(self.initial)
        graph.graph.output.append(helper.make_tensor_value_info("reads", TensorProto.FLOAT, [1, size]))
        with open(out, "wb") as w:
            w.write(graph.SerializeToString())
