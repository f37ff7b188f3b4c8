"""The virtual rig: a gRPC server that stands for an NI cDAQ chassis with the device on it.

Programs use the real `nidaqmx` package over `GrpcSessionOptions`; nothing in them tells the virtual
rig from NI's gRPC device server. Only :mod:`server` is meant for callers; `hgecircuit rig serve`
runs it. What is assumed about the hardware is listed in docs/rig.md.
"""
