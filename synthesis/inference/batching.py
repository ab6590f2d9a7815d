"""Runs windows of several requests as one batch, where a batch is cheaper than its parts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import torch
from torch import Tensor

GATHER = 0.004  # seconds that a window waits for others of its length
MAX_BATCH = 16  # windows in a batch

Run = Callable[..., Tensor]


@dataclass
class _Gathering:
    """Windows of one length that will run together."""

    inputs: list[tuple[Tensor, ...]] = field(default_factory=list)
    futures: list[Future[Tensor]] = field(default_factory=list)
    full: threading.Event = field(default_factory=threading.Event)


class Batcher:
    """Calls `run` with inputs [n, …] stacked from calls of several threads.

    together: False makes it a plain call. Inputs of the same shape are batched: the first caller
    waits `GATHER` seconds for others, runs them all and distributes the results.
    """

    def __init__(self, run: Run, *, together: bool = True) -> None:
        self._run, self._together = run, together
        self._lock = threading.Lock()
        self._gathering: dict[tuple[torch.Size, ...], _Gathering] = {}

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The result [1, …] of `run` for inputs [1, …]."""
        if not self._together:
            return self._run(*inputs)
        future: Future[Tensor] = Future()
        shape = tuple(tensor.shape for tensor in inputs)
        with self._lock:
            mine = self._gathering.setdefault(shape, _Gathering())
            mine.inputs.append(inputs)
            mine.futures.append(future)
            leads = len(mine.futures) == 1
            if len(mine.futures) == MAX_BATCH:
                del self._gathering[shape]
                mine.full.set()
        if leads:
            mine.full.wait(GATHER)
            with self._lock:
                if self._gathering.get(shape) is mine:
                    del self._gathering[shape]
            self._run_all(mine)
        return future.result()

    def _run_all(self, gathered: _Gathering) -> None:
        try:
            stacked = [torch.cat(parts) for parts in zip(*gathered.inputs, strict=True)]
            outputs = self._run(*stacked)
        except BaseException as error:
            for future in gathered.futures:
                future.set_exception(error)
            return
        for place, future in enumerate(gathered.futures):
            future.set_result(outputs[place : place + 1])
