"""One mistake each: what to change in the circuit, and what the error must say."""

ONE_MISTAKE = {
    # name: (old text, new text, key, part of the problem, value as shown, part of the form)
    "unknown key": (
        'lowest = "400 Hz"', 'lowst = "400 Hz"',
        "perturbation.lowst", "unknown key, did you mean lowest?", "'400 Hz'",
        "one of amplitude, plan, lowest, spacing",
    ),
    "attribute name in place of the key": (
        'time = "10 ms"', "time_s = 0.01",
        "lock_in.time_s", "unknown key, did you mean time?", "0.01", "one of filter, time",
    ),
    "key of another table": (
        'lowest = "400 Hz"', "epochs = 4",
        "perturbation.epochs", "unknown key, it belongs to [loop]", "4", "one of amplitude",
    ),
    "key of another variant": (
        'spacing = "100 Hz"', 'phases = ["0 deg"]',
        "perturbation.phases", 'unknown key, it needs plan = "explicit"', None, "lowest, spacing",
    ),
    "unknown key unlike any other": (
        'time = "10 ms"', "zzz = 1", "lock_in.zzz", "unknown key (got 1)", "1",
        "one of filter, time",
    ),
    "key with a newline": (
        'time = "10 ms"', '"a\\nb" = 1', r"lock_in.'a\nb'", "unknown key", "1", "one of filter",
    ),
    "wrong unit": (
        'lowest = "400 Hz"', 'lowest = "10 kV"',
        "perturbation.lowest", "the unit 'V' is not a frequency", "'10 kV'",
        'a frequency from 1 mHz to 1 GHz with its unit, such as "10 kHz"',
    ),
    "no unit": (
        'time = "10 ms"', 'time = "10"',
        "lock_in.time", "a number without a unit is not a time", "'10'", 'such as "10 ms"',
    ),
    "bare number": (
        'time = "10 ms"', "time = 0.01", "lock_in.time", "not a time", "0.01", 'such as "10 ms"',
    ),
    "decimal comma": (
        'logic_low = "-1.11 V"', 'logic_low = "-1,11 V"',
        "device.logic_low", "not one plain number with one unit", "'-1,11 V'", "a voltage",
    ),
    "exponent and prefix": (
        'amplitude = "20 mV"', 'amplitude = "2e1 mV"',
        "perturbation.amplitude", "both an exponent and a prefix", "'2e1 mV'",
        "a voltage above 0 V",
    ),
    "comment in a quantity": (
        'time = "10 ms"', 'time = "10 ms -- short"',
        "lock_in.time", "not one plain number with one unit", "'10 ms -- short'", "a time",
    ),
    "NaN quantity": (
        'time = "10 ms"', 'time = "nan s"', "lock_in.time", "not a finite number", "'nan s'",
        "a time",
    ),
    "infinite quantity": (
        'logic_high = "0.51 V"', 'logic_high = "inf V"',
        "device.logic_high", "not a finite number", "'inf V'", "a voltage",
    ),
    "NaN": (
        "learning_rate = 1.0", "learning_rate = nan",
        "loop.learning_rate", "not a finite number", "nan", "a number above 0",
    ),
    "infinity": (
        "learning_rate = 1.0", "learning_rate = inf",
        "loop.learning_rate", "not a finite number", "inf", "a number above 0",
    ),
    "huge whole number": (
        "learning_rate = 1.0", f"learning_rate = 1{'0' * 400}",
        "loop.learning_rate", "not a finite number", "…", "a number above 0",
    ),
    "zero time": (
        'time = "10 ms"', 'time = "0 s"', "lock_in.time", "less than 1 ns", "'0 s'",
        "from 1 ns to 1 ks",
    ),
    "negative time": (
        'time = "10 ms"', 'time = "-1 ms"', "lock_in.time", "less than 1 ns", "'-1 ms'",
        "from 1 ns",
    ),
    "mega for milli": (
        'time = "10 ms"', 'time = "10 Ms"', "lock_in.time", "more than 1 ks", "'10 Ms'", "to 1 ks",
    ),
    "zero amplitude": (
        'amplitude = "20 mV"', 'amplitude = "0 V"',
        "perturbation.amplitude", "not above 0 V", "'0 V'", "a voltage above 0 V",
    ),
    "negative rate": (
        "learning_rate = 1.0", "learning_rate = -1",
        "loop.learning_rate", "not above 0", "-1", "a number above 0",
    ),
    "boolean for a number": (
        "epochs = 60", "epochs = true", "loop.epochs", "not a number", "True",
        "a whole number from 1",
    ),
    "fraction of an epoch": (
        "epochs = 60", "epochs = 60.5", "loop.epochs", "not a whole number", "60.5", "whole number",
    ),
    "text for a number": (
        "epochs = 60", 'epochs = "60"', "loop.epochs", "not a number", "'60'",
        "a whole number from 1",
    ),
    "electrode used twice": (
        "inputs = [1, 4]", "inputs = [1, 1]",
        "device.inputs[1]", "electrode used twice", "1", "every electrode once",
    ),
    "electrode is input and control": (
        "controls = [0, 2, 3, 5, 6]", "controls = [0, 2, 3, 5, 4]",
        "device.controls[4]", "electrode used twice", "4", "every electrode once",
    ),
    "negative electrode": (
        "inputs = [1, 4]", "inputs = [1, -4]",
        "device.inputs[1]", "less than 0", "-4", "a whole number from 0 to 255",
    ),
    "no electrode": (
        "inputs = [1, 4]", "inputs = []", "device.inputs", "too short a list", "[]",
        "at least 1 value",
    ),
    "one number for a list": (
        "inputs = [1, 4]", "inputs = 1", "device.inputs", "not a list", "1", "a list, each a whole",
    ),
    "duplicate pattern": (
        '["00", "01", "10", "11"]', '["00", "01", "01", "11"]',
        "task.patterns[2]", "the same pattern twice", "'01'", "every pattern once",
    ),
    "short pattern": (
        '["00", "01", "10", "11"]', '["00", "01", "1", "11"]',
        "task.patterns[2]", "1 character for 2 inputs", "'1'", "one character per entry",
    ),
    "pattern of other characters": (
        '["00", "01", "10", "11"]', '["00", "0x", "10", "11"]',
        "task.patterns[1]", "not a pattern of 0 and 1", "'0x'", 'such as "01"',
    ),
    "too few targets": (
        'targets = "0110"', 'targets = "011"',
        "task.targets", "3 targets for 4 patterns", "'011'", "one 0 or 1 per pattern",
    ),
    "targets as numbers": (
        'targets = "0110"', "targets = [0, 1, 1, 0]",
        "task.targets", "not text", "[0, 1, 1, 0]", "one 0 or 1 per pattern",
    ),
    "equal logic levels": (
        'logic_high = "0.51 V"', 'logic_high = ["0.51 V", "-1.11 V"]',
        "device.logic_high", "0 and 1 have the same voltage on electrode 4", "'-1.11 V'",
        "a voltage other than logic_low",
    ),
    "control range upside down": (
        "inputs = [1, 4]", 'inputs = [1, 4]\ncontrol_min = "0.1 V"\ncontrol_max = '
        '["0.2 V", "0.1 V", "0.2 V", "0.2 V", "0.2 V"]',
        "device.control_max", "not above control_min on electrode 2", "'0.1 V'",
        "a voltage above control_min",
    ),
    "latch that takes any output": (
        "epochs = 60", "latch_error = 0.5",
        "loop.latch_error", "not below 0.5", "0.5", "a number above 0 and below 0.5",
    ),
    "logic levels of another count": (
        'logic_high = "0.51 V"', 'logic_high = ["0 V", "0.1 V", "0.2 V"]',
        "device.logic_high", "3 values for 2 inputs", "['0 V', '0.1 V', '0.2 V']",
        "one per entry of device.inputs",
    ),
    "one bad level in a list": (
        'logic_high = "0.51 V"', 'logic_high = ["0 V", "0.1 A"]',
        "device.logic_high[1]", "the unit 'A' is not a voltage", "'0.1 A'", "a voltage",
    ),
    "amplitudes of another count": (
        'amplitude = "20 mV"', 'amplitude = ["20 mV", "20 mV"]',
        "perturbation.amplitude", "2 values for 5 controls", "['20 mV', '20 mV']",
        "one per entry of device.controls",
    ),
    "title with a newline": (
        'title = "XOR"', 'title = "XOR\\n.include x"',
        "title", "not a title of one line", r"'XOR\n.include x'", "one line",
    ),
    "name with a newline": (
        "format = 1", 'name = "a\\nb"',
        "name", "can't name the files to be written", r"'a\nb'", "letters, digits",
    ),
    "name with a path": (
        "format = 1", 'name = "../xor"',
        "name", "can't name the files to be written", "'../xor'", "letters, digits",
    ),
    "model with spaces": (
        "rnpu-compact", "my model.npz",
        "device.model", "not a model's name or path", "'my model.npz'",
        "letters, digits and _ - . /",
    ),
    "model with shell characters": (
        "rnpu-compact", "$(x);a.npz",
        "device.model", "not a model's name or path", "'$(x);a.npz'", "letters, digits and _ - . /",
    ),
    "model with a newline": (
        "rnpu-compact", "a\\nb.npz",
        "device.model", "not a model's name or path", r"'a\nb.npz'", "letters, digits and _ - . /",
    ),
    "missing model file": (
        "rnpu-compact", "../models/none.npz",
        "device.model", "no such file: circuits/../models/none.npz", "'../models/none.npz'",
        "a shipped model's name, or a file ending in .json, .npz, .pt",
    ),
    "model of an unknown kind": (
        "rnpu-compact", "model.pth",
        "device.model", "not a known kind of model file", "'model.pth'", ".json, .npz, .pt",
    ),
    "missing kind": (
        'kind = "coherent"\n', "",
        "loop.kind", "is missing", None, '"coherent" or "continuous"',
    ),
    "unknown kind": (
        'kind = "coherent"', 'kind = "chaotic"',
        "loop.kind", "not one of the choices", "'chaotic'", '"coherent" or "continuous"',
    ),
    "kind of another type": (
        'plan = "quadrature"', 'plan = ["quadrature"]',
        "perturbation.plan", "not one of the choices", "['quadrature']",
        '"quadrature" or "golomb" or "explicit"',
    ),
    "filter that does not fit the loop": (
        'time = "10 ms"', 'filter = "butterworth"',
        "lock_in.filter", "does not fit the coherent loop", "'butterworth'", '"gate"',
    ),
    "unknown fidelity": (
        "[start]", '[blocks]\nlowpass = "perfect"\n[start]',
        "blocks.lowpass", "not one of the choices", "'perfect'",
        '"ideal", "behavioural" or "component"',
    ),
    "future format": ("format = 1", "format = 2", "format", "more than 1", "2", "1"),
    "missing table": (
        '[loop]\nkind = "coherent"\nlearning_rate = 1.0\nepochs = 60\n', "",
        "loop", "is missing", None, "a table [loop]",
    ),
    "missing key": (
        'targets = "0110"\n', "", "task.targets", "is missing", None, "one 0 or 1 per pattern",
    ),
    "value for a table": (
        "format = 1", "limits = 3", "limits", "not a table", "3", "a table [limits]",
    ),
    "empty noise": (
        "[start]", "[device.noise]\nseed = 1\n[start]",
        "device.noise", "a noise table without noise", None, "white = ",
    ),
    "seed beside voltages": (
        "seed = 3", 'seed = 3\nvoltages = ["0 V", "0 V", "0 V", "0 V", "0 V"]',
        "start.seed", "a seed beside start voltages has no effect", "3", "either seed or voltages",
    ),
    "too few start voltages": (
        "seed = 3", 'voltages = ["0 V"]',
        "start.voltages", "1 value for 5 controls", "['0 V']", "one per entry of device.controls",
    ),
    "separations crossed": (
        "epochs = 60", 'separation_min = "8 nA"\nseparation_max = "5 nA"',
        "loop.separation_max", "not above separation_min", "'5 nA'", "above loop.separation_min",
    ),
    "scale without its error circuit": (
        "epochs = 60", 'error_scale = "5 nA"',
        "loop.error_scale", 'has no effect with error = "affine"', "'5 nA'", '"correlation"',
    ),
    "gain limit without its error circuit": (
        "epochs = 60", 'error = "bias_servo"\nseparation_max = "90 nA"',
        "loop.separation_max", 'has no effect with error = "bias_servo"', "'90 nA'",
        '"affine" or "affine_servo"',
    ),
    "unknown error circuit": (
        "epochs = 60", 'error = "hinge"',
        "loop.error", "not one of the choices", "'hinge'", '"affine_servo"',
    ),
    "accuracy of a truth table": (
        "[start]", '[limits]\naccuracy = "90 %"\n[start]',
        "limits.accuracy", 'has no effect with task.kind = "table"', "'90 %'", "no such key",
    ),
    "sphere in a loop that holds every output": (
        'patterns = ["00", "01", "10", "11"]\ntargets = "0110"', 'kind = "sphere"\ntraining = 10',
        "task.kind", "does not fit the coherent loop", "'sphere'", '"table"',
    ),
    "nothing but hold": (
        "epochs = 60", "epochs = 3\nhold_epochs = 3",
        "loop.hold_epochs", "nothing is learned in 3 epochs", "3", "fewer than loop.epochs",
    ),
    "reference too short": (
        "[start]", '[reference]\ntime = "0.5 ms"\n[start]',
        "reference.time", "5 samples at reference.sample_rate", "'0.5 ms'", "10 to 1000000 samples",
    ),
    "reference too long": (
        "[start]", '[reference]\ntime = "101 s"\n[start]',
        "reference.time", "1010000 samples at reference.sample_rate", "'101 s'", "10 to 1000000",
    ),
    "lowest carrier below the spacing": (
        'lowest = "400 Hz"', 'lowest = "50 Hz"',
        "perturbation.lowest", "below the spacing of the carriers", "'50 Hz'", "at least 100 Hz",
    ),
    "too few operating points": (
        "[start]", "[verification]\noperating_points = 4\n[start]",
        "verification.operating_points", "less than 20", "4", "a whole number from 20",
    ),
}  # fmt: skip
