"""Imported once by the fork server, so that every child starts with the reader in memory; by nobody else.

numpy, PIL and lxml are kept out: openpyxl would load them if it could, and a reader of hostile files
needs none of their code.
"""

from __future__ import annotations

import codecs
import gc
import os
import sys

os.environ["OPENPYXL_LXML"] = "False"
for _unwanted in ("numpy", "PIL", "lxml"):
    sys.modules.setdefault(_unwanted, None)  # type: ignore[arg-type]

import recruitcheck.intake.child  # noqa: E402
import recruitcheck.intake.gate  # noqa: E402
import recruitcheck.intake.workbook  # noqa: E402, F401

for _name in ("cp437", "cp1252", "cp1256", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
    codecs.lookup(_name)

gc.collect()
gc.freeze()
