"""Makes the torch files beside it and `torch_outputs.npz`; needs torch (made with 2.13.0, CPU).

The tests don't need torch: they read the files. Run it in an environment of its own:
``pip install torch==2.13.0 numpy && python make_torch_files.py``.
"""

from collections import OrderedDict
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

FOLDER = Path(__file__).parent
ACTIVATIONS = {
    "relu": nn.ReLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "hard-tanh": nn.Hardtanh,
    "sigmoid": nn.Sigmoid,
}


class RawModel(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.raw_model = network


def make_network(sizes, activation):
    layers = []
    for inputs, outputs in pairwise(sizes[:-1]):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def evaluate(network, voltages):
    with torch.no_grad():
        return network(torch.tensor(voltages, dtype=torch.float32)).numpy()[:, 0].astype(float)


def save_old(voltages):
    network = make_network([4, 6, 5, 1], nn.ReLU)
    state = network.state_dict()
    state["info"] = {
        "activation": "ReLU",
        "loss": "MSE",
        "amplification": np.array(100),
        "offset": np.full(4, -0.3),
        "amplitude": np.array([0.9, 0.9, 0.5, 0.5]),
        "filename": np.array("training.npz"),
        "electrodeSetup": np.array(["ao5", [1, 2]], dtype=object),
        "L_val": np.arange(3.0),
    }
    torch.save(state, FOLDER / "old_legacy.pt", _use_new_zipfile_serialization=False)
    return 100 * evaluate(network, voltages)


def save_new(name, voltages):
    network = make_network([4, 6, 5, 1], ACTIVATIONS[name])
    structure = {"hidden_sizes": [6, 5], "D_in": 4, "D_out": 1, "activation": name}
    ranges = [[-1.2, 0.6]] * 2 + [[-0.7, 0.3]] * 2
    output = {"electrode_no": 1, "amplification": [28.5], "clipping_value": [20.0, -15.0]}
    info = {
        "model_structure": structure,
        "electrode_info": {
            "electrode_no": 5,
            "activation_electrodes": {"electrode_no": 4, "voltage_ranges": ranges},
            "output_electrodes": output,
        },
        "training_configs": {"seed": 1, "lr": 1e-3},
    }
    state = RawModel(network).state_dict()
    torch.save({"model_state_dict": state, "info": info}, FOLDER / f"new_{name}.pt")
    return np.clip(28.5 * evaluate(network, voltages), -15, 20)


def save_views(voltages):
    """Double precision, transposed and strided views, a Parameter, buffers of a whole module."""
    base = torch.randn(4, 3, dtype=torch.float64)
    last = torch.randn(1, 6, dtype=torch.float64)[:, ::2]
    first_bias, last_bias = torch.randn(3).double(), torch.randn(1).double()
    prefix = "processor.model.raw_model"
    state = OrderedDict(
        {
            f"{prefix}.0.weight": base.t(),
            f"{prefix}.0.bias": nn.Parameter(first_bias),
            f"{prefix}.2.weight": last,
            f"{prefix}.2.bias": last_bias,
            "processor.voltage_ranges": torch.tensor([[-1.0, 1.0]] * 4),
            "processor.amplification": torch.tensor([2.0]),
            "processor.output_clipping": None,
        }
    )
    structure = {"D_in": 4, "D_out": 1, "hidden_sizes": [3], "activation": "tanh"}
    torch.save({"state": state, "structure": structure}, FOLDER / "new_views.pt")
    hidden = torch.tanh(torch.tensor(voltages) @ base + first_bias)
    return 2 * (hidden @ last.t() + last_bias).numpy()[:, 0]


def save_bfloat16(voltages):
    network = make_network([4, 3, 1], nn.Sigmoid).to(torch.bfloat16)
    saved = {"model_state_dict": RawModel(network).state_dict(), "info": {"activation": "sigmoid"}}
    torch.save(saved, FOLDER / "new_bfloat16_no_ranges.pt")
    return evaluate(network.float(), voltages)


def main():
    torch.manual_seed(3)
    voltages = np.random.default_rng(5).uniform(-1, 0.5, (5, 4))
    outputs = {"old": save_old(voltages)}
    for name in ACTIVATIONS:
        outputs["new_" + name.replace("-", "_")] = save_new(name, voltages)
    outputs["views"] = save_views(voltages)
    outputs["bf16"] = save_bfloat16(voltages)
    torch.save(make_network([4, 3, 1], nn.ReLU), FOLDER / "whole_module.pt")
    np.savez(FOLDER / "torch_outputs.npz", V=voltages, **outputs)


if __name__ == "__main__":
    main()
