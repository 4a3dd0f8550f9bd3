"""Hypothesis profiles, no network, the same examples every time."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("quick", max_examples=40, derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "deep", max_examples=2000, deadline=None, database=None, suppress_health_check=_SLOW, phases=list(Phase)
)
settings.load_profile(os.environ.get("RECRUITCHECK_HYPOTHESIS", "quick"))


HERE = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails at once; this machine and unix sockets are fine."""

    def only_here(reach: Any, place: int) -> Any:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            host = args[place][0] if isinstance(args[place], tuple) else args[place]
            if isinstance(args[place], tuple) or place == 0:
                assert host in HERE, f"a test reached for {host!r}"
            return reach(*args, **kwargs)

        return guarded

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, only_here(getattr(socket.socket, name), 1))
    monkeypatch.setattr(socket, "getaddrinfo", only_here(socket.getaddrinfo, 0))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A test that is skipped where CI is set has failed: nothing may go unseen there."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI is set: {call.excinfo and call.excinfo.value}"
    return report
