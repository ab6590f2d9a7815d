"""The one place where rows and the engine meet: fetch, call the engine, hand the result to a service.

Only Celery's discovery imports it; callers queue work by its name (`marketplace.queue.Work`).
"""

from synthesis.tasks import engines, examining, learning, listening, speaking, trying, upkeep

__all__ = ["engines", "examining", "learning", "listening", "speaking", "trying", "upkeep"]
