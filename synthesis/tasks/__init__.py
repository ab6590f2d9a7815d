"""The one room where rows and the engine meet: fetch, call the engine, hand the result to a service.

Nobody imports it but Celery's discovery; who queues work says its name (`marketplace.queue.Work`).
"""

from synthesis.tasks import engines, examining, learning, listening, speaking, upkeep

__all__ = ["engines", "examining", "learning", "listening", "speaking", "upkeep"]
