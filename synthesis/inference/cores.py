"""The processor's cores, shared by everything that is being spoken."""

from __future__ import annotations

import heapq
import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, TypeVar

import torch

Result = TypeVar("Result")
_Work = tuple[float, int, Future[Any], Callable[..., Any], tuple[Any, ...]]


class Cores:
    """One thread a core, each computing on that core alone; what is due first runs first.

    Earliest deadline first (Liu & Layland 1973): with a deadline at which each stretch of audio
    will be heard, a new listener gets a first sound before others get what they need later.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._waiting: list[_Work] = []
        self._running = 0
        self._order = itertools.count()
        self._changed = threading.Condition()
        before = torch.get_num_threads()
        born = threading.Barrier(number + 1)
        for index in range(number):
            threading.Thread(
                target=self._work, args=(born,), name=f"core-{index}", daemon=True
            ).start()
        born.wait()
        torch.set_num_threads(before)  # they also changed what threads born later begin with

    @property
    def idle(self) -> bool:
        """Whether nothing is being computed or waits."""
        with self._changed:
            return not self._waiting and not self._running

    def submit(self, due: float, work: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Have `work` done; due: the `time.monotonic()` at which its result is needed."""
        future: Future[Result] = Future()
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._order), future, work, arguments))
            self._changed.notify()
        return future

    def _work(self, born: threading.Barrier) -> None:
        torch.get_num_threads()  # a thread takes the process's number at its first use, so that first
        torch.set_num_threads(1)
        born.wait()
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                _, _, future, work, arguments = heapq.heappop(self._waiting)
                self._running += 1
            if future.set_running_or_notify_cancel():
                self._do(future, work, arguments)
            del future, work, arguments  # an idle thread must not keep what it made
            with self._changed:
                self._running -= 1

    @staticmethod
    def _do(future: Future[Any], work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            result = work(*arguments)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)


@lru_cache(maxsize=1)
def cores() -> Cores:
    """Those of this process (`TIMBRE_THREADS` limits them)."""
    return Cores(int(os.environ.get("TIMBRE_THREADS", "0")) or len(os.sched_getaffinity(0)))
