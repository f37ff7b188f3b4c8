import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import xarray

from hgecircuit.compare.verification import Verification
from hgecircuit.report import Report


@contextmanager
def opened(report: Report, name: str, group: str | None = None) -> Iterator[xarray.Dataset]:
    with xarray.open_dataset(report.folder / name, group=group, engine="h5netcdf") as dataset:
        yield dataset


def test_traces_come_back(report: Report, verification: Verification) -> None:
    record = verification.record
    with opened(report, "waveforms.nc") as dataset:
        assert np.array_equal(dataset["time_s"].values, record.time_s)
        for name, trace in record.traces.items():
            assert dataset[name].dtype == np.float32
            assert np.allclose(dataset[name].values, trace, rtol=1e-7, atol=1e-12)
            assert dataset[name].attrs["units"] == "V"


def test_traces_say_what_they_are(report: Report, plain_report: Report) -> None:
    with opened(report, "waveforms.nc") as dataset:
        assert dataset["w1"].attrs["long_name"] == "control voltage of electrode 2"
        assert dataset["y2"].attrs["long_name"] == "held output of pattern 10"
        assert dataset["y"].attrs["long_name"].startswith("output of the current-to-voltage")
        assert dataset["time_s"].attrs["units"] == "s"
        assert dataset["time_s"].encoding["zlib"]
        assert dataset["w0"].encoding["zlib"]
    with opened(plain_report, "waveforms.nc") as dataset:
        assert dataset["g4"].attrs["long_name"] == "low-passed lock-in output of electrode 6"
        assert dataset["y"].attrs["long_name"].startswith("low-passed output")


def test_epoch_table_comes_back(report: Report, verification: Verification) -> None:
    learning = verification.learning
    with opened(report, "waveforms.nc") as dataset:
        assert np.array_equal(dataset["epoch_weights_V"].values, learning.weights_v)
        assert np.array_equal(dataset["epoch_outputs_A"].values, learning.outputs_a)
        assert np.array_equal(dataset["epoch_loss"].values, learning.losses)
        assert np.array_equal(dataset["epoch_margin_A"].values, learning.margins_a)
        assert np.array_equal(dataset["epoch_end_s"].values, learning.epoch_end_s)
        assert dataset["pattern"].values.tolist() == ["00", "01", "10", "11"]
        assert dataset["control"].values.tolist() == [0, 2, 3, 5, 6]


def test_provenance_is_attached(report: Report, verification: Verification) -> None:
    with opened(report, "waveforms.nc") as dataset:
        attributes = dataset.attrs
    made = verification.record.provenance
    assert attributes["netlist_sha256"] == made["netlist_sha256"]
    assert json.loads(attributes["options"]) == made["options"]
    assert attributes["ohm_of_converter"] == verification.learner.design.iv.gain_ohm
    assert attributes["source"].startswith("hgecircuit ")


def test_benches_are_groups(report: Report, verification: Verification) -> None:
    bench = verification.benches["gradient"]
    with opened(report, "waveforms.nc", "gradient") as dataset:
        assert np.allclose(dataset["acc0"].values, bench["acc0"], rtol=1e-7)
        assert dataset.attrs["netlist_sha256"] == bench.provenance["netlist_sha256"]


def test_sweep_is_complex_over_frequency(report: Report, verification: Verification) -> None:
    bench = verification.benches["lowpass"]
    with opened(report, "waveforms.nc", "lowpass") as dataset:
        response = dataset["out_real"].values + 1j * dataset["out_imag"].values
        assert np.allclose(response, bench["out"], rtol=1e-6)
        assert np.array_equal(dataset["frequency_Hz"].values, bench.time_s)
        assert dataset["frequency_Hz"].attrs["units"] == "Hz"


def test_gradients_come_back(report: Report, verification: Verification) -> None:
    result = verification.gradient
    with opened(report, "gradients.nc") as dataset:
        assert np.array_equal(dataset["point_V"].values, result.points_v)
        assert np.array_equal(dataset["measured_A_per_V"].values, result.measured)
        assert np.array_equal(dataset["exact_A_per_V"].values, result.exact)
        assert np.array_equal(dataset["reference_A_per_V"].values, result.reference)
        assert np.array_equal(dataset["bound_A_per_V"].values, result.budget.bound_a_per_v)
        settling = dataset["bound_terms_A_per_V"].sel(bound_term="settling")
        assert np.array_equal(settling.values, result.budget.terms_a_per_v["settling"])
        total = dataset["reference_bound_terms_A_per_V"].sum("reference_bound_term")
        assert np.allclose(total, result.reference_budget.bound_a_per_v, rtol=1e-12)
        assert dataset["cosine"].values == pytest.approx(result.cosines)
