"""The rig: an NI cDAQ chassis with the device on it, and a virtual one that stands for it."""
