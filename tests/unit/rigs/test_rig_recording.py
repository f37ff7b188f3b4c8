"""Recordings: everything written and read comes back, and takes the rig's place."""

from pathlib import Path

import h5netcdf
import numpy as np
import pytest
from bench_rig import BenchRig
from test_rig_estimator import CHAIN, CONTROLS, DEVICE, LIMITS, LOCK_IN, POINTS, apparatus, trained

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.base import Readings
from hgecircuit.run.rigs.estimator import RigGradient
from hgecircuit.run.rigs.recording import (
    Entry,
    Recording,
    RunLog,
    read_entries,
    read_recording,
    recording_files,
    write_recording,
)
from hgecircuit.run.rigs.recording_csv import write_csv
from hgecircuit.run.rigs.replay import TOLERANCE_V, ReplayRig
from hgecircuit.run.rigs.safety import Limits
from hgecircuit.run.rigs.waveforms import Waveform


def entry(samples: int = 5, label: str = "a run") -> Entry:
    written = np.arange(samples * 2.0).reshape(samples, 2) / 10
    readings = Readings(np.arange(samples + 2.0)[:, None], 1.2e4, 1234.5)
    return Entry(label, Waveform(written, 1e4, np.array([1]), 3), readings)


def same(one: Entry, other: Entry) -> bool:
    return (
        one.label == other.label
        and np.array_equal(one.waveform.voltages_v, other.waveform.voltages_v)
        and np.array_equal(one.waveform.starts, other.waveform.starts)
        and one.waveform.sample_rate_hz == other.waveform.sample_rate_hz
        and one.waveform.window_samples == other.waveform.window_samples
        and np.array_equal(one.readings.volts, other.readings.volts)
        and one.readings.input_rate_hz == other.readings.input_rate_hz
        and one.readings.started_s == other.readings.started_s
    )


def test_everything_comes_back(tmp_path: Path) -> None:
    entries = (entry(5, "first"), entry(7, "second"), entry(4, "third, Ω"))
    file = tmp_path / "kept.nc"
    write_recording(Recording(entries, {"rig": {"kind": "bench"}}), file)
    again = read_recording(file)
    assert again.provenance == {"rig": {"kind": "bench"}}
    assert len(again.entries) == 3
    assert all(same(*pair) for pair in zip(entries, again.entries, strict=True))


def test_other_programs_can_read_it(tmp_path: Path) -> None:
    import xarray

    file = tmp_path / "kept.nc"
    write_recording(Recording((entry(5), entry(7)), {}), file)
    with xarray.open_dataset(file, engine="h5netcdf") as data:
        assert data["written_V"].dims == ("sample", "electrode")
        assert data["written_V"].attrs["units"] == "V"
        assert data["samples"].values.tolist() == [5, 7]
        assert list(data["label"].values) == ["a run", "a run"]


def test_a_log_goes_on_counting(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "log"
    with RunLog(folder, {}) as first:
        first.add(entry(5))
        first.add(entry(6))
    with RunLog(folder, {}) as again:
        assert again.entries == 2
        again.add(entry(7))
    assert [file.name for file in recording_files(tmp_path / "run")] == [
        "000000.nc",
        "000001.nc",
        "000002.nc",
    ]
    assert [each.waveform.samples for each in read_entries(folder)] == [5, 6, 7]


def test_a_log_afresh(tmp_path: Path) -> None:
    for _ in range(2):
        with RunLog(tmp_path, {}, afresh=True) as log:
            log.add(entry(5))
    assert len(recording_files(tmp_path)) == 1


def test_a_log_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log", {})
    log.folder.rename(tmp_path / "elsewhere")
    log.add(entry(6))
    with pytest.raises(InputError, match="can't write"):
        log.close()


def test_files_that_are_no_recordings(tmp_path: Path) -> None:
    good = tmp_path / "good.nc"
    write_recording(Recording((entry(),), {}), good)
    torn = tmp_path / "torn.nc"
    torn.write_bytes(good.read_bytes()[:700])
    text = tmp_path / "text.nc"
    text.write_text("nothing of the kind")
    other = tmp_path / "other.nc"
    with h5netcdf.File(other, "w") as file:
        file.attrs["kind"] = "something else"
    for file in (torn, text, other):
        with pytest.raises(InputError, match="recording"):
            read_recording(file)
    for path in (tmp_path / "missing.nc", tmp_path / "folder"):
        with pytest.raises(InputError, match="no such file"):
            recording_files(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no recorded run"):
        recording_files(tmp_path / "empty")


@pytest.mark.parametrize(
    ("name", "value"), [("samples", [3]), ("window_samples", [50]), ("output_rate_Hz", [0.0])]
)
def test_parts_that_do_not_fit(tmp_path: Path, name: str, value: list[float]) -> None:
    file = tmp_path / "kept.nc"
    write_recording(Recording((entry(),), {}), file)
    with h5netcdf.File(file, "a") as stored:
        stored.variables[name][...] = np.array(value)
    with pytest.raises(InputError, match="not a recording that can be read"):
        read_recording(file)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short training on a noisy rig, with its log."""
    folder = tmp_path_factory.mktemp("recorded")
    with (
        BenchRig(DEVICE.current_a, LIMITS, noise_v=1e-4, **CHAIN) as rig,
        RunLog(folder / "log", {}) as log,
    ):
        result = trained(rig, iterations=4, log=log)
    np.save(folder / "voltages.npy", result.voltages_v)
    np.save(folder / "final.npy", result.final_outputs_a)
    return folder


def like_the_bench(rig: ReplayRig) -> BenchRig:
    """A rig with the bench's chain, for the calibration that the apparatus is given."""
    for name, value in {"noise_v": 1e-4, **CHAIN}.items():
        setattr(rig, name, value)
    return rig  # type: ignore[return-value]


def test_a_replay_trains_to_the_very_same_voltages(recorded: Path) -> None:
    with like_the_bench(ReplayRig(read_entries(recorded), LIMITS, recorded)) as rig:
        result = trained(rig, iterations=4)
    np.testing.assert_array_equal(result.voltages_v, np.load(recorded / "voltages.npy"))
    np.testing.assert_array_equal(result.final_outputs_a, np.load(recorded / "final.npy"))


def test_a_replay_of_something_else_says_what_differs(recorded: Path) -> None:
    with like_the_bench(ReplayRig(read_entries(recorded), LIMITS, recorded)) as rig:
        estimator = RigGradient(apparatus(rig), LOCK_IN)
        with pytest.raises(InputError, match=r"run 0 is not in the recording: .* samples there"):
            estimator.measure(DEVICE, POINTS, CONTROLS)


def test_a_replay_ends() -> None:
    first = Waveform(np.zeros((3, 2)), 1e4, np.zeros(0, int), 0)
    kept = Entry("only", first, Readings(np.zeros((3, 1)), 1e4, 0.0))
    limits = Limits(-np.ones(2), np.ones(2), np.full(2, 1e3))
    with ReplayRig(iter([kept]), limits, "here.nc") as rig:
        assert rig.play(first) is kept.readings
        with pytest.raises(InputError, match="it ends after 1 runs"):
            rig.play(first)


def test_a_replay_takes_what_the_rig_would_have_put_out_alike() -> None:
    written = np.zeros((5, 2))
    written[2] = [0.03, -0.02]
    kept = Entry(
        "only", Waveform(written, 1e4, np.zeros(0, int), 0), Readings(np.ones((5, 1)), 1e4, 0.0)
    )
    limits = Limits(-np.ones(2), np.ones(2), np.full(2, 1e3))
    near, far = written.copy(), written.copy()
    near[2, 1] += 0.99 * TOLERANCE_V
    far[2, 1] += 1.01 * TOLERANCE_V
    for asked, good in ((near, True), (far, False)):
        with ReplayRig(iter([kept]), limits, "here.nc") as rig:
            waveform = Waveform(asked, 1e4, np.zeros(0, int), 0)
            if good:
                rig.play(waveform)
            else:
                with pytest.raises(InputError, match=r"electrode 1 at 0.0002 s is at -0.02 V"):
                    rig.play(waveform)


def test_limits_hold_in_a_replay_too() -> None:
    kept = entry()
    limits = Limits(-np.ones(2) / 10, np.ones(2) / 10, np.full(2, 1e9))
    with (
        ReplayRig(iter([kept]), limits, "here.nc") as rig,
        pytest.raises(InputError, match="outside the electrode's limits"),
    ):
        rig.play(kept.waveform)


def test_recordings_of_another_rig() -> None:
    limits = Limits(-np.ones(3), np.ones(3), np.full(3, 1e3))
    with pytest.raises(InputError, match="another number of electrodes"):
        ReplayRig(iter([entry()]), limits, "here.nc")
    with pytest.raises(InputError, match="without runs"):
        ReplayRig(iter([]), limits, "here.nc")


def test_csv_comes_back(tmp_path: Path) -> None:
    entries = []
    for run, count in enumerate((50, 30)):
        kept = entry(count, f"run {run}")
        readings = Readings(kept.readings.volts[:count] / 3, 1e4, 0.0)
        waveform = Waveform(kept.waveform.voltages_v / 7, 1e4, np.zeros(0, int), 0)
        entries.append(Entry(f"run {run}", waveform, readings))
    file = tmp_path / "shared.csv"
    assert write_csv(entries, file) == 2
    again = list(read_entries(file))
    assert [each.label for each in again] == ["run 0", "run 1"]
    for one, other in zip(entries, again, strict=True):
        assert other.waveform.sample_rate_hz == other.readings.input_rate_hz == 1e4
        written, read = one.waveform.voltages_v, one.readings.volts
        np.testing.assert_allclose(other.waveform.voltages_v, written, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(other.readings.volts, read, rtol=1e-9, atol=1e-12)
    assert not list(tmp_path.glob("*.partial"))


def test_csv_of_two_rates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="different rates"):
        write_csv([entry()], tmp_path / "shared.csv")
    assert not list(tmp_path.iterdir())


GOOD_CSV = "run,time_s,e0_V,read_V\n0,0,0.1,1\n0,1e-4,0.2,2\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_s,e0_V,read_V\n0,0,0\n", "not the columns"),
        ("run,time_s,e1_V,read_V\n", "not the columns"),
        (GOOD_CSV.partition("\n")[0] + "\n", "no rows"),
        (GOOD_CSV.replace("0.2", "two"), "not numbers"),
        (GOOD_CSV.replace("0.2", "nan"), "row 3: not finite"),
        (GOOD_CSV.replace("0,1e-4", "0,0"), "time that doesn't rise"),
        (GOOD_CSV + "0,5e-4,0.2,2\n", "not evenly spaced"),
        (GOOD_CSV + "-1,0,0.2,2\n", "runs out of order"),
        (GOOD_CSV + "1,0,0.2\n", "not numbers"),
    ],
)
def test_csv_that_is_no_recording(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        list(read_entries(file))


def test_a_training_replayed_from_csv(recorded: Path, tmp_path: Path) -> None:
    file = tmp_path / "shared.csv"
    write_csv(read_entries(recorded), file)
    with like_the_bench(ReplayRig(read_entries(file), LIMITS, file)) as rig:
        result = trained(rig, iterations=4)
    np.testing.assert_allclose(result.voltages_v, np.load(recorded / "voltages.npy"), atol=1e-7)
