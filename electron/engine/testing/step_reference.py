"""Loss and gradients of `raif step` batches by PyTorch in float64: the independent reference that tests compare the engine with.

Usage: step_reference.py CASES.json, a list of {"model": folder, "batch": file, "out": file, "lora": {"file", "rank", "alpha"}?} and
{"adamw": file, "out": file}. Needs only torch and numpy; one sequence at a time, no padding, nothing shared with the engine.
"""

import json
import math
import struct
import sys

import numpy
import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def read_tensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        assert entry["dtype"] == "F32", name
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[begin:end], dtype="<f4").astype(numpy.float64)
        tensors[name] = torch.tensor(values.reshape(entry["shape"]))
    return tensors


def write_tensors(path, tensors):
    header, blobs, offset = {}, [], 0
    for name, tensor in tensors.items():
        values = torch.as_tensor(tensor).detach().numpy()
        blob = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def rms_norm(x, weight, epsilon):
    return weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon)


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat([-x[..., half:], x[..., :half]], -1)


def rotary_frequencies(config):
    """Inverse frequencies and the factor on cos and sin, by the definitions of transformers' rope_scaling kinds."""
    size, theta, scaling = config["head_dim"], config["rope_theta"], config["rope_scaling"] or {"rope_type": "default"}
    plain = theta ** -(torch.arange(0, size, 2) / size)
    kind, factor, original = scaling["rope_type"], scaling.get("factor"), scaling.get("original_max_position_embeddings")
    if kind == "linear":
        return plain / factor, 1
    if kind == "llama3":
        wavelength = 2 * math.pi / plain
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        smooth = (original / wavelength - low) / (high - low)
        blend = (1 - smooth) * plain / factor + smooth * plain
        long, short = wavelength > original / low, wavelength < original / high
        return torch.where(long, plain / factor, torch.where(short, plain, blend)), 1
    if kind == "yarn":
        def dimension(rotations):
            return size * math.log(original / (rotations * 2 * math.pi)) / (2 * math.log(theta))

        low = max(math.floor(dimension(scaling["beta_fast"])), 0)
        high = min(math.ceil(dimension(scaling["beta_slow"])), size - 1)
        ramp = ((torch.arange(size // 2) - low) / max(high - low, 0.001)).clamp(0, 1)
        return plain / factor * ramp + plain * (1 - ramp), scaling["attention_factor"]
    assert kind == "default", kind
    return plain, 1


class Decoder:
    def __init__(self, config, weights, lora):
        self.config, self.weights, self.lora = config, weights, lora

    def linear(self, name, x):
        y = torch.nn.functional.linear(x, self.weights[name + ".weight"], self.weights.get(name + ".bias"))
        if name + ".lora_A.weight" in self.weights:
            low = x @ self.weights[name + ".lora_A.weight"].T
            y = y + self.lora["alpha"] / self.lora["rank"] * (low @ self.weights[name + ".lora_B.weight"].T)
        return y

    def heads(self, name, x, count):
        return self.linear(name, x).view(x.shape[0], count, self.config["head_dim"]).transpose(0, 1)

    def attention(self, layer, x):
        config, weights = self.config, self.weights
        prefix = f"model.layers.{layer}.self_attn."
        query = self.heads(prefix + "q_proj", x, config["num_attention_heads"])
        key = self.heads(prefix + "k_proj", x, config["num_key_value_heads"])
        value = self.heads(prefix + "v_proj", x, config["num_key_value_heads"])
        if config["model_type"] == "qwen3":
            query = rms_norm(query, weights[prefix + "q_norm.weight"], config["rms_norm_eps"])
            key = rms_norm(key, weights[prefix + "k_norm.weight"], config["rms_norm_eps"])
        size = config["head_dim"]
        if config.get("no_rope_layers", [1] * (layer + 1))[layer]:
            frequencies, stretch = rotary_frequencies(config)
            angles = torch.outer(torch.arange(x.shape[0], dtype=torch.float64), frequencies).repeat(1, 2)
            query, key = (stretch * (y * angles.cos() + rotate_half(y) * angles.sin()) for y in (query, key))
        repeats = config["num_attention_heads"] // config["num_key_value_heads"]
        key, value = key.repeat_interleave(repeats, 0), value.repeat_interleave(repeats, 0)
        scores = query @ key.transpose(1, 2) / math.sqrt(size)
        distance = torch.arange(x.shape[0])[:, None] - torch.arange(x.shape[0])[None, :]
        hidden = distance < 0
        window = config.get("sliding_window")
        types = config.get("layer_types", ["sliding_attention"] * (layer + 1))
        if window is not None and types[layer] == "sliding_attention":
            hidden |= distance >= window
        mixed = scores.masked_fill(hidden, -math.inf).softmax(-1) @ value
        return self.linear(prefix + "o_proj", mixed.transpose(0, 1).reshape(x.shape[0], -1))

    def logits(self, ids):
        weights, epsilon = self.weights, self.config["rms_norm_eps"]
        x = weights["model.embed_tokens.weight"][ids]
        for layer in range(self.config["num_hidden_layers"]):
            prefix = f"model.layers.{layer}."
            x = x + self.attention(layer, rms_norm(x, weights[prefix + "input_layernorm.weight"], epsilon))
            y = rms_norm(x, weights[prefix + "post_attention_layernorm.weight"], epsilon)
            gate = torch.nn.functional.silu(self.linear(prefix + "mlp.gate_proj", y))
            x = x + self.linear(prefix + "mlp.down_proj", gate * self.linear(prefix + "mlp.up_proj", y))
        x = rms_norm(x, weights["model.norm.weight"], epsilon)
        return x @ weights.get("lm_head.weight", weights["model.embed_tokens.weight"]).T

    def log_probs(self, sample, temperature):
        prompt, response = sample["promptIds"], sample["responseIds"]
        logits = self.logits(torch.tensor(prompt + response))[len(prompt) - 1 : -1] / temperature
        return logits.log_softmax(-1).gather(1, torch.tensor(response)[:, None])[:, 0]


def aggregate(rows, loss):
    """Mean over samples of per-token terms, as the named trainer option defines it."""
    kind = loss.get("aggregation", "grpo")
    if kind == "grpo":
        return torch.stack([row.mean() for row in rows]).mean()
    if kind == "dr_grpo":
        length = loss.get("maxNewTokens", max(len(row) for row in rows))
        return torch.stack([row.sum() / length for row in rows]).mean()
    if kind == "dapo":
        return torch.cat(rows).mean()
    size = loss.get("policySamplesPerMicroStep", len(rows))
    return torch.stack([torch.cat(rows[i : i + size]).mean() for i in range(0, len(rows), size)]).mean()


def policy_rows(sample, logp, loss):
    old = torch.tensor(sample["oldLogProbs"]) if sample.get("oldLogProbs") is not None else logp.detach()
    log_ratio = logp - old
    if loss.get("importanceLevel") == "sequence":
        log_ratio = log_ratio.mean().expand(len(logp))
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - loss.get("epsilonLow", 0.2), 1 + loss.get("epsilonHigh", 0.2))
    policy = -torch.minimum(ratio * sample["advantage"], clipped * sample["advantage"])
    if sample.get("refLogProbs") is None:
        return policy, torch.zeros_like(logp)
    difference = torch.tensor(sample["refLogProbs"]) - logp
    kind = loss.get("klEstimator", "k3")
    kl = {"k1": -difference, "k2": difference.pow(2) / 2, "k3": difference.exp() - 1 - difference}[kind]
    return policy, kl


def evaluate(case):
    config = json.load(open(case["model"] + "/config.json"))
    batch = json.load(open(case["batch"]))
    loss = batch.get("loss", {})
    lora = case.get("lora")
    weights = read_tensors(case["model"] + "/model.safetensors")
    trained = read_tensors(lora["file"]) if lora else weights
    for tensor in trained.values():
        tensor.requires_grad_()
    decoder = Decoder(config, {**weights, **trained}, lora)
    out, policy, kl, cloning = {}, [], [], []
    for i, sample in enumerate(batch["samples"]):
        logp = decoder.log_probs(sample, loss.get("temperature", 1))
        out[f"logprobs.{i}"] = logp
        if sample["kind"] == "expert":
            cloning.append(-logp.mean())
            continue
        terms = policy_rows(sample, logp, loss)
        policy.append(terms[0])
        kl.append(terms[1])
    zero = torch.zeros(())
    out["policy_loss"] = aggregate(policy, loss) if policy else zero
    out["kl"] = aggregate(kl, loss) if kl else zero
    out["cloning_loss"] = torch.stack(cloning).mean() if cloning else zero
    out["loss"] = out["policy_loss"] + loss.get("beta", 0.001) * out["kl"] + loss.get("cloningCoefficient", 1) * out["cloning_loss"]
    out["loss"].backward()
    first = batch["samples"][0]
    out["logits"] = decoder.logits(torch.tensor(first["promptIds"] + first["responseIds"]))
    write_tensors(case["out"], {**out, **{name: tensor.grad for name, tensor in trained.items()}})


def adamw(case):
    """Several torch.optim.AdamW steps with clipping by global norm on given gradients."""
    spec = json.load(open(case["adamw"]))
    parameters = {name: torch.nn.Parameter(torch.tensor(values)) for name, values in spec["parameters"].items()}
    optimizer = torch.optim.AdamW(
        parameters.values(),
        lr=spec["learningRate"],
        betas=(spec["beta1"], spec["beta2"]),
        eps=spec["epsilon"],
        weight_decay=spec["weightDecay"],
    )
    norms = []
    for gradients in spec["gradients"]:
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradients[name])
        norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), spec["maxGradNorm"]))
        optimizer.step()
    write_tensors(case["out"], {**parameters, "gradNorms": torch.stack(norms)})


for entry in json.load(open(sys.argv[1])):
    if "adamw" in entry:
        adamw(entry)
    else:
        evaluate(entry)
