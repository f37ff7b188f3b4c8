"""Error circuits: from held outputs to errors and to the slope of a loss, in volts.

| file | class | loss |
| --- | --- | --- |
| ``bias_servo`` | :class:`BiasServo` | squared error of fixed gain, offset learned |
| ``affine_servo`` | :class:`AffineServo` | squared error, gain and offset learned |
| ``correlation`` | :class:`CorrelationSigmoid` | the paper's (1 - rho) / sigmoid(y_sep) |
| ``stream_readout`` | :class:`StreamReadout` | the same as the second, pattern by pattern |

The first three see all held outputs at once and share the ports of :mod:`.base`; the last sees one
held output and its target.
:class:`~hgecircuit.parts.affine_readout.AffineReadout` is the algebraic counterpart of the second:
it divides instead of learning.
"""

from hgecircuit.parts.error_circuits.affine_servo import AffineServo
from hgecircuit.parts.error_circuits.base import ErrorCircuit
from hgecircuit.parts.error_circuits.bias_servo import BiasServo
from hgecircuit.parts.error_circuits.correlation import CorrelationSigmoid
from hgecircuit.parts.error_circuits.stream_readout import StreamReadout

__all__ = ["AffineServo", "BiasServo", "CorrelationSigmoid", "ErrorCircuit", "StreamReadout"]
