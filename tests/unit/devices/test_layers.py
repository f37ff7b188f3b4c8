"""Devices feeding devices: values by hand, derivatives against differences and the lock-in."""

import numpy as np
import pytest
from device_builders import HIGH_V, LOW_V, random_network, random_voltages
from hypothesis import given, settings
from hypothesis import strategies as st

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.formats import load_device
from hgecircuit.devices.layers import LayeredDevice, chain, two_layer
from hgecircuit.devices.layers_map import CLIPS, Connection, map_currents
from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.run.reference import HomodyneGradient, LockIn

A, B, C = (random_network(seed=seed, name=f"net-{seed}") for seed in range(3))


def branched(clip="soft"):
    """Three layers, a skipped layer, two sources of one electrode, two electrodes of one source."""
    layers = ((A, B), (C,), (A,))
    connections = (
        map_currents(layers, (1, 0, 1), [(0, 0)], clip=clip),
        map_currents(layers, (2, 0, 0), [(1, 0), (0, 1)], [0.5, -1.5], clip=clip),
        map_currents(layers, (2, 0, 2), [(0, 0)], clip=clip),
    )
    return LayeredDevice("branched", layers, connections)


def differences(model, voltages_v, step_v):
    """Central finite differences of the current, shape (..., M), in A/V."""
    columns = []
    for change in step_v * np.eye(model.electrodes):
        rise = model.current_a(voltages_v + change) - model.current_a(voltages_v - change)
        columns.append(rise / (2 * step_v))
    return np.stack(columns, axis=-1)


# values


@pytest.mark.parametrize("clip", CLIPS)
def test_value_by_hand(clip):
    voltages = np.random.default_rng(1).uniform(LOW_V, HIGH_V, (200, 8))
    total_a = 2.0 * A.current_a(voltages[:, :3]) - 0.5 * B.current_a(voltages[:, 3:6])
    middle, half = (HIGH_V + LOW_V) / 2, (HIGH_V - LOW_V) / 2
    offset = middle - 1.2e8 * np.median(total_a)
    connection = Connection(
        (1, 0, 2), ((0, 0), (0, 1)), (2.0, -0.5), gain_ohm=1.2e8, offset_v=offset, clip=clip
    )
    model = LayeredDevice("hand", ((A, B), (C,)), (connection,))
    place = (1.2e8 * total_a + offset - middle) / half
    clipped = np.tanh(place) if clip == "soft" else np.minimum(np.maximum(place, -1), 1)
    assert 0.1 < (abs(place) > 1).mean() < 0.9  # inside the clip's range and outside
    expected = C.current_a(np.column_stack([voltages[:, 6:], middle + half * clipped]))
    np.testing.assert_allclose(model.current_a(voltages) * 1e9, expected * 1e9, rtol=1e-12)


def test_electrodes_are_ordered_by_layer_device_electrode():
    model = branched()
    assert model.places == (
        *((0, 0, electrode) for electrode in range(3)),
        *((0, 1, electrode) for electrode in range(3)),
        (1, 0, 0),
        (1, 0, 2),
        (2, 0, 1),
    )
    wide = random_network(name="wide", voltage_min_v=[-3.0, -2.0, -1.0], voltage_max_v=[1, 2, 3])
    mixed = two_layer("mixed", [A], wide, [1])
    np.testing.assert_array_equal(mixed.voltage_min_v, [LOW_V] * 3 + [-3, -1])
    np.testing.assert_array_equal(mixed.voltage_max_v, [HIGH_V] * 3 + [1, 3])
    with pytest.raises(ValueError, match="read-only"):
        mixed.voltage_min_v[0] = 0


def test_any_leading_shape():
    model = branched()
    voltages = random_voltages(model, 24).reshape(2, 3, 4, 9)
    current, gradient = model.current_a(voltages), model.gradient_a_per_v(voltages)
    assert (current.shape, gradient.shape) == ((2, 3, 4), (2, 3, 4, 9))
    one = voltages[1, 2, 3]
    assert model.current_a(one) * 1e9 == pytest.approx(current[1, 2, 3] * 1e9, rel=1e-12)
    np.testing.assert_allclose(model.gradient_a_per_v(one.tolist()), gradient[1, 2, 3], rtol=1e-9)
    assert model.gradient_a_per_v(voltages[:0]).shape == (0, 3, 4, 9)
    for method in (model.current_a, model.gradient_a_per_v):
        with pytest.raises(ValueError, match="shape"):
            method(np.zeros((2, 8)))


def test_current_range_of_a_chain_with_known_ends():
    """Two rising devices: the ends are in two corners."""
    rising = random_network(
        hidden=(1,),
        electrodes=2,
        weights=(np.array([[0.4, 0.7]]), np.array([[1.0]])),
        biases=([0.2], [0.0]),
    )
    model = chain("rising", [rising, rising], [1])
    top, bottom = model.current_a(np.full(3, HIGH_V)), model.current_a(np.full(3, LOW_V))
    assert model.current_range_a == pytest.approx(float(top - bottom), rel=1e-9, abs=0)


@pytest.mark.parametrize("clip", CLIPS)
def test_a_driven_electrode_stays_in_its_safe_range(clip):
    connection = Connection((1, 0, 0), ((0, 0),), gain_ohm=1e7, clip=clip)
    total_a = np.linspace(-1e-6, 1e-6, 2001)
    voltage_v, slope_ohm = connection.voltage_v(total_a, LOW_V, HIGH_V)
    assert voltage_v.min() == pytest.approx(LOW_V)
    assert voltage_v.max() == pytest.approx(HIGH_V)
    assert ((voltage_v >= LOW_V) & (voltage_v <= HIGH_V)).all()
    rise = (voltage_v[2:] - voltage_v[:-2]) / (total_a[2:] - total_a[:-2])
    # the step is 1 % of the range: third derivative of tanh, 2/6 0.0133^2; and the limiter's kinks
    assert np.sort(np.abs(rise - slope_ohm[1:-1]))[-5] < 1e-4 * 1e7


# derivatives


@pytest.mark.parametrize("clip", CLIPS)
def test_gradient_matches_finite_differences(clip):
    model = branched(clip)
    voltages = random_voltages(model, 200)
    exact = model.gradient_a_per_v(voltages)
    error = np.abs(differences(model, voltages, 1e-6) - exact) / np.abs(exact).max()
    # steps across the limiter's kinks: at most one point of 200 lies within 1 uV of one
    assert np.sort(error.max(axis=-1))[-2] < 1e-7
    assert np.abs(exact[:, :6]).max() > 0.01 * np.abs(exact).max()  # the first layer matters


@st.composite
def random_layers(draw):
    """One to three devices in one to three layers before the last device, and random wires."""
    widths = [*draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)), 1]
    seeds = st.integers(0, 2**32 - 1)
    activations = st.sampled_from(["tanh", "sigmoid"])  # elu's bend jumps, the others' slopes
    layers = tuple(
        tuple(
            random_network(
                draw(activations),
                (draw(st.integers(1, 4)),),
                draw(st.integers(2, 4)),
                draw(seeds),
                name=f"net-{layer}-{device}",
                current_range_a=1e-8,
            )
            for device in range(width)
        )
        for layer, width in enumerate(widths)
    )
    wires = {}
    for layer, models in enumerate(layers[:-1]):
        for device in range(len(models)):
            later = draw(st.integers(layer + 1, len(widths) - 1))
            target = draw(st.integers(0, widths[later] - 1))
            electrode = draw(st.integers(0, layers[later][target].electrodes - 1))
            wires.setdefault((later, target, electrode), []).append((layer, device))
    magnitude = st.floats(0.1, 2).map(lambda size: round(size, 3))
    connections = tuple(
        Connection(
            to,
            tuple(sources),
            tuple(draw(magnitude) * draw(st.sampled_from([-1, 1])) for _ in sources),
            gain_ohm=draw(magnitude) * 3e7,
            offset_v=draw(st.floats(-0.5, 0.5)),
        )
        for to, sources in wires.items()
    )
    return LayeredDevice("random", layers, connections, current_range_a=1e-8)


@settings(max_examples=60, deadline=None)
@given(random_layers(), st.integers(0, 2**32 - 1))
def test_gradient_of_random_layers_matches_finite_differences(model, seed):
    voltages = random_voltages(model, 20, seed)
    exact = model.gradient_a_per_v(voltages)
    found = differences(model, voltages, 1e-6)
    # rounding: 2e-16 of some 1e-7 A, over 1 uV; cascades this steep (400/V) bend 1e-7 over 1 uV
    limit = 1e-6 * np.abs(exact).max() + 1e-15
    assert np.abs(found - exact).max() < limit


def test_layers_inside_layers_are_the_same_as_all_layers_in_one():
    inner = chain("inner", [B, C], [1])
    outer = chain("outer", [A, inner], [2])
    flat = chain("flat", [A, B, C], [2, 1])
    voltages = random_voltages(flat)
    np.testing.assert_array_equal(outer.voltage_max_v, flat.voltage_max_v)
    np.testing.assert_allclose(outer.current_a(voltages), flat.current_a(voltages), rtol=1e-13)
    np.testing.assert_allclose(
        outer.gradient_a_per_v(voltages), flat.gradient_a_per_v(voltages), rtol=1e-10
    )


def test_a_saturated_limiter_hides_the_first_layer_and_a_soft_clip_does_not():
    first = {}
    for clip in CLIPS:
        # 1 V above the range, which has a half width of 0.75 V
        connection = Connection((1, 0, 0), ((0, 0),), gain_ohm=1e3, offset_v=1.5, clip=clip)
        model = LayeredDevice("saturated", ((A,), (B,)), (connection,))
        gradient = model.gradient_a_per_v(random_voltages(model))
        assert (gradient[:, 3:] != 0).all()
        first[clip] = gradient[:, :3]
    assert (first["hard"] == 0).all()
    assert (first["soft"] != 0).all()


# the mapping


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize(
    ("sources", "weights"), [([(0, 0)], ()), ([(0, 1)], (-2.0,)), ([(0, 0), (0, 1)], (1.0, 0.5))]
)
def test_usual_currents_fill_80_percent_of_the_safe_range(clip, sources, weights):
    layers = ((A, B), (C,))
    connection = map_currents(layers, (1, 0, 2), sources, weights, clip=clip, seed=11)
    fresh = np.random.default_rng(12)
    total_a = sum(
        weight * model.current_a(fresh.uniform(LOW_V, HIGH_V, (20_000, 3)))
        for model, weight in [((A, B)[device], weight) for (_, device), weight in connection.terms]
    )
    voltage_v, _ = connection.voltage_v(total_a, LOW_V, HIGH_V)
    place = (voltage_v - (HIGH_V + LOW_V) / 2) / ((HIGH_V - LOW_V) / 2)
    # each end holds 2.5 %, found from 20,000 samples and counted in 20,000: 5 standard deviations
    tolerance = 5 * np.sqrt(2 * 0.025 * 0.975 / 20_000)
    assert (place > 0.8).mean() == pytest.approx(0.025, abs=tolerance)
    assert (place < -0.8).mean() == pytest.approx(0.025, abs=tolerance)


def test_the_mapping_s_seed_is_recorded_and_repeats_it():
    first, again, other = (two_layer("x", [A, B], C, [0, 1], seed=seed) for seed in (3, 3, 4))
    assert first.connections == again.connections
    assert first.connections[0].gain_ohm != other.connections[0].gain_ohm
    facts = first.provenance
    assert [each["mapping_seed"] for each in facts["connections"]] == [3, 3]
    assert facts["mapping"]["samples"] == 20_000
    given_values = LayeredDevice("x", ((A,), (B,)), (Connection((1, 0, 0), ((0, 0),)),))
    assert "mapping" not in given_values.provenance


def test_provenance_holds_that_of_the_members():
    rnpu = load_device("rnpu-compact")
    model = chain("twice", [rnpu, rnpu], [3])
    assert model.provenance["devices"]["rnpu-compact"]["settings"] == rnpu.provenance["settings"]
    assert model.provenance["connections"][0]["to"] == (1, 0, 3)


# homodyne gradient extraction at the last output


@pytest.fixture(scope="module")
def two_rnpus_feed_one():
    rnpu = load_device("rnpu-compact")
    return two_layer("two-layer", [rnpu, rnpu], rnpu, [2, 3])


def lock_in(amplitude_v, count):
    frequencies = tuple(400.0 + 40 * channel for channel in range(count))
    return LockIn(frequencies, (0.0,) * count, (amplitude_v,) * count, 0.1)


def homodyne_error(model, voltages_v, amplitude_v):
    """All electrodes at once: error, and its parts of first and second order in the amplitude.

    The lock-in is linear, so what it makes of the linear and of the quadratic term of the device's
    Taylor series is exact: settling and crosstalk, and mixing products.
    """
    count, step_v = model.electrodes, 1e-4
    setup = lock_in(amplitude_v, count)
    measured = HomodyneGradient(setup).measure(model, voltages_v, range(count)).gradient_a_per_v
    exact = model.gradient_a_per_v(voltages_v)
    curvature = np.stack(
        [
            model.gradient_a_per_v(voltages_v + change)
            - model.gradient_a_per_v(voltages_v - change)
            for change in step_v * np.eye(count)
        ],
        axis=1,
    ) / (2 * step_v)
    shift_v = setup.perturbation_v()
    mixed_a = 0.5 * np.einsum("nj,pjk,nk->pn", shift_v, curvature, shift_v)
    linear = exact @ setup.coupling().T - exact
    return measured - exact, linear, setup.derivative_a_per_v(setup.demodulate(mixed_a))


def test_homodyne_at_the_last_output_gives_every_layer_s_derivatives(two_rnpus_feed_one):
    """As Boon 2025 states for layered networks; the lock-in's own error vanishes as a^2."""
    model = two_rnpus_feed_one
    voltages_v = random_voltages(model, 20)
    left = {}
    for amplitude_v in (2.5e-4, 5e-4):
        error, linear, quadratic = homodyne_error(model, voltages_v, amplitude_v)
        left[amplitude_v] = error - linear - quadratic
    exact = model.gradient_a_per_v(voltages_v)
    for layer in (0, 1):
        part = [place[0] == layer for place in model.places]
        size, small, large = (
            np.linalg.norm(each[:, part], axis=1) for each in (exact, left[2.5e-4], left[5e-4])
        )
        assert sum(part) == (14, 5)[layer]
        # third order in the amplitude: 2000 points gave 3.998 to 4.004, below 5e-8, below 3e-4
        assert large / small == pytest.approx(np.full(20, 4.0), rel=0.01)
        at_no_amplitude = np.linalg.norm((4 * left[2.5e-4] - left[5e-4])[:, part] / 3, axis=1)
        assert (at_no_amplitude / size).max() < 1e-6
        assert (small / size).max() < 1e-3


def test_homodyne_with_the_paper_s_amplitude_keeps_the_signs(two_rnpus_feed_one):
    """8 mV and 0.1 s (Boon 2025, Fig. 2d, 3d): the error is the one that its parts predict."""
    model = two_rnpus_feed_one
    voltages_v = random_voltages(model, 60)
    exact = model.gradient_a_per_v(voltages_v)
    error, linear, quadratic = homodyne_error(model, voltages_v, 8e-3)
    at_2_mv, linear_2_mv, quadratic_2_mv = homodyne_error(model, voltages_v, 2e-3)
    cubic = 16 * (at_2_mv - linear_2_mv - quadratic_2_mv)
    # fifth order: 0.1 % of the third at 8 mV (median, from the ratio of 8 mV to 16 mV)
    more = 0.1 * np.linalg.norm(cubic, axis=1, keepdims=True)
    limit = np.abs(linear) + np.abs(quadratic) + np.abs(cubic) + more
    assert (np.abs(error) <= limit).all()
    clear = np.abs(exact) > limit
    assert clear[:, :14].mean() > 0.5
    assert (np.sign(exact + error) == np.sign(exact))[clear].all()


# other devices, netlists, mistakes


class Product(DeviceModel):
    """I = 50 nA/V^2 V0 V1; has no netlist."""

    name = "product"
    voltage_min_v, voltage_max_v = -np.ones(2), np.ones(2)
    current_range_a, provenance = 1e-7, {}

    def current_a(self, voltages_v):
        return 5e-8 * voltages_v[..., 0] * voltages_v[..., 1]

    def gradient_a_per_v(self, voltages_v):
        return 5e-8 * voltages_v[..., ::-1]

    def subcircuit(self):
        raise AssertionError("asked for a netlist")


def test_any_device_can_be_a_member():
    """And nothing asks for a netlist before it is wanted."""
    product = Product()
    connection = Connection((1, 0, 1), ((0, 0),), gain_ohm=1e7, clip="hard")
    model = LayeredDevice("products", ((product,), (product,)), (connection,))
    # (a b 0.5) c 50 nA
    assert model.current_a(np.array([0.5, 0.4, 0.2])) * 1e9 == pytest.approx(50 * 0.1 * 0.2)
    slopes = model.gradient_a_per_v(np.array([0.5, 0.4, 0.2])) * 1e9
    np.testing.assert_allclose(slopes, [50 * 0.2 * 0.2, 50 * 0.25 * 0.2, 50 * 0.1], rtol=1e-12)


def test_each_member_s_subcircuit_is_written_once():
    model = branched()
    circuit = Circuit("names")
    ports = [*(f"e{electrode}" for electrode in range(model.electrodes)), "out"]
    subcircuit = model.subcircuit()
    assert subcircuit.ports == tuple(ports)
    for port in ports:
        circuit.voltage(port, port, GROUND, 0.0)
    circuit.instance("device", subcircuit, ports)
    assert [each.name for each in circuit.subcircuits()] == ["net_0", "net_1", "net_2", "branched"]
    assert circuit.write().count(".subckt") == 4


def test_equal_devices_may_share_a_name_and_different_ones_may_not():
    rnpu, same = load_device("rnpu-compact"), load_device("rnpu-compact")
    assert rnpu is not same
    chain("twice", [rnpu, same], [0])
    inner = chain("inner", [A, B], [0])
    for name, devices in {
        "x": [A, random_network(seed=7, name="NET_0")],  # the same in a netlist
        "Net-1": [A, B],
        "outer": [random_network(seed=7, name="net-1"), inner],
        "inner": [C, inner],
    }.items():
        with pytest.raises(InputError, match="one name"):
            chain(name, devices, [0])


GOOD = Connection((1, 0, 0), ((0, 0),), gain_ohm=1e7)
SECOND = Connection((1, 0, 1), ((0, 1),), gain_ohm=1e7)


@pytest.mark.parametrize(
    ("layers", "connections", "message"),
    [
        (((A,),), (), "at least two"),
        (((A,), (), (B,)), (GOOD,), "at least two"),
        (((A,), (B, C)), (GOOD,), "one device in the last"),
        (((A, B), (C,)), (GOOD,), "net-1 drives nothing"),
        (((A, B), (C,)), (GOOD, SECOND, GOOD), r"connections\[2\].to: .*driven twice"),
        (((A,), (B,)), (GOOD, Connection((1, 0, 3), ((0, 0),))), r"connections\[1\].to"),
        (((A,), (B,)), (Connection((1, 0, -1), ((0, 0),)),), r"connections\[0\].to"),
        (((A,), (B,)), (Connection((2, 0, 0), ((0, 0),)),), "no such electrode"),
        (((A,), (B,)), (Connection((1, 1, 0), ((0, 0),)),), "no such electrode"),
        (((A,), (B,)), (Connection((1, 0, 0), ((0, 1),)),), r"connections\[0\].sources"),
        (((A,), (B,)), (Connection((1, 0, 0), ((1, 0),)),), "layer below 1"),
        (((A,), (B,)), (Connection((0, 0, 0), ((1, 0),)),), "layer below 0"),
        (((A,), (B,)), (Connection((1, 0, 0), ((-1, 0),)),), "layer below 1"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers, connections, message):
    with pytest.raises(InputError, match=message):
        LayeredDevice("bad", layers, connections)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": ()}, "sources"),
        ({"sources": ((0, 0), (0, 0))}, "each device once"),
        ({"weights": (1.0, 2.0)}, "one weight per source"),
        ({"weights": (0.0,)}, "not 0"),
        ({"weights": (np.nan,)}, "weights"),
        ({"gain_ohm": 0.0}, "gain_ohm"),
        ({"gain_ohm": np.inf}, "gain_ohm"),
        ({"offset_v": np.nan}, "offset_V"),
        ({"clip": "none"}, "one of soft, hard"),
    ],
)
def test_connections_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        Connection(**{"to": (1, 0, 0), "sources": ((0, 0),), **changes})


def test_constructors_want_one_electrode_per_device():
    with pytest.raises(InputError, match="expected 2"):
        two_layer("x", [A, B], C, [0])
    with pytest.raises(InputError, match="expected 1"):
        chain("x", [A, B], [0, 1])
    with pytest.raises(InputError, match="driven twice"):
        two_layer("x", [A, B], C, [1, 1])
    with pytest.raises(InputError, match="name"):
        chain("no name", [A, B], [0])


def test_currents_without_any_range_are_refused():
    flat = random_network(current_range_a=1.0, weights=tuple(0 * each for each in A.weights))
    with pytest.raises(InputError, match="always the same"):
        chain("flat", [flat, A], [0])
    with pytest.raises(InputError, match="same everywhere"):
        chain("flat", [A, flat], [0])
