"""Whether this process was told to stop: what streams without an end of its own ends then."""

from __future__ import annotations

import threading

begun = threading.Event()
