"""The processor's cores, shared by all requests."""

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
    """One thread per core, each computing single-threaded; work that is due first runs first.

    Earliest deadline first (Liu & Layland 1973): the deadline is when the audio will be heard, so a
    new listener gets the first sound before others get audio that they need later.
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
        torch.set_num_threads(before)  # they also changed the default of later threads

    @property
    def idle(self) -> bool:
        """Whether nothing is running or waiting."""
        with self._changed:
            return not self._waiting and not self._running

    def submit(self, due: float, work: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Schedule `work`; due: the `time.monotonic()` at which its result is needed."""
        future: Future[Result] = Future()
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._order), future, work, arguments))
            self._changed.notify()
        return future

    def _work(self, born: threading.Barrier) -> None:
        torch.get_num_threads()  # the first use resets a thread to the process's number, so use it first
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
            del future, work, arguments  # an idle thread must not keep its last result alive
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
    """The cores of this process (`TIMBRE_THREADS` limits them)."""
    return Cores(int(os.environ.get("TIMBRE_THREADS", "0")) or len(os.sched_getaffinity(0)))
