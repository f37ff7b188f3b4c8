"""Errors as the driver gives them: its codes, in our words."""

from __future__ import annotations

from collections.abc import Mapping

from nidaqmx.error_codes import DAQmxErrors

# What a program sees of a code that is not raised here, as from NI's server without its resources.
_UNKNOWN = "Error code {code}, of which the virtual rig knows no description."

MESSAGES: Mapping[DAQmxErrors, str] = {
    DAQmxErrors.INVALID_TASK: "The task does not exist, or no more.",
    DAQmxErrors.DUPLICATE_TASK: "A task of this name exists already.",
    DAQmxErrors.INVALID_DEVICE_ID: "There is no device of this name.",
    DAQmxErrors.PHYSICAL_CHAN_DOES_NOT_EXIST: "The device has no such physical channel.",
    DAQmxErrors.PHYSICAL_CHANNEL_NOT_SPECIFIED: "No physical channel is given.",
    DAQmxErrors.INVALID_SYNTAX_FOR_PHYSICAL_CHANNEL_RANGE: (
        "A list of channels has a range without two numbers."
    ),
    DAQmxErrors.CHAN_ALREADY_IN_TASK: "A channel of this name is in the task already.",
    DAQmxErrors.REPEATED_PHYSICAL_CHAN: "A physical channel is in the task twice.",
    DAQmxErrors.MULTI_CHAN_TYPES_IN_TASK: ("Inputs and outputs can't be in one task."),
    DAQmxErrors.INVALID_CHAN_NAME: "A channel name is empty or holds what no name may hold.",
    DAQmxErrors.CHANNEL_NAME_NOT_SPECIFIED_IN_LIST: "A name is missing for a channel.",
    DAQmxErrors.INVALID_ATTRIBUTE_VALUE: "The requested value is not supported for this property.",
    DAQmxErrors.SPECIFIED_ATTR_NOT_VALID: "The property does not exist, or has another type.",
    DAQmxErrors.ATTR_NOT_SUPPORTED: "The device does not support this property.",
    DAQmxErrors.ATTRIBUTE_NOT_SUPPORTED_IN_TASK_CONTEXT: (
        "The property is not supported for this kind of task."
    ),
    DAQmxErrors.CANNOT_SET_PROPERTY_WHEN_TASK_RUNNING: (
        "The property can't be set while the task runs."
    ),
    DAQmxErrors.CAN_NOT_PERFORM_OP_WHILE_TASK_RUNNING: "Not possible while the task runs.",
    DAQmxErrors.CAN_NOT_PERFORM_OP_WHEN_NO_CHANS_IN_TASK: "There is no channel in the task.",
    DAQmxErrors.PAL_RESOURCE_RESERVED: (
        "The resource is reserved: another task uses this channel, module or timing engine."
    ),
    DAQmxErrors.READ_NO_INPUT_CHANS_IN_TASK: "There is no input in the task to be read.",
    DAQmxErrors.WRITE_NO_OUTPUT_CHANS_IN_TASK: "There is no output in the task to be written.",
    DAQmxErrors.ONE_CHAN_READ_FOR_MULTI_CHAN_TASK: (
        "A value for one channel can't be read from a task with several."
    ),
    DAQmxErrors.WRITE_NUM_CHANS_MISMATCH: "The data are not for as many channels as the task has.",
    DAQmxErrors.READ_BUFFER_TOO_SMALL: "The array is too small for the samples to be read.",
    DAQmxErrors.WRITE_BUFFER_TOO_SMALL: "The array holds fewer samples than are to be written.",
    DAQmxErrors.INVALID_NUMBER_SAMPLES_TO_READ: "This number of samples can't be read.",
    DAQmxErrors.INVALID_AO_DATA_WRITE: "A value lies outside the channel's minimum and maximum.",
    DAQmxErrors.WRITE_FAILS_BUFFER_SIZE_AUTO_CONFIGURED: (
        "The first write has set the size of the buffer, and it is full; set a larger one before."
    ),
    DAQmxErrors.ATTRIBUTE_INCONSISTENT_ACROSS_CHANNELS_ON_DEVICE: (
        "The channels differ in this property."
    ),
    DAQmxErrors.OUTPUT_BUFFER_EMPTY: "No samples have been written, so nothing can be generated.",
    DAQmxErrors.OUTPUT_BUF_SIZE_TOO_SMALL_TO_START_GEN: "The output buffer is too small to start.",
    DAQmxErrors.CANNOT_WRITE_WHEN_AUTO_START_FALSE_AND_TASK_NOT_RUNNING: (
        "An output without sample clock is written while its task runs, or with auto start."
    ),
    DAQmxErrors.CANNOT_READ_WHEN_AUTO_START_FALSE_ON_DEMAND_AND_TASK_NOT_RUNNING: (
        "An input without sample clock is read while its task runs, or with auto start."
    ),
    DAQmxErrors.CANNOT_READ_WHEN_AUTO_START_FALSE_AND_TASK_NOT_RUNNING_OR_COMMITTED: (
        "The task does not run, and auto start is off."
    ),
    DAQmxErrors.SAMPLES_NOT_YET_AVAILABLE: (
        "Not all of the samples have been acquired before the timeout."
    ),
    DAQmxErrors.SAMPLES_NO_LONGER_AVAILABLE: (
        "Samples were overwritten before they were read: the program reads too slowly."
    ),
    DAQmxErrors.SAMPLES_WILL_NEVER_BE_AVAILABLE: "The samples lie beyond the last one acquired.",
    DAQmxErrors.SAMPLES_CAN_NOT_YET_BE_WRITTEN: (
        "Not all of the samples found room in the buffer before the timeout."
    ),
    DAQmxErrors.SAMPLES_WILL_NEVER_BE_GENERATED: "The samples lie beyond the last one generated.",
    DAQmxErrors.GEN_STOPPED_TO_PREVENT_REGEN_OF_OLD_SAMPLES: (
        "The generation has stopped because no new samples were written in time."
    ),
    DAQmxErrors.WAIT_UNTIL_DONE_DOES_NOT_INDICATE_DONE: "The task was not done before the timeout.",
    DAQmxErrors.INVALID_ROUTING_SOURCE_TERMINAL_NAME_ROUTING: (
        "The source terminal does not exist on the device."
    ),
    DAQmxErrors.DEV_CANNOT_BE_ACCESSED: "The device can't be accessed: it is not connected.",
    DAQmxErrors.EVERY_N_SAMPS_ACQ_INTO_BUFFER_NOT_FOR_OUTPUT: (
        "An event on acquired samples needs an input task."
    ),
    DAQmxErrors.EVERY_N_SAMPS_TRANSFERRED_FROM_BUFFER_NOT_FOR_INPUT: (
        "An event on generated samples needs an output task."
    ),
    DAQmxErrors.EVERY_N_SAMPLES_EVENT_NOT_SUPPORTED_FOR_NON_BUFFERED_TASKS: (
        "An event on samples needs a task with a sample clock."
    ),
    DAQmxErrors.CANNOT_REGISTER_DA_QMX_SOFTWARE_EVENT_WHILE_TASK_IS_RUNNING: (
        "An event can't be registered while the task runs."
    ),
    DAQmxErrors.CANNOT_CREATE_CHANNEL_AFTER_TASK_VERIFIED: (
        "A channel can't be added to a task that is reserved or runs."
    ),
    DAQmxErrors.INVALID_PHYS_CHAN_TYPE: "The physical channel is of another kind.",
    DAQmxErrors.PAL_MEMORY_FULL: "There is not enough memory for so many samples at once.",
    DAQmxErrors.INCONSISTENT_NUM_SAMPLES_TO_WRITE: "The waveforms are of different lengths.",
    DAQmxErrors.READ_DATA_TYPE_TOO_SMALL: "The converter has more bits than these numbers.",
    DAQmxErrors.WRITE_DATA_TYPE_TOO_SMALL: "The converter takes more bits than these numbers.",
    DAQmxErrors.DIFFERENT_RAW_DATA_FORMATS: "The channels' raw samples are of different sizes.",
    DAQmxErrors.UNKNOWN: "The virtual rig does not offer this.",
}


class DriverError(Exception):
    """An error that a program gets from the driver.

    Args:
        error: The driver's error.
        detail: What it is about: property, channel, values.
        samples_read: Samples per channel read, of a read.
        samples_written: Samples per channel written, of a write.
    """

    def __init__(
        self,
        error: DAQmxErrors,
        detail: str = "",
        *,
        samples_read: int | None = None,
        samples_written: int | None = None,
    ) -> None:
        self.code = int(error.value)
        self.samples_read = samples_read
        self.samples_written = samples_written
        self.text = f"{describe(self.code)}\n\n{detail}" if detail else describe(self.code)
        super().__init__(self.text)


def describe(code: int) -> str:
    """The description of a code; 0 has none."""
    if code == 0:
        return ""
    try:
        return MESSAGES[DAQmxErrors(code)]
    except (ValueError, KeyError):
        return _UNKNOWN.format(code=code)
