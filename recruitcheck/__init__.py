"""An ethical-recruitment compliance checker and public registry."""

__version__ = "0.1.0"
