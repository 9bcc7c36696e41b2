"""The emulated SecMaster."""

from bot.sandbox.secmaster.emulator import SecMasterEmulator
from bot.sandbox.secmaster.faults import SecMasterFaults

__all__ = ["SecMasterEmulator", "SecMasterFaults"]
